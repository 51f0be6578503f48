/*
 * What was said before, for a responder.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_HISTORY_H
#define PLAINCHAT_CHAT_REPLIES_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "responder/responder.h"

struct rooms;

struct history {
	struct turn *turns; /* the oldest first; their texts and names are the history's */
	size_t count;
	struct turn *unanswered; /* the same, behind those */
	size_t unanswered_count;
};

/* The messages of the room before number `before`, at most rooms->history_messages and
 * rooms->history_bytes of the newest, in an order that every language model takes: user and
 * assistant take turns, a user begins, the assistant has the last word. For that
 *	- a reply stands behind what it answers, and of several replies to it the last one counts;
 *	- what failed, is still being made, or is empty is left out; what was stopped and kept is
 *in;
 *	- what users have said one after another is one turn, with a blank line in between and,
 *where they are several, "NAME: " in front;
 *	- what nobody has answered at the end is not a turn but `unanswered`.
 * Where it is more bytes than that, the longest texts lose their middle first, and then the oldest
 * turns go. Thoughts are never in it. Where the store cannot be read, which was logged, it is what
 * was read until then, maybe nothing. Ended by history_fini in any case. Callable on any thread. */
void
history_read(const struct rooms *rooms, const char *room_key, int64_t before,
             struct history *history);

void
history_fini(struct history *history);

/* --- for the loop, which does not wait for the store --- */

struct history_request;

/* Called once, on the loop's thread. NULL: it was not read, since the program ends. Valid during
 * the call. */
typedef void (*history_function)(void *context, const struct history *history);

/* Has a worker read the same. Freed when `function` has been called, or after history_forget.
 * `rooms`, which has workers and a store, outlives it, and where the workers could not be stopped
 * in time the process. On the loop's thread. */
struct history_request *
history_request(const struct rooms *rooms, const char *room_key, int64_t before,
                history_function function, void *context);

/* The function is not called any more. On the loop's thread. */
void
history_forget(struct history_request *request);

#endif
