/*
 * A room that is followed, and all of them: what the files behind live_rooms.h share, and nobody
 * else sees. live_rooms.c reads and delivers; live_follower.c and live_waiter.c have those
 * to whom it delivers, live_page.c what is delivered. All of it on the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_ROOM_H
#define PLAINCHAT_CHAT_LIVE_LIVE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "chat/live/renderer.h"
#include "text/cursor.h"

#define LIVE_BUCKETS 1024

struct client_slots;
struct follower;
struct rate_limit;
struct store_pool;
struct store;
struct waiter;

/* Those who follow a room in one format: what happens is rendered once for all of them. */
struct live_audience {
	const struct renderer *renderer;
	struct render_memory memory; /* of the reading that goes on */
	struct buf bytes;            /* what was rendered; empty between deliveries */
	struct follower *followers;
	struct live_audience *next;
};

struct live_room {
	struct live_rooms *live;
	char *key;
	struct cursor cursor; /* up to here everything was given to current followers */
	struct live_audience *audiences;
	struct waiter *waiters;
	bool is_changed;
	struct live_room *next; /* in its bucket */
	struct live_room *next_changed;
};

struct live_rooms {
	uv_loop_t *loop;
	struct store_pool *store_pool;
	struct client_slots *slots;    /* where followers gave their places */
	struct rate_limit *read_limit; /* for those who catch up; or NULL */
	struct store *store;           /* the loop's own */
	int64_t mark;                  /* of the changes that were seen */
	size_t count;                  /* followers and waiters */
	size_t closing_count;          /* timers of ours that are not closed yet, but will be */
	uv_timer_t slow_timer;         /* looks after those who catch up, while there are any, */
	uv_timer_cb on_slow;           /* by calling this */
	struct live_room *changed;     /* rooms to be read */
	struct live_room *buckets[LIVE_BUCKETS];
};

/* The room, if somebody follows it or waits; else NULL. */
struct live_room *
live_room_find(struct live_rooms *live, const char *key);

/* A room that is not there, with nobody in it yet: see live_room_release. The key is copied. */
struct live_room *
live_room_new(struct live_rooms *live, const char *key, struct cursor cursor);

/* Frees the audiences that nobody is in any more, and the room if nobody follows it or waits. */
void
live_room_release(struct live_room *room);

/* Some follower catches up from now on: until none does, live_followers_supervise is called once a
 * second for each room. */
void
live_rooms_supervise_slow(struct live_rooms *live);

#endif
