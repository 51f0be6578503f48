/*
 * Reads of pages: the events are copied on the worker's thread and rendered on the loop's, where it
 * is known who follows in which format by then.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_read.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/store_pool.h"

/* Bytes of events that are read at once; an event more may be. */
#define PAGE_BYTES ((size_t)BOUND_STREAM_BYTES / 4)

struct taking {
	struct live_read *read;
	bool is_cut; /* there were more than fit */
};

static void
take_event(void *context, const struct event *event)
{
	struct taking *taking = context;
	struct event_list *events = &taking->read->events;

	taking->is_cut |= events->bytes > PAGE_BYTES;
	if (!taking->is_cut && taking->read->after.seq >= 0)
		event_list_add(events, NULL, event);
}

static void
on_run(struct work *work)
{
	struct live_read *read = (struct live_read *)work;
	bool has_position = read->after.seq >= 0;
	const struct store_range range = { .room = read->room_key,
		                           .after = read->after.seq,
		                           .epoch = read->after.epoch,
		                           .limit = has_position ? BOUND_PAGE_EVENTS : 1 };
	struct taking taking = { .read = read };
	struct store_page page;

	if (atomic_load(&read->is_abandoned))
		return;
	struct store *store = store_pool_take(read->store_pool);
	read->err = store_pool_engine(read->store_pool)
	                    ->read(store, &range, take_event, &taking, &page);
	store_pool_give(read->store_pool, store);
	if (read->err != ERR_NONE)
		return;
	read->more = has_position && (page.more || taking.is_cut);
	read->is_reset = page.is_reset;
	read->next = (struct cursor){ page.next, page.epoch };
	if (taking.is_cut)
		read->next.seq = read->events.last->event.seq;
}

static void
on_done(struct work *work, bool was_run)
{
	struct live_read *read = (struct live_read *)work;

	if (read->slot != NULL)
		*read->slot = NULL;
	if (read->slot != NULL && was_run)
		read->done(read->context, read);
	event_list_clear(&read->events);
	free(read->room_key);
	free(read);
}

void
live_read_begin(const struct live_source *source, const char *room_key, struct cursor after,
                struct live_read **slot, void (*done)(void *context, struct live_read *read),
                void *context)
{
	struct live_read *read = must_allocate(sizeof(*read));

	read->work.run = on_run;
	read->work.done = on_done;
	read->store_pool = source->store_pool;
	read->room_key = must_copy_text(room_key);
	read->after = after;
	atomic_init(&read->is_abandoned, false);
	read->slot = slot;
	read->done = done;
	read->context = context;
	*slot = read;
	workers_submit(source->workers, &read->work);
}

void
live_read_abandon(struct live_read **slot)
{
	struct live_read *read = *slot;

	if (read == NULL)
		return;
	*slot = NULL;
	read->slot = NULL;
	atomic_store(&read->is_abandoned, true);
}
