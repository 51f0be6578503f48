/*
 * Waiting for something new without a loop: for a CGI program, whose one request is all it has.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_ROOM_WAIT_H
#define PLAINCHAT_CHAT_ROOM_WAIT_H

#include <stdint.h>

#include "text/cursor.h"

struct rooms;

/* Blocks until something behind `cursor` is in the room, or for `wait_ms`. */
void
room_wait(const struct rooms *rooms, const char *room_key, struct cursor cursor, int64_t wait_ms);

#endif
