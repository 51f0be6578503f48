/*
 * The handlers of /chat/api: JSON to values, a call into the core, values to JSON. The route table
 * calls them; each takes the request and sees to it that it is answered once, now or later.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_API_H
#define PLAINCHAT_HTTP_API_H

#include <stddef.h>

struct request;
struct rooms;

/* What the handlers need; const after start, shared by all threads. */
struct api {
	const struct rooms *rooms;
	size_t message_bytes_max; /* of a message, in UTF-8 */
	size_t body_bytes_max;    /* of a request's body */
	unsigned json_depth_max;
};

/* POST "": say something; the answer is the reply. The body has been read whole. */
void
api_say(const struct api *api, struct request *request);

/* GET "/health": whether the program can do its work. */
void
api_health(const struct api *api, struct request *request);

#endif
