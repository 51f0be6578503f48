/*
 * How a format writes what happens in a room, for those who follow it. Live delivery calls these
 * functions and knows no format; src/http/render/ has them. Pure but for the memory that they are
 * given; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_RENDERER_H
#define PLAINCHAT_CHAT_LIVE_RENDERER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/cursor.h"
#include "text/event.h"

#define RENDER_MEMORY_EVENTS 16

/* What a format may remember from one event of a reading to the next. Zeroed where a reading
 * begins. */
struct render_memory {
	int64_t told[RENDER_MEMORY_EVENTS]; /* the numbers of the last messages that it told whole
	                                     */
	size_t count;                       /* of all that it told whole */
};

/* Each function appends to `out`, or nothing where the format has nothing to say. ERR_TOO_LARGE:
 * see buf_append. */
struct renderer {
	/* The stream begins; what follows is behind `next`. */
	enum err (*hello)(struct buf *out, struct cursor next);
	/* An event. At most BOUND_RESPONSE_BYTES - BOUND_PAGE_BYTES bytes. */
	enum err (*event)(struct render_memory *memory, struct buf *out, const struct event *event);
	/* The log does not cover where the reader was; it goes on behind `next`. */
	enum err (*reset)(struct buf *out, struct cursor next);
	/* A sign of life. */
	enum err (*beat)(struct buf *out);
};

#endif
