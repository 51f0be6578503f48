/*
 * What a store keeps where clocks were wrong, and what is left of a room that goes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"

#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)
#define YEAR_MS (365 * DAY_MS)

/* 2026-01-01 */
#define NOW_MS (20454 * DAY_MS)

/* Messages of the days before now, one after the other, each with its number as text. */
static void
say_on_days(const struct ground *ground, struct store *store, const char *room, const int *days,
            size_t count)
{
	char text[16];
	int64_t seq;

	begin(ground, store);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "text %zu", i + 1);
		struct store_message message = message_of(text);
		message.time_ms = NOW_MS - days[i] * DAY_MS;
		assert_int_equal(ground->engine->append_message(store, room, &message, &seq),
		                 ERR_NONE);
	}
	commit(ground, store);
}

#define SAY_ON_DAYS(room, ...)                                                                     \
	say_on_days(ground, store, room, (const int[]){ __VA_ARGS__ },                             \
	            COUNT(((const int[]){ __VA_ARGS__ })))

static struct store_trimmed
trim_by(const struct ground *ground, struct store *store, const char *room,
        struct store_retention retention, unsigned step)
{
	struct store_trimmed trimmed;

	begin(ground, store);
	assert_int_equal(ground->engine->trim(store, room, &retention, step, &trimmed), ERR_NONE);
	commit(ground, store);
	return trimmed;
}

/* What is not older than so many days, `later` days from now. */
static struct store_retention
keep_days(int days, int later)
{
	return (struct store_retention){ .oldest_ms = NOW_MS + (later - days) * DAY_MS,
		                         .now_ms = NOW_MS + later * DAY_MS };
}

static struct store_retention
keep_idle_days(int days, int later)
{
	return (struct store_retention){ .idle_ms = NOW_MS + (later - days) * DAY_MS,
		                         .now_ms = NOW_MS + later * DAY_MS };
}

/* --- clocks that were wrong --- */

static void
a_message_from_the_future_keeps_no_others(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	SAY_ON_DAYS("lobby", -3650, 40, 39, 38, 37, 5, 4, 3, 2, 1);
	assert_int_equal(trim_by(ground, store, "lobby", keep_days(30, 0), 100).events, 5);
	/* Also where it is in the midst of them, and by less. */
	SAY_ON_DAYS("attic", 40, 39, -20, 38, 37, 36, 35, 4, 3);
	assert_int_equal(trim_by(ground, store, "attic", keep_days(30, 0), 100).events, 7);
	ground->engine->close(store);
}

static void
a_message_from_long_ago_takes_no_others_with_it(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	SAY_ON_DAYS("lobby", 5, 4, 400, 3, 2, 400, 1);
	assert_int_equal(trim_by(ground, store, "lobby", keep_days(30, 0), 100).events, 0);
	SAY_ON_DAYS("attic", 40, 39, 38, 400, 2, 1);
	assert_int_equal(trim_by(ground, store, "attic", keep_days(30, 0), 100).events, 4);
	ground->engine->close(store);
}

static void
a_quiet_room_loses_what_is_old_though_it_is_busy_today(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	SAY_ON_DAYS("lobby", 100, 31, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	assert_int_equal(trim_by(ground, store, "lobby", keep_days(30, 0), 100).events, 2);
	ground->engine->close(store);
}

static void
where_all_times_cannot_be_messages_are_as_old_as_that_is_known(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	/* Ten years ahead; and a clock that nobody has set. */
	SAY_ON_DAYS("ahead", -3650, -3650, -3651, -3652);
	SAY_ON_DAYS("behind", 20454, 20454);
	for (int later = 0; later <= 29; later += 29) {
		assert_int_equal(trim_by(ground, store, "ahead", keep_days(30, later), 9).events,
		                 0);
		assert_int_equal(trim_by(ground, store, "behind", keep_days(30, later), 9).events,
		                 0);
	}
	see_page(ground, store, "ahead", 0, 10, &seen);
	assert_int_equal(seen.events[0].time_ms, NOW_MS);
	assert_int_equal(trim_by(ground, store, "ahead", keep_days(30, 31), 9).events, 4);
	assert_int_equal(trim_by(ground, store, "behind", keep_days(30, 31), 9).events, 2);
	/* Not by a clock that may itself be wrong. */
	SAY_ON_DAYS("ahead", -3650);
	struct store_retention unknown = keep_days(30, 0);
	unknown.now_ms = 0;
	(void)trim_by(ground, store, "ahead", unknown, 9);
	see_page(ground, store, "ahead", 0, 10, &seen);
	assert_int_equal(seen.events[0].time_ms, NOW_MS + 3650 * DAY_MS);
	seen_fini(&seen);
	ground->engine->close(store);
}

static struct store_time
judge(const struct ground *ground, struct store *store, int64_t now_ms)
{
	struct store_time time;

	begin(ground, store);
	assert_int_equal(ground->engine->judge_clock(store, now_ms, &time), ERR_NONE);
	commit(ground, store);
	return time;
}

static void
a_clock_that_jumps_is_followed_by_hours(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const int64_t most_ms = BOUND_TRIM_CLOCK_HOURS * HOUR_MS + HOUR_MS; /* and what passes */

	assert_int_equal(judge(ground, store, NOW_MS).trusted_ms, NOW_MS);
	assert_int_equal(judge(ground, store, NOW_MS + HOUR_MS).trusted_ms, NOW_MS + HOUR_MS);
	/* Ten years ahead, and back. */
	struct store_time ahead = judge(ground, store, NOW_MS + 10 * YEAR_MS);
	assert_in_range(ahead.trusted_ms, NOW_MS + HOUR_MS, NOW_MS + HOUR_MS + most_ms);
	struct store_time back = judge(ground, store, NOW_MS + HOUR_MS);
	assert_int_equal(back.trusted_ms, NOW_MS + HOUR_MS);
	assert_true(back.is_credible);
	/* Years behind: nothing is old then, and no time is too late for it. */
	struct store_time behind = judge(ground, store, NOW_MS - 10 * YEAR_MS);
	assert_int_equal(behind.trusted_ms, NOW_MS - 10 * YEAR_MS);
	assert_false(behind.is_credible);
	ground->engine->close(store);
}

/* --- rooms that go --- */

static void
an_idle_conversation_goes_whole_and_its_text_from_all_files(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	SAY_ON_DAYS("~idle", 400, 399, 200);
	SAY_ON_DAYS("~busy", 400, 399, 2);
	assert_int_equal(trim_by(ground, store, "~busy", keep_idle_days(90, 0), 2).events, 0);
	assert_int_equal(trim_by(ground, store, "~idle", keep_idle_days(90, 0), 2).events, 2);
	struct store_trimmed last = trim_by(ground, store, "~idle", keep_idle_days(90, 0), 2);
	assert_int_equal(last.events, 1);
	assert_true(last.is_room_removed);
	(void)trim_by(ground, store, "~busy", (struct store_retention){ .messages_max = 1 }, 9);
	/* A transaction that trims nothing. */
	begin(ground, store);
	commit(ground, store);
	assert_false(is_in_files(ground, "text 1"));
	assert_false(is_in_files(ground, "text 2"));
	assert_int_equal(is_in_files(ground, "text 3"), access(ground->folder, F_OK) == 0);
	ground->engine->close(store);
}

static void
numbers_of_a_room_that_comes_again_are_higher(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	SAY_ON_DAYS("long", 9, 9, 9, 9, 9, 9, 9);
	SAY_ON_DAYS("short", 9, 9, 9);
	SAY_ON_DAYS("other", 1);
	assert_true(trim_by(ground, store, "long", keep_days(5, 0), 9).is_room_removed);
	assert_true(trim_by(ground, store, "short", keep_days(5, 0), 9).is_room_removed);
	/* Gone: who was at the end of the longer one has missed nothing, others may have. */
	see_after(ground, reader, "long", 7, 10, &seen);
	assert_false(seen.page.is_reset);
	see_after(ground, reader, "short", 3, 10, &seen);
	assert_true(seen.page.is_reset);
	assert_int_equal(seen.page.next, 7);
	/* There again. */
	assert_int_equal(say(ground, store, "short", "again"), 8);
	assert_int_equal(say(ground, store, "short", "again"), 9);
	see_after(ground, reader, "short", 3, 10, &seen);
	assert_true(seen.page.is_reset);
	see_after(ground, reader, "short", 7, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.events[0].seq, 8);
	assert_int_equal(seen.page.next, 9);
	/* From the beginning nothing is missing, as long as nothing was trimmed. */
	see_after(ground, reader, "short", 0, 1, &seen);
	assert_false(seen.page.is_reset);
	assert_int_equal(seen.events[0].seq, 8);
	assert_int_equal(seen.page.next, 8);
	see_after(ground, reader, "never", 0, 10, &seen);
	assert_false(seen.page.is_reset);
	assert_int_equal(seen.page.next, 7);
	assert_int_equal(trim(ground, store, "short", 1, 0, 0, 9).events, 1);
	see_after(ground, reader, "short", 0, 10, &seen);
	assert_true(seen.page.is_reset);
	assert_int_equal(say(ground, store, "other", "goes on"), 2);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
a_key_that_is_remembered_keeps_its_room(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const struct store_key_result result = { 1, 0 };
	struct store_retention all = keep_days(5, 0);

	SAY_ON_DAYS("lobby", 9);
	begin(ground, store);
	assert_int_equal(
		ground->engine->add_key(store, "lobby", "a key of mine", 1, &result, NOW_MS),
		ERR_NONE);
	commit(ground, store);
	assert_false(is_in_files(ground, "a key of mine"));
	all.oldest_key_ms = NOW_MS;
	struct store_trimmed trimmed = trim_by(ground, store, "lobby", all, 9);
	assert_int_equal(trimmed.events, 1);
	assert_false(trimmed.is_room_removed);
	all.oldest_key_ms = NOW_MS + 1;
	assert_true(trim_by(ground, store, "lobby", all, 9).is_room_removed);
	ground->engine->close(store);
}

/* --- bytes --- */

static int64_t
count_bytes(const struct ground *ground)
{
	struct store *reader = open_reader(ground);
	int64_t bytes;

	assert_int_equal(ground->engine->count_bytes(reader, true, &bytes), ERR_NONE);
	ground->engine->close(reader);
	return bytes;
}

static void
what_was_removed_counts_no_more(void **state)
{
	const struct ground *ground = *state;
	char text[4000];

	assert_int_equal(count_bytes(ground), 0);
	struct store *store = open_writer(ground);
	int64_t before = count_bytes(ground);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin(ground, store);
	for (unsigned i = 0; i < 100; i++)
		(void)append(ground, store, "lobby", text);
	commit(ground, store);
	assert_in_range(count_bytes(ground) - before, 400000, 520000);
	(void)trim(ground, store, "lobby", 10, 0, 0, 200);
	assert_in_range(count_bytes(ground) - before, 40000, 160000);
	ground->engine->close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EVERY_ENGINE(a_message_from_the_future_keeps_no_others),
		ON_EVERY_ENGINE(a_message_from_long_ago_takes_no_others_with_it),
		ON_EVERY_ENGINE(a_quiet_room_loses_what_is_old_though_it_is_busy_today),
		ON_EVERY_ENGINE(where_all_times_cannot_be_messages_are_as_old_as_that_is_known),
		ON_EVERY_ENGINE(a_clock_that_jumps_is_followed_by_hours),
		ON_EVERY_ENGINE(an_idle_conversation_goes_whole_and_its_text_from_all_files),
		ON_EVERY_ENGINE(numbers_of_a_room_that_comes_again_are_higher),
		ON_EVERY_ENGINE(a_key_that_is_remembered_keeps_its_room),
		ON_EVERY_ENGINE(what_was_removed_counts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
