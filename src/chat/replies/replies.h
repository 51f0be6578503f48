/*
 * Replies that stream: they wait for their turn (reply_turn.h), are made by a responder, are
 * stored as they grow, and end; whoever asked may listen. All of it happens on one loop; other
 * threads reach it by mail. It waits for no store. A reply's life is its own: no listener's
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
#include "chat/replies/reply_listener.h"

struct replies;
struct rooms;

struct replies_settings {
	unsigned at_once; /* replies that are made, in this process */
	unsigned waiting; /* for their turn, beyond those */
	/* Milliseconds in which a reply that is over is tried to be stored; 0: until that works, or
	 * the program ends. Given up, it is what was stored, and found to be abandoned when the
	 * program ends. */
	int64_t store_patience_ms;
	/* Of both, for one client's address; 0: all. A quarter of those that may wait are never one
	 * client's. */
	unsigned per_client;
};

/* On the loop's thread; everything must outlive it. `rooms` has workers if it has a store. On
 * ERR_NONE *replies is the caller's, for replies_free. ERR_SYSTEM: logged. */
enum err MUST_CHECK
replies_start(uv_loop_t *loop, const struct rooms *rooms, const struct replies_settings *settings,
              struct replies **replies);

/* Ends programs and replies, which are stored as failed with what was said, within
 * BOUND_REPLIES_STOP_MS. The committer must still run. On the loop's thread, when nobody posts any
 * more. */
void
replies_stop(struct replies *replies);

/* Frees what replies_stop has left, when the committer and the workers have stopped. On the loop's
 * thread. */
void
replies_free(struct replies *replies);

/* In place of replies_free, where the committer or a worker hangs in the store: whoever listens is
 * told that it takes too long, and nothing is freed. On the loop's thread. */
void
replies_dismiss(struct replies *replies);

/* Runs the loop until no reply streams: for a CGI program. On the loop's thread. */
void
replies_run(struct replies *replies);

/* Takes a place for a reply that is about to begin, and that a client at the address has asked for
 * (see client_address.h), which replies_begin or replies_leave is told again. False: too many are
 * made and wait, of that client or of all. *queued: how many wait with it, 0 if it begins at once;
 * addresses take turns, so its turn may come earlier. Callable on any thread. */
bool
replies_enter(struct replies *replies, const char *address, unsigned *queued);

/* Gives the place back, where nothing was begun. Callable on any thread. */
void
replies_leave(struct replies *replies, const char *address);

/* Replies that stream, and waiting, that there may be. Callable on any thread. */
unsigned
replies_capacity(const struct replies *replies);

/* Begins a reply for which a place was taken. The order is copied; its listener is told on the
 * loop's thread. Callable on any thread. */
void
replies_begin(struct replies *replies, const struct reply_order *order);

/* Ends the reply at once if it is made here, or waits for its turn, before the store is told: it is
 * stored as stopped when that works. The key is copied. Callable on any thread. */
void
replies_stop_reply(struct replies *replies, const char *room_key, int64_t reply_seq);

/* Some reply was finished by somebody else (stopped, deleted): asks the store at once. Callable on
 * any thread. */
void
replies_poll(struct replies *replies);

#endif
