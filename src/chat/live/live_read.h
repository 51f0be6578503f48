/*
 * A page of a room's events, read by a worker with a store handle of its own: the loop never waits
 * for the store. For live_rooms.c and live_catch_up.c. On the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_READ_H
#define PLAINCHAT_CHAT_LIVE_LIVE_READ_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "loop/workers.h"
#include "text/cursor.h"
#include "text/event_list.h"

struct store_pool;

/* Where a read goes. */
struct live_source {
	struct workers *workers;
	struct store_pool *store_pool;
};

struct live_read {
	struct work work; /* first, so that the work is this */
	struct store_pool *store_pool;
	char *room_key;
	struct cursor after;
	atomic_bool is_abandoned;
	struct live_read **slot; /* NULL: abandoned; the loop's, as what follows until `done` */
	void (*done)(void *context, struct live_read *read);
	void *context;

	/* What came of it: */
	enum err err; /* ERR_STORE: logged, and what follows is nothing */
	struct event_list events;
	struct cursor next; /* behind its events */
	bool more;          /* there are more behind that */
	bool is_reset;      /* the log does not cover `after`, or it is of another epoch */
};

/* Reads what is behind `after`, or, where that is no position, only finds the newest. *slot is the
 * read while it is under way, and NULL after that. Calls `done` from the loop, when what came of it
 * is there, which is freed after that; never where the workers are stopped before. The key is
 * copied. */
void
live_read_begin(const struct live_source *source, const char *room_key, struct cursor after,
                struct live_read **slot, void (*done)(void *context, struct live_read *read),
                void *context);

/* Nobody is interested in what is under way in the slot, if anything, any more: `done` is not
 * called. The slot, which is NULL then, may go. */
void
live_read_abandon(struct live_read **slot);

#endif
