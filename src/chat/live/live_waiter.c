/*
 * Waiters: each has a timer of its own, which outlives the wait until the loop has closed it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_waiter.h"

#include <stdlib.h>

#include "base/buf.h"
#include "chat/live/live_room.h"

struct waiter {
	struct live_rooms *live;
	struct live_room *room;
	struct cursor cursor;
	uint64_t came_at; /* how many reads of the room had begun when it came */
	uv_timer_t timer;
	void (*ready)(void *context);
	void *context;
	struct waiter *previous;
	struct waiter *next;
};

/* Whether there is something that the waiter has not seen, as far as the room is known: as long as
 * it was not read since the waiter came, it may be behind him. */
static bool
has_news(const struct waiter *waiter)
{
	const struct cursor *now = &waiter->room->cursor;

	return live_room_was_read(waiter->room, waiter->came_at) &&
	       (waiter->cursor.seq != now->seq || !cursor_is_of(waiter->cursor, now->epoch));
}

static void
on_waiter_closed(uv_handle_t *handle)
{
	struct waiter *waiter = handle->data;

	waiter->live->closing_count--;
	free(waiter);
}

static void
end_wait(struct waiter *waiter)
{
	if (waiter->previous != NULL)
		waiter->previous->next = waiter->next;
	else
		waiter->room->waiters = waiter->next;
	if (waiter->next != NULL)
		waiter->next->previous = waiter->previous;
	waiter->live->count--;
	waiter->live->closing_count++;
	waiter->ready(waiter->context);
	uv_close((uv_handle_t *)&waiter->timer, on_waiter_closed);
}

static void
on_wait_over(uv_timer_t *timer)
{
	struct waiter *waiter = timer->data;
	struct live_room *room = waiter->room;

	end_wait(waiter);
	live_room_release(room);
}

void
live_waiter_add(struct live_room *room, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context)
{
	struct waiter *waiter = must_allocate(sizeof(*waiter));

	waiter->live = room->live;
	waiter->room = room;
	waiter->ready = ready;
	waiter->context = context;
	waiter->timer.data = waiter;
	waiter->cursor = cursor;
	waiter->came_at = room->reads_begun;
	waiter->next = room->waiters;
	if (waiter->next != NULL)
		waiter->next->previous = waiter;
	room->waiters = waiter;
	room->live->count++;
	uv_timer_init(room->live->loop, &waiter->timer);
	uv_timer_start(&waiter->timer, on_wait_over, (uint64_t)wait_ms, 0);
	room->must_read = true;
}

void
live_waiters_wake(struct live_room *room)
{
	struct waiter *next;

	for (struct waiter *waiter = room->waiters; waiter != NULL; waiter = next) {
		next = waiter->next;
		if (has_news(waiter))
			end_wait(waiter);
	}
}

void
live_waiters_refuse(struct live_room *room)
{
	struct waiter *next;

	for (struct waiter *waiter = room->waiters; waiter != NULL; waiter = next) {
		next = waiter->next;
		if (!live_room_was_read(room, waiter->came_at) &&
		    waiter->came_at < room->reads_begun)
			end_wait(waiter);
	}
}

void
live_waiters_end(struct live_room *room)
{
	while (room->waiters != NULL)
		end_wait(room->waiters);
}
