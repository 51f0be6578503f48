/*
 * chat/live with what this process commits, and with a store that stalls: followers get what is
 * handed over as if it had been read, nobody waits for a read but who needs what is read, and the
 * loop's thread never calls the store.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_live.h"

#include <stdlib.h>
#include <string.h>

#include "chat/store_pool.h"
#include "http/render/representation.h"
#include "support_stall.h"
#include "support_store.h"
#include "text/event_list.h"

#define ROOM "lobby"
#define ADDRESS "10.0.0.1"

static uv_loop_t loop;
static struct stage stage;
static struct live *live;
static struct tap tap;
static struct tap other;

static int
begin(void **state)
{
	const struct live_settings settings = { .streams_max = 100, .streams_per_client_max = 3 };

	(void)state;
	stage_init(&stage);
	stage_open_store(&stage, false);
	tap_init(&tap);
	tap_init(&other);
	assert_int_equal(uv_loop_init(&loop), 0);
	stage.rooms.workers = workers_new(&loop);
	assert_int_equal(live_start(&loop, &stage.rooms, &settings, &live), ERR_NONE);
	store_stalling_forbid(true);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	store_stalling_release();
	/* Handles are given back. */
	store_stalling_forbid(false);
	stop_workers(stage.rooms.workers, live);
	live = NULL;
	assert_int_equal(uv_loop_close(&loop), 0);
	tap_fini(&tap);
	tap_fini(&other);
	stage_close_store(&stage);
	return 0;
}

static void
run(void)
{
	run_workers(&loop, stage.rooms.workers);
}

/* What is due on the loop, whatever the workers do. */
static void
run_loop(void)
{
	for (int i = 0; i < 3; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
}

static void
follow(struct tap *sink, const char *room, int64_t cursor)
{
	assert_true(live_enter(live, ADDRESS));
	live_follow(live, room, cursor_at(cursor), ADDRESS, representation_sse.renderer,
	            &sink->sink);
}

/* What this process commits. */
static void
commit(const char *room, const char *text)
{
	hand_over(live, room, store_memory_post(room, text), text, 0);
}

static bool
has_more(void *context)
{
	const struct tap *one = context;

	return one->got.size > one->parsed;
}

static void
what_this_process_commits_is_not_read_back(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	run();
	assert_hello(&tap, 0);
	unsigned reads = store_memory_calls(MEMORY_READ);
	for (int64_t seq = 1; seq <= 3; seq++) {
		commit(ROOM, "hello");
		commit("people", "nobody is there");
		run_loop();
		assert_events(&tap, seq, seq);
	}
	assert_int_equal(store_memory_calls(MEMORY_READ), reads);
}

static void
who_is_handed_it_and_who_reads_it_get_the_same_bytes(void **state)
{
	(void)state;
	follow(&tap, ROOM, 0);
	run();
	for (int i = 0; i < 100; i++)
		commit(ROOM, i % 2 == 0 ? "a\nb \"c\"" : "\xc3\xa9");
	run();
	follow(&other, ROOM, 0);
	run();
	assert_string_equal(tap.got.data, other.got.data);
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 100);
}

static void
what_another_process_committed_before_it_comes_before_it(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	run();
	assert_hello(&tap, 0);
	commit(ROOM, "one");
	store_memory_post(ROOM, "from afar");
	commit(ROOM, "three");
	commit(ROOM, "four");
	run();
	assert_events(&tap, 1, 4);
	commit(ROOM, "five");
	run_loop();
	assert_events(&tap, 5, 5);
}

static void
what_was_read_already_is_not_told_again(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	run();
	assert_hello(&tap, 0);
	store_memory_post(ROOM, "one");
	live_wake(live);
	run();
	assert_events(&tap, 1, 1);
	hand_over(live, ROOM, 1, "one", 0);
	run();
	assert_events(&tap, 2, 1);
}

static void
numbers_of_another_life_of_the_store_are_read(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	run();
	assert_hello(&tap, 0);
	store_memory_post(ROOM, "what is there");
	unsigned reads = store_memory_calls(MEMORY_READ);
	hand_over(live, ROOM, 1, "what is not", 17);
	run();
	assert_int_equal(store_memory_calls(MEMORY_READ), reads + 1);
	assert_non_null(strstr(tap.got.data, "what is there"));
	assert_null(strstr(tap.got.data, "what is not"));
	assert_events(&tap, 1, 1);
}

static void
news_are_wanted_while_somebody_follows_or_waits(void **state)
{
	(void)state;
	assert_false(live_wants_news(live));
	follow(&tap, ROOM, -1);
	run();
	assert_true(live_wants_news(live));
	tap_leave(&tap);
	live_wake(live);
	run();
	assert_false(live_wants_news(live));
}

static void
count_ready(void *context)
{
	++*(unsigned *)context;
}

static void
who_waits_is_woken_by_what_this_process_commits(void **state)
{
	unsigned ready = 0;

	(void)state;
	assert_true(live_wait(live, ROOM, cursor_at(0), 1000000, ADDRESS, count_ready, &ready));
	run();
	assert_int_equal(ready, 0);
	commit(ROOM, "hello");
	run_loop();
	assert_int_equal(ready, 1);
}

/* --- one reply --- */

/* This process commits a message that streams, and its stream begins. */
static int64_t
follow_reply(struct tap *sink, const char *room, const struct renderer *renderer)
{
	struct buf greeting;
	int64_t seq = store_memory_post(room, "");

	hand_over(live, room, seq, "", 0);
	buf_init(&greeting, 100);
	assert_int_equal(buf_append_text(&greeting, "event: greeting\ndata: {}\n\n"), ERR_NONE);
	live_follow_reply(live, room, cursor_at(seq), ADDRESS, renderer, &greeting, &sink->sink);
	buf_fini(&greeting);
	return seq;
}

/* Hands over an event of the reply; the store has some event of that number. */
static void
commit_event(const char *room, int64_t ref, enum event_kind kind, const char *text)
{
	struct event_list events = { .bytes = 0 };
	const struct event event = { .kind = kind,
		                     .seq = store_memory_post(room, text),
		                     .ref = ref,
		                     .state = kind == EVENT_DONE ? STATE_DONE : 0,
		                     .time_ms = 1,
		                     .text = text,
		                     .text_size = strlen(text) };

	event_list_add(&events, room, &event);
	live_take(live, &events, 0);
}

/* Fails unless what came next is an event of that kind. */
static void
assert_kind(struct tap *one, const char *kind)
{
	struct tap_event event;

	assert_true(tap_next(one, &event));
	assert_string_equal(event.kind, kind);
}

static void
who_follows_a_reply_gets_its_parts_and_its_end_and_nothing_else(void **state)
{
	struct tap_event event;

	(void)state;
	int64_t seq = follow_reply(&tap, ROOM, representation_sse.renderer);
	run();
	assert_kind(&tap, "greeting");
	commit_event(ROOM, seq, EVENT_PART, "so");
	commit(ROOM, "somebody else");
	commit_event(ROOM, seq + 100, EVENT_PART, "another reply");
	commit_event(ROOM, seq, EVENT_PART, "much");
	run();
	assert_kind(&tap, "part");
	assert_kind(&tap, "part");
	assert_false(tap_next(&tap, &event));
	commit_event(ROOM, seq, EVENT_DONE, "somuch");
	commit_event(ROOM, seq, EVENT_PART, "late");
	run();
	assert_kind(&tap, "done");
	assert_false(tap_next(&tap, &event));
	assert_true(tap.is_closed);
	/* It has taken no place, and gives none back. */
	assert_true(live_enter(live, ADDRESS));
	live_leave(live, ADDRESS);
}

static unsigned rendered_count;

static enum err
count_event(struct render_memory *memory, struct buf *out, const struct event *event)
{
	rendered_count++;
	return representation_sse.renderer->event(memory, out, event);
}

static void
a_part_is_rendered_once_for_who_asked_and_who_follows_the_room(void **state)
{
	struct renderer counting = *representation_sse.renderer;

	(void)state;
	counting.event = count_event;
	assert_true(live_enter(live, ADDRESS));
	live_follow(live, ROOM, cursor_at(-1), ADDRESS, &counting, &other.sink);
	run();
	int64_t seq = follow_reply(&tap, ROOM, &counting);
	run();
	assert_hello(&other, 0);
	assert_events(&other, seq, seq);
	assert_kind(&tap, "greeting");
	size_t other_size = other.got.size;
	size_t size = tap.got.size;
	rendered_count = 0;
	unsigned reads = store_memory_calls(MEMORY_READ);
	for (int i = 0; i < 3; i++)
		commit_event(ROOM, seq, EVENT_PART, "so");
	commit_event(ROOM, seq, EVENT_DONE, "sososo");
	run_loop();
	assert_int_equal(rendered_count, 4);
	assert_int_equal(store_memory_calls(MEMORY_READ), reads);
	assert_string_equal(tap.got.data + size, other.got.data + other_size);
	assert_true(tap.is_closed);
	assert_false(other.is_closed);
}

static void
a_reply_that_was_deleted_is_over_for_who_follows_it(void **state)
{
	struct tap_event event;

	(void)state;
	int64_t seq = follow_reply(&tap, ROOM, representation_sse.renderer);
	run();
	assert_kind(&tap, "greeting");
	commit_event(ROOM, seq, EVENT_DELETE, "");
	run();
	assert_true(tap_next(&tap, &event));
	assert_string_equal(event.kind, "done");
	assert_non_null(strstr(event.data, "\"state\":\"deleted\""));
	assert_true(tap.is_closed);
}

static void
a_reply_streams_while_the_store_stalls(void **state)
{
	(void)state;
	store_stalling_hold(NULL);
	int64_t seq = follow_reply(&tap, ROOM, representation_sse.renderer);
	run_loop();
	assert_kind(&tap, "greeting");
	commit_event(ROOM, seq, EVENT_PART, "so");
	run_loop();
	assert_kind(&tap, "part");
	commit_event(ROOM, seq, EVENT_DONE, "so");
	run_loop();
	assert_kind(&tap, "done");
	assert_true(tap.is_closed);
	store_stalling_release();
	run();
}

static void
the_end_of_a_reply_leaves_before_its_stream_ends(void **state)
{
	(void)state;
	tap.is_slow = true;
	int64_t seq = follow_reply(&tap, ROOM, representation_sse.renderer);
	run();
	commit_event(ROOM, seq, EVENT_DONE, "so");
	run();
	assert_false(tap.is_closed);
	tap_drain(&tap);
	assert_true(tap.is_closed);
	assert_kind(&tap, "greeting");
	assert_kind(&tap, "done");
}

static void
what_ends_a_reply_as_the_program_stops_is_told(void **state)
{
	(void)state;
	int64_t seq = follow_reply(&tap, ROOM, representation_sse.renderer);
	run();
	commit_event(ROOM, seq, EVENT_DONE, "so");
	store_stalling_forbid(false);
	assert_true(workers_stop(stage.rooms.workers, PATIENCE_SECONDS * 1000));
	live_stop(live);
	live = NULL;
	assert_kind(&tap, "greeting");
	assert_kind(&tap, "done");
	assert_true(tap.is_closed);
}

/* --- a store that stalls --- */

static void
while_the_store_stalls_those_who_are_there_get_what_is_committed(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	run();
	assert_hello(&tap, 0);
	store_stalling_hold("read");
	follow(&other, ROOM, 0);
	run_loop();
	assert_true(store_stalling_wait_held(1));
	commit(ROOM, "one");
	commit(ROOM, "two");
	run_loop();
	assert_events(&tap, 1, 2);
	assert_int_equal(other.got.size, 0);
	store_stalling_release();
	run();
	assert_hello(&other, 0);
	assert_events(&other, 1, 2);
	assert_events(&tap, 3, 2);
}

static void
a_read_that_was_overtaken_tells_nothing_twice(void **state)
{
	(void)state;
	follow(&tap, ROOM, -1);
	run();
	assert_hello(&tap, 0);
	store_stalling_hold("read");
	/* From another process: so the room is read from its beginning on. */
	hand_over(live, ROOM, 17, "seen by nobody", 3);
	run_loop();
	assert_true(store_stalling_wait_held(1));
	commit(ROOM, "one");
	run_loop();
	assert_events(&tap, 1, 1);
	store_memory_post(ROOM, "from afar");
	store_stalling_release();
	run();
	assert_events(&tap, 2, 2);
	commit(ROOM, "three");
	run_loop();
	assert_events(&tap, 3, 3);
}

static void
who_leaves_while_the_store_stalls_gives_his_place_back(void **state)
{
	(void)state;
	store_stalling_hold("read");
	for (int i = 0; i < 10; i++) {
		struct tap one;
		tap_init(&one);
		follow(&one, ROOM, 0);
		run_loop();
		tap_leave(&one);
		tap_fini(&one);
	}
	store_stalling_release();
	run();
	follow(&tap, ROOM, 0);
	run();
	assert_hello(&tap, 0);
}

static void
who_catches_up_while_the_store_stalls_may_leave(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++)
		store_memory_post(ROOM, "hello");
	follow(&other, ROOM, -1);
	run();
	assert_hello(&other, 60);
	follow(&tap, ROOM, 0);
	run_until(&loop, has_more, &tap);
	store_stalling_hold("read");
	run_loop();
	tap_leave(&tap);
	commit(ROOM, "sixty-one");
	run_loop();
	assert_events(&other, 61, 61);
	store_stalling_release();
	run();
}

static void
when_it_stops_while_the_store_stalls_streams_end(void **state)
{
	unsigned ready = 0;

	(void)state;
	follow(&other, "people", -1);
	run();
	store_stalling_hold(NULL);
	follow(&tap, ROOM, 0);
	assert_true(live_wait(live, ROOM, cursor_at(0), 1000000, ADDRESS, count_ready, &ready));
	live_wake(live);
	run_loop();
	assert_true(store_stalling_wait_held(1));
	assert_false(workers_stop(stage.rooms.workers, 1));
	live_stop(live);
	live = NULL;
	assert_true(tap.is_closed);
	assert_true(other.is_closed);
	assert_int_equal(ready, 1);
	/* What comes too late goes nowhere. */
	store_stalling_forbid(false);
	store_stalling_release();
}

#define NEWS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NEWS(what_this_process_commits_is_not_read_back),
		NEWS(who_is_handed_it_and_who_reads_it_get_the_same_bytes),
		NEWS(what_another_process_committed_before_it_comes_before_it),
		NEWS(what_was_read_already_is_not_told_again),
		NEWS(numbers_of_another_life_of_the_store_are_read),
		NEWS(news_are_wanted_while_somebody_follows_or_waits),
		NEWS(who_waits_is_woken_by_what_this_process_commits),
		NEWS(who_follows_a_reply_gets_its_parts_and_its_end_and_nothing_else),
		NEWS(a_part_is_rendered_once_for_who_asked_and_who_follows_the_room),
		NEWS(a_reply_that_was_deleted_is_over_for_who_follows_it),
		NEWS(a_reply_streams_while_the_store_stalls),
		NEWS(the_end_of_a_reply_leaves_before_its_stream_ends),
		NEWS(what_ends_a_reply_as_the_program_stops_is_told),
		NEWS(while_the_store_stalls_those_who_are_there_get_what_is_committed),
		NEWS(a_read_that_was_overtaken_tells_nothing_twice),
		NEWS(who_leaves_while_the_store_stalls_gives_his_place_back),
		NEWS(who_catches_up_while_the_store_stalls_may_leave),
		NEWS(when_it_stops_while_the_store_stalls_streams_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
