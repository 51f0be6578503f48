/*
 * The handlers of /chat/api: JSON to values, a call into the core, values to JSON. The route table
 * calls them, on any thread; each takes the request and sees to it that it is answered once, now or
 * later.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_HANDLERS_API_H
#define PLAINCHAT_HTTP_HANDLERS_API_H

#include <stdbool.h>
#include <stddef.h>

#include "http/public_address.h"

struct fair_pool;
struct live;
struct page_settings;
struct proxies;
struct rate_limit;
struct request;
struct route;
struct rooms;
struct secret;
struct server_advice;

/* What the handlers need; const after start, shared by all threads. */
struct api {
	const struct rooms *rooms;
	struct secret *secret;         /* of sessions; NULL where nothing is stored */
	struct live *live;             /* NULL as CGI, and where nothing is stored */
	struct rate_limit *post_limit; /* NULL: posts are not limited */
	struct fair_pool *reads;       /* who reads pages; NULL: each request does so itself */
	const struct page_settings *settings; /* what the page shows of this host; NULL: nothing */
	const struct proxies *proxies;        /* whose word of visitors counts; NULL: nobody's */
	struct public_address public_address; /* where visitors see the page, if that is told */
	struct server_advice
		*advice;        /* of the web server; NULL as CGI, and where there are no streams */
	bool has_streams;       /* whether events may be followed as a stream */
	unsigned wait_seconds;  /* that a long-poll is held at the most; 0: not at all */
	unsigned reply_wait_ms; /* that a plain POST waits for its reply */
	size_t message_bytes_max; /* of a message, in UTF-8 */
	size_t body_bytes_max;    /* of a request's body */
	unsigned json_depth_max;
	/* Routes beside those of the table (route.h), which have their paths first. The program has
	 * none; tests bring their own. */
	const struct route *more_routes;
	size_t more_route_count;
};

/* POST "": post a message; the answer is the reply. The body has been read whole. (api_post.c) */
void
api_post(const struct api *api, struct request *request);

/* POST "/stop": stop a reply that streams. (api_stop.c) */
void
api_stop(const struct api *api, struct request *request);

/* GET "/events": read a room, wait for what is new, or follow it. (api_events.c) */
void
api_read(const struct api *api, struct request *request);

/* DELETE "/events/SEQ": delete a message. (api_events.c) */
void
api_delete(const struct api *api, struct request *request);

/* GET "/rooms": the shared rooms. (api_rooms.c) */
void
api_rooms(const struct api *api, struct request *request);

/* GET "/settings": what the page shows of this host. (api_rooms.c) */
void
api_settings(const struct api *api, struct request *request);

/* GET "/health": whether the program can do its work. (api_rooms.c) */
void
api_health(const struct api *api, struct request *request);

#endif
