/*
 * The query of a URL, as browsers and scripts write it: name=value pairs, percent-encoded.
 * Pure functions, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_URL_QUERY_H
#define PLAINCHAT_HTTP_URL_QUERY_H

#include <stdint.h>

#include "base/buf.h"

enum query_found {
	QUERY_ABSENT,
	QUERY_FOUND,
	QUERY_INVALID, /* there twice, cut-off escapes, bytes that are not UTF-8, a NUL; or no
	                  number */
};

/* Decodes the value of the parameter `name` into *value, whose cap bounds it (QUERY_INVALID where
 * it does not fit). *value is the caller's to buf_fini, and is empty unless QUERY_FOUND. */
enum query_found
url_query_text(const char *query, const char *name, struct buf *value);

/* The same for a whole number of 0 or more, below 2^53, so that every client can name it. */
enum query_found
url_query_number(const char *query, const char *name, int64_t *value);

#endif
