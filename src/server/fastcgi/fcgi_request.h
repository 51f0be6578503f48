/*
 * libfcgi as a parser: the bytes of one whole request become a struct request. Only this file and
 * its .c know libfcgi. Called by any thread, after the gate (gate.h) has passed the bytes.
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

/* Parses the bytes in connection->in, of which the gate said GATE_WHOLE or GATE_TOO_LARGE, and
 * notes in the connection under which id, and how, the request is to be answered. Never waits.
 * On ERR_NONE *request is the caller's, with the connection as its carrier; of a body that is too
 * large it has one byte more than allowed. ERR_SYNTAX: libfcgi has refused it; logged. */
enum err MUST_CHECK
fcgi_request_read(struct connection *connection, size_t body_bytes_max, struct request **request);

#endif
