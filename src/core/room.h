/*
 * What it means to say something. The HTTP layer calls it with values that it has checked; it
 * knows nothing of HTTP, and it will be the only way to what is stored.
 *
 * Nothing is stored yet: every message is one without a room, answered and forgotten.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CORE_ROOM_H
#define PLAINCHAT_CORE_ROOM_H

#include <stddef.h>

#include "reply/responder.h"

/* What rooms need to work; const after start, shared by all threads. */
struct rooms {
	const struct responder *responder; /* answers messages without a room */
	size_t reply_bytes_max;            /* bytes of a reply in UTF-8 */
};

/* A message to be said. Valid only during room_say. */
struct say {
	const char *message; /* valid UTF-8, not blank, no U+0000 */
	size_t message_size;
};

/* What came of it. Valid only during the callback. */
struct said {
	enum reply_state state;
	const char *reply; /* valid UTF-8, not NULL */
	size_t reply_size;
};

/* Called exactly once for each room_say, on any thread, maybe before room_say has returned. */
typedef void (*room_said_function)(void *context, const struct said *said);

void
room_say(const struct rooms *rooms, const struct say *say, room_said_function said, void *context);

#endif
