/*
 * Who follows a room, for live_rooms.c. A follower that is up to date shares its room's position;
 * one that has just come, or takes its bytes slowly, catches up from a position of its own. None of
 * these functions releases the room: the caller does, where it may have lost its last follower.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_FOLLOWER_H
#define PLAINCHAT_CHAT_LIVE_LIVE_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "text/cursor.h"

struct live_audience;
struct live_room;
struct event_sink;
struct renderer;

/* Takes the stream, says hello, and sends what is behind `cursor` (-1: nothing) up to where the
 * room is. See live_follow. */
void
live_follower_add(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct event_sink *sink);

/* Sends the bytes of the audience to those in it who are up to date, and empties them; `before` is
 * where they were, from where on whoever cannot take it catches up. */
void
live_followers_send(struct live_audience *audience, struct cursor before);

/* Drops those who catch up and have taken nothing for BOUND_STALLED_SECONDS; called once a second.
 * Returns whether there are others who catch up. */
bool
live_followers_supervise(struct live_room *room);

/* Ends the room's streams. */
void
live_followers_end(struct live_room *room);

#endif
