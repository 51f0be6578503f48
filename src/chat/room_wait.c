/*
 * Waiting for something new without a loop: the store is asked twenty times a second whether
 * anything was committed, which costs less than a page.
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
	int64_t seen = -1;
	struct store *store = store_pool_take(rooms->store_pool);

	while (clock_now_us() < end_us) {
		int64_t version;
		if (engine->version(store, &version) != ERR_NONE)
			break;
		if (version != seen && has_news(engine, store, &range))
			break;
		seen = version;
		nanosleep(&pause, NULL);
	}
	store_pool_give(rooms->store_pool, store);
}
