/*
 * chat/live/live and the files of chat/live/live_rooms: whoever follows a room gets each of its
 * events once, on a real loop that the test runs itself, from a store in memory, into event sinks
 * that the test holds.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/limits/client_slots.h"
#include "chat/limits/rate_limit.h"
#include "chat/live/live_rooms.h"
#include "chat/store_pool.h"
#include "http/render/representation.h"
#include "support_store.h"
#include "text/event_list.h"

#define ROOM "lobby"
#define ADDRESS "10.0.0.1"

static uv_loop_t loop;
static struct stage stage;
static struct live *live;
static struct tap tap;
static struct rate_limit *read_limit; /* NULL: none */

static void
start(unsigned streams_max)
{
	const struct live_settings settings = { .streams_max = streams_max,
		                                .streams_per_client_max = 3,
		                                .read_limit = read_limit };

	assert_int_equal(uv_loop_init(&loop), 0);
	stage.rooms.workers = workers_new(&loop);
	assert_int_equal(live_start(&loop, &stage.rooms, &settings, &live), ERR_NONE);
}

static void
stop(void)
{
	stop_workers(stage.rooms.workers, live);
	live = NULL;
	assert_int_equal(uv_loop_close(&loop), 0);
}

static int
begin(void **state)
{
	(void)state;
	stage_init(&stage);
	stage_open_store(&stage, false);
	tap_init(&tap);
	start(1000);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	stop();
	tap_fini(&tap);
	stage_close_store(&stage);
	return 0;
}

/* Runs what is due. */
static void
run(void)
{
	run_workers(&loop, stage.rooms.workers);
}

/* The client takes all that waits, and may be sent more. */
static void
drain(struct tap *one)
{
	tap_drain(one);
	run();
}

static void
wake(void)
{
	live_wake(live);
	run();
}

static void
say(const char *room, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		store_memory_post(room, "hello");
}

static void
follow(struct tap *sink, const char *room, int64_t cursor)
{
	assert_true(live_enter(live, ADDRESS));
	live_follow(live, room, cursor_at(cursor), ADDRESS, representation_sse.renderer,
	            &sink->sink);
	run();
}

/* How many may still follow from ADDRESS, of 3. */
static unsigned
free_slots(void)
{
	unsigned count = 0;

	while (live_enter(live, ADDRESS))
		count++;
	for (unsigned i = 0; i < count; i++)
		live_leave(live, ADDRESS);
	return count;
}

/* --- following --- */

static void
a_follower_is_greeted_with_its_cursor(void **state)
{
	struct tap empty;

	(void)state;
	say(ROOM, 3);
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 3);
	assert_events(&tap, 1, 0);
	tap_init(&empty);
	follow(&empty, "people", -1);
	assert_hello(&empty, 0);
	assert_events(&empty, 1, 0);
	stop();
	start(1);
	tap_fini(&empty);
}

/* --- formats --- */

static unsigned rendered_count;

static enum err
count_event(struct render_memory *memory, struct buf *out, const struct event *event)
{
	rendered_count++;
	return representation_ndjson.renderer->event(memory, out, event);
}

static enum err
say_nothing(struct buf *out)
{
	(void)out;
	return ERR_NONE;
}

static void
each_format_is_rendered_once_however_many_follow(void **state)
{
	struct renderer counting = *representation_ndjson.renderer;
	struct tap others[2];

	(void)state;
	counting.event = count_event;
	rendered_count = 0;
	follow(&tap, ROOM, -1);
	for (size_t i = 0; i < COUNT(others); i++) {
		tap_init(&others[i]);
		assert_true(live_enter(live, "10.0.0.2"));
		live_follow(live, ROOM, cursor_at(-1), "10.0.0.2", &counting, &others[i].sink);
	}
	run();
	say(ROOM, 3);
	wake();
	assert_int_equal(rendered_count, 3);
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 3);
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_non_null(strstr(others[i].got.data, "{\"kind\":\"hello\",\"next\":0}\n"));
		assert_non_null(strstr(others[i].got.data, "{\"seq\":3,\"kind\":\"message\""));
		tap_leave(&others[i]);
		tap_fini(&others[i]);
	}
	say(ROOM, 1);
	wake();
	assert_int_equal(rendered_count, 3);
	assert_events(&tap, 4, 4);
}

static void
a_format_that_shows_no_hello_and_no_beat_sends_nothing(void **state)
{
	struct renderer quiet = *representation_lines.renderer;

	(void)state;
	quiet.beat = say_nothing;
	assert_true(live_enter(live, ADDRESS));
	live_follow(live, ROOM, cursor_at(-1), ADDRESS, &quiet, &tap.sink);
	run();
	assert_true(tap.is_attached);
	assert_int_equal(tap.got.size, 0);
	say(ROOM, 1);
	wake();
	assert_non_null(strstr(tap.got.data, ": hello\n"));
}

static void
what_is_said_arrives_once(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 0);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 1, 1);
	wake();
	wake();
	assert_events(&tap, 2, 1);
	say(ROOM, 120);
	wake();
	assert_events(&tap, 2, 121);
}

static void
an_event_arrives_as_it_is(void **state)
{
	static const char expected[] =
		"{\"seq\":1,\"kind\":\"message\",\"role\":\"user\",\"name\":\"ann\",\"text\":"
		"\"a\\nb\",\"time\":\"1970-01-01T00:00:00.001Z\",\"state\":\"done\"}\n";
	struct tap_event event;

	(void)state;
	follow(&tap, ROOM, 0);
	assert_hello(&tap, 0);
	store_memory_post(ROOM, "a\nb");
	wake();
	assert_true(tap_next(&tap, &event));
	assert_string_equal(event.kind, "message");
	assert_int_equal(strncmp(event.data, expected, strlen(expected)), 0);
}

static void
whoever_comes_with_a_cursor_gets_all_that_is_behind(void **state)
{
	(void)state;
	say(ROOM, 260);
	follow(&tap, ROOM, 10);
	assert_hello(&tap, 10);
	assert_events(&tap, 11, 260);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 261, 261);
}

/* Whether the tap has the event 101. */
static bool
has_event_101(void *context)
{
	const struct tap *waiting = context;

	return memmem(waiting->got.data, waiting->got.size, "\"seq\":101,", 10) != NULL;
}

static void
who_has_caught_up_much_goes_on_later_and_others_at_once(void **state)
{
	struct tap other;

	(void)state;
	stop();
	read_limit = rate_limit_new(1, 1000);
	start(1000);
	say(ROOM, 100);
	follow(&tap, ROOM, 0);
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 50);
	/* News do not come before what is behind. */
	say(ROOM, 1);
	wake();
	assert_events(&tap, 51, 50);
	tap_init(&other);
	assert_true(live_enter(live, "10.0.0.2"));
	live_follow(live, ROOM, cursor_at(60), "10.0.0.2", representation_sse.renderer,
	            &other.sink);
	run();
	assert_hello(&other, 60);
	assert_events(&other, 61, 101);
	run_until(&loop, has_event_101, &tap);
	assert_events(&tap, 51, 101);
	stop();
	tap_fini(&other);
	rate_limit_free(read_limit);
	read_limit = NULL;
	start(1000);
}

static void
nothing_falls_between_a_page_and_its_stream(void **state)
{
	(void)state;
	say(ROOM, 5);
	/* The page was read here; then this was said, and nobody has looked yet. */
	say(ROOM, 2);
	follow(&tap, ROOM, 5);
	assert_hello(&tap, 5);
	assert_events(&tap, 6, 7);
	wake();
	assert_events(&tap, 8, 7);
}

static void
a_newcomer_does_not_take_news_from_those_who_are_there(void **state)
{
	struct tap late;

	(void)state;
	say(ROOM, 1);
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 1);
	say(ROOM, 60);
	tap_init(&late);
	follow(&late, ROOM, 0);
	assert_hello(&late, 0);
	assert_events(&late, 1, 61);
	assert_events(&tap, 2, 61);
	say(ROOM, 1);
	wake();
	assert_events(&late, 62, 62);
	assert_events(&tap, 62, 62);
	tap_leave(&late);
	tap_fini(&late);
}

static void
each_room_is_its_own(void **state)
{
	struct tap people;

	(void)state;
	tap_init(&people);
	follow(&tap, ROOM, -1);
	follow(&people, "people", -1);
	assert_hello(&tap, 0);
	assert_hello(&people, 0);
	say("people", 2);
	say("attic", 1);
	wake();
	assert_events(&people, 1, 2);
	assert_events(&tap, 1, 0);
	tap_leave(&people);
	say("people", 1);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 1, 1);
	tap_fini(&people);
}

static void
a_cursor_ahead_of_the_log_is_reset(void **state)
{
	(void)state;
	say(ROOM, 3);
	follow(&tap, ROOM, 17);
	assert_hello(&tap, 17);
	assert_reset(&tap);
	assert_events(&tap, 1, 0);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 4, 4);
}

static void
a_cursor_before_the_log_is_reset(void **state)
{
	(void)state;
	say(ROOM, 30);
	store_memory_forget(ROOM, 20);
	follow(&tap, ROOM, 5);
	assert_hello(&tap, 5);
	assert_reset(&tap);
	assert_events(&tap, 1, 0);
	say(ROOM, 2);
	wake();
	assert_events(&tap, 31, 32);
}

static void
a_cursor_at_the_beginning_of_the_log_is_not_reset(void **state)
{
	(void)state;
	say(ROOM, 30);
	store_memory_forget(ROOM, 20);
	follow(&tap, ROOM, 19);
	assert_hello(&tap, 19);
	assert_events(&tap, 20, 30);
}

static void
who_follows_is_reset_when_the_log_is_trimmed_past_him(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 0);
	say(ROOM, 30);
	store_memory_forget(ROOM, 20);
	wake();
	assert_reset(&tap);
	assert_events(&tap, 1, 0);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 31, 31);
}

/* --- slow and gone --- */

/* Says messages of 20,000 bytes. */
static void
say_much(unsigned count)
{
	static char text[20001];

	memset(text, 'x', sizeof(text) - 1);
	for (unsigned i = 0; i < count; i++)
		store_memory_post(ROOM, text);
}

static void
who_catches_up_slowly_gets_it_in_pieces(void **state)
{
	unsigned rounds = 0;

	(void)state;
	say(ROOM, 1000);
	tap.is_slow = true;
	for (int i = 0; i < 100; i++)
		store_memory_post(ROOM, "some text that is a little longer than the others are");
	say_much(10);
	follow(&tap, ROOM, 0);
	while (tap.waiting > 0 && rounds++ < 1000)
		drain(&tap);
	assert_in_range(rounds, 2, 100);
	assert_false(tap.is_closed);
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 1110);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 1111, 1111);
}

static void
what_is_said_meanwhile_comes_after_what_was_before(void **state)
{
	(void)state;
	say(ROOM, 1000);
	tap.is_slow = true;
	follow(&tap, ROOM, 0);
	assert_true(tap.waiting > 0);
	while (tap.waiting > 0) {
		if (stage.rooms.is_open == false)
			say(ROOM, 7);
		stage.rooms.is_open = true;
		wake();
		drain(&tap);
	}
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 1007);
}

/* Says the longest message that there is, each of its bytes escaped. */
static void
say_most(void)
{
	char *text = must_allocate(BOUND_REPLY_BYTES + 1);

	memset(text, 1, BOUND_REPLY_BYTES);
	store_memory_post(ROOM, text);
	free(text);
}

static void
who_takes_the_longest_message_gets_what_follows_it(void **state)
{
	(void)state;
	tap.is_slow = true;
	follow(&tap, ROOM, -1);
	drain(&tap);
	say_most();
	wake();
	assert_true(tap.waiting > BOUND_STREAM_BYTES);
	say(ROOM, 1);
	wake();
	assert_false(tap.is_closed);
	drain(&tap);
	say(ROOM, 1);
	wake();
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 3);
}

static void
who_has_not_taken_all_gets_the_longest_message_after_it(void **state)
{
	(void)state;
	tap.is_slow = true;
	follow(&tap, ROOM, -1);
	say_much(1);
	wake();
	say_most();
	wake();
	say(ROOM, 1);
	wake();
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 1);
	assert_true(tap.waiting_most <= BOUND_STREAM_BYTES);
	while (tap.waiting > 0)
		drain(&tap);
	assert_false(tap.is_closed);
	assert_events(&tap, 2, 3);
}

static void
who_catches_up_slowly_gets_the_longest_message_too(void **state)
{
	(void)state;
	say_much(3);
	say_most();
	say_most();
	say_much(1);
	tap.is_slow = true;
	follow(&tap, ROOM, 0);
	while (tap.waiting > 0)
		drain(&tap);
	assert_false(tap.is_closed);
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 6);
}

static bool
is_cut(void *context)
{
	return ((const struct tap *)context)->is_closed;
}

/* This one takes BOUND_STALLED_SECONDS. */
static void
who_takes_nothing_is_dropped_and_comes_back(void **state)
{
	struct tap regenerate;
	struct tap_event event;
	int64_t seen = 0;

	(void)state;
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 0);
	tap.is_slow = true;
	for (int i = 0; i < 40; i++) {
		say_much(1);
		wake();
	}
	run_until(&loop, is_cut, &tap);
	assert_true(tap.waiting_most <= BOUND_STREAM_BYTES);
	assert_int_equal(free_slots(), 3);
	while (tap_next(&tap, &event)) {
		assert_int_equal(event.id, seen + 1);
		seen = event.id;
	}
	assert_in_range(seen, 1, 39);
	say(ROOM, 1);
	wake();
	tap_init(&regenerate);
	follow(&regenerate, ROOM, seen);
	assert_hello(&regenerate, seen);
	assert_true(tap_next(&regenerate, &event));
	assert_int_equal(event.id, seen + 1);
	tap_leave(&regenerate);
	tap_fini(&regenerate);
}

static void
who_is_slow_keeps_nobody_waiting(void **state)
{
	struct tap quick;

	(void)state;
	tap_init(&quick);
	tap.is_slow = true;
	say_much(30);
	follow(&tap, ROOM, 0);
	follow(&quick, ROOM, 0);
	assert_hello(&quick, 0);
	assert_events(&quick, 1, 30);
	say(ROOM, 1);
	wake();
	assert_events(&quick, 31, 31);
	tap_leave(&quick);
	tap_fini(&quick);
}

static void
who_leaves_gives_his_place_back(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	assert_int_equal(free_slots(), 2);
	tap_leave(&tap);
	assert_int_equal(free_slots(), 3);
	say(ROOM, 1);
	wake();
}

static void
who_is_gone_when_something_is_sent_gives_his_place_back(void **state)
{
	struct tap other;

	(void)state;
	tap_init(&other);
	follow(&tap, ROOM, -1);
	follow(&other, ROOM, -1);
	assert_hello(&other, 0);
	tap.is_gone = true;
	say(ROOM, 1);
	wake();
	assert_true(tap.is_closed);
	assert_int_equal(free_slots(), 2);
	assert_events(&other, 1, 1);
	tap_leave(&other);
	tap_fini(&other);
}

static void
who_cannot_be_attached_is_closed(void **state)
{
	(void)state;
	tap.cannot_be_attached = true;
	follow(&tap, ROOM, -1);
	assert_true(tap.is_closed);
	assert_int_equal(free_slots(), 3);
	wake();
}

static void
who_has_left_before_the_greeting_is_closed(void **state)
{
	(void)state;
	tap.is_gone = true;
	follow(&tap, ROOM, 0);
	assert_true(tap.is_closed);
	assert_int_equal(free_slots(), 3);
}

static void
the_last_to_leave_and_the_next_to_come_meet_the_same_room(void **state)
{
	struct tap next;

	(void)state;
	follow(&tap, ROOM, -1);
	tap_leave(&tap);
	say(ROOM, 3);
	tap_init(&next);
	follow(&next, ROOM, 0);
	assert_hello(&next, 0);
	assert_events(&next, 1, 3);
	tap_leave(&next);
	tap_fini(&next);
}

/* --- a store that fails --- */

static void
news_that_could_not_be_read_come_with_the_next_look(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 0);
	say(ROOM, 1);
	store_memory_fail(MEMORY_READ, 1);
	wake();
	wake();
	assert_events(&tap, 1, 1);
}

static void
rooms_that_could_not_be_told_come_with_the_next_look(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 0);
	say(ROOM, 1);
	store_memory_fail(MEMORY_FIND_NEWS, 1);
	wake();
	assert_events(&tap, 1, 0);
	wake();
	assert_events(&tap, 1, 1);
}

static void
who_comes_while_the_store_fails_is_closed_and_comes_again(void **state)
{
	struct tap regenerate;

	(void)state;
	say(ROOM, 2);
	store_memory_fail(MEMORY_READ, 1);
	follow(&tap, ROOM, 0);
	assert_true(tap.is_closed);
	assert_int_equal(free_slots(), 3);
	tap_init(&regenerate);
	follow(&regenerate, ROOM, 0);
	assert_hello(&regenerate, 0);
	assert_events(&regenerate, 1, 2);
	tap_leave(&regenerate);
	tap_fini(&regenerate);
}

static void
whatever_read_fails_nothing_is_missed_or_doubled(void **state)
{
	(void)state;
	say(ROOM, 120);
	for (unsigned failing = 1; failing < 8; failing++) {
		struct tap one;
		struct tap_event event;
		int64_t seen = 0;
		tap_init(&one);
		store_memory_fail(MEMORY_READ, 0);
		for (unsigned i = 0; i < 6; i++) {
			if (!one.is_attached || one.is_closed) {
				tap_fini(&one);
				tap_init(&one);
				follow(&one, ROOM, seen);
			}
			store_memory_fail(MEMORY_READ,
			                  i < 5 && (i + failing) % 3 == 0 ? failing : 0);
			say(ROOM, 1);
			wake();
			while (tap_next(&one, &event)) {
				if (event.id < 0)
					continue;
				assert_int_equal(event.id, seen + 1);
				seen = event.id;
			}
		}
		assert_int_equal(seen, 120 + 6 * failing);
		tap_leave(&one);
		tap_fini(&one);
	}
}

/* --- waiting --- */

static void
count_ready(void *context)
{
	++*(unsigned *)context;
}

static bool
is_ready(void *context)
{
	return *(unsigned *)context > 0;
}

/* From a client of its own: there are few places for each. */
static void
wait_for_news(const char *room, int64_t cursor, int64_t wait_ms, unsigned *ready)
{
	static unsigned number;
	char address[32];

	snprintf(address, sizeof(address), "10.1.%u.%u", number / 256 % 256, number % 256);
	number++;
	assert_true(live_wait(live, room, cursor_at(cursor), wait_ms, address, count_ready, ready));
}

static void
who_waits_is_woken_by_news(void **state)
{
	unsigned ready = 0;
	/* Told when the test is over. */
	static unsigned other;

	(void)state;
	other = 0;
	say(ROOM, 3);
	wait_for_news(ROOM, 3, 1000000, &ready);
	wait_for_news("people", 0, 1000000, &other);
	run();
	wake();
	assert_int_equal(ready, 0);
	say(ROOM, 1);
	wake();
	assert_int_equal(ready, 1);
	assert_int_equal(other, 0);
	say(ROOM, 1);
	wake();
	assert_int_equal(ready, 1);
}

static void
who_waits_for_what_is_there_does_not_wait(void **state)
{
	unsigned ready = 0;

	(void)state;
	say(ROOM, 3);
	wait_for_news(ROOM, 2, 1000000, &ready);
	run();
	assert_int_equal(ready, 1);
	wait_for_news(ROOM, 4, 1000000, &ready);
	run();
	assert_int_equal(ready, 2);
}

static void
who_waits_is_told_when_the_time_is_over(void **state)
{
	unsigned ready = 0;

	(void)state;
	wait_for_news(ROOM, 0, 20, &ready);
	run_until(&loop, is_ready, &ready);
	say(ROOM, 1);
	wake();
	assert_int_equal(ready, 1);
}

static void
who_waits_is_told_when_it_stops(void **state)
{
	unsigned ready = 0;
	unsigned late = 0;

	(void)state;
	wait_for_news(ROOM, 0, 1000000, &ready);
	run();
	/* This one the loop has not even seen. */
	wait_for_news(ROOM, 0, 1000000, &late);
	live_stop(live);
	live = NULL;
	assert_int_equal(ready, 1);
	assert_int_equal(late, 1);
}

static void
who_waits_while_the_store_fails_is_told(void **state)
{
	unsigned ready = 0;

	(void)state;
	store_memory_fail(MEMORY_READ, 1);
	wait_for_news(ROOM, 0, 1000000, &ready);
	run();
	assert_int_equal(ready, 1);
}

static void
many_wait_and_follow_together(void **state)
{
	unsigned ready[50] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(ready); i++)
		wait_for_news(ROOM, 0, 1000000, &ready[i]);
	follow(&tap, ROOM, 0);
	assert_hello(&tap, 0);
	say(ROOM, 1);
	wake();
	assert_events(&tap, 1, 1);
	for (size_t i = 0; i < COUNT(ready); i++)
		assert_int_equal(ready[i], 1);
}

/* --- how many --- */

static void
there_are_places_in_all_and_per_client(void **state)
{
	(void)state;
	stop();
	start(5);
	assert_int_equal(free_slots(), 3);
	for (int i = 0; i < 3; i++)
		assert_true(live_enter(live, ADDRESS));
	assert_false(live_enter(live, ADDRESS));
	assert_true(live_enter(live, "10.0.0.2"));
	assert_true(live_enter(live, "10.0.0.2"));
	assert_false(live_enter(live, "10.0.0.3"));
	live_leave(live, ADDRESS);
	assert_true(live_enter(live, "10.0.0.3"));
}

static void
as_many_may_wait_as_follow_and_no_more(void **state)
{
	/* Told when the test is over. */
	static unsigned ready;

	(void)state;
	stop();
	start(5);
	ready = 0;
	for (int i = 0; i < 3; i++) {
		assert_true(live_enter(live, ADDRESS));
		assert_true(
			live_wait(live, ROOM, cursor_at(0), 1000000, ADDRESS, count_ready, &ready));
	}
	assert_false(live_wait(live, ROOM, cursor_at(0), 1000000, ADDRESS, count_ready, &ready));
	wait_for_news(ROOM, 0, 1000000, &ready);
	wait_for_news(ROOM, 0, 1000000, &ready);
	assert_false(live_wait(live, ROOM, cursor_at(0), 1000000, "10.0.0.2", count_ready, &ready));
	run();
	assert_int_equal(ready, 0);
	say(ROOM, 1);
	wake();
	assert_int_equal(ready, 5);
	for (int i = 0; i < 3; i++)
		assert_true(
			live_wait(live, ROOM, cursor_at(1), 1000000, ADDRESS, count_ready, &ready));
}

/* --- stopping --- */

static void
when_it_stops_every_stream_is_closed(void **state)
{
	struct tap waiting;
	struct tap late;

	(void)state;
	tap_init(&waiting);
	tap_init(&late);
	follow(&tap, ROOM, -1);
	waiting.is_slow = true;
	follow(&waiting, "people", -1);
	assert_true(live_enter(live, ADDRESS));
	live_follow(live, ROOM, cursor_at(-1), ADDRESS, representation_sse.renderer, &late.sink);
	live_stop(live);
	live = NULL;
	assert_true(tap.is_closed);
	assert_true(waiting.is_closed);
	assert_true(late.is_closed);
	assert_int_equal(uv_loop_alive(&loop), 0);
	tap_fini(&waiting);
	tap_fini(&late);
}

/* --- who wakes it --- */

static bool
has_got_something(void *context)
{
	const struct tap *one = context;

	return one->got.size > one->parsed;
}

static void
another_process_is_heard(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	assert_hello(&tap, 0);
	for (int i = 1; i <= 3; i++) {
		say(ROOM, 1);
		store_memory_hint();
		run_until(&loop, has_got_something, &tap);
		assert_events(&tap, i, i);
	}
}

static void
where_nobody_follows_nothing_is_read(void **state)
{
	unsigned before = store_memory_calls(MEMORY_READ);

	(void)state;
	say(ROOM, 1);
	for (int i = 0; i < 10; i++)
		wake();
	assert_int_equal(store_memory_calls(MEMORY_FIND_NEWS), 0);
	assert_int_equal(store_memory_calls(MEMORY_READ), before);
	follow(&tap, ROOM, -1);
	tap_leave(&tap);
	wake();
	unsigned calls = store_memory_calls(MEMORY_FIND_NEWS);
	say(ROOM, 1);
	wake();
	assert_int_equal(store_memory_calls(MEMORY_FIND_NEWS), calls);
}

static void
a_room_is_read_once_for_all_who_follow_it(void **state)
{
	struct tap taps[3];

	(void)state;
	for (size_t i = 0; i < COUNT(taps); i++) {
		tap_init(&taps[i]);
		follow(&taps[i], ROOM, -1);
		assert_hello(&taps[i], 0);
	}
	unsigned before = store_memory_calls(MEMORY_READ);
	say(ROOM, 10);
	wake();
	assert_int_equal(store_memory_calls(MEMORY_READ), before + 1);
	for (size_t i = 0; i < COUNT(taps); i++) {
		assert_events(&taps[i], 1, 10);
		tap_leave(&taps[i]);
		tap_fini(&taps[i]);
	}
}

static void
ignore_hint(void *context)
{
	(void)context;
}

static void
a_heartbeat_goes_to_all_and_has_no_id(void **state)
{
	struct client_slots *clients = client_slots_new(10, 10);
	const struct live_rooms_settings settings = {
		.workers = stage.rooms.workers,
		.store_pool = stage.rooms.store_pool,
		.slots = clients,
		.look = ignore_hint,
	};
	struct live_rooms *rooms = live_rooms_new(&loop, &settings);
	struct tap other;
	struct tap_event event;

	(void)state;
	tap_init(&other);
	live_rooms_follow(rooms, ROOM, cursor_at(-1), ADDRESS, representation_sse.renderer,
	                  &tap.sink);
	live_rooms_follow(rooms, "people", cursor_at(-1), ADDRESS, representation_sse.renderer,
	                  &other.sink);
	assert_int_equal(live_rooms_count(rooms), 2);
	run();
	assert_hello(&tap, 0);
	assert_hello(&other, 0);
	other.is_gone = true;
	live_rooms_send_heartbeat(rooms);
	assert_true(tap_next(&tap, &event));
	assert_string_equal(event.kind, "beat");
	assert_int_equal(event.id, -1);
	assert_false(tap_next(&tap, &event));
	assert_true(other.is_closed);
	assert_int_equal(live_rooms_count(rooms), 1);
	live_rooms_free(rooms);
	client_slots_free(clients);
	tap_fini(&other);
}

/* --- everything at once --- */

static uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return (uint32_t)(*seed >> 33);
}

/* Says something as this process does. */
static void
commit(const char *room, const char *text)
{
	hand_over(live, room, store_memory_post(room, text), text, 0);
}

/* A client as it should be: it reads a page, follows, and comes back with what it has seen. */
struct client {
	struct tap tap;
	const char *room;
	int64_t seen; /* every event up to here, each once */
	int64_t read; /* up to here in the page that was read after a reset */
	bool is_away;
};

static void
ignore_event(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

static int64_t
newest(const char *room)
{
	const struct store_range range = { .room = room, .after = -1, .limit = 1 };
	struct store_page page;

	assert_int_equal(room_read(&stage.rooms, &range, ignore_event, NULL, &page), ERR_NONE);
	return page.next;
}

/* Fails where an event is missing or comes twice. */
static void
take(struct client *client)
{
	struct tap_event event;

	while (tap_next(&client->tap, &event)) {
		if (strcmp(event.kind, "reset") == 0) {
			client->seen = newest(client->room);
			client->read = client->seen;
		}
		if (event.id < 0 || event.id <= client->read)
			continue;
		if (event.id != client->seen + 1)
			fail_msg("behind %d came %d", (int)client->seen, (int)event.id);
		client->seen = event.id;
	}
}

static void
come_back(struct client *client)
{
	tap_fini(&client->tap);
	tap_init(&client->tap);
	client->is_away = false;
	live_follow(live, client->room, cursor_at(client->seen), "", representation_sse.renderer,
	            &client->tap.sink);
}

static void
do_something(struct client *client, uint64_t *seed)
{
	switch (next_random(seed) % 8) {
	case 0: client->tap.is_slow = true; break;
	case 1: client->tap.is_slow = false; break;
	case 2:
	case 3: drain(&client->tap); break;
	case 4:
		if (client->tap.is_attached && !client->tap.is_closed)
			tap_leave(&client->tap);
		break;
	default: break;
	}
	/* Before the queue is lost with the connection the client has had it. */
	take(client);
	client->is_away |= client->tap.is_closed;
	if (client->is_away && next_random(seed) % 4 == 0)
		come_back(client);
}

static void
play(uint64_t seed)
{
	static const char *const rooms[] = { "lobby", "people", "attic" };
	static struct client clients[12];
	int64_t first[COUNT(rooms)] = { 1, 1, 1 };
	static char text[30001];

	memset(text, 'y', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] = (struct client){ .room = rooms[i % COUNT(rooms)] };
		tap_init(&clients[i].tap);
		clients[i].seen = newest(clients[i].room);
		come_back(&clients[i]);
	}
	for (int step = 0; step < 1500; step++) {
		uint32_t what = next_random(&seed) % 16;
		size_t at = next_random(&seed) % COUNT(rooms);
		if (what < 3) {
			store_memory_post(rooms[at], what == 0 ? text : "short");
		} else if (what < 5) {
			commit(rooms[at], what == 3 ? text : "short");
		} else if (what < 8) {
			live_wake(live);
		} else if (what == 8) {
			run();
		} else if (what == 9) {
			uv_run(&loop, UV_RUN_NOWAIT);
		} else if (what == 10 && next_random(&seed) % 20 == 0) {
			int64_t last = newest(rooms[at]);
			if (last > first[at]) {
				first[at] += 1 + next_random(&seed) % (last - first[at]);
				store_memory_forget(rooms[at], first[at]);
			}
		} else {
			do_something(&clients[next_random(&seed) % COUNT(clients)], &seed);
		}
	}
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct client *client = &clients[i];
		run();
		wake();
		client->tap.is_slow = false;
		while (client->tap.waiting > 0)
			drain(&client->tap);
		take(client);
		if (client->tap.is_closed) {
			come_back(client);
			run();
			take(client);
		}
		assert_int_equal(client->seen, newest(client->room));
	}
	for (size_t i = 0; i < COUNT(clients); i++) {
		tap_leave(&clients[i].tap);
		tap_fini(&clients[i].tap);
	}
}

static void
nobody_misses_anything_or_sees_it_twice(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		play(seed);
		end(state);
		begin(state);
	}
}

#define SAID_ELSEWHERE 400

static void *
say_elsewhere(void *context)
{
	(void)context;
	for (int i = 0; i < SAID_ELSEWHERE; i++) {
		store_memory_post(ROOM, "from afar");
		live_wake(live);
	}
	return NULL;
}

struct elsewhere {
	struct tap taps[8];
	atomic_uint ready;
};

static void
count_ready_elsewhere(void *context)
{
	atomic_fetch_add((atomic_uint *)context, 1);
}

static void *
follow_elsewhere(void *context)
{
	struct elsewhere *elsewhere = context;
	char address[32];

	for (size_t i = 0; i < COUNT(elsewhere->taps); i++) {
		live_follow(live, ROOM, cursor_at(0), "", representation_sse.renderer,
		            &elsewhere->taps[i].sink);
		snprintf(address, sizeof(address), "10.2.0.%zu", i);
		if (!live_wait(live, ROOM, cursor_at((int64_t)i * 10), 1000000, address,
		               count_ready_elsewhere, &elsewhere->ready))
			abort();
	}
	return NULL;
}

static bool
has_all_from_elsewhere(void *context)
{
	struct elsewhere *elsewhere = context;

	for (size_t i = 0; i < COUNT(elsewhere->taps); i++) {
		char last[32];
		struct buf *got = &elsewhere->taps[i].got;
		snprintf(last, sizeof(last), "id: %d\n", SAID_ELSEWHERE);
		if (got->size == 0 || strstr(got->data, last) == NULL)
			return false;
	}
	return atomic_load(&elsewhere->ready) == COUNT(elsewhere->taps);
}

static void
all_of_it_may_come_from_other_threads(void **state)
{
	static struct elsewhere elsewhere;
	pthread_t threads[2];

	(void)state;
	atomic_init(&elsewhere.ready, 0);
	for (size_t i = 0; i < COUNT(elsewhere.taps); i++)
		tap_init(&elsewhere.taps[i]);
	assert_int_equal(pthread_create(&threads[0], NULL, say_elsewhere, NULL), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, follow_elsewhere, &elsewhere), 0);
	run_until(&loop, has_all_from_elsewhere, &elsewhere);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < COUNT(elsewhere.taps); i++) {
		assert_hello(&elsewhere.taps[i], 0);
		assert_events(&elsewhere.taps[i], 1, SAID_ELSEWHERE);
		tap_leave(&elsewhere.taps[i]);
		tap_fini(&elsewhere.taps[i]);
	}
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(a_follower_is_greeted_with_its_cursor),
		LIVE(each_format_is_rendered_once_however_many_follow),
		LIVE(a_format_that_shows_no_hello_and_no_beat_sends_nothing),
		LIVE(what_is_said_arrives_once),
		LIVE(an_event_arrives_as_it_is),
		LIVE(whoever_comes_with_a_cursor_gets_all_that_is_behind),
		LIVE(who_has_caught_up_much_goes_on_later_and_others_at_once),
		LIVE(nothing_falls_between_a_page_and_its_stream),
		LIVE(a_newcomer_does_not_take_news_from_those_who_are_there),
		LIVE(each_room_is_its_own),
		LIVE(a_cursor_ahead_of_the_log_is_reset),
		LIVE(a_cursor_before_the_log_is_reset),
		LIVE(a_cursor_at_the_beginning_of_the_log_is_not_reset),
		LIVE(who_follows_is_reset_when_the_log_is_trimmed_past_him),
		LIVE(who_catches_up_slowly_gets_it_in_pieces),
		LIVE(what_is_said_meanwhile_comes_after_what_was_before),
		LIVE(who_takes_the_longest_message_gets_what_follows_it),
		LIVE(who_has_not_taken_all_gets_the_longest_message_after_it),
		LIVE(who_catches_up_slowly_gets_the_longest_message_too),
		LIVE(who_takes_nothing_is_dropped_and_comes_back),
		LIVE(who_is_slow_keeps_nobody_waiting),
		LIVE(who_leaves_gives_his_place_back),
		LIVE(who_is_gone_when_something_is_sent_gives_his_place_back),
		LIVE(who_cannot_be_attached_is_closed),
		LIVE(who_has_left_before_the_greeting_is_closed),
		LIVE(the_last_to_leave_and_the_next_to_come_meet_the_same_room),
		LIVE(news_that_could_not_be_read_come_with_the_next_look),
		LIVE(rooms_that_could_not_be_told_come_with_the_next_look),
		LIVE(who_comes_while_the_store_fails_is_closed_and_comes_again),
		LIVE(whatever_read_fails_nothing_is_missed_or_doubled),
		LIVE(who_waits_is_woken_by_news),
		LIVE(who_waits_for_what_is_there_does_not_wait),
		LIVE(who_waits_is_told_when_the_time_is_over),
		LIVE(who_waits_is_told_when_it_stops),
		LIVE(who_waits_while_the_store_fails_is_told),
		LIVE(many_wait_and_follow_together),
		LIVE(there_are_places_in_all_and_per_client),
		LIVE(as_many_may_wait_as_follow_and_no_more),
		LIVE(when_it_stops_every_stream_is_closed),
		LIVE(another_process_is_heard),
		LIVE(where_nobody_follows_nothing_is_read),
		LIVE(a_room_is_read_once_for_all_who_follow_it),
		LIVE(a_heartbeat_goes_to_all_and_has_no_id),
		LIVE(nobody_misses_anything_or_sees_it_twice),
		LIVE(all_of_it_may_come_from_other_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
