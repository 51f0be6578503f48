/*
 * Reading: pages of messages, the log from a cursor on, single events, keys, walks over all rooms.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "store/memory/memory.h"

/* What an event takes beside its strings. */
#define EVENT_BYTES 128

/* --- events --- */

/* Gives the event with the text that it has now: that of a message that streams is what its parts
 * say, that of `done` is its message's. */
static void
give_event(const struct room *room, const struct item *item, store_event_function function,
           void *context)
{
	struct event event = item->event;
	struct buf text;
	struct buf thought;

	buf_init(&text, BOUND_REPLY_BYTES_MAX);
	buf_init(&thought, BOUND_THOUGHT_BYTES);
	if (event.kind == EVENT_MESSAGE && event.state == STATE_STREAMING) {
		room_gather_parts(room, event.seq, &text, &thought, &event.thought_ms);
		event.text = buf_text(&text);
		event.text_size = text.size;
		event.thought = buf_text(&thought);
		event.thought_size = thought.size;
	}
	struct item **message = event.kind == EVENT_DONE ? room_item(room, event.ref) : NULL;
	if (message != NULL) {
		event.text = (*message)->event.text;
		event.text_size = (*message)->event.text_size;
		event.cause = (*message)->event.cause;
		event.thought = (*message)->event.thought;
		event.thought_size = (*message)->event.thought_size;
		event.thought_ms = (*message)->event.thought_ms;
	}
	function(context, &event);
	buf_fini(&text);
	buf_fini(&thought);
}

static void
read_after(const struct room *room, const struct store_range *range, store_event_function function,
           void *context, struct store_page *page)
{
	int64_t after = range->after;

	/* From the beginning: that may be higher than 1, and nothing is missing before it. */
	if (after == 0 && room->first_seq == room->begun_at + 1)
		after = room->begun_at;
	if ((range->epoch != 0 && range->epoch != page->epoch) || after < room->first_seq - 1 ||
	    after > room->last_seq) {
		page->is_reset = true;
		return;
	}
	size_t from = room_position(room, after + 1);
	size_t to = room->items.count;
	page->more = to - from > range->limit;
	if (page->more)
		to = from + range->limit;
	for (size_t i = from; i < to; i++)
		give_event(room, ITEM(room, i), function, context);
	if (page->more)
		page->next = ITEM(room, to - 1)->event.seq;
}

static bool
is_message(const struct room *room, size_t at)
{
	return ITEM(room, at)->event.kind == EVENT_MESSAGE;
}

static void
read_page(const struct room *room, const struct store_range *range, store_event_function function,
          void *context, struct store_page *page)
{
	size_t to = range->before > 0 ? room_position(room, range->before) : room->items.count;
	size_t from = to;
	unsigned messages = 0;

	while (from > 0 && messages < range->limit)
		messages += is_message(room, --from);
	for (size_t i = from; i < to; i++) {
		if (is_message(room, i))
			give_event(room, ITEM(room, i), function, context);
	}
	for (size_t i = 0; i < from && !page->more; i++)
		page->more = is_message(room, i);
}

/* What a room would be that is not there. */
static struct room
absent_room(struct store *store)
{
	pthread_mutex_lock(&store->memory->lock);
	int64_t seq =
		store->is_writing ? store->draft.removed_seq : store->memory->committed.removed_seq;
	pthread_mutex_unlock(&store->memory->lock);
	return (struct room){ .begun_at = seq, .first_seq = seq + 1, .last_seq = seq };
}

enum err
memory_read(struct store *store, const struct store_range *range, store_event_function function,
            void *context, struct store_page *page)
{
	struct room *found = memory_take_room(store, range->room);
	const struct room absent = absent_room(store);
	const struct room *room = found == NULL ? &absent : found;

	*page = (struct store_page){ .next = room->last_seq, .epoch = store->memory->epoch };
	if (range->after >= 0)
		read_after(room, range, function, context, page);
	else
		read_page(room, range, function, context, page);
	memory_give_room(store, found);
	return ERR_NONE;
}

enum err
memory_get(struct store *store, const char *name, int64_t seq, store_event_function function,
           void *context, bool *is_there)
{
	struct room *room = memory_take_room(store, name);
	struct item **item = room == NULL ? NULL : room_item(room, seq);

	*is_there = item != NULL;
	if (item != NULL)
		give_event(room, *item, function, context);
	memory_give_room(store, room);
	return ERR_NONE;
}

enum err
memory_next_reply(struct store *store, const char *name, int64_t ref, int64_t after, int64_t *reply)
{
	struct room *room = memory_take_room(store, name);

	*reply = 0;
	for (size_t i = 0; room != NULL && ref > 0 && i < room->items.count && *reply == 0; i++) {
		const struct event *event = &ITEM(room, i)->event;
		if (event->kind == EVENT_MESSAGE && event->ref == ref && event->seq > after)
			*reply = event->seq;
	}
	memory_give_room(store, room);
	return ERR_NONE;
}

enum err
memory_find_key(struct store *store, const char *name, const char *key, uint64_t body_hash,
                bool *is_known, bool *is_same, struct store_key_result *result)
{
	struct room *room = memory_take_room(store, name);

	*is_known = false;
	*is_same = false;
	*result = (struct store_key_result){ 0 };
	for (size_t i = 0; room != NULL && i < room->keys.count && !*is_known; i++) {
		const struct key *known = AT(&room->keys, struct key, i);
		*is_known = strcmp(known->text, key) == 0;
		*is_same = *is_known && known->body_hash == body_hash;
		if (*is_known)
			*result = known->result;
	}
	memory_give_room(store, room);
	return ERR_NONE;
}

/* --- all rooms --- */

/* With the lock. */
static const struct rooms_state *
seen_by(const struct store *store)
{
	return store->is_writing ? &store->draft : &store->memory->committed;
}

enum err
memory_next_room(struct store *store, const char *room, char *next, size_t next_size)
{
	enum err err = ERR_NONE;
	const char *found = NULL;

	pthread_mutex_lock(&store->memory->lock);
	const struct array *rooms = &seen_by(store)->rooms;
	for (size_t i = 0; i < rooms->count && found == NULL; i++) {
		if (strcmp((*AT(rooms, struct room *, i))->name, room) > 0)
			found = (*AT(rooms, struct room *, i))->name;
	}
	if (found != NULL && strlen(found) >= next_size) {
		err = ERR_TOO_LARGE;
		found = NULL;
	}
	/* `next` may be where `room` is: from here on that is not needed. */
	memcpy(next, found == NULL ? "" : found, found == NULL ? 1 : strlen(found) + 1);
	pthread_mutex_unlock(&store->memory->lock);
	return err;
}

enum err
memory_count_streaming(struct store *store, unsigned *count, unsigned *abandoned)
{
	*count = 0;
	*abandoned = 0;
	pthread_mutex_lock(&store->memory->lock);
	const struct array *rooms = &seen_by(store)->rooms;
	for (size_t i = 0; i < rooms->count; i++) {
		const struct array *leases = &(*AT(rooms, struct room *, i))->leases;
		*count += (unsigned)leases->count;
		for (size_t j = 0; j < leases->count; j++)
			*abandoned += !memory_is_owned(store->memory, AT(leases, struct lease, j));
	}
	pthread_mutex_unlock(&store->memory->lock);
	return ERR_NONE;
}

enum err
memory_count_bytes(struct store *store, bool is_exact, int64_t *bytes)
{
	(void)is_exact;
	*bytes = 0;
	pthread_mutex_lock(&store->memory->lock);
	const struct array *rooms = &seen_by(store)->rooms;
	for (size_t i = 0; i < rooms->count; i++) {
		const struct room *room = *AT(rooms, struct room *, i);
		for (size_t j = 0; j < room->items.count; j++) {
			const struct event *event = &ITEM(room, j)->event;
			*bytes += (int64_t)(EVENT_BYTES + event->text_size + event->thought_size);
		}
	}
	pthread_mutex_unlock(&store->memory->lock);
	return ERR_NONE;
}
