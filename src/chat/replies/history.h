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
	struct turn *turns; /* the oldest first; their texts are the history's */
	size_t count;
};

/* The messages of the room before number `before` that are finished: at most
 * BOUND_HISTORY_MESSAGES and BOUND_HISTORY_BYTES of the newest, each reply behind what it answers.
 * Replies that failed, were stopped, are still being made, or are empty are left out. Where the
 * store cannot be read, which was logged, it is what was read until then, maybe nothing. Ended by
 * history_fini in any case. Callable on any thread. */
void
history_read(const struct rooms *rooms, const char *room_key, int64_t before,
             struct history *history);

void
history_fini(struct history *history);

#endif
