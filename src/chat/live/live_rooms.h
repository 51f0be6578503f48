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

struct clients;
struct live_rooms;
struct outlet;
struct rate_limit;
struct readers;
struct renderer;

/* The pointers must outlive it. `read_limit`: see struct live_settings. */
struct live_rooms *
live_rooms_new(uv_loop_t *loop, struct readers *readers, struct clients *clients,
               struct rate_limit *read_limit);

/* Ends all streams and waits, runs the loop until their handles are closed, and frees. */
void
live_rooms_free(struct live_rooms *live);

/* Takes the stream: see live_follow. */
void
live_rooms_follow(struct live_rooms *live, const char *key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, struct outlet *outlet);

/* See live_wait. */
void
live_rooms_wait(struct live_rooms *live, const char *key, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context);

/* Looks for what was committed since the last look, and delivers it. */
void
live_rooms_look(struct live_rooms *live);

void
live_rooms_send_heartbeat(struct live_rooms *live);

/* How many follow and wait. */
size_t
live_rooms_count(const struct live_rooms *live);

/* What to watch for other processes' commits: see struct store_engine. */
const char *
live_rooms_watched_path(const struct live_rooms *live);

#endif
