/*
 * The rooms that are followed, for live.c: positions, followers, waiters, delivery. All of it on
 * the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_ROOMS_H
#define PLAINCHAT_CHAT_LIVE_LIVE_ROOMS_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "text/cursor.h"

struct buf;
struct client_slots;
struct event_list;
struct event_sink;
struct live_rooms;
struct rate_limit;
struct renderer;
struct store_pool;
struct workers;

struct live_rooms_settings {
	struct workers *workers;
	struct store_pool *store_pool;
	struct client_slots *slots;    /* where followers gave their places */
	struct rate_limit *read_limit; /* see struct live_settings */
	/* Called on any thread when something may have been committed, by whomever. */
	void (*look)(void *context);
	void *context;
};

/* The pointers must outlive it. */
struct live_rooms *
live_rooms_new(uv_loop_t *loop, const struct live_rooms_settings *settings);

/* When the workers have stopped. Ends all streams and waits, runs the loop until their handles are
 * closed, and frees. */
void
live_rooms_free(struct live_rooms *live);

/* Takes the stream: see live_follow. */
void
live_rooms_follow(struct live_rooms *live, const char *key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, struct event_sink *sink);

/* Takes the stream: see live_follow_reply. */
void
live_rooms_follow_reply(struct live_rooms *live, const char *key, struct cursor cursor,
                        const char *address, const struct renderer *renderer,
                        const struct buf *greeting, struct event_sink *sink);

/* See live_wait. */
void
live_rooms_wait(struct live_rooms *live, const char *key, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context);

/* Delivers what this process has committed: events, in order, with their rooms' keys. `epoch` is
 * what their numbers are of. */
void
live_rooms_take(struct live_rooms *live, const struct event_list *events, uint64_t epoch);

/* Looks for what was committed since the last look, by whomever, and delivers it, some time. */
void
live_rooms_look(struct live_rooms *live);

/* Has nothing watched any more, some time, if nobody follows or waits. */
void
live_rooms_rest(struct live_rooms *live);

void
live_rooms_send_heartbeat(struct live_rooms *live);

/* How many follow and wait. */
size_t
live_rooms_count(const struct live_rooms *live);

#endif
