/*
 * Replies in the making: they wait for their turn (reply_turn.h), are made by a responder, are
 * stored as they grow, and end; whoever asked may listen. All of it happens on one loop; other
 * threads reach it by replies_begin and replies_look. A reply's life is its own: no listener's
 * leaving ends it, but where nothing is kept.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLIES_H
#define PLAINCHAT_CHAT_REPLIES_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "text/event.h"

struct replies;
struct reply;
struct responder;
struct rooms;

struct replies_settings {
	unsigned at_once; /* that are made, in this process */
	unsigned waiting; /* for their turn, beyond those */
	/* How long a reply that is over is tried to be stored; 0: until that works, or the program
	 * ends. Given up, it is what was stored, and found to be abandoned when the program ends.
	 */
	int64_t store_patience_ms;
	/* Of both, for one client's address; 0: all. A quarter of those that may wait are never one
	 * client's. */
	unsigned per_client;
};

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
	int64_t patience_ms; /* 0: for ever */
	bool has_begun;      /* set by the core: the reply waits no more */
	struct reply *reply; /* the core's */
};

/* On the loop's thread; everything must outlive it. ERR_SYSTEM: logged. */
enum err MUST_CHECK
replies_start(uv_loop_t *loop, const struct rooms *rooms, const struct replies_settings *settings,
              struct replies **replies);

/* Ends programs and replies, which are stored as failed with what was said, within
 * BOUND_REPLIES_STOP_MS. The committer must still run. On the loop's thread, when nobody posts any
 * more. */
void
replies_stop(struct replies *replies);

/* Frees what replies_stop has left, when the committer has stopped. On the loop's thread. */
void
replies_free(struct replies *replies);

/* Runs the loop until no reply is in the making: for a CGI program. On the loop's thread. */
void
replies_run(struct replies *replies);

/* Takes a place for a reply that is about to begin, and that a client at the address has asked for
 * (see client_address.h). False: too many are made and wait, of that client or of all. *queued: how
 * many wait with it, 0 if it begins at once; addresses take turns, so its turn may come earlier.
 * Callable on any thread. */
bool
replies_enter(struct replies *replies, const char *address, unsigned *queued);

/* Gives the place back, where nothing was begun. Callable on any thread. */
void
replies_leave(struct replies *replies, const char *address);

/* Replies in the making, and waiting, that there may be. */
unsigned
replies_capacity(const struct replies *replies);

/* A reply to be made. Copied, but for what it points to as const struct. */
struct reply_order {
	const struct responder *responder;
	const char *room_key;  /* NULL: nothing is kept */
	const char *room_name; /* as the responder is told */
	const char *name;      /* of who asks */
	const char *address;   /* from where: it has taken the place */
	const char *message;
	size_t message_size;
	int64_t message_seq; /* 0, as reply_seq, where nothing is kept */
	int64_t reply_seq;
	struct reply_listener *listener; /* or NULL */
};

/* Begins a reply for which a place was taken. Callable on any thread. */
void
replies_begin(struct replies *replies, const struct reply_order *order);

/* The listener has left: `end` is not called any more. A reply that is not kept ends with it. On
 * the loop's thread. */
void
replies_forget(struct reply_listener *listener);

/* Ends the reply if it is made here, though the store could not be told: it is stored as stopped
 * when that works. Callable on any thread. */
void
replies_end(struct replies *replies, const char *room_key, int64_t reply_seq);

/* Some reply was finished by somebody else (stopped, taken back): looks at once. Callable on any
 * thread. */
void
replies_look(struct replies *replies);

#endif
