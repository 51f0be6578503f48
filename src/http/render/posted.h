/*
 * What has become of a message that was posted, as JSON and as server-sent events. For
 * handlers/api_reply.c. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_POSTED_H
#define PLAINCHAT_HTTP_RENDER_POSTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/event.h"

struct buf;
struct response;

/* Texts are the caller's, valid UTF-8. */
struct posted {
	const char *room;    /* as clients name it; NULL: nothing is kept */
	int64_t seq;         /* of the message; 0: it has none */
	int64_t reply_seq;   /* 0: it has none */
	uint64_t epoch;      /* what both are of; 0: not known */
	int64_t time_ms;     /* when it was posted; Unix time */
	const char *name;    /* who has posted it; NULL or "" for none */
	const char *message; /* NULL where an earlier one is answered again */
	size_t message_size;
	bool has_reply;
	enum message_state state; /* of the reply; STATE_DONE where there is none */
	enum event_cause cause;
	const char *reply; /* what there is of it */
	size_t reply_size;
	unsigned queued; /* the reply's position among those that wait; 0: it does not */
};

/* A JSON document: 202 while the reply is being made, else 200. */
struct response *
posted_response(const struct posted *posted);

/* A stream that is over as it begins: all that there is, as events. */
struct response *
posted_events_response(const struct posted *posted);

/* Appends what a stream of the reply begins with: hello, the message, the reply of which nothing
 * was said yet. `out` must have room for it. */
void
posted_append_beginning(const struct posted *posted, struct buf *out);

#endif
