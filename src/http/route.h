/*
 * Which handler answers which request. A front calls route_request; everything that the table
 * alone can decide is answered here: an unknown path, a method, what a body must be like.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_ROUTE_H
#define PLAINCHAT_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"

struct api;

/* What a route does with a body. */
enum route_body {
	ROUTE_BODY_NONE,
	ROUTE_BODY_WHOLE, /* the handler gets it as a whole, at most api->body_bytes_max */
	ROUTE_BODY_FLOWS, /* the handler asks for it piece by piece (flow.h) */
};

/* A line of the table. A POST with a body takes no type of it that a form can have
 * (cross_site.h). */
struct route {
	const char *path; /* behind the mount point; '#' stands for digits */
	enum method method;
	enum route_body body;
	bool answer_flows;          /* whether the handler may answer by request_flow */
	size_t flow_body_bytes_max; /* of a body that flows */
	void (*handle)(const struct api *api, struct request *request);
};

/* The route that the request is for, or NULL; noted in the request, so that it is looked for once.
 */
const struct route *
route_find(const struct api *api, struct request *request);

/* Whether the request's body flows: then the front gives the request to route_request as soon as
 * its head is there, and leaves request->body empty. */
bool
route_body_flows(const struct api *api, struct request *request);

/* Takes the request and sees to it that it is answered, now or later. Callable on any thread. */
void
route_request(const struct api *api, struct request *request);

#endif
