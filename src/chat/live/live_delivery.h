/*
 * Delivery: what has happened in a room is given to those who are up to date, rendered once for
 * each format, and moves the room's position; who waits for it is woken. It comes from a page that
 * was read, or from this process, which has committed it. Nobody gets anything twice, or with
 * something missing before it. The caller releases the room. On the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_DELIVERY_H
#define PLAINCHAT_CHAT_LIVE_LIVE_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

struct kept_event;
struct live_read;
struct live_room;

/* A reading begins: formats forget what they have told. */
void
live_delivery_begin(struct live_room *room);

/* Gives what of the page lies behind the room's position, which may have moved since the read was
 * begun; a page that was read for somebody else serves as well. False: it does not join what there
 * is, so nothing was given, and the room must be read from where it is. */
bool
live_delivery_take_page(struct live_room *room, const struct live_read *page);

/* Takes the event, and those that follow it in the list and are of the same room; the first of
 * another room is returned, or NULL. `epoch` is what their numbers are of. Where something is
 * missing before one of them, the room must be read: see `must_read`. */
const struct kept_event *
live_delivery_take_events(struct live_room *room, const struct kept_event *event, uint64_t epoch);

#endif
