/*
 * Rounds through all rooms. When one has been through, the store is measured, and where it holds
 * more than it may the next one follows at once, in which the oldest part of the time that the
 * store covers goes, in all rooms alike.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/trimming.h"

#include "base/clock.h"
#include "base/log.h"

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A private conversation is a room whose key begins with ~. */
static struct store_retention
retention_of(const struct trimming *trimming)
{
	const struct trimming_limits *limits = &trimming->limits;
	int64_t trusted_ms = trimming->time.trusted_ms;
	bool has_idle = limits->idle_max_ms > 0 && trimming->room[0] == '~';

	return (struct store_retention){
		.messages_max = limits->messages_max,
		.oldest_ms = later(limits->age_max_ms == 0 ? 0 : trusted_ms - limits->age_max_ms,
		                   trimming->squeezed_ms),
		.idle_ms = has_idle ? trusted_ms - limits->idle_max_ms : 0,
		.oldest_key_ms = trusted_ms - (int64_t)BOUND_KEY_SECONDS * 1000,
		.now_ms = trimming->time.is_credible ? trimming->now_ms : 0,
	};
}

/* The oldest of what was left is where squeezing begins. */
static void
note_trimmed(struct trimming *trimming, const struct store_trimmed *trimmed)
{
	trimming->events += trimmed->events;
	trimming->rooms += trimmed->is_room_removed;
	if (trimmed->oldest_ms != 0 && !trimming->has_more &&
	    (trimming->oldest_ms == 0 || trimmed->oldest_ms < trimming->oldest_ms))
		trimming->oldest_ms = trimmed->oldest_ms;
}

/* Each room has pages of its own, which cost more than the events. */
static unsigned
cost_of(const struct store_trimmed *trimmed)
{
	unsigned removed = trimmed->events > trimmed->keys ? trimmed->events : trimmed->keys;

	return removed == 0 && !trimmed->is_room_removed ? 0 : removed + BOUND_TRIM_ROOM_COST;
}

/* Goes on from room to room, until enough was removed or looked at for one transaction. *is_over:
 * there is no further room. */
static enum err
trim_rooms(struct trimming *trimming, const struct store_engine *engine, struct store *store,
           bool *is_over)
{
	unsigned left = BOUND_TRIM_EVENTS;
	enum err err = ERR_NONE;

	*is_over = false;
	for (unsigned i = 0; i < BOUND_TRIM_ROOMS && left > 0 && err == ERR_NONE; i++) {
		struct store_trimmed trimmed;
		if (!trimming->has_more)
			err = engine->next_room(store, trimming->room, trimming->room,
			                        BOUND_ROOM_BYTES);
		*is_over = err == ERR_NONE && trimming->room[0] == '\0';
		if (err != ERR_NONE || *is_over)
			break;
		struct store_retention retention = retention_of(trimming);
		err = engine->trim(store, trimming->room, &retention, left, &trimmed);
		if (err != ERR_NONE)
			break;
		trimming->has_more = trimmed.events == left || trimmed.keys == left;
		unsigned cost = cost_of(&trimmed);
		left = cost < left ? left - cost : 0;
		note_trimmed(trimming, &trimmed);
	}
	return err;
}

static enum err
begin_round(struct trimming *trimming, const struct store_engine *engine, struct store *store)
{
	trimming->events = 0;
	trimming->rooms = 0;
	trimming->oldest_ms = 0;
	trimming->is_pressing = false;
	trimming->now_ms = clock_unix_ms();
	return engine->judge_clock(store, trimming->now_ms, &trimming->time);
}

/* One transaction. *is_over: the round is. */
static enum err
run_step(struct trimming *trimming, const struct store_engine *engine, struct store *store,
         bool *is_over)
{
	enum err err = ERR_NONE;

	*is_over = true;
	if (engine->begin(store) != ERR_NONE)
		return ERR_STORE;
	if (!trimming->must_tidy) {
		bool is_new = trimming->room[0] == '\0' || trimming->time.trusted_ms == 0;
		if (is_new)
			err = begin_round(trimming, engine, store);
		if (err == ERR_NONE)
			err = trim_rooms(trimming, engine, store, is_over);
		if (err == ERR_NONE && *is_over && trimming->limits.bytes_max > 0)
			err = engine->count_bytes(store, true, &trimming->bytes);
	}
	if (err == ERR_NONE)
		return engine->commit(store);
	engine->rollback(store);
	return err;
}

/* Whether the store holds more than so many parts, of BOUND_TRIM_SHARES, of what it may. */
static bool
is_above(const struct trimming *trimming, int64_t parts)
{
	int64_t bytes_max = trimming->limits.bytes_max;

	return bytes_max > 0 && trimming->bytes > bytes_max / BOUND_TRIM_SHARES * parts;
}

/* After a round: until when the oldest goes in the next one, if any does. Where little has gone,
 * since most of it is of a short time, a larger share of the time goes next. */
static void
squeeze(struct trimming *trimming)
{
	const struct trimming_limits *limits = &trimming->limits;
	bool was_squeezed = trimming->squeezed_ms != 0;
	int64_t parts = was_squeezed ? BOUND_TRIM_SHARES - 1 : BOUND_TRIM_SHARES;
	int64_t span_ms = trimming->now_ms - trimming->oldest_ms;
	int64_t gone = trimming->squeezed_bytes - trimming->bytes;

	trimming->squeezed_ms = 0;
	if (!limits->has_oldest_go || trimming->oldest_ms == 0 || !is_above(trimming, parts) ||
	    (was_squeezed && trimming->events == 0))
		return;
	if (!was_squeezed || gone > limits->bytes_max / BOUND_TRIM_SHARES)
		trimming->share = BOUND_TRIM_SHARES;
	else if (trimming->share > BOUND_TRIM_SHARES_LEAST)
		trimming->share /= 2;
	trimming->squeezed_ms = trimming->oldest_ms + 1 + later(span_ms, 0) / trimming->share;
	trimming->squeezed_bytes = trimming->bytes;
	trimming->is_pressing = true;
}

static void
end_round(struct trimming *trimming)
{
	if (trimming->events > 0 || trimming->rooms > 0)
		log_event(LOG_INFO, "trimmed",
		          LOG_FIELDS(log_number("events", (int64_t)trimming->events),
		                     log_number("rooms", (int64_t)trimming->rooms)));
	/* What has gone is to go from the store's log, too, which it does when nothing else goes.
	 */
	trimming->must_tidy = trimming->events > 0;
	squeeze(trimming);
}

void
trimming_step(struct trimming *trimming, const struct store_engine *engine, struct store *store)
{
	bool is_over;
	enum err err = run_step(trimming, engine, store, &is_over);

	if (err != ERR_NONE) {
		trimming->room[0] = '\0';
		trimming->has_more = false;
		trimming->must_tidy = false;
		trimming->is_pressing = false;
	} else if (trimming->must_tidy) {
		trimming->must_tidy = false;
	} else if (is_over) {
		end_round(trimming);
	}
	bool is_more = !trimming_is_at_rest(trimming);
	trimming->due_us =
		clock_now_us() + (is_more ? BOUND_TRIM_PAUSE_US : BOUND_TRIM_SECONDS * 1000000LL);
}

enum err
trimming_count(struct trimming *trimming, const struct store_engine *engine, struct store *store,
               bool *is_full)
{
	*is_full = false;
	if (trimming->limits.bytes_max == 0)
		return ERR_NONE;
	enum err err = engine->count_bytes(store, false, &trimming->bytes);
	if (err != ERR_NONE)
		return err;
	*is_full = !trimming->limits.has_oldest_go && trimming->bytes > trimming->limits.bytes_max;
	if (trimming_is_urgent(trimming) && trimming_is_at_rest(trimming) &&
	    trimming->due_us > clock_now_us() + BOUND_TRIM_URGENT_US)
		trimming->due_us = clock_now_us() + BOUND_TRIM_URGENT_US;
	return ERR_NONE;
}

bool
trimming_is_urgent(const struct trimming *trimming)
{
	return trimming->limits.has_oldest_go && is_above(trimming, BOUND_TRIM_SHARES);
}

bool
trimming_is_at_rest(const struct trimming *trimming)
{
	return trimming->room[0] == '\0' && !trimming->must_tidy && !trimming->is_pressing;
}
