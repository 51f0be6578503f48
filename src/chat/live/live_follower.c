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

/* The room's audience of that format, made if it is not there. */
static struct live_audience *
need_audience(struct live_room *room, const struct renderer *renderer)
{
	struct live_audience *audience = room->audiences;

	while (audience != NULL && audience->renderer != renderer)
		audience = audience->next;
	if (audience != NULL)
		return audience;
	audience = must_allocate(sizeof(*audience));
	audience->renderer = renderer;
	buf_init(&audience->bytes, LIVE_BYTES_MAX);
	audience->next = room->audiences;
	room->audiences = audience;
	return audience;
}

struct follower *
live_follower_new(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct event_sink *sink)
{
	struct follower *follower = must_allocate(sizeof(*follower));
	struct live_audience *audience = need_audience(room, renderer);

	follower->room = room;
	follower->audience = audience;
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
	client_slots_leave(live->slots, follower->address);
	free(follower->address);
	free(follower->memory);
	free(follower);
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

	if (audience->bytes.size == 0)
		return;
	for (struct follower *follower = audience->followers; follower != NULL; follower = next) {
		next = follower->next;
		if (follower->is_current)
			(void)live_follower_send(follower, &audience->bytes, before);
	}
	buf_fini(&audience->bytes);
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
