/*
 * Catching up: page by page, each read by a worker when the one before has left, for the most part.
 * Only who takes nothing at all for a while is dropped.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_catch_up.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "chat/limits/rate_limit.h"
#include "chat/live/event_sink.h"
#include "chat/live/live_delivery.h"
#include "chat/live/live_follower.h"
#include "chat/live/live_room.h"

/* Bytes that may wait for a follower that catches up, before more is sent to it. */
#define CATCH_UP_BYTES (BOUND_STREAM_BYTES / 4)

/* --- its share --- */

/* Whether no more may be read for it now: that would go on at others' expense. */
static bool
is_over_limit(const struct follower *follower)
{
	struct rate_limit *limit = follower->room->live->read_limit;

	return limit != NULL && rate_limit_wait_us(limit, &follower->client, clock_now_us()) > 0;
}

static void
charge(const struct follower *follower, size_t bytes)
{
	struct rate_limit *limit = follower->room->live->read_limit;

	if (limit != NULL)
		rate_limit_charge(limit, &follower->client, (unsigned)(bytes / 1024) + 1,
		                  clock_now_us());
}

/* --- pages --- */

/* The log no longer covers where the follower was. False: it is gone. */
static bool
reset_follower(struct follower *follower)
{
	struct cursor cursor = follower->room->cursor;
	struct buf out;

	/* So its reply is not there any more. */
	if (follower->reply != NULL) {
		live_follower_finish(follower);
		return false;
	}
	buf_init(&out, 256);
	if (follower->audience->renderer->reset(&out, cursor) != ERR_NONE)
		abort();
	follower->cursor = cursor;
	bool is_there = live_follower_send(follower, &out, cursor);
	buf_fini(&out);
	return is_there;
}

static bool
takes_more(const struct follower *follower)
{
	return follower->sink->pending(follower->sink) < CATCH_UP_BYTES;
}

/* Renders what comes next of the page, up to where the room is, and returns what is left of it.
 * *is_last: there is nothing more for the follower. */
static const struct kept_event *
render_some(struct follower *follower, const struct kept_event *event, struct buf *out,
            bool *is_last)
{
	const struct live_audience *audience = follower->audience;
	int64_t until = follower->room->cursor.seq;

	*is_last = false;
	for (; event != NULL && event->event.seq <= until && out->size <= LIVE_BYTES && !*is_last;
	     event = event->next) {
		if (live_audience_gets(audience, &event->event)) {
			live_audience_render(audience, &event->event, follower->memory, out);
			*is_last = live_audience_ends(audience, &event->event);
		}
		follower->cursor.seq = event->event.seq;
	}
	return event;
}

/* Sends what of the page brings the follower up to where the room is, or as much as it takes.
 * False: there is nothing more to be done now; it may be gone. */
static bool
send_page(struct follower *follower, const struct live_read *page)
{
	int64_t until = follower->room->cursor.seq;
	const struct kept_event *event = page->events.first;
	struct buf out;

	buf_init(&out, LIVE_BYTES_MAX);
	while (event != NULL && event->event.seq <= until && takes_more(follower)) {
		struct cursor before = follower->cursor;
		bool is_last;
		event = render_some(follower, event, &out, &is_last);
		charge(follower, out.size);
		bool is_there = live_follower_send(follower, &out, before);
		buf_fini(&out);
		/* Where it is back at `before`, it has to take what waits first. */
		if (!is_there || follower->cursor.seq == before.seq)
			return false;
		if (is_last) {
			live_follower_finish(follower);
			return false;
		}
	}
	if (event == NULL || event->event.seq > until)
		follower->cursor.seq = page->next.seq < until ? page->next.seq : until;
	return true;
}

static void
on_page(void *context, struct live_read *page);

/* Goes on until the follower is where its room is, or until enough waits for it, or it has had its
 * share. */
static void
catch_up(struct follower *follower)
{
	struct live_room *room = follower->room;

	if (follower->read != NULL)
		return;
	/* The store was exchanged while it was behind. */
	if (!cursor_is_of(follower->cursor, room->cursor.epoch) && !reset_follower(follower))
		return;
	follower->is_current = follower->cursor.seq >= room->cursor.seq;
	if (follower->is_current) {
		free(follower->memory);
		follower->memory = NULL;
		return;
	}
	live_follower_fall_behind(follower, follower->cursor);
	if (!takes_more(follower))
		return;
	follower->must_retry = is_over_limit(follower);
	if (follower->must_retry)
		return;
	if (follower->memory == NULL)
		follower->memory = must_allocate(sizeof(*follower->memory));
	live_read_begin(&room->live->source, room->key, follower->cursor, &follower->read, on_page,
	                follower);
}

static void
on_page(void *context, struct live_read *page)
{
	struct follower *follower = context;
	struct live_room *room = follower->room;

	/* The room has not seen yet that the store is another one, or is not there. */
	follower->must_retry = page->err != ERR_NONE || page->next.epoch != room->cursor.epoch;
	if (follower->must_retry)
		return;
	if (page->is_reset) {
		if (reset_follower(follower))
			catch_up(follower);
	} else {
		/* It may be ahead of the room. Who is told of a message what it is now is told here
		 * of all that has made it so, too. */
		if (page->next.seq > room->cursor.seq) {
			live_delivery_begin(room);
			(void)live_delivery_take_page(room, page);
		}
		if (send_page(follower, page))
			catch_up(follower);
	}
	live_room_release(room);
}

/* --- coming --- */

/* Whether it was sent everything, and that has to leave. */
static bool
is_over(const struct follower *follower)
{
	return follower->reply != NULL && follower->reply->is_over;
}

static void
on_gone(void *context)
{
	struct follower *follower = context;
	struct live_room *room = follower->room;

	live_follower_drop(follower);
	live_room_release(room);
}

static void
on_drained(void *context)
{
	struct follower *follower = context;
	struct live_room *room = follower->room;

	follower->stalled = 0;
	if (is_over(follower))
		live_follower_finish(follower);
	else if (follower->is_greeted && !follower->is_current)
		catch_up(follower);
	live_room_release(room);
}

void
live_catch_up_add(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct event_sink *sink)
{
	struct follower *follower = live_follower_new(room, cursor, address, renderer, NULL, sink);

	room->must_read = true;
	if (sink->attach(sink, room->live->loop, on_gone, on_drained, follower) != ERR_NONE)
		live_follower_drop(follower);
}

/* What its stream begins with. */
static void
append_greeting(struct follower *follower, struct buf *out)
{
	struct reply_following *reply = follower->reply;
	enum err err;

	if (reply == NULL)
		err = follower->audience->renderer->hello(out, follower->cursor);
	else
		err = buf_append(out, reply->greeting, reply->greeting_size);
	if (err != ERR_NONE)
		abort();
}

static void
greet(struct follower *follower)
{
	struct cursor now = follower->room->cursor;
	struct buf hello;

	follower->is_greeted = true;
	if (follower->cursor.seq < 0)
		follower->cursor = now;
	buf_init(&hello, BOUND_RESPONSE_BYTES);
	append_greeting(follower, &hello);
	bool is_there = live_follower_send(follower, &hello, follower->cursor);
	buf_fini(&hello);
	if (is_there && follower->cursor.seq > now.seq)
		is_there = reset_follower(follower);
	if (is_there)
		catch_up(follower);
}

void
live_catch_up_add_reply(struct live_room *room, struct cursor cursor, const char *address,
                        const struct renderer *renderer, struct reply_following *reply,
                        struct event_sink *sink)
{
	struct follower *follower = live_follower_new(room, cursor, address, renderer, reply, sink);

	room->must_read = true;
	if (sink->attach(sink, room->live->loop, on_gone, on_drained, follower) != ERR_NONE) {
		live_follower_drop(follower);
		return;
	}
	/* It was committed by this process: that is known without the store. */
	if (room->cursor.seq < 0 && room->read == NULL)
		room->cursor = cursor;
	if (room->cursor.seq >= cursor.seq && cursor_is_of(cursor, room->cursor.epoch))
		greet(follower);
}

static void
greet_if_read(struct follower *follower, void *context)
{
	(void)context;
	if (!follower->is_greeted && live_room_was_read(follower->room, follower->came_at))
		greet(follower);
}

void
live_catch_up_greet(struct live_room *room)
{
	live_followers_each(room, greet_if_read, NULL);
}

static void
refuse(struct follower *follower, void *context)
{
	(void)context;
	if (!follower->is_greeted && follower->came_at < follower->room->reads_begun)
		live_follower_drop(follower);
}

void
live_catch_up_refuse(struct live_room *room)
{
	live_followers_each(room, refuse, NULL);
}

/* --- each second --- */

/* Whether it stays: not where it has taken nothing for a while. */
static bool
is_taking(struct follower *follower)
{
	size_t waiting = follower->sink->pending(follower->sink);

	if (waiting != follower->waiting || follower->read != NULL)
		follower->stalled = 0;
	follower->waiting = waiting;
	return ++follower->stalled <= BOUND_STALLED_SECONDS;
}

static void
supervise(struct follower *follower, void *context)
{
	bool *has_slow = context;

	if (!follower->is_greeted || follower->is_current || is_over(follower))
		return;
	*has_slow = true;
	if (follower->must_retry) {
		follower->stalled = 0;
		catch_up(follower);
	} else if (!is_taking(follower)) {
		live_follower_drop(follower);
	}
}

bool
live_catch_up_supervise(struct live_room *room)
{
	bool has_slow = false;

	live_followers_each(room, supervise, &has_slow);
	return has_slow;
}
