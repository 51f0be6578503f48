/*
 * What the tests of live delivery share: an outlet that keeps what it is sent, as slow as a test
 * wants it, and running a loop until something is true. On the loop's thread only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_LIVE_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_LIVE_H

#include "support.h"

#include <uv.h>

#include "chat/live/event_sink.h"
#include "chat/live/live.h"
#include "loop/workers.h"

/* An outlet, and the client at its other end. */
struct tap {
	struct event_sink sink; /* first, so that the outlet is the tap */
	bool is_slow;           /* what is sent waits until it is drained */
	bool cannot_be_attached;
	bool is_gone; /* sending says so */

	bool is_attached;
	bool is_closed;
	size_t waiting;
	size_t waiting_most;
	struct buf got;
	size_t parsed; /* of got: see tap_next */
	void (*gone)(void *context);
	void (*drained)(void *context);
	void *context;
};

/* Ready for being followed with, again too; freed by tap_fini. */
void
tap_init(struct tap *tap);

void
tap_fini(struct tap *tap);

/* The client leaves. */
void
tap_leave(struct tap *tap);

/* The client takes all that waits. */
void
tap_drain(struct tap *tap);

/* The next server-sent event that came. */
struct tap_event {
	char kind[16]; /* "" where there is no event but a comment or retry */
	int64_t id;    /* -1: none */
	const char *data;
	size_t data_size;
};

/* False: nothing more has come. Fails if what came is not in the form of server-sent events. */
bool
tap_next(struct tap *tap, struct tap_event *event);

/* Fails unless what came next are the stored events `first` to `last` and nothing else. */
void
assert_events(struct tap *tap, int64_t first, int64_t last);

/* Fails unless what came next is a hello from that cursor. */
void
assert_hello(struct tap *tap, int64_t next);

void
assert_reset(struct tap *tap);

/* Gives live a message of ann's as this process has committed it, for which `epoch` is as for
 * live_take. */
void
hand_over(struct live *live, const char *room, int64_t seq, const char *text, uint64_t epoch);

/* Runs what is due, and the loop until the workers have nothing to do. */
void
run_workers(uv_loop_t *loop, const struct workers *workers);

/* Stops and frees them; fails if that takes long. Live delivery, if there is any, is stopped in
 * between. */
void
stop_workers(struct workers *workers, struct live *live);

/* Runs the loop until the condition is true; fails if it never is. */
void
run_until(uv_loop_t *loop, bool (*condition)(void *context), void *context);

#endif
