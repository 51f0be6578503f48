/*
 * Followers: sending, falling behind and catching up, leaving. Only who takes nothing at all for a
 * while is dropped. Since everything is a read from a position, nothing is missed or doubled.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_follower.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "chat/limits/client_address.h"
#include "chat/limits/client_slots.h"
#include "chat/limits/rate_limit.h"
#include "chat/live/event_sink.h"
#include "chat/live/live_page.h"
#include "chat/live/live_room.h"

/* Bytes that may wait for a follower that catches up, before the next page is read for it. */
#define CATCH_UP_BYTES (BOUND_STREAM_BYTES / 4)

struct follower {
	struct live_room *room;
	struct live_audience *audience; /* of the room */
	struct event_sink *sink;
	char *address;
	struct client_address client; /* of that */
	bool is_current;              /* it is where the room is */
	struct cursor cursor;         /* where it is, while it is not */
	size_t waiting;    /* bytes that it had not taken a second ago, while it is not */
	unsigned stalled;  /* and for how many seconds it has taken none */
	bool is_held_back; /* its address was sent more than its share lately */
	struct follower *previous;
	struct follower *next;
};

static void
drop_follower(struct follower *follower)
{
	struct live_rooms *live = follower->room->live;

	if (follower->previous != NULL)
		follower->previous->next = follower->next;
	else
		follower->audience->followers = follower->next;
	if (follower->next != NULL)
		follower->next->previous = follower->previous;
	live->count--;
	follower->sink->close(follower->sink);
	client_slots_leave(live->slots, follower->address);
	free(follower->address);
	free(follower);
}

/* --- sending --- */

/* From now on it catches up from there. */
static void
fall_behind(struct follower *follower, struct cursor cursor)
{
	follower->is_current = false;
	follower->cursor = cursor;
	live_rooms_supervise_slow(follower->room->live);
}

/* Sends what brings the follower from `cursor` on; if too much waits already it is not sent, and
 * the follower is at `cursor` until it has taken that. False: the follower is gone. */
static bool
send_to(struct follower *follower, const struct buf *bytes, struct cursor cursor)
{
	struct event_sink *sink = follower->sink;
	enum err err = ERR_NONE;

	/* A format may have nothing to say. */
	if (bytes->size > 0)
		err = sink->send(sink, bytes->data, bytes->size);
	if (err == ERR_NONE)
		return true;
	if (err == ERR_TOO_LARGE && sink->pending(sink) > 0) {
		fall_behind(follower, cursor);
		return true;
	}
	drop_follower(follower);
	return false;
}

void
live_followers_send(struct live_audience *audience, struct cursor before)
{
	struct follower *next;

	if (audience->bytes.size == 0)
		return;
	for (struct follower *follower = audience->followers; follower != NULL; follower = next) {
		next = follower->next;
		if (follower->is_current)
			(void)send_to(follower, &audience->bytes, before);
	}
	buf_fini(&audience->bytes);
}

/* --- catching up --- */

/* The log no longer covers where the follower was. */
static bool
reset_follower(struct follower *follower, struct cursor cursor)
{
	struct buf out;

	buf_init(&out, 256);
	if (follower->audience->renderer->reset(&out, cursor) != ERR_NONE)
		abort();
	follower->cursor = cursor;
	bool is_there = send_to(follower, &out, cursor);
	buf_fini(&out);
	return is_there;
}

/* Whether no more may be read for it now: that would go on at others' expense. */
static bool
is_over_limit(const struct follower *follower)
{
	struct rate_limit *limit = follower->room->live->read_limit;

	return limit != NULL && rate_limit_wait_us(limit, &follower->client, clock_now_us()) > 0;
}

static void
charge(const struct follower *follower, size_t bytes)
{
	struct rate_limit *limit = follower->room->live->read_limit;

	if (limit != NULL)
		rate_limit_charge(limit, &follower->client, (unsigned)(bytes / 1024) + 1,
		                  clock_now_us());
}

/* Reads for one follower until it is where its room is, or until enough waits for it, or it has had
 * its share. */
static void
catch_up(struct follower *follower)
{
	struct live_room *room = follower->room;
	struct live_audience alone = { .renderer = follower->audience->renderer };
	int64_t before = -1;

	/* The store was exchanged while it was behind. */
	if (!cursor_is_of(follower->cursor, room->cursor.epoch) &&
	    !reset_follower(follower, room->cursor))
		return;
	follower->is_held_back = false;
	buf_init(&alone.bytes, LIVE_PAGE_BYTES_MAX);
	while (follower->cursor.seq < room->cursor.seq && follower->cursor.seq != before &&
	       follower->sink->pending(follower->sink) < CATCH_UP_BYTES) {
		follower->is_held_back = is_over_limit(follower);
		if (follower->is_held_back)
			break;
		struct live_page page;
		struct cursor from = follower->cursor;
		before = from.seq;
		bool is_there =
			live_page_read(room, from, room->cursor.seq, &alone, &page) == ERR_NONE;
		follower->cursor = page.next;
		charge(follower, alone.bytes.size);
		if (!is_there)
			drop_follower(follower);
		else if (page.is_reset)
			is_there = reset_follower(follower, room->cursor);
		else
			is_there = send_to(follower, &alone.bytes, from);
		buf_fini(&alone.bytes);
		if (!is_there)
			return;
	}
	follower->is_current = follower->cursor.seq >= room->cursor.seq;
	if (!follower->is_current)
		fall_behind(follower, follower->cursor);
}

/* Whether it stays: not where it has taken nothing for a while. */
static bool
is_taking(struct follower *follower)
{
	size_t waiting = follower->sink->pending(follower->sink);

	if (waiting != follower->waiting)
		follower->stalled = 0;
	follower->waiting = waiting;
	return ++follower->stalled <= BOUND_STALLED_SECONDS;
}

static bool
supervise(struct live_audience *audience)
{
	struct follower *next;
	bool has_slow = false;

	for (struct follower *follower = audience->followers; follower != NULL; follower = next) {
		next = follower->next;
		if (follower->is_current)
			continue;
		has_slow = true;
		if (follower->is_held_back) {
			follower->stalled = 0;
			catch_up(follower);
		} else if (!is_taking(follower)) {
			drop_follower(follower);
		}
	}
	return has_slow;
}

bool
live_followers_supervise(struct live_room *room)
{
	bool has_slow = false;

	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next)
		has_slow |= supervise(audience);
	return has_slow;
}

/* --- coming and going --- */

static void
on_gone(void *context)
{
	struct follower *follower = context;
	struct live_room *room = follower->room;

	drop_follower(follower);
	live_room_release(room);
}

static void
on_drained(void *context)
{
	struct follower *follower = context;
	struct live_room *room = follower->room;

	follower->stalled = 0;
	if (!follower->is_current)
		catch_up(follower);
	live_room_release(room);
}

/* The room's audience of that format, made if it is not there. */
static struct live_audience *
need_audience(struct live_room *room, const struct renderer *renderer)
{
	struct live_audience *audience = room->audiences;

	while (audience != NULL && audience->renderer != renderer)
		audience = audience->next;
	if (audience != NULL)
		return audience;
	audience = must_allocate(sizeof(*audience));
	audience->renderer = renderer;
	buf_init(&audience->bytes, LIVE_PAGE_BYTES_MAX);
	audience->next = room->audiences;
	room->audiences = audience;
	return audience;
}

static struct follower *
follower_new(struct live_room *room, struct cursor cursor, const char *address,
             const struct renderer *renderer, struct event_sink *sink)
{
	struct follower *follower = must_allocate(sizeof(*follower));
	struct live_audience *audience = need_audience(room, renderer);

	follower->room = room;
	follower->audience = audience;
	follower->sink = sink;
	follower->address = must_copy_text(address);
	follower->client = client_address_read(address);
	follower->cursor = cursor.seq < 0 ? room->cursor : cursor;
	follower->next = audience->followers;
	if (follower->next != NULL)
		follower->next->previous = follower;
	audience->followers = follower;
	room->live->count++;
	return follower;
}

static bool
greet(struct follower *follower)
{
	struct buf hello;

	if (follower->sink->attach(follower->sink, follower->room->live->loop, on_gone, on_drained,
	                           follower) != ERR_NONE) {
		drop_follower(follower);
		return false;
	}
	buf_init(&hello, 256);
	if (follower->audience->renderer->hello(&hello, follower->cursor) != ERR_NONE)
		abort();
	bool is_there = send_to(follower, &hello, follower->cursor);
	buf_fini(&hello);
	return is_there;
}

void
live_follower_add(struct live_room *room, struct cursor cursor, const char *address,
                  const struct renderer *renderer, struct event_sink *sink)
{
	struct follower *follower = follower_new(room, cursor, address, renderer, sink);
	bool is_there = greet(follower);

	if (is_there && follower->cursor.seq > room->cursor.seq)
		is_there = reset_follower(follower, room->cursor);
	if (is_there)
		catch_up(follower);
}

void
live_followers_end(struct live_room *room)
{
	for (struct live_audience *audience = room->audiences; audience != NULL;
	     audience = audience->next) {
		while (audience->followers != NULL)
			drop_follower(audience->followers);
	}
}
