/*
 * Followers: what they are, sending to them, and letting them go. A follower that is up to date
 * shares its room's position; any other has one of its own (live_catch_up.h). None of these
 * functions releases the room: the caller does, where it may have lost its last follower. On the
 * loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_FOLLOWER_H
#define PLAINCHAT_CHAT_LIVE_LIVE_FOLLOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/limits/client_address.h"
#include "text/cursor.h"

struct event;
struct event_sink;
struct live_audience;
struct live_read;
struct live_room;
struct render_memory;
struct renderer;

/* Rendered bytes above which they are sent before more is rendered; and as many as there can be
 * then. */
#define LIVE_BYTES ((size_t)BOUND_STREAM_BYTES / 4)
#define LIVE_BYTES_MAX (LIVE_BYTES + BOUND_RESPONSE_BYTES)

/* What who follows one reply has beside. */
struct reply_following {
	int64_t seq;    /* the reply's number */
	bool is_over;   /* its end was sent, and has to leave */
	char *greeting; /* what the stream begins with, in place of a hello */
	size_t greeting_size;
};

struct follower {
	struct live_room *room;
	struct live_audience *audience; /* of the room */
	struct reply_following *reply;  /* NULL: it follows all of the room, and has a place */
	struct event_sink *sink;
	char *address;
	struct client_address client; /* of that */
	uint64_t came_at;             /* how many reads of the room had begun when it came */
	bool is_greeted;
	bool is_current; /* it is where the room is */
	struct cursor
		cursor; /* where it is, while it is not, or wants to be, if it is a position */
	/* What follows is of one that is greeted and not current. */
	struct live_read *read;       /* that is under way for it; NULL: none */
	struct render_memory *memory; /* of its reading; NULL: it has not begun */
	size_t waiting;               /* bytes that it had not taken a second ago */
	unsigned stalled;             /* for how many seconds it has taken none */
	bool must_retry;              /* after a second: its address was sent more than its share
	                                 lately, or the store has failed */
	struct follower *previous;
	struct follower *next;
};

/* Takes the stream into the room; nothing is sent yet. `reply` is NULL or becomes the follower's.
 */
struct follower *
live_follower_new(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct reply_following *reply,
                  struct event_sink *sink);

/* Ends its stream, gives its place back, and frees it. */
void
live_follower_drop(struct follower *follower);

/* Its reply is over: its stream ends when all has left. It may be gone. */
void
live_follower_finish(struct follower *follower);

/* Whether the audience gets the event. */
bool
live_audience_gets(const struct live_audience *audience, const struct event *event);

/* Renders the event, which the audience gets. */
void
live_audience_render(const struct live_audience *audience, const struct event *event,
                     struct render_memory *memory, struct buf *out);

/* Whether nothing follows the event, which the audience gets. */
bool
live_audience_ends(const struct live_audience *audience, const struct event *event);

/* From now on it catches up from there. */
void
live_follower_fall_behind(struct follower *follower, struct cursor cursor);

/* Sends what brings the follower from `cursor` on; if too much waits already it is not sent, and
 * the follower is at `cursor` until it has taken that. False: the follower is gone. */
bool
live_follower_send(struct follower *follower, const struct buf *bytes, struct cursor cursor);

/* Sends the bytes of the audience to those in it who are up to date, and empties them; `before` is
 * where they were, from where on whoever cannot take it catches up. */
void
live_followers_send(struct live_audience *audience, struct cursor before);

/* Calls the function for each follower of the room, which it may drop. */
void
live_followers_each(struct live_room *room,
                    void (*function)(struct follower *follower, void *context), void *context);

/* Ends the room's streams. */
void
live_followers_end(struct live_room *room);

#endif
