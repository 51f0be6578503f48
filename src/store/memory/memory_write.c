/*
 * Writing: appending, messages that stream, deleting, keys.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "store/memory/memory.h"
#include "store/store_event.h"

static int64_t
add_item(struct store *store, struct room *room, struct event *event, const char *author)
{
	event->seq = ++room->last_seq;
	event->epoch = store->memory->epoch;
	room->changed_at = ++store->draft.change;
	room->message_count += event->kind == EVENT_MESSAGE;
	struct item **place = array_insert(&room->items, sizeof(struct item *), room->items.count);
	*place = item_new(event, author);
	return event->seq;
}

static void
replace_item(struct item **item, const struct event *event, const char *author)
{
	struct item *replaced = *item;

	*item = item_new(event, author);
	item_release(replaced);
}

/* --- leases --- */

static int64_t
lease_end(struct store *store)
{
	pthread_mutex_lock(&store->memory->lock);
	int64_t until_ms = memory_now_ms(store->memory) + store->lease_ms;
	pthread_mutex_unlock(&store->memory->lock);
	return until_ms;
}

static void
renew(struct store *store, struct lease *lease)
{
	lease->owner = store->number;
	lease->until_ms = lease_end(store);
}

static bool
is_owned(struct store *store, const struct lease *lease)
{
	pthread_mutex_lock(&store->memory->lock);
	bool is_owned = memory_is_owned(store->memory, lease);
	pthread_mutex_unlock(&store->memory->lock);
	return is_owned;
}

/* The room as it may be written to, if the message streams there; else NULL. */
static struct room *
streaming_room(struct store *store, const char *name, int64_t seq)
{
	const struct room *room = state_find(&store->draft, name);

	if (room == NULL || room_lease(room, seq) == NULL)
		return NULL;
	return draft_room(store, name, true);
}

enum err
memory_renew_lease(struct store *store, const char *name, int64_t seq, bool *is_held)
{
	*is_held = false;
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	struct room *room = streaming_room(store, name, seq);
	if (room == NULL)
		return ERR_NONE;
	struct lease *lease = room_lease(room, seq);
	*is_held = lease->owner == store->number || !is_owned(store, lease);
	if (*is_held)
		renew(store, lease);
	return ERR_NONE;
}

/* --- appending --- */

enum err
memory_append_message(struct store *store, const char *name, const struct store_message *message,
                      int64_t *seq)
{
	struct event event = store_event_of_message(message);
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	struct room *room = draft_room(store, name, false);
	*seq = add_item(store, room, &event, message->author);
	if (message->state == STATE_STREAMING) {
		struct lease *lease =
			array_insert(&room->leases, sizeof(*lease), room->leases.count);
		*lease = (struct lease){ .seq = *seq };
		renew(store, lease);
	}
	return ERR_NONE;
}

/* The number of the message's last part, if it is this one, else 0. */
static int64_t
find_part(const struct room *room, const struct event *part)
{
	for (size_t i = room->items.count; i > 0; i--) {
		const struct event *last = &ITEM(room, i - 1)->event;
		if (last->kind != EVENT_PART || last->ref != part->ref)
			continue;
		bool is_same = last->offset == part->offset && last->text_size == part->text_size &&
		               last->thought_offset == part->thought_offset &&
		               last->thought_size == part->thought_size;
		return is_same ? last->seq : 0;
	}
	return 0;
}

enum err
memory_append_part(struct store *store, const char *name, const struct store_part *part,
                   int64_t *seq)
{
	struct event event = store_event_of_part(part);

	*seq = 0;
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	struct room *room = streaming_room(store, name, part->ref);
	if (room == NULL)
		return ERR_NONE;
	if (part->may_be_there)
		*seq = find_part(room, &event);
	if (*seq == 0)
		*seq = add_item(store, room, &event, "");
	renew(store, room_lease(room, part->ref));
	return ERR_NONE;
}

/* --- the end of a message that streams --- */

/* It streams no more. */
static void
end_streaming(struct room *room, int64_t seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < room->items.count; i++) {
		struct item *item = ITEM(room, i);
		if (item->event.kind == EVENT_PART && item->event.ref == seq)
			item_release(item);
		else
			ITEM(room, kept++) = item;
	}
	room->items.count = kept;
	for (size_t i = 0; i < room->leases.count; i++) {
		if (AT(&room->leases, struct lease, i)->seq == seq)
			array_remove(&room->leases, sizeof(struct lease), i--, 1);
	}
}

static int64_t
finish(struct store *store, struct room *room, const struct store_ending *ending)
{
	struct event done = { .kind = EVENT_DONE,
		              .time_ms = ending->time_ms,
		              .ref = ending->ref,
		              .state = ending->state };
	struct item **message = room_item(room, ending->ref);
	struct event finished = (*message)->event;
	struct buf text;
	struct buf thought;

	buf_init(&text, BOUND_REPLY_BYTES_MAX);
	buf_init(&thought, BOUND_THOUGHT_BYTES);
	finished.state = ending->state;
	finished.cause = ending->cause;
	finished.text = ending->text;
	finished.text_size = ending->text_size;
	finished.thought = ending->thought;
	finished.thought_size = ending->thought_size;
	finished.thought_ms = ending->thought_ms;
	if (ending->text == NULL) {
		room_gather_parts(room, ending->ref, &text, &thought, &finished.thought_ms);
		finished.text = buf_text(&text);
		finished.text_size = text.size;
		finished.thought = buf_text(&thought);
		finished.thought_size = thought.size;
	}
	replace_item(message, &finished, (*message)->author);
	buf_fini(&text);
	buf_fini(&thought);
	end_streaming(room, ending->ref);
	return add_item(store, room, &done, "");
}

enum err
memory_finish_message(struct store *store, const char *name, const struct store_ending *ending,
                      int64_t *seq)
{
	*seq = 0;
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	struct room *room = streaming_room(store, name, ending->ref);
	if (room != NULL)
		*seq = finish(store, room, ending);
	return ERR_NONE;
}

/* The room's first message that was abandoned; 0: none. */
static int64_t
find_abandoned(struct store *store, const struct room *room)
{
	for (size_t i = 0; i < room->leases.count; i++) {
		const struct lease *lease = AT(&room->leases, struct lease, i);
		if (!is_owned(store, lease))
			return lease->seq;
	}
	return 0;
}

enum err
memory_fail_abandoned(struct store *store, int64_t time_ms, unsigned *count)
{
	struct store_ending ending = { .state = STATE_FAILED, .time_ms = time_ms };

	*count = 0;
	enum err err = memory_check_writing(store);
	for (size_t i = 0; err == ERR_NONE && i < store->draft.rooms.count; i++) {
		struct room *room = *AT(&store->draft.rooms, struct room *, i);
		while ((ending.ref = find_abandoned(store, room)) != 0) {
			room = draft_room(store, room->name, true);
			(void)finish(store, room, &ending);
		}
		*count += (unsigned)room->leases.count;
	}
	return err;
}

/* --- deleting --- */

static enum store_outcome
judge(const struct room *room, int64_t seq, const char *author)
{
	struct item **item = room == NULL ? NULL : room_item(room, seq);

	if (item == NULL || (*item)->event.kind != EVENT_MESSAGE)
		return STORE_NOT_FOUND;
	if ((*item)->event.state == STATE_DELETED)
		return STORE_ALREADY_DELETED;
	if (author == NULL)
		return STORE_DELETED;
	return author[0] != '\0' && strcmp((*item)->author, author) == 0 ? STORE_DELETED
	                                                                 : STORE_NOT_THE_AUTHOR;
}

enum err
memory_delete_message(struct store *store, const char *name, int64_t seq, const char *author,
                      int64_t time_ms, enum store_outcome *outcome, int64_t *event_seq)
{
	struct event deletion = { .kind = EVENT_DELETE, .time_ms = time_ms, .ref = seq };

	*event_seq = 0;
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	*outcome = judge(state_find(&store->draft, name), seq, author);
	if (*outcome != STORE_DELETED)
		return ERR_NONE;
	struct room *room = draft_room(store, name, true);
	struct item **item = room_item(room, seq);
	struct event deleted = {
		.seq = seq,
		.epoch = (*item)->event.epoch,
		.kind = EVENT_MESSAGE,
		.time_ms = (*item)->event.time_ms,
		.ref = (*item)->event.ref,
		.role = (*item)->event.role,
		.state = STATE_DELETED,
	};
	replace_item(item, &deleted, "");
	end_streaming(room, seq);
	*event_seq = add_item(store, room, &deletion, "");
	return ERR_NONE;
}

/* --- keys --- */

enum err
memory_add_key(struct store *store, const char *name, const char *key, uint64_t body_hash,
               const struct store_key_result *result, int64_t time_ms)
{
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	struct room *room = draft_room(store, name, false);
	struct key *added = array_insert(&room->keys, sizeof(*added), room->keys.count);
	*added = (struct key){ .body_hash = body_hash, .result = *result, .time_ms = time_ms };
	strncpy(added->text, key, BOUND_KEY_BYTES);
	return ERR_NONE;
}
