/*
 * libfcgi as a parser: the head of a request becomes a struct request. Only this file and its .c
 * know libfcgi. Called by any thread, after validation.h has passed the bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_FCGI_REQUEST_H
#define PLAINCHAT_SERVER_FASTCGI_FCGI_REQUEST_H

#include <stddef.h>

#include "base/err.h"

struct connection;
struct request;

/* Makes libfcgi ready; once, before other threads start. It installs handlers for SIGTERM, SIGUSR1
 * and SIGPIPE, which are put back as they were. ERR_SYSTEM: libfcgi could not start; logged. */
enum err MUST_CHECK
fcgi_request_init(void);

/* Parses the first connection->validation.head_size bytes in connection->in, which are the request
 * up to the end of its parameters and have passed the check, and notes in the connection under
 * which id, and how, the request is to be answered. Never waits. On ERR_NONE *request is the
 * caller's, with the connection as its transport, and an empty body. ERR_SYNTAX: libfcgi has
 * refused it; logged. */
enum err MUST_CHECK
fcgi_request_read_head(struct connection *connection, size_t body_bytes_max,
                       struct request **request);

/* Then, where validation_check said VALIDATION_WHOLE or VALIDATION_TOO_LARGE: the body, from the
 * bytes behind those, which are changed. Of one that is too large the request gets one byte more
 * than allowed. */
void
fcgi_request_read_body(struct connection *connection, struct request *request);

#endif
