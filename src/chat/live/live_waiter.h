/*
 * Who waits for something new in a room, once and for so long, for live_rooms.c. On the loop's
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_WAITER_H
#define PLAINCHAT_CHAT_LIVE_LIVE_WAITER_H

#include <stdint.h>

#include "text/cursor.h"

struct live_room;

/* Waits for something that is not at `cursor`: see live_wait. The room is to be read; until that
 * was done nothing is known. */
void
live_waiter_add(struct live_room *room, struct cursor cursor, int64_t wait_ms,
                void (*ready)(void *context), void *context);

/* Ends the waits that are over, as the room's cursor is now. The room stays. */
void
live_waiters_wake(struct live_room *room);

/* The room could not be read: ends the waits of those who have waited for that. The room stays. */
void
live_waiters_refuse(struct live_room *room);

/* Ends all of the room's waits. The room stays; their timers are closed by the loop, and until then
 * count as closing. */
void
live_waiters_end(struct live_room *room);

#endif
