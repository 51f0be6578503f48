/*
 * Asks the endpoint, over libcurl, and gives what comes to a reply_body. The only file that opens
 * a connection; knows nothing of what is said. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_TRANSFER_H
#define PLAINCHAT_LLM_TRANSFER_H

#include "base/buf.h"
#include "llm/endpoint.h"
#include "llm/failure.h"
#include "llm/reply_body.h"

struct transfer_settings {
	const struct endpoint *endpoint;
	const char *key;     /* NULL: none is sent */
	const char *headers; /* further ones, a line feed behind each; NULL: none */
	bool key_over_http;  /* the key may leave this machine without encryption */
	const char *ca_file; /* NULL: the system's certificate authorities */
	long connect_ms;     /* until there is a connection */
	long first_byte_ms;  /* from the beginning until the first byte of the body */
	long between_ms;     /* from one byte of the body to the next */
	int output_fd;       /* where the reply goes: when its reader leaves, so do we */
};

/* Posts the request, reads the answer to its end, and returns the verdict; what goes wrong is noted
 * in `failure`, which must be the body's own. Too many requests (429), and 503 with Retry-After:
 * waits once, as long as Retry-After says and at most BOUND_LLM_RETRY_SECONDS, and asks again. 503
 * while the model is loading: asks again and again, for first_byte_ms in all. */
enum failure_status MUST_CHECK
transfer_run(const struct transfer_settings *settings, const struct buf *request,
             struct reply_body *body, struct failure *failure);

#endif
