/*
 * Rooms, and what is in them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "store/memory/memory.h"

/* Items are shared by rooms of several transactions. */
static pthread_mutex_t items_lock = PTHREAD_MUTEX_INITIALIZER;

/* --- arrays --- */

void *
array_insert(struct array *array, size_t size, size_t at)
{
	if (array->count == array->capacity) {
		array->capacity = 2 * array->capacity + 4;
		array->items = realloc(array->items, array->capacity * size);
		if (array->items == NULL)
			abort();
	}
	char *place = (char *)array->items + at * size;
	memmove(place + size, place, (array->count - at) * size);
	array->count++;
	return place;
}

void
array_remove(struct array *array, size_t size, size_t at, size_t count)
{
	if (count == 0)
		return;
	char *place = (char *)array->items + at * size;
	memmove(place, place + count * size, (array->count - at - count) * size);
	array->count -= count;
}

static struct array
array_copy(const struct array *array, size_t size)
{
	struct array copy = { .count = array->count, .capacity = array->count };

	if (array->count == 0)
		return (struct array){ 0 };
	copy.items = must_allocate(array->count * size);
	memcpy(copy.items, array->items, array->count * size);
	return copy;
}

/* --- items --- */

struct item *
item_new(const struct event *event, const char *author)
{
	struct item *item = must_allocate(sizeof(*item));

	item->references = 1;
	item->event = *event;
	item->event.name = event->name == NULL ? NULL : must_copy_text(event->name);
	item->event.text = event->text == NULL ? NULL : must_copy(event->text, event->text_size);
	item->event.thought = must_copy(event->thought, event->thought_size);
	item->author = must_copy_text(author);
	return item;
}

/* What was private is not left in memory for others. */
static void
wipe(const char *text, size_t size)
{
	if (text == NULL)
		return;
	explicit_bzero((char *)(uintptr_t)text, size);
	free((char *)(uintptr_t)text);
}

void
item_release(struct item *item)
{
	pthread_mutex_lock(&items_lock);
	bool is_last = --item->references == 0;
	pthread_mutex_unlock(&items_lock);
	if (!is_last)
		return;
	wipe(item->event.name, item->event.name == NULL ? 0 : strlen(item->event.name));
	wipe(item->event.text, item->event.text_size);
	wipe(item->event.thought, item->event.thought_size);
	wipe(item->author, strlen(item->author));
	free(item);
}

/* --- rooms --- */

static struct room *
room_copy(const struct room *from)
{
	struct room *room = must_allocate(sizeof(*room));

	/* Not the references, which readers of that one count meanwhile. */
	room->references = 1;
	room->is_draft = from->is_draft;
	room->begun_at = from->begun_at;
	room->first_seq = from->first_seq;
	room->last_seq = from->last_seq;
	room->message_count = from->message_count;
	room->changed_at = from->changed_at;
	room->name = must_copy_text(from->name);
	room->items = array_copy(&from->items, sizeof(struct item *));
	room->keys = array_copy(&from->keys, sizeof(struct key));
	room->leases = array_copy(&from->leases, sizeof(struct lease));
	pthread_mutex_lock(&items_lock);
	for (size_t i = 0; i < room->items.count; i++)
		ITEM(room, i)->references++;
	pthread_mutex_unlock(&items_lock);
	return room;
}

void
room_release(struct room *room)
{
	if (--room->references > 0)
		return;
	for (size_t i = 0; i < room->items.count; i++)
		item_release(ITEM(room, i));
	free(room->items.items);
	free(room->keys.items);
	free(room->leases.items);
	free(room->name);
	free(room);
}

size_t
room_position(const struct room *room, int64_t seq)
{
	size_t low = 0;
	size_t high = room->items.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ITEM(room, middle)->event.seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct item **
room_item(const struct room *room, int64_t seq)
{
	size_t at = room_position(room, seq);

	if (at == room->items.count || ITEM(room, at)->event.seq != seq)
		return NULL;
	return &ITEM(room, at);
}

struct lease *
room_lease(const struct room *room, int64_t seq)
{
	for (size_t i = 0; i < room->leases.count; i++) {
		if (AT(&room->leases, struct lease, i)->seq == seq)
			return AT(&room->leases, struct lease, i);
	}
	return NULL;
}

void
room_gather_parts(const struct room *room, int64_t seq, struct buf *text, struct buf *thought,
                  int64_t *thought_ms)
{
	*thought_ms = 0;
	for (size_t i = room_position(room, seq); i < room->items.count; i++) {
		const struct event *part = &ITEM(room, i)->event;
		if (part->kind != EVENT_PART || part->ref != seq)
			continue;
		/* Who appends parts keeps a reply within its bound. */
		if (buf_append(text, part->text, part->text_size) != ERR_NONE ||
		    buf_append(thought, part->thought, part->thought_size) != ERR_NONE)
			abort();
		if (part->thought_size > 0)
			*thought_ms = part->thought_ms;
	}
}

/* --- all rooms --- */

/* Where the room is, or would be. */
static size_t
position_of(const struct rooms_state *state, const char *name)
{
	size_t low = 0;
	size_t high = state->rooms.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp((*AT(&state->rooms, struct room *, middle))->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct room *
state_find(const struct rooms_state *state, const char *name)
{
	size_t at = position_of(state, name);

	if (at == state->rooms.count)
		return NULL;
	struct room *room = *AT(&state->rooms, struct room *, at);
	return strcmp(room->name, name) == 0 ? room : NULL;
}

struct rooms_state
state_share(const struct rooms_state *state)
{
	struct rooms_state shared = *state;

	shared.rooms = array_copy(&state->rooms, sizeof(struct room *));
	for (size_t i = 0; i < shared.rooms.count; i++)
		(*AT(&shared.rooms, struct room *, i))->references++;
	return shared;
}

void
state_fini(struct rooms_state *state)
{
	for (size_t i = 0; i < state->rooms.count; i++)
		room_release(*AT(&state->rooms, struct room *, i));
	free(state->rooms.items);
	*state = (struct rooms_state){ 0 };
}

struct room *
draft_room(struct store *store, const char *name, bool must_be_there)
{
	struct rooms_state *draft = &store->draft;
	struct room *room = state_find(draft, name);
	size_t at = position_of(draft, name);

	if (room == NULL && must_be_there)
		return NULL;
	if (room == NULL) {
		room = must_allocate(sizeof(*room));
		*room = (struct room){ .references = 1,
			               .is_draft = true,
			               .name = must_copy_text(name),
			               .begun_at = draft->removed_seq,
			               .first_seq = draft->removed_seq + 1,
			               .last_seq = draft->removed_seq };
		struct room **place = array_insert(&draft->rooms, sizeof(struct room *), at);
		*place = room;
	} else if (!room->is_draft) {
		struct room *copy = room_copy(room);
		copy->is_draft = true;
		pthread_mutex_lock(&store->memory->lock);
		room_release(room);
		pthread_mutex_unlock(&store->memory->lock);
		*AT(&draft->rooms, struct room *, at) = room = copy;
	}
	return room;
}

void
draft_remove_room(struct store *store, const char *name)
{
	struct rooms_state *draft = &store->draft;
	size_t at = position_of(draft, name);
	struct room *room = *AT(&draft->rooms, struct room *, at);

	if (room->last_seq > draft->removed_seq)
		draft->removed_seq = room->last_seq;
	array_remove(&draft->rooms, sizeof(struct room *), at, 1);
	pthread_mutex_lock(&store->memory->lock);
	room_release(room);
	pthread_mutex_unlock(&store->memory->lock);
}
