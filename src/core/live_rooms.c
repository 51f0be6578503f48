/*
 * The rooms that are followed. All of a room's followers that are up to date share one position;
 * who has just come, or takes its bytes slowly, catches up from a position of its own and then
 * joins them. Only who takes nothing at all for a while is dropped. Since everything is a read from
 * a position, nothing is missed or doubled, and a look at a room in which nothing has happened does
 * no harm.
 *
 * SPDX-License-Identifier: MIT
 */
#include "core/live_rooms.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/hash.h"
#include "core/clients.h"
#include "core/live.h"
#include "core/readers.h"
#include "core/room.h"
#include "model/sse.h"

#define BUCKETS 1024

/* Bytes that may wait for a follower that catches up, before the next page is read for it. */
#define CATCH_UP_BYTES (BOUND_STREAM_BYTES / 4)

/* Bytes of events that are rendered at once; an event more may be, the longest reply, escaped. */
#define PAGE_BYTES ((size_t)BOUND_STREAM_BYTES / 4)
#define PAGE_BYTES_MAX (PAGE_BYTES + BOUND_RESPONSE_BYTES)

struct follower {
	struct live_rooms *live;
	struct live_room *room;
	struct outlet *outlet;
	char *address;
	bool is_current;  /* it is where the room is */
	int64_t cursor;   /* where it is, while it is not */
	size_t waiting;   /* bytes that it had not taken a second ago, while it is not */
	unsigned stalled; /* and for how many seconds it has taken none */
	struct follower *previous;
	struct follower *next;
};

struct waiter {
	struct live_rooms *live;
	struct live_room *room;
	int64_t cursor;
	uv_timer_t timer;
	void (*ready)(void *context);
	void *context;
	struct waiter *previous;
	struct waiter *next;
};

struct live_room {
	char *key;
	int64_t cursor; /* up to here everything was given to current followers */
	struct follower *followers;
	struct waiter *waiters;
	bool is_changed;
	struct live_room *next; /* in its bucket */
	struct live_room *next_changed;
};

struct live_rooms {
	uv_loop_t *loop;
	struct readers *readers;
	struct clients *clients;   /* where followers gave their places */
	struct store *store;       /* the loop's own */
	int64_t mark;              /* of the changes that were seen */
	size_t count;              /* followers and waiters */
	size_t closing_count;      /* timers of ours that are not closed yet, but will be */
	uv_timer_t slow_timer;     /* looks after those who catch up, while there are any */
	bool has_slow;             /* whether it has found one */
	struct live_room *changed; /* rooms to be read */
	struct live_room *buckets[BUCKETS];
};

/* --- rooms --- */

static struct live_room **
bucket_of(struct live_rooms *live, const char *key)
{
	return &live->buckets[hash_bytes(key, strlen(key)) % BUCKETS];
}

static struct live_room *
find_room(struct live_rooms *live, const char *key)
{
	struct live_room *room = *bucket_of(live, key);

	while (room != NULL && strcmp(room->key, key) != 0)
		room = room->next;
	return room;
}

static void
release_room(struct live_rooms *live, struct live_room *room)
{
	if (room->followers != NULL || room->waiters != NULL)
		return;
	struct live_room **link = bucket_of(live, room->key);
	while (*link != room)
		link = &(*link)->next;
	*link = room->next;
	free(room->key);
	free(room);
}

static enum err
read_events(struct live_rooms *live, const struct store_range *range, store_event_function function,
            void *context, struct store_page *page)
{
	const struct store_engine *engine = readers_engine(live->readers);

	return engine->read(live->store, range, function, context, page);
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
	struct live_room *room = find_room(live, key);
	const struct store_range newest = { .room = key, .after = -1, .limit = 1 };
	struct store_page page;

	if (room != NULL)
		return room;
	if (read_events(live, &newest, ignore_event, NULL, &page) != ERR_NONE)
		return NULL;
	room = must_allocate(sizeof(*room));
	room->key = must_copy(key, strlen(key));
	room->cursor = page.next;
	struct live_room **bucket = bucket_of(live, key);
	room->next = *bucket;
	*bucket = room;
	return room;
}

/* --- followers --- */

static void
drop_follower(struct follower *follower)
{
	struct live_rooms *live = follower->live;

	if (follower->previous != NULL)
		follower->previous->next = follower->next;
	else
		follower->room->followers = follower->next;
	if (follower->next != NULL)
		follower->next->previous = follower->previous;
	live->count--;
	follower->outlet->close(follower->outlet);
	clients_leave(live->clients, follower->address);
	free(follower->address);
	free(follower);
}

static void
on_slow_timer(uv_timer_t *timer);

/* From now on it catches up from there. */
static void
fall_behind(struct follower *follower, int64_t cursor)
{
	uv_timer_t *timer = &follower->live->slow_timer;

	follower->is_current = false;
	follower->cursor = cursor;
	if (!uv_is_active((uv_handle_t *)timer))
		uv_timer_start(timer, on_slow_timer, 1000, 1000);
}

/* Sends what brings the follower from `cursor` on; if too much waits already it is not sent, and
 * the follower is at `cursor` until it has taken that. False: the follower is gone. */
static bool
send_to(struct follower *follower, const struct buf *bytes, int64_t cursor)
{
	struct outlet *outlet = follower->outlet;
	enum err err = outlet->send(outlet, bytes->data, bytes->size);

	if (err == ERR_NONE)
		return true;
	if (err == ERR_TOO_LARGE && outlet->pending(outlet) > 0) {
		fall_behind(follower, cursor);
		return true;
	}
	drop_follower(follower);
	return false;
}

/* Events rendered for a stream. */
struct rendering {
	struct buf out;
	int64_t until; /* events behind this are left out */
	int64_t last;  /* the last one that was rendered, where `is_cut` */
	bool is_cut;   /* there were more than fit */
};

static void
render_event(void *context, const struct event *event)
{
	struct rendering *rendering = context;

	rendering->is_cut |= rendering->out.size > PAGE_BYTES;
	if (event->seq > rendering->until || rendering->is_cut)
		return;
	if (sse_append_event(&rendering->out, event) != ERR_NONE)
		abort();
	rendering->last = event->seq;
}

/* Renders a page of events behind *cursor, up to `until`, into rendering->out, which the caller
 * frees, and moves *cursor behind them. */
static enum err
render_page(struct live_rooms *live, const char *key, int64_t *cursor, struct rendering *rendering,
            struct store_page *page)
{
	const struct store_range range = { .room = key,
		                           .after = *cursor,
		                           .limit = BOUND_PAGE_EVENTS };

	buf_init(&rendering->out, PAGE_BYTES_MAX);
	enum err err = read_events(live, &range, render_event, rendering, page);
	if (err != ERR_NONE)
		return err;
	page->more |= rendering->is_cut;
	if (rendering->is_cut)
		*cursor = rendering->last;
	else
		*cursor = page->next < rendering->until ? page->next : rendering->until;
	return ERR_NONE;
}

/* The log no longer covers where the follower was. */
static bool
reset_follower(struct follower *follower, int64_t cursor)
{
	struct buf out;

	buf_init(&out, 256);
	if (sse_append_reset(&out) != ERR_NONE)
		abort();
	follower->cursor = cursor;
	bool is_there = send_to(follower, &out, cursor);
	buf_fini(&out);
	return is_there;
}

/* Reads for one follower until it is where its room is, or until enough waits for it. */
static void
catch_up(struct follower *follower)
{
	struct live_room *room = follower->room;
	int64_t before = -1;

	while (follower->cursor < room->cursor && follower->cursor != before &&
	       follower->outlet->pending(follower->outlet) < CATCH_UP_BYTES) {
		struct rendering rendering = { .until = room->cursor };
		before = follower->cursor;
		struct store_page page;
		bool is_there = render_page(follower->live, room->key, &follower->cursor,
		                            &rendering, &page) == ERR_NONE;
		if (!is_there)
			drop_follower(follower);
		else if (page.is_reset)
			is_there = reset_follower(follower, room->cursor);
		else if (rendering.out.size > 0)
			is_there = send_to(follower, &rendering.out, before);
		buf_fini(&rendering.out);
		if (!is_there)
			return;
	}
	follower->is_current = follower->cursor >= room->cursor;
	if (!follower->is_current)
		fall_behind(follower, follower->cursor);
}

static void
on_gone(void *context)
{
	struct follower *follower = context;
	struct live_rooms *live = follower->live;
	struct live_room *room = follower->room;

	drop_follower(follower);
	release_room(live, room);
}

static void
on_drained(void *context)
{
	struct follower *follower = context;
	struct live_rooms *live = follower->live;
	struct live_room *room = follower->room;

	follower->stalled = 0;
	if (!follower->is_current)
		catch_up(follower);
	release_room(live, room);
}

/* --- waiters --- */

static void
on_timer_closed(uv_handle_t *handle)
{
	struct live_rooms *live = handle->data;

	live->closing_count--;
}

static void
on_waiter_closed(uv_handle_t *handle)
{
	struct waiter *waiter = handle->data;

	waiter->live->closing_count--;
	free(waiter);
}

static void
end_wait(struct waiter *waiter)
{
	if (waiter->previous != NULL)
		waiter->previous->next = waiter->next;
	else
		waiter->room->waiters = waiter->next;
	if (waiter->next != NULL)
		waiter->next->previous = waiter->previous;
	waiter->live->count--;
	waiter->live->closing_count++;
	waiter->ready(waiter->context);
	uv_close((uv_handle_t *)&waiter->timer, on_waiter_closed);
}

static void
on_wait_over(uv_timer_t *timer)
{
	struct waiter *waiter = timer->data;
	struct live_rooms *live = waiter->live;
	struct live_room *room = waiter->room;

	end_wait(waiter);
	release_room(live, room);
}

/* --- delivery --- */

/* What lies behind `before`. */
static void
send_to_current(struct live_room *room, const struct buf *bytes, int64_t before)
{
	struct follower *next;

	for (struct follower *follower = room->followers; follower != NULL; follower = next) {
		next = follower->next;
		if (follower->is_current)
			(void)send_to(follower, bytes, before);
	}
}

static void
wake_waiters(struct live_room *room)
{
	struct waiter *next;

	for (struct waiter *waiter = room->waiters; waiter != NULL; waiter = next) {
		next = waiter->next;
		if (waiter->cursor != room->cursor)
			end_wait(waiter);
	}
}

/* Gives everything behind the room's position to those who are there. False: the store fails. */
static bool
deliver(struct live_rooms *live, struct live_room *room)
{
	struct store_page page = { .more = true };
	bool is_read = true;

	while (page.more && is_read) {
		struct rendering rendering = { .until = INT64_MAX };
		int64_t before = room->cursor;
		is_read =
			render_page(live, room->key, &room->cursor, &rendering, &page) == ERR_NONE;
		if (is_read && page.is_reset && sse_append_reset(&rendering.out) != ERR_NONE)
			abort();
		if (is_read && rendering.out.size > 0)
			send_to_current(room, &rendering.out, before);
		buf_fini(&rendering.out);
	}
	wake_waiters(room);
	return is_read;
}

/* Notes the room: the store must not be used from here. */
static void
on_room_changed(void *context, const char *key)
{
	struct live_rooms *live = context;
	struct live_room *room = find_room(live, key);

	if (room == NULL || room->is_changed)
		return;
	room->is_changed = true;
	room->next_changed = live->changed;
	live->changed = room;
}

void
live_rooms_look(struct live_rooms *live)
{
	const struct store_engine *engine = readers_engine(live->readers);
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
		is_all_read &= deliver(live, room);
		release_room(live, room);
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
		(void)!readers_engine(live->readers)
			->changed_rooms(live->store, -1, on_room_changed, live, &live->mark);
	struct live_room *room = need_room(live, key);
	if (room != NULL && !deliver(live, room)) {
		release_room(live, room);
		return NULL;
	}
	return room;
}

static struct follower *
add_follower(struct live_rooms *live, struct live_room *room, int64_t cursor, const char *address,
             struct outlet *outlet)
{
	struct follower *follower = must_allocate(sizeof(*follower));

	follower->live = live;
	follower->room = room;
	follower->outlet = outlet;
	follower->address = must_copy(address, strlen(address));
	follower->cursor = cursor < 0 ? room->cursor : cursor;
	follower->next = room->followers;
	if (follower->next != NULL)
		follower->next->previous = follower;
	room->followers = follower;
	live->count++;
	return follower;
}

static bool
greet(struct follower *follower)
{
	struct buf hello;

	if (follower->outlet->attach(follower->outlet, follower->live->loop, on_gone, on_drained,
	                             follower) != ERR_NONE) {
		drop_follower(follower);
		return false;
	}
	buf_init(&hello, 256);
	if (sse_append_hello(&hello, follower->cursor) != ERR_NONE)
		abort();
	bool is_there = send_to(follower, &hello, follower->cursor);
	buf_fini(&hello);
	return is_there;
}

void
live_rooms_follow(struct live_rooms *live, const char *key, int64_t cursor, const char *address,
                  struct outlet *outlet)
{
	struct live_room *room = open_room(live, key);

	if (room == NULL) {
		/* The stream ends, and its client comes back. */
		outlet->close(outlet);
		clients_leave(live->clients, address);
		return;
	}
	struct follower *follower = add_follower(live, room, cursor, address, outlet);
	bool is_there = greet(follower);
	if (is_there && follower->cursor > room->cursor)
		is_there = reset_follower(follower, room->cursor);
	if (is_there)
		catch_up(follower);
	release_room(live, room);
}

void
live_rooms_wait(struct live_rooms *live, const char *key, int64_t cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context)
{
	struct live_room *room = open_room(live, key);

	if (room == NULL) {
		ready(context);
		return;
	}
	struct waiter *waiter = must_allocate(sizeof(*waiter));
	waiter->live = live;
	waiter->room = room;
	waiter->ready = ready;
	waiter->context = context;
	waiter->timer.data = waiter;
	waiter->cursor = cursor;
	waiter->next = room->waiters;
	if (waiter->next != NULL)
		waiter->next->previous = waiter;
	room->waiters = waiter;
	live->count++;
	uv_timer_init(live->loop, &waiter->timer);
	uv_timer_start(&waiter->timer, on_wait_over, (uint64_t)wait_ms, 0);
	if (cursor != room->cursor)
		end_wait(waiter);
	release_room(live, room);
}

/* --- all of them --- */

/* Calls the function for each follower, which it may drop. */
static void
for_each_follower(struct live_rooms *live,
                  void (*function)(struct follower *follower, const void *context),
                  const void *context)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct live_room *next_room;
		for (struct live_room *room = live->buckets[i]; room != NULL; room = next_room) {
			struct follower *next;
			next_room = room->next;
			for (struct follower *one = room->followers; one != NULL; one = next) {
				next = one->next;
				function(one, context);
			}
			release_room(live, room);
		}
	}
}

static void
send_comment(struct follower *follower, const void *context)
{
	/* Who is behind is sent something anyway as soon as it takes what waits. */
	if (follower->is_current)
		(void)send_to(follower, context, follower->room->cursor);
}

void
live_rooms_send_heartbeat(struct live_rooms *live)
{
	struct buf comment;

	buf_init(&comment, 16);
	if (sse_append_heartbeat(&comment) != ERR_NONE)
		abort();
	for_each_follower(live, send_comment, &comment);
	buf_fini(&comment);
}

/* Drops it if it has taken nothing for a while. */
static void
look_after(struct follower *follower, const void *context)
{
	size_t waiting = follower->outlet->pending(follower->outlet);

	(void)context;
	if (follower->is_current)
		return;
	if (waiting != follower->waiting)
		follower->stalled = 0;
	follower->waiting = waiting;
	if (++follower->stalled > BOUND_STALLED_SECONDS)
		drop_follower(follower);
	else
		follower->live->has_slow = true;
}

static void
on_slow_timer(uv_timer_t *timer)
{
	struct live_rooms *live = timer->data;

	live->has_slow = false;
	for_each_follower(live, look_after, NULL);
	if (!live->has_slow)
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
	return readers_engine(live->readers)->watched_path(live->store);
}

struct live_rooms *
live_rooms_new(uv_loop_t *loop, struct readers *readers, struct clients *clients)
{
	struct live_rooms *live = must_allocate(sizeof(*live));

	live->loop = loop;
	live->readers = readers;
	live->clients = clients;
	live->store = readers_take(readers);
	uv_timer_init(loop, &live->slow_timer);
	live->slow_timer.data = live;
	return live;
}

void
live_rooms_free(struct live_rooms *live)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (live->buckets[i] != NULL) {
			struct live_room *room = live->buckets[i];
			while (room->followers != NULL)
				drop_follower(room->followers);
			while (room->waiters != NULL)
				end_wait(room->waiters);
			release_room(live, room);
		}
	}
	live->closing_count++;
	uv_close((uv_handle_t *)&live->slow_timer, on_timer_closed);
	while (live->closing_count > 0)
		uv_run(live->loop, UV_RUN_ONCE);
	readers_give(live->readers, live->store);
	free(live);
}
