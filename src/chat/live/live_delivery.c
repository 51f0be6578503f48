/*
 * Delivery to those who are up to date.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_delivery.h"

#include <stdlib.h>
#include <string.h>

#include "chat/live/live_follower.h"
#include "chat/live/live_room.h"
#include "chat/live/live_waiter.h"
#include "text/event_list.h"

void
live_delivery_begin(struct live_room *room)
{
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next)
		audience->memory = (struct render_memory){ .count = 0 };
}

/* Sends what was rendered to those who were at `before`. */
static void
send_rendered(struct live_room *room, struct cursor before)
{
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next)
		live_followers_send(audience, before);
}

/* Appends to the audience's bytes what it gets of the event: as it was rendered for another one
 * that has the same format, if there is such. */
static void
render_event(struct live_room *room, struct live_audience *audience, const struct event *event)
{
	const struct live_audience *same = room->audiences;

	audience->event_at = audience->bytes.size;
	while (same != audience && (!same->has_event || same->renderer != audience->renderer ||
	                            event->kind == EVENT_DELETE))
		same = same->next;
	if (same == audience)
		live_audience_render(audience, event, &audience->memory, &audience->bytes);
	else if (buf_append(&audience->bytes, same->bytes.data + same->event_at,
	                    same->bytes.size - same->event_at) != ERR_NONE)
		abort();
	audience->is_over |= live_audience_ends(audience, event);
}

/* Renders the event, and sends first what was rendered, if that is much. *sent is where those are
 * who were sent everything. */
static void
give_event(struct live_room *room, const struct event *event, struct cursor *sent)
{
	bool is_much = false;
	struct live_audience *audience;

	for (audience = room->audiences; audience != NULL; audience = audience->next)
		is_much |= audience->bytes.size > LIVE_BYTES;
	if (is_much) {
		send_rendered(room, *sent);
		*sent = room->cursor;
	}
	for (audience = room->audiences; audience != NULL; audience = audience->next) {
		audience->has_event = live_audience_gets(audience, event);
		if (audience->has_event)
			render_event(room, audience, event);
	}
	room->cursor.seq = event->seq;
}

/* The log does not cover where they were. */
static void
reset(struct live_room *room, struct cursor next)
{
	struct cursor before = room->cursor;

	room->cursor = next;
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		audience->is_over = audience->reply_seq != 0;
		if (!audience->is_over &&
		    audience->renderer->reset(&audience->bytes, next) != ERR_NONE)
			abort();
	}
	send_rendered(room, before);
}

bool
live_delivery_take_page(struct live_room *room, const struct live_read *page)
{
	struct cursor sent = room->cursor;
	bool is_where_it_was =
		page->after.seq == room->cursor.seq && page->after.epoch == room->cursor.epoch;

	if (!is_where_it_was && (page->is_reset || page->next.epoch != room->cursor.epoch ||
	                         page->after.seq > room->cursor.seq))
		return false;
	if (page->is_reset) {
		reset(room, page->next);
	} else {
		room->cursor.epoch = page->next.epoch;
		for (const struct kept_event *event = page->events.first; event != NULL;
		     event = event->next) {
			if (event->event.seq > room->cursor.seq)
				give_event(room, &event->event, &sent);
		}
		send_rendered(room, sent);
		if (page->next.seq > room->cursor.seq)
			room->cursor.seq = page->next.seq;
	}
	live_waiters_wake(room);
	return true;
}

const struct kept_event *
live_delivery_take_events(struct live_room *room, const struct kept_event *event, uint64_t epoch)
{
	struct cursor sent = room->cursor;
	const char *key = event->room;

	live_delivery_begin(room);
	for (; event != NULL && strcmp(event->room, key) == 0; event = event->next) {
		struct cursor *cursor = &room->cursor;
		if (cursor->seq < 0 || cursor->epoch != epoch || event->event.seq > cursor->seq + 1)
			room->must_read = true;
		else if (event->event.seq == cursor->seq + 1)
			give_event(room, &event->event, &sent);
	}
	send_rendered(room, sent);
	live_waiters_wake(room);
	return event;
}
