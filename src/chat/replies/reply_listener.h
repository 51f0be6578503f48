/*
 * A reply as it is asked for, and who hears it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_LISTENER_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "text/event.h"

struct reply;
struct responder;

/* Who asked, and hears the reply. It is the caller's, embedded in a struct of its own; the calls
 * come on the loop's thread, `end` last and once, after which it is not touched any more. */
struct reply_listener {
	/* The first call. `queued`: how many wait with it, 0 if it begins at once. The
	 * listener may leave from here on. */
	void (*begin)(struct reply_listener *listener, uv_loop_t *loop, unsigned queued);
	/* A part, or at last `done`; `seq` and `ref` are 0 where nothing is kept. Valid during the
	 * call. */
	void (*event)(struct reply_listener *listener, const struct event *event);
	/* Every BOUND_HEARTBEAT_SECONDS; NULL: of no interest. */
	void (*beat)(struct reply_listener *listener);
	/* `is_late`: patience is over, the reply goes on. Otherwise `done` was given before. */
	void (*end)(struct reply_listener *listener, bool is_late);
	int64_t patience_ms; /* milliseconds from `begin` on; 0: for ever */
	bool has_begun;      /* set by the core: the reply waits no more */
	struct reply *reply; /* the core's */
};

/* A reply to be made. Copied, but for the responder, which outlives all replies, and the listener.
 * Strings are valid UTF-8. */
struct reply_order {
	const struct responder *responder;
	const char *room_key;  /* NULL: nothing is kept */
	const char *room_name; /* as the responder is told */
	const char *name;      /* of who asks */
	const char *address;   /* from where: it has taken the place */
	const char *message;
	size_t message_size; /* bytes */
	int64_t message_seq; /* 0, as reply_seq, where nothing is kept */
	int64_t reply_seq;
	struct reply_listener *listener; /* the caller's; or NULL */
};

/* The listener has left: `end` is not called any more. A reply that is not kept ends with it. On
 * the loop's thread. */
void
replies_forget(struct reply_listener *listener);

#endif
