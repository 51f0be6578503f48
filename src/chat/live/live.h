/*
 * Live delivery: one loop owns all who follow rooms, and hands the same bytes to all who follow one
 * in one format. What this process commits is given to it as it is. What others commit, and what is
 * behind a cursor, is read by workers; the loop never waits for the store. A follower costs no
 * thread.
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

struct buf;
struct event_list;
struct event_sink;
struct live;
struct rate_limit;
struct news;
struct renderer;
struct rooms;

/* As many streams, and, beside them, as many waits. */
struct live_settings {
	unsigned streams_max;
	unsigned streams_per_client_max;
	struct rate_limit *read_limit; /* kibibytes that followers of an address who catch up may be
	                                  sent; NULL: no limit */
};

/* On the loop's thread; everything must outlive it, and `rooms` have workers. ERR_SYSTEM: logged.
 */
enum err MUST_CHECK
live_start(uv_loop_t *loop, const struct rooms *rooms, const struct live_settings *settings,
           struct live **live);

/* Whether anybody waits for news. To be asked when this process begins a transaction; where the
 * answer is no, live_wake must follow the commit, for who has come meanwhile. Callable on any
 * thread, cheap, as what follows. */
bool
live_wants_news(struct live *live);

/* Events that this process has committed, in order, each with its room's key; `epoch` is what their
 * numbers are of (see struct store_engine). They are taken out of the list. To be told in the order
 * of the commits. */
void
live_take(struct live *live, struct event_list *events, uint64_t epoch);

/* What a transaction of this process has committed: its news, which are taken out; NULL where none
 * were wanted. To be told in the order of the commits. */
void
live_take_news(struct live *live, struct news *news);

/* Something was committed by this process that live_take was not told of. */
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

/* Gives a stream to live, which sends `greeting`, and then the parts of a reply and its end, and
 * ends the stream. This process has just committed the reply, at `cursor`, and no part of it has
 * begun; it takes no place. What is given is copied. Callable on any thread. */
void
live_follow_reply(struct live *live, const char *room_key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, const struct buf *greeting,
                  struct event_sink *sink);

/* Calls `ready` once, on the loop's thread: when the room has something behind `cursor`, or after
 * `wait_ms`, or when live stops. False: too many wait, in all or from the client's address, and
 * `ready` is never called. Room and address are copied. Callable on any thread. */
bool MUST_CHECK
live_wait(struct live *live, const char *room_key, struct cursor cursor, int64_t wait_ms,
          const char *address, void (*ready)(void *context), void *context);

/* Ends all streams and waits, and frees; runs the loop until its handles are closed. On the loop's
 * thread, when the workers have stopped and nobody follows any more. */
void
live_stop(struct live *live);

#endif
