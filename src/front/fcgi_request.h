/*
 * libfcgi as a parser: one whole request from a connection. Only this file and its .c know libfcgi.
 * Called by reader threads, after the gate (gate.h) has passed the bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_FRONT_FCGI_REQUEST_H
#define PLAINCHAT_FRONT_FCGI_REQUEST_H

#include <stddef.h>

#include "base/err.h"

struct connection;
struct request;

/* Makes libfcgi ready; once, before other threads start. It installs handlers for SIGTERM, SIGUSR1
 * and SIGPIPE, which are put back as they were. ERR_SYSTEM: libfcgi could not start; logged. */
enum err MUST_CHECK
fcgi_request_init(void);

/* Takes one request off the connection, whose gate said GATE_WHOLE or GATE_TOO_LARGE, and notes in
 * the connection under which id, and how, it is to be answered. On ERR_NONE *request is the
 * caller's, with the connection as its carrier; of a body that is too large it has one byte more
 * than allowed. ERR_SYNTAX: libfcgi has refused it and closed the descriptor; logged. */
enum err MUST_CHECK
fcgi_request_read(struct connection *connection, size_t body_bytes_max, struct request **request);

#endif
