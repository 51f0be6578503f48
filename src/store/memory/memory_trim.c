/*
 * Retention: the oldest events of a room go, one after the other from the log's beginning, a
 * limited number per step; and a room that has nothing any more goes itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/likely_time.h"
#include "store/memory/memory.h"

static int64_t
likely_time(const struct room *room, size_t at)
{
	int64_t times[STORE_FOLLOWING];
	size_t count = 0;

	for (size_t i = at + 1; i < room->items.count && count < STORE_FOLLOWING; i++)
		times[count++] = ITEM(room, i)->event.time_ms;
	return store_likely_time(ITEM(room, at)->event.time_ms, times, count);
}

/* 0 where there is no message. */
static int64_t
last_message_time(const struct room *room)
{
	for (size_t i = room->items.count; i > 0; i--) {
		if (ITEM(room, i - 1)->event.kind == EVENT_MESSAGE)
			return ITEM(room, i - 1)->event.time_ms;
	}
	return 0;
}

/* Puts right what times in the room cannot be. */
static void
check_times(struct room *room, int64_t now_ms, unsigned most)
{
	int64_t last_ms = last_message_time(room);
	unsigned dated = 0;

	if (room->items.count == 0 || (!store_is_impossible(likely_time(room, 0), now_ms) &&
	                               (last_ms == 0 || !store_is_impossible(last_ms, now_ms))))
		return;
	for (size_t i = 0; i < room->items.count && dated < most; i++) {
		struct item *item = ITEM(room, i);
		struct event event = item->event;
		if (!store_is_impossible(event.time_ms, now_ms))
			continue;
		event.time_ms = now_ms;
		ITEM(room, i) = item_new(&event, item->author);
		item_release(item);
		dated++;
	}
}

/* `left`: how many messages the room has still. */
static bool
is_to_go(const struct room *room, size_t at, int64_t left, const struct store_retention *retention,
         bool is_idle)
{
	const struct event *event = &ITEM(room, at)->event;

	/* A message that streams is not old yet: it is trimmed when it is finished. */
	if (event->kind == EVENT_MESSAGE && event->state == STATE_STREAMING)
		return false;
	return is_idle || (retention->messages_max > 0 && left > retention->messages_max) ||
	       (retention->oldest_ms > 0 && likely_time(room, at) < retention->oldest_ms);
}

static void
trim_events(struct room *room, const struct store_retention *retention, unsigned step,
            struct store_trimmed *trimmed)
{
	bool is_idle = retention->idle_ms > 0 && last_message_time(room) < retention->idle_ms;
	int64_t left = room->message_count;
	size_t at = 0;

	while (at < room->items.count && at < step &&
	       is_to_go(room, at, left, retention, is_idle)) {
		left -= ITEM(room, at)->event.kind == EVENT_MESSAGE;
		room->first_seq = ITEM(room, at)->event.seq + 1;
		at++;
	}
	trimmed->oldest_ms = at == room->items.count ? 0 : likely_time(room, at);
	for (size_t i = 0; i < at; i++)
		item_release(ITEM(room, i));
	array_remove(&room->items, sizeof(struct item *), 0, at);
	room->message_count = left;
	trimmed->events = (unsigned)at;
}

/* They came by time. */
static unsigned
trim_keys(struct room *room, int64_t oldest_key_ms, unsigned step)
{
	unsigned removed = 0;

	for (size_t i = 0; i < room->keys.count && removed < step;) {
		if (AT(&room->keys, struct key, i)->time_ms < oldest_key_ms) {
			array_remove(&room->keys, sizeof(struct key), i, 1);
			removed++;
		} else {
			i++;
		}
	}
	return removed;
}

enum err
memory_trim(struct store *store, const char *name, const struct store_retention *retention,
            unsigned step, struct store_trimmed *trimmed)
{
	*trimmed = (struct store_trimmed){ 0 };
	enum err err = memory_check_writing(store);
	struct room *room = err == ERR_NONE ? draft_room(store, name, true) : NULL;
	if (room == NULL)
		return err;
	check_times(room, retention->now_ms, 4 * step);
	trim_events(room, retention, step, trimmed);
	if (retention->oldest_key_ms > 0)
		trimmed->keys = trim_keys(room, retention->oldest_key_ms, step);
	trimmed->is_room_removed = room->items.count == 0 && room->keys.count == 0;
	if (trimmed->is_room_removed)
		draft_remove_room(store, name);
	return ERR_NONE;
}

enum err
memory_judge_clock(struct store *store, int64_t now_ms, struct store_time *time)
{
	struct rooms_state *draft = &store->draft;

	*time = (struct store_time){ .trusted_ms = now_ms };
	enum err err = memory_check_writing(store);
	if (err != ERR_NONE)
		return err;
	pthread_mutex_lock(&store->memory->lock);
	int64_t at_ms = memory_now_ms(store->memory);
	pthread_mutex_unlock(&store->memory->lock);
	*time = store_judge(now_ms, draft->clock_ms, at_ms - draft->clock_at_ms, &draft->clock_ms);
	draft->clock_at_ms = at_ms;
	return ERR_NONE;
}
