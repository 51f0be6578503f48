/*
 * How replies stand in the store: a worker asks, one look at a time, and the loop hears what it has
 * seen. For replies.c; all of it is called on the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_LOOK_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/event.h"

struct rooms;
struct reply_look;

/* A reply that is asked about, and after the look how it stands. The look's, as its memory. */
struct reply_standing {
	char *room_key;
	int64_t reply_seq;
	bool is_urgent; /* asked about also where nothing was committed since the last look */
	bool is_read;   /* it was asked about, and the store answered; else nothing below counts */
	/* STATE_STREAMING: it is still being made. One that was trimmed away counts as stopped. */
	enum message_state state;
	enum event_cause cause;
	struct buf text; /* as much of both as there is */
	struct buf thought;
	int64_t thought_ms;
};

/* What a look has seen. Valid during the call that it is given to. */
struct reply_sight {
	const struct reply_standing *standings; /* in the order in which they were added */
	size_t count;
	bool has_abandoned; /* some reply was left streaming by a process that has ended */
};

typedef void (*reply_seen_function)(void *context, const struct reply_sight *sight);

/* `seen` is called after each look, and may begin the next one. The caller's, for reply_look_free.
 * `rooms`, which has workers and a store, outlives it, and where the workers could not be stopped
 * in time the process. */
struct reply_look *
reply_look_new(const struct rooms *rooms, reply_seen_function seen, void *context);

/* Nothing is seen any more. Freed at once or, where a look is under way, after it. */
void
reply_look_free(struct reply_look *look);

bool
reply_look_is_under_way(const struct reply_look *look);

/* Adds a reply to the look that comes next. None may be under way. */
void
reply_look_add(struct reply_look *look, const char *room_key, int64_t reply_seq, bool is_urgent);

/* Begins to look at what was added. `is_all`: what was not added needs no look, so that what is
 * committed until this one is known after it, and not asked about again. `must_count`: also looks
 * for what was abandoned. */
void
reply_look_begin(struct reply_look *look, bool is_all, bool must_count);

#endif
