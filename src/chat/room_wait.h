/*
 * Waiting for something new without a loop: for a CGI program, whose one request is all it has.
 * On its only thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_ROOM_WAIT_H
#define PLAINCHAT_CHAT_ROOM_WAIT_H

#include <stdint.h>

#include "text/cursor.h"

struct rooms;

/* Blocks until something behind `cursor` is in the room, or for `wait_ms` milliseconds; where the
 * store cannot be read, too. `room_key` is the store's. */
void
room_wait(const struct rooms *rooms, const char *room_key, struct cursor cursor, int64_t wait_ms);

#endif
