/*
 * Pages of a room's events as a stream has them, for live_rooms.c and live_follower.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_PAGE_H
#define PLAINCHAT_CHAT_LIVE_LIVE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bounds.h"
#include "base/err.h"
#include "text/cursor.h"

struct live_audience;
struct live_room;

struct live_page {
	struct cursor next; /* behind its events */
	bool more;          /* there are more behind that */
	bool is_reset;      /* the log does not cover the cursor, or it is of another epoch */
};

/* Bytes that may be rendered of a page for one audience. */
#define LIVE_PAGE_BYTES_MAX ((size_t)BOUND_STREAM_BYTES / 4 + BOUND_RESPONSE_BYTES)

/* Reads the events behind `after`, none behind `until`, and renders them for each audience of the
 * list (which may be empty), behind what its `bytes` hold. ERR_STORE: logged; what was rendered
 * until then is no page. */
enum err MUST_CHECK
live_page_read(const struct live_room *room, struct cursor after, int64_t until,
               struct live_audience *audiences, struct live_page *page);

#endif
