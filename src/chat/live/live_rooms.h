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

struct client_slots;
struct live_rooms;
struct event_sink;
struct rate_limit;
struct store_pool;
struct renderer;

/* The pointers must outlive it. `read_limit`: see struct live_settings. */
struct live_rooms *
live_rooms_new(uv_loop_t *loop, struct store_pool *store_pool, struct client_slots *slots,
               struct rate_limit *read_limit);

/* Ends all streams and waits, runs the loop until their handles are closed, and frees. */
void
live_rooms_free(struct live_rooms *live);

/* Takes the stream: see live_follow. */
void
live_rooms_follow(struct live_rooms *live, const char *key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, struct event_sink *sink);

/* See live_wait. */
void
live_rooms_wait(struct live_rooms *live, const char *key, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context);

/* Looks for what was committed since the last look, and delivers it. */
void
live_rooms_poll(struct live_rooms *live);

void
live_rooms_send_heartbeat(struct live_rooms *live);

/* How many follow and wait. */
size_t
live_rooms_count(const struct live_rooms *live);

/* What to watch for other processes' commits: see struct store_engine. */
const char *
live_rooms_watched_path(const struct live_rooms *live);

#endif
