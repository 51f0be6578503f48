/*
 * A room that is followed, and all of them: what the files behind live_rooms.h share, and nobody
 * else sees. live_rooms.c reads and looks; live_delivery.c gives what came to those who are up to
 * date (live_follower.c) or wait (live_waiter.c); live_catch_up.c has those who are not up to date.
 * All of it on the loop's thread.
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
#include "chat/live/live_read.h"
#include "chat/live/renderer.h"
#include "text/cursor.h"

#define LIVE_BUCKETS 1024

struct client_slots;
struct follower;
struct live_look;
struct live_watched;
struct rate_limit;
struct waiter;

/* Those who follow a room in one format, or of it one reply: what happens is rendered once for all
 * of them. */
struct live_audience {
	const struct renderer *renderer;
	int64_t reply_seq;           /* 0: they follow all of the room */
	bool is_over;                /* the reply has ended, or is not there any more */
	bool has_event;              /* of the event that is being given, they get something, */
	size_t event_at;             /* which begins there in their bytes */
	struct render_memory memory; /* of the reading that goes on */
	struct buf bytes;            /* what was rendered; empty between deliveries */
	struct follower *followers;
	struct live_audience *next;
};

struct live_room {
	struct live_rooms *live;
	char *key;
	/* Up to here everything was given to current followers. No position: nothing was read yet,
	 * and nobody is current. */
	struct cursor cursor;
	struct live_audience *audiences;
	struct waiter *waiters;
	bool must_read;         /* there may be something that no read under way will see */
	bool goes_on;           /* the next read is of the same reading as the last one */
	struct live_read *read; /* that is under way; NULL: none. The room stays meanwhile. */
	uint64_t reads_begun;
	uint64_t reads_done;    /* the number of the last one that has found how far the room is */
	struct live_room *next; /* in its bucket */
};

struct live_rooms {
	uv_loop_t *loop;
	struct live_source source;
	struct client_slots *slots;    /* where followers gave their places */
	struct rate_limit *read_limit; /* for those who catch up; or NULL */
	struct live_look *look;
	bool must_look;        /* again, when the look under way is over */
	bool must_mark;        /* nothing is read before the next look */
	size_t count;          /* followers and waiters */
	size_t closing_count;  /* timers of ours that are not closed yet, but will be */
	uv_timer_t slow_timer; /* looks after those who catch up, while there are any, */
	uv_timer_cb on_slow;   /* by calling this */
	struct live_room *buckets[LIVE_BUCKETS];
};

/* The room, if somebody follows it or waits; else NULL. */
struct live_room *
live_room_find(struct live_rooms *live, const char *key);

/* A room that is not there, with nobody in it yet: see live_room_release. The key is copied. */
struct live_room *
live_room_new(struct live_rooms *live, const char *key);

/* Whether the room was read since `number` reads of it had begun, up to its end: whoever came then
 * can be told what is new. */
bool
live_room_was_read(const struct live_room *room, uint64_t number);

/* Frees the audiences that nobody is in any more, and the room if nobody follows it or waits, and
 * it is not being read. */
void
live_room_release(struct live_room *room);

/* Some follower catches up from now on: until none does, live_followers_supervise is called once a
 * second for each room. */
void
live_rooms_supervise_slow(struct live_rooms *live);

#endif
