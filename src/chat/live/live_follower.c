/*
 * Followers: joining an audience, sending, falling behind, leaving.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_follower.h"

#include <stdlib.h>

#include "chat/limits/client_slots.h"
#include "chat/live/event_sink.h"
#include "chat/live/live_read.h"
#include "chat/live/live_room.h"

/* The room's audience of that format and reply, made if it is not there. */
static struct live_audience *
need_audience(struct live_room *room, const struct renderer *renderer, int64_t reply_seq)
{
	struct live_audience *audience = room->audiences;

	while (audience != NULL &&
	       (audience->renderer != renderer || audience->reply_seq != reply_seq))
		audience = audience->next;
	if (audience != NULL)
		return audience;
	audience = must_allocate(sizeof(*audience));
	audience->renderer = renderer;
	audience->reply_seq = reply_seq;
	buf_init(&audience->bytes, LIVE_BYTES_MAX);
	audience->next = room->audiences;
	room->audiences = audience;
	return audience;
}

struct follower *
live_follower_new(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct reply_following *reply,
                  struct event_sink *sink)
{
	struct follower *follower = must_allocate(sizeof(*follower));
	struct live_audience *audience =
		need_audience(room, renderer, reply == NULL ? 0 : reply->seq);

	follower->room = room;
	follower->audience = audience;
	follower->reply = reply;
	follower->sink = sink;
	follower->address = must_copy_text(address);
	follower->client = client_address_read(address);
	follower->came_at = room->reads_begun;
	follower->cursor = cursor;
	follower->next = audience->followers;
	if (follower->next != NULL)
		follower->next->previous = follower;
	audience->followers = follower;
	room->live->count++;
	return follower;
}

void
live_follower_drop(struct follower *follower)
{
	struct live_rooms *live = follower->room->live;

	live_read_abandon(&follower->read);
	if (follower->previous != NULL)
		follower->previous->next = follower->next;
	else
		follower->audience->followers = follower->next;
	if (follower->next != NULL)
		follower->next->previous = follower->previous;
	live->count--;
	follower->sink->close(follower->sink);
	if (follower->reply == NULL)
		client_slots_leave(live->slots, follower->address);
	else
		free(follower->reply->greeting);
	free(follower->reply);
	free(follower->address);
	free(follower->memory);
	free(follower);
}

void
live_follower_finish(struct follower *follower)
{
	follower->reply->is_over = true;
	follower->is_current = false;
	if (follower->sink->pending(follower->sink) == 0)
		live_follower_drop(follower);
}

/* --- one reply --- */

bool
live_audience_gets(const struct live_audience *audience, const struct event *event)
{
	return audience->reply_seq == 0 ||
	       (event->ref == audience->reply_seq && event->kind != EVENT_MESSAGE);
}

void
live_audience_render(const struct live_audience *audience, const struct event *event,
                     struct render_memory *memory, struct buf *out)
{
	struct event shown = *event;

	/* Whoever follows one reply is told how it has ended. */
	if (audience->reply_seq != 0 && event->kind == EVENT_DELETE) {
		shown.kind = EVENT_DONE;
		shown.state = STATE_DELETED;
		shown.text = "";
	}
	if (audience->renderer->event(memory, out, &shown) != ERR_NONE)
		abort();
}

bool
live_audience_ends(const struct live_audience *audience, const struct event *event)
{
	return audience->reply_seq != 0 &&
	       (event->kind == EVENT_DONE || event->kind == EVENT_DELETE);
}

/* --- sending --- */

void
live_follower_fall_behind(struct follower *follower, struct cursor cursor)
{
	follower->is_current = false;
	follower->cursor = cursor;
	live_rooms_supervise_slow(follower->room->live);
}

bool
live_follower_send(struct follower *follower, const struct buf *bytes, struct cursor cursor)
{
	struct event_sink *sink = follower->sink;
	enum err err = ERR_NONE;

	/* A format may have nothing to say. */
	if (bytes->size > 0)
		err = sink->send(sink, bytes->data, bytes->size);
	if (err == ERR_NONE)
		return true;
	if (err == ERR_TOO_LARGE && sink->pending(sink) > 0) {
		live_follower_fall_behind(follower, cursor);
		return true;
	}
	live_follower_drop(follower);
	return false;
}

void
live_followers_send(struct live_audience *audience, struct cursor before)
{
	struct follower *next;

	if (audience->bytes.size == 0 && !audience->is_over)
		return;
	for (struct follower *follower = audience->followers; follower != NULL; follower = next) {
		next = follower->next;
		if (!follower->is_current ||
		    !live_follower_send(follower, &audience->bytes, before))
			continue;
		/* Where it is not current any more it gets the end later. */
		if (audience->is_over && follower->is_current)
			live_follower_finish(follower);
	}
	buf_fini(&audience->bytes);
}

void
live_followers_each(struct live_room *room,
                    void (*function)(struct follower *follower, void *context), void *context)
{
	struct follower *next;

	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		for (struct follower *follower = audience->followers; follower != NULL;
		     follower = next) {
			next = follower->next;
			function(follower, context);
		}
	}
}

void
live_followers_end(struct live_room *room)
{
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		while (audience->followers != NULL)
			live_follower_drop(audience->followers);
	}
}
