/*
 * Where a stream goes, as those see it who have something to send.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_EVENT_SINK_H
#define PLAINCHAT_CHAT_LIVE_EVENT_SINK_H

#include <stddef.h>
#include <uv.h>

#include "base/err.h"

/* Made by a front; owned by live from live_follow on; all functions are called
 * on the loop's thread. */
struct event_sink {
	/* The first call: from now on the loop watches the peer. `gone` is called at most once,
	 * when the peer has left, and `drained` whenever all that was sent has left after some of
	 * it had to wait; both with `context`, never from within another function
	 * here but from the loop. ERR_SYSTEM: it cannot be watched; close it. */
	enum err (*attach)(struct event_sink *sink, uv_loop_t *loop, void (*gone)(void *context),
	                   void (*drained)(void *context), void *context);
	/* Sends, or keeps what does not leave at once. ERR_TOO_LARGE: more than BOUND_STREAM_BYTES
	 * would wait; nothing was sent, and can be once `drained` is called. ERR_PEER_GONE: it has
	 * left; close it. */
	enum err (*send)(struct event_sink *sink, const char *bytes, size_t size);
	/* How many bytes wait. */
	size_t (*pending)(const struct event_sink *sink);
	/* Ends the stream, in order if nothing waits, and frees the event sink. One that was never
	 * attached is a whole response without content. */
	void (*close)(struct event_sink *sink);
};

#endif
