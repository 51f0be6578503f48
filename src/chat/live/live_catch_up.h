/*
 * Followers who are not where their room is: who has just come waits until the room was read, is
 * greeted, and catches up, as does who takes its bytes slowly, from a position of its own. Since
 * everything is a read from a position, nothing is missed or doubled. The caller releases the room.
 * On the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_CATCH_UP_H
#define PLAINCHAT_CHAT_LIVE_LIVE_CATCH_UP_H

#include <stdbool.h>

#include "text/cursor.h"

struct event_sink;
struct live_room;
struct renderer;
struct reply_following;

/* Takes the stream: see live_follow. The room is to be read. */
void
live_catch_up_add(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct event_sink *sink);

/* The same for the events of one reply, which this process has just committed at `cursor`; they
 * come although the store may not answer. `reply` becomes the follower's. */
void
live_catch_up_add_reply(struct live_room *room, struct cursor cursor, const char *address,
                        const struct renderer *renderer, struct reply_following *reply,
                        struct event_sink *sink);

/* The room was read up to its end: says hello to those who have waited for that, and sends them
 * what is behind their cursors. */
void
live_catch_up_greet(struct live_room *room);

/* The room could not be read: ends the streams of those who have waited for that. They come again.
 */
void
live_catch_up_refuse(struct live_room *room);

/* Drops those who have taken nothing for BOUND_STALLED_SECONDS, and lets others try again; called
 * once a second. Returns whether there are any who catch up. */
bool
live_catch_up_supervise(struct live_room *room);

#endif
