/*
 * What every responder is: something that is given a question and makes a reply, part by part,
 * through callbacks. The core calls it; a responder knows nothing of rooms, HTTP or the store.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_REPLY_RESPONDER_H
#define PLAINCHAT_REPLY_RESPONDER_H

#include <stddef.h>

#include "base/err.h"

/* What is asked. Valid only during responder.start, which copies what it needs for longer. */
struct question {
	const char *message; /* valid UTF-8, not blank, no U+0000 */
	size_t message_size;
};

enum reply_state {
	REPLY_DONE,
	REPLY_FAILED,
};

/* Where a reply goes. */
struct reply_sink {
	/* The next piece of the reply: `size` bytes, to be copied if kept. ERR_TOO_LARGE: the reply
	 * has become too large; the responder stops and calls `end` with REPLY_FAILED. */
	enum err (*part)(void *context, const char *text, size_t size);
	/* The reply is over; called exactly once, nothing is called after it. */
	void (*end)(void *context, enum reply_state state);
	void *context;
};

struct responder {
	/* Begins a reply. The sink's functions are called zero or more times, during this call or
	 * after it, on any thread but never on two at once; `sink` itself is copied. */
	void (*start)(const struct responder *self, const struct question *question,
	              const struct reply_sink *sink);
};

#endif
