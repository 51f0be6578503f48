/*
 * Pages of a room's events as a stream has them, for live_rooms.c and live_follower.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_PAGE_H
#define PLAINCHAT_CHAT_LIVE_LIVE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/cursor.h"

struct live_room;

struct live_page {
	struct buf bytes;   /* its events, for a stream; empty where there are none */
	struct cursor next; /* behind them */
	bool more;          /* there are more behind that */
	bool is_reset;      /* the log does not cover the cursor, or it is of another epoch */
};

/* Reads the events behind `after`, none behind `until`. The page is the caller's, for
 * live_page_fini, also where the store fails, which was logged: ERR_STORE. */
enum err MUST_CHECK
live_page_read(const struct live_room *room, struct cursor after, int64_t until,
               struct live_page *page);

void
live_page_fini(struct live_page *page);

#endif
