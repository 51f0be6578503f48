/*
 * Rooms that are followed: finding one, making it, and letting it go when nobody is in it any more.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_room.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static struct live_room **
bucket_of(struct live_rooms *live, const char *key)
{
	return &live->buckets[hash_bytes(key, strlen(key)) % LIVE_BUCKETS];
}

struct live_room *
live_room_find(struct live_rooms *live, const char *key)
{
	struct live_room *room = *bucket_of(live, key);

	while (room != NULL && strcmp(room->key, key) != 0)
		room = room->next;
	return room;
}

struct live_room *
live_room_new(struct live_rooms *live, const char *key)
{
	struct live_room *room = must_allocate(sizeof(*room));
	struct live_room **bucket = bucket_of(live, key);

	room->live = live;
	room->key = must_copy_text(key);
	room->cursor = cursor_at(-1);
	room->next = *bucket;
	*bucket = room;
	return room;
}

bool
live_room_was_read(const struct live_room *room, uint64_t number)
{
	return room->reads_done > number;
}

void
live_room_release(struct live_room *room)
{
	struct live_audience **audience = &room->audiences;

	while (*audience != NULL) {
		struct live_audience *looked_at = *audience;
		if (looked_at->followers != NULL) {
			audience = &looked_at->next;
			continue;
		}
		*audience = looked_at->next;
		free(looked_at);
	}
	if (room->audiences != NULL || room->waiters != NULL || room->read != NULL)
		return;
	struct live_room **link = bucket_of(room->live, room->key);
	while (*link != room)
		link = &(*link)->next;
	*link = room->next;
	free(room->key);
	free(room);
}

void
live_rooms_supervise_slow(struct live_rooms *live)
{
	if (!uv_is_active((uv_handle_t *)&live->slow_timer))
		uv_timer_start(&live->slow_timer, live->on_slow, 1000, 1000);
}
