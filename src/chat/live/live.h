/*
 * Live delivery: one loop owns all who follow rooms. It is woken when something was committed, by
 * this process or another, reads each followed room once from where it was, and hands the same
 * bytes to all who follow it. A follower costs no thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_H
#define PLAINCHAT_CHAT_LIVE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "text/cursor.h"

struct live;
struct event_sink;
struct rate_limit;
struct renderer;
struct rooms;

/* As many streams, and, beside them, as many waits. */
struct live_settings {
	unsigned streams_max;
	unsigned streams_per_client_max;
	struct rate_limit *read_limit; /* kibibytes that followers of an address who catch up may be
	                                  sent; NULL: no limit */
};

/* On the loop's thread; everything must outlive it. ERR_SYSTEM: logged. */
enum err MUST_CHECK
live_start(uv_loop_t *loop, const struct rooms *rooms, const struct live_settings *settings,
           struct live **live);

/* Something was committed by this process. Callable on any thread; cheap. */
void
live_wake(struct live *live);

/* A place among the followers, per address of a client (see client_address.h). False: there are too
 * many. To be given back by live_leave or passed on with live_follow. Callable on any thread. */
bool
live_enter(struct live *live, const char *address);

void
live_leave(struct live *live, const char *address);

/* Gives a stream to live, which says hello and then sends every event behind `cursor`, or, if that
 * is no position, from now on, as the renderer, a constant, writes them. Room and address are
 * copied. Callable on any thread. */
void
live_follow(struct live *live, const char *room_key, struct cursor cursor, const char *address,
            const struct renderer *renderer, struct event_sink *sink);

/* Calls `ready` once, on the loop's thread: when the room has something behind `cursor`, or after
 * `wait_ms`, or when live stops. False: too many wait, in all or from the client's address, and
 * `ready` is never called. Room and address are copied. Callable on any thread. */
bool MUST_CHECK
live_wait(struct live *live, const char *room_key, struct cursor cursor, int64_t wait_ms,
          const char *address, void (*ready)(void *context), void *context);

/* Ends all streams and waits, and frees; runs the loop until its handles are closed. On the loop's
 * thread, when nobody follows any more. */
void
live_stop(struct live *live);

#endif
