/*
 * The rooms that are followed: when each is read, by workers, one read of a room at a time. Since
 * everything is a read from a position, to read a room in which nothing has happened does no harm.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_rooms.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "chat/limits/client_slots.h"
#include "chat/live/event_sink.h"
#include "chat/live/live_catch_up.h"
#include "chat/live/live_delivery.h"
#include "chat/live/live_follower.h"
#include "chat/live/live_look.h"
#include "chat/live/live_room.h"
#include "chat/live/live_waiter.h"
#include "text/event_list.h"

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

/* --- reading --- */

static void
on_room_read(void *context, struct live_read *page);

/* Reads the room if it must be, and that can be now. */
static void
read_room(struct live_room *room)
{
	struct live_rooms *live = room->live;

	/* Nobody falls between what was looked for and what is read: that is marked first. */
	if (!room->must_read || room->read != NULL || live->must_mark)
		return;
	room->must_read = false;
	if (!room->goes_on)
		live_delivery_begin(room);
	room->reads_begun++;
	live_read_begin(&live->source, room->key, room->cursor, &room->read, on_room_read, room);
}

static void
on_room_read(void *context, struct live_read *page)
{
	struct live_room *room = context;

	if (page->err != ERR_NONE) {
		/* Those who are there stay, and the next look tries again. */
		room->must_read = true;
		room->goes_on = false;
		live_catch_up_refuse(room);
		live_waiters_refuse(room);
		live_room_release(room);
		return;
	}
	bool is_taken = true;
	if (room->cursor.seq < 0)
		room->cursor = page->next;
	else
		is_taken = live_delivery_take_page(room, page);
	room->goes_on = is_taken && page->more;
	room->must_read |= !is_taken || page->more;
	if (is_taken && !page->more) {
		room->reads_done = room->reads_begun;
		live_waiters_wake(room);
		live_catch_up_greet(room);
	}
	read_room(room);
	live_room_release(room);
}

/* --- looking --- */

static void
note_room(struct live_room *room, void *context)
{
	(void)context;
	room->must_read = true;
}

static void
read_noted(struct live_room *room, void *context)
{
	(void)context;
	read_room(room);
}

static void
on_looked(void *context, const struct live_news *news)
{
	struct live_rooms *live = context;

	if (news->is_marked)
		live->must_mark = false;
	if (news->err == ERR_NONE && news->is_any) {
		for_each_room(live, note_room, NULL);
	} else if (news->err == ERR_NONE) {
		for (const char *key = news->rooms; key[0] != '\0'; key += strlen(key) + 1) {
			struct live_room *room = live_room_find(live, key);
			if (room != NULL)
				room->must_read = true;
		}
	}
	/* Those, too, that could not be read. */
	for_each_room(live, read_noted, NULL);
	if (live->must_look)
		live_rooms_look(live);
}

void
live_rooms_look(struct live_rooms *live)
{
	live->must_look = live_look_is_under_way(live->look);
	if (live->must_look || live->count == 0)
		return;
	live_look_begin(live->look);
}

void
live_rooms_rest(struct live_rooms *live)
{
	if (live->count == 0 && !live_look_is_under_way(live->look))
		live_look_rest(live->look);
}

/* --- coming and going --- */

/* The room, made if it is not there, to be joined. */
static struct live_room *
open_room(struct live_rooms *live, const char *key)
{
	struct live_room *room = live_room_find(live, key);

	live->must_mark |= live->count == 0;
	return room != NULL ? room : live_room_new(live, key);
}

/* Somebody has come. */
static void
close_room(struct live_room *room)
{
	struct live_rooms *live = room->live;

	if (live->must_mark)
		live_rooms_look(live);
	read_room(room);
	live_room_release(room);
}

void
live_rooms_follow(struct live_rooms *live, const char *key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, struct event_sink *sink)
{
	struct live_room *room = open_room(live, key);

	live_catch_up_add(room, cursor, address, renderer, sink);
	close_room(room);
}

void
live_rooms_follow_reply(struct live_rooms *live, const char *key, struct cursor cursor,
                        const char *address, const struct renderer *renderer,
                        const struct buf *greeting, struct event_sink *sink)
{
	struct live_room *room = open_room(live, key);
	struct reply_following *reply = must_allocate(sizeof(*reply));

	*reply = (struct reply_following){ .seq = cursor.seq,
		                           .greeting = must_copy(greeting->data, greeting->size),
		                           .greeting_size = greeting->size };
	live_catch_up_add_reply(room, cursor, address, renderer, reply, sink);
	close_room(room);
}

void
live_rooms_wait(struct live_rooms *live, const char *key, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context)
{
	struct live_room *room = open_room(live, key);

	live_waiter_add(room, cursor, wait_ms, ready, context);
	close_room(room);
}

/* --- what this process has committed --- */

void
live_rooms_take(struct live_rooms *live, const struct event_list *events, uint64_t epoch)
{
	const struct kept_event *event = events->first;

	while (event != NULL) {
		const char *key = event->room;
		struct live_room *room = live_room_find(live, key);
		if (room == NULL) {
			event = event->next;
			continue;
		}
		event = live_delivery_take_events(room, event, epoch);
		read_room(room);
		live_room_release(room);
	}
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

	*has_slow |= live_catch_up_supervise(room);
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

struct live_rooms *
live_rooms_new(uv_loop_t *loop, const struct live_rooms_settings *settings)
{
	struct live_rooms *live = must_allocate(sizeof(*live));
	const struct live_look_settings look_settings = { .look = settings->look,
		                                          .look_context = settings->context,
		                                          .done = on_looked,
		                                          .done_context = live };

	live->loop = loop;
	live->source = (struct live_source){ settings->workers, settings->store_pool };
	live->slots = settings->slots;
	live->read_limit = settings->read_limit;
	live->look = live_look_new(&live->source, &look_settings);
	uv_timer_init(loop, &live->slow_timer);
	live->slow_timer.data = live;
	live->on_slow = on_slow_timer;
	return live;
}

static void
end_room(struct live_room *room, void *context)
{
	(void)context;
	live_read_abandon(&room->read);
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
	live_look_free(live->look);
	free(live);
}
