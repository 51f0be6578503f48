/*
 * What becomes of the bytes that have come of a request: they are judged (validation.h), parsed
 * (fcgi_request.h), and given to the route table, as soon as all is there that the route needs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_INTAKE_H
#define PLAINCHAT_SERVER_FASTCGI_INTAKE_H

#include <stddef.h>

struct api;
struct connection;

struct intake_settings {
	const struct api *api;    /* route_request(api, ...) gets each request */
	unsigned request_seconds; /* in which a request, or a piece of a body, must come */
	size_t body_bytes_max;
};

enum intake_outcome {
	INTAKE_WANTS_MORE, /* the connection is still the caller's */
	INTAKE_GIVEN,      /* the request was given away, or refused: so was the connection */
	INTAKE_FLOWS,      /* the same, and its body or its answer may flow (fcgi_flow.h) */
};

/* Judges connection->in. On the thread of the connection's reader, as the next. */
enum intake_outcome
intake_judge(struct connection *connection, const struct intake_settings *settings);

/* Closes the connection and logs why; `reason` is a constant. */
void
intake_refuse(struct connection *connection, const char *reason);

#endif
