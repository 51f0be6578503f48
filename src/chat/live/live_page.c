/*
 * Pages of events: as many as may be sent to a stream at once, rendered while they are read, so
 * that nothing is copied but into the bytes that leave. Each format is rendered once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_page.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "chat/live/live_room.h"
#include "chat/store_pool.h"

/* Bytes of events that are rendered at once; an event more may be, the longest reply, escaped. */
#define PAGE_BYTES ((size_t)BOUND_STREAM_BYTES / 4)

struct rendering {
	struct live_audience *audiences;
	int64_t until; /* events behind this are left out */
	int64_t last;  /* the last one that was rendered, where `is_cut` */
	bool is_cut;   /* there were more than fit */
};

static void
render_event(void *context, const struct event *event)
{
	struct rendering *rendering = context;
	struct live_audience *audience;

	for (audience = rendering->audiences; audience != NULL; audience = audience->next)
		rendering->is_cut |= audience->bytes.size > PAGE_BYTES;
	if (event->seq > rendering->until || rendering->is_cut)
		return;
	for (audience = rendering->audiences; audience != NULL; audience = audience->next) {
		if (audience->renderer->event(&audience->memory, &audience->bytes, event) !=
		    ERR_NONE)
			abort();
	}
	rendering->last = event->seq;
}

enum err
live_page_read(const struct live_room *room, struct cursor after, int64_t until,
               struct live_audience *audiences, struct live_page *page)
{
	const struct store_range range = { .room = room->key,
		                           .after = after.seq,
		                           .epoch = after.epoch,
		                           .limit = BOUND_PAGE_EVENTS };
	struct rendering rendering = { .audiences = audiences, .until = until };
	struct store_page read;

	*page = (struct live_page){ .next = after };
	enum err err = store_pool_engine(room->live->store_pool)
	                       ->read(room->live->store, &range, render_event, &rendering, &read);
	if (err != ERR_NONE)
		return err;
	page->more = read.more || rendering.is_cut;
	page->is_reset = read.is_reset;
	page->next.epoch = read.epoch;
	if (rendering.is_cut)
		page->next.seq = rendering.last;
	else
		page->next.seq = read.next < until ? read.next : until;
	return ERR_NONE;
}
