/*
 * Waiting for something new without a loop: a watch of the store is asked twenty times a second
 * whether anything was committed, which costs less than a page.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/room_wait.h"

#include <time.h>

#include "base/clock.h"
#include "chat/room_read.h"
#include "chat/store_pool.h"

#define PAUSE_US (50 * 1000)

static void
ignore_event(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

static void
note_room(void *context, const char *key)
{
	bool *has_changed = context;

	(void)key;
	*has_changed = true;
}

/* Whether waiting is over. */
static bool
has_news(const struct store_engine *engine, struct store *store, const struct store_range *range)
{
	struct store_page page;

	return engine->read(store, range, ignore_event, NULL, &page) != ERR_NONE || page.is_reset ||
	       page.next != range->after;
}

void
room_wait(const struct rooms *rooms, const char *room_key, struct cursor cursor, int64_t wait_ms)
{
	const struct store_engine *engine = store_pool_engine(rooms->store_pool);
	const struct store_range range = {
		.room = room_key, .after = cursor.seq, .epoch = cursor.epoch, .limit = 1
	};
	const struct timespec pause = { .tv_nsec = PAUSE_US * 1000L };
	int64_t end_us = clock_now_us() + wait_ms * 1000;
	struct store_watch *watch = store_pool_watch(rooms->store_pool, NULL, NULL);
	if (watch == NULL)
		return;
	struct store *store = store_pool_take(rooms->store_pool);

	while (clock_now_us() < end_us) {
		bool has_changed = false;
		if (engine->find_news(watch, note_room, &has_changed) != ERR_NONE)
			break;
		if (has_changed && has_news(engine, store, &range))
			break;
		nanosleep(&pause, NULL);
	}
	engine->watch_close(watch);
	store_pool_give(rooms->store_pool, store);
}
