/*
 * The rooms that are followed, and delivery: all of a room's followers that are up to date share
 * one position, from which it is read once. Since everything is a read from a position, a look at a
 * room in which nothing has happened does no harm.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_rooms.h"

#include <stdlib.h>

#include "base/buf.h"
#include "chat/limits/client_slots.h"
#include "chat/live/event_sink.h"
#include "chat/live/live_follower.h"
#include "chat/live/live_page.h"
#include "chat/live/live_room.h"
#include "chat/live/live_waiter.h"
#include "chat/store_pool.h"

/* --- rooms --- */

/* Calls the function for each room, whose last follower it may drop. */
static void
for_each_room(struct live_rooms *live, void (*function)(struct live_room *room, void *context),
              void *context)
{
	for (size_t i = 0; i < LIVE_BUCKETS; i++) {
		struct live_room *next;
		for (struct live_room *room = live->buckets[i]; room != NULL; room = next) {
			next = room->next;
			function(room, context);
			live_room_release(room);
		}
	}
}

static void
ignore_event(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

/* The room, made with the position of its newest event if it is not there; NULL: the store fails.
 */
static struct live_room *
need_room(struct live_rooms *live, const char *key)
{
	struct live_room *room = live_room_find(live, key);
	const struct store_range newest = { .room = key, .after = -1, .limit = 1 };
	struct store_page page;

	if (room != NULL)
		return room;
	if (store_pool_engine(live->store_pool)
	            ->read(live->store, &newest, ignore_event, NULL, &page) != ERR_NONE)
		return NULL;
	return live_room_new(live, key, (struct cursor){ page.next, page.epoch });
}

/* --- delivery --- */

/* Gives what was read to those who are there. */
static void
deliver_page(struct live_room *room, const struct live_page *page, struct cursor before)
{
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		if (page->is_reset &&
		    audience->renderer->reset(&audience->bytes, page->next) != ERR_NONE)
			abort();
		live_followers_send(audience, before);
	}
}

static void
begin_reading(struct live_room *room)
{
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		audience->memory = (struct render_memory){ .count = 0 };
		buf_fini(&audience->bytes);
	}
}

/* Gives everything behind the room's position to those who are there. False: the store fails. */
static bool
deliver(struct live_room *room)
{
	bool is_read;
	bool more;

	begin_reading(room);
	do {
		struct live_page page;
		struct cursor before = room->cursor;
		is_read =
			live_page_read(room, before, INT64_MAX, room->audiences, &page) == ERR_NONE;
		room->cursor = page.next;
		more = page.more;
		if (is_read)
			deliver_page(room, &page, before);
	} while (is_read && more);
	live_waiters_wake(room);
	return is_read;
}

static void
note_changed(struct live_rooms *live, struct live_room *room)
{
	if (room->is_changed)
		return;
	room->is_changed = true;
	room->next_changed = live->changed;
	live->changed = room;
}

/* Notes the room, or where there is another store now, all: the store must not be used from here.
 */
static void
on_room_changed(void *context, const char *key)
{
	struct live_rooms *live = context;

	if (key != NULL) {
		struct live_room *room = live_room_find(live, key);
		if (room != NULL)
			note_changed(live, room);
		return;
	}
	for (size_t i = 0; i < LIVE_BUCKETS; i++) {
		for (struct live_room *room = live->buckets[i]; room != NULL; room = room->next)
			note_changed(live, room);
	}
}

void
live_rooms_poll(struct live_rooms *live)
{
	const struct store_engine *engine = store_pool_engine(live->store_pool);
	int64_t mark = live->mark;
	bool is_all_read = true;

	if (live->count == 0)
		return;
	/* An error was logged by the engine; the next look tries again from the same mark. */
	if (engine->changed_rooms(live->store, live->mark, on_room_changed, live, &mark) !=
	    ERR_NONE)
		is_all_read = false;
	while (live->changed != NULL) {
		struct live_room *room = live->changed;
		live->changed = room->next_changed;
		room->is_changed = false;
		is_all_read &= deliver(room);
		live_room_release(room);
	}
	if (is_all_read)
		live->mark = mark;
}

/* --- coming and going --- */

/* A room to join, everything in it given to those who are there; NULL: the store fails. */
static struct live_room *
open_room(struct live_rooms *live, const char *key)
{
	/* The mark is taken before anything is read, so that nothing falls in between. */
	if (live->count == 0)
		(void)!store_pool_engine(live->store_pool)
			->changed_rooms(live->store, -1, on_room_changed, live, &live->mark);
	struct live_room *room = need_room(live, key);
	if (room != NULL && !deliver(room)) {
		live_room_release(room);
		return NULL;
	}
	return room;
}

void
live_rooms_follow(struct live_rooms *live, const char *key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, struct event_sink *sink)
{
	struct live_room *room = open_room(live, key);

	if (room == NULL) {
		/* The stream ends, and its client comes back. */
		sink->close(sink);
		client_slots_leave(live->slots, address);
		return;
	}
	live_follower_add(room, cursor, address, renderer, sink);
	live_room_release(room);
}

void
live_rooms_wait(struct live_rooms *live, const char *key, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context)
{
	struct live_room *room = open_room(live, key);

	if (room == NULL) {
		ready(context);
		return;
	}
	live_waiter_add(room, cursor, wait_ms, ready, context);
	live_room_release(room);
}

/* --- all of them --- */

static void
send_heartbeat(struct live_room *room, void *context)
{
	(void)context;
	/* Who is behind is sent something anyway as soon as it takes what waits. */
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		buf_fini(&audience->bytes);
		if (audience->renderer->beat(&audience->bytes) != ERR_NONE)
			abort();
		live_followers_send(audience, room->cursor);
	}
}

void
live_rooms_send_heartbeat(struct live_rooms *live)
{
	for_each_room(live, send_heartbeat, NULL);
}

static void
supervise(struct live_room *room, void *context)
{
	bool *has_slow = context;

	*has_slow |= live_followers_supervise(room);
}

static void
on_slow_timer(uv_timer_t *timer)
{
	bool has_slow = false;

	for_each_room(timer->data, supervise, &has_slow);
	if (!has_slow)
		uv_timer_stop(timer);
}

size_t
live_rooms_count(const struct live_rooms *live)
{
	return live->count;
}

const char *
live_rooms_watched_path(const struct live_rooms *live)
{
	return store_pool_engine(live->store_pool)->watched_path(live->store);
}

struct live_rooms *
live_rooms_new(uv_loop_t *loop, struct store_pool *store_pool, struct client_slots *slots,
               struct rate_limit *read_limit)
{
	struct live_rooms *live = must_allocate(sizeof(*live));

	live->loop = loop;
	live->store_pool = store_pool;
	live->slots = slots;
	live->read_limit = read_limit;
	live->store = store_pool_take(store_pool);
	uv_timer_init(loop, &live->slow_timer);
	live->slow_timer.data = live;
	live->on_slow = on_slow_timer;
	return live;
}

static void
end_room(struct live_room *room, void *context)
{
	(void)context;
	live_followers_end(room);
	live_waiters_end(room);
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct live_rooms *live = handle->data;

	live->closing_count--;
}

void
live_rooms_free(struct live_rooms *live)
{
	for_each_room(live, end_room, NULL);
	live->closing_count++;
	uv_close((uv_handle_t *)&live->slow_timer, on_timer_closed);
	while (live->closing_count > 0)
		uv_run(live->loop, UV_RUN_ONCE);
	store_pool_give(live->store_pool, live->store);
	free(live);
}
