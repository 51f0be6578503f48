/*
 * chat/replies/replies: while the store stalls, the loop goes on. Programs are listened to, stops
 * are taken, and what was to be stored is stored when the store answers.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdatomic.h>
#include <string.h>

#include "chat/replies/replies.h"
#include "chat/room.h"
#include "support_live.h"
#include "support_reply.h"
#include "support_stall.h"
#include "support_store.h"

static struct reply_stage stage;

/* On a stage whose loop never calls the store. */
static int
begin(void **state)
{
	(void)state;
	reply_stage_open(&stage, &(const struct replies_settings){ 2, 2, 0, 0 }, true);
	store_stalling_forbid(true);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	store_stalling_release();
	store_stalling_delay(0);
	store_stalling_forbid(false);
	reply_stage_close(&stage);
	return 0;
}

/* --- what is said, stopped, and heard --- */

static bool
has_begun(void *context)
{
	return ((struct heard *)context)->begin_count > 0;
}

/* Says it to the responder; the message and the empty reply are stored. */
static struct post_told
say(const char *text, struct heard *heard)
{
	struct post said = reply_post(&stage, "bots", text);
	struct post_told told = { .count = 0 };

	heard_init(heard, &stage.loop);
	said.listener = &heard->listener;
	room_post(&stage.stage.rooms, &said, note_told, &told);
	run_until(&stage.loop, has_begun, heard);
	assert_int_equal(told.outcome, POST_UNDER_WAY);
	return told;
}

static void
speak(unsigned index, const char *text)
{
	assert_int_equal(scripted_say(&stage.scripted, index, text), ERR_NONE);
}

static void
finish(unsigned index, enum reply_state state)
{
	scripted_end(&stage.scripted, index, state);
}

struct stopped {
	atomic_uint count;
	enum err err;
	enum message_state state;
};

static void
note_stopped(void *context, enum err err, bool is_known, enum message_state state)
{
	struct stopped *stopped = context;

	assert_true(is_known || err != ERR_NONE);
	stopped->err = err;
	stopped->state = state;
	atomic_fetch_add(&stopped->count, 1);
}

static void
note_deleted(void *context, enum err err, enum store_outcome outcome)
{
	assert_int_equal(err, ERR_NONE);
	assert_int_equal(outcome, STORE_DELETED);
	atomic_fetch_add((atomic_uint *)context, 1);
}

/* Waits for the thread that tells of it. */
static bool
has_count(void *context)
{
	return atomic_load((atomic_uint *)context) > 0;
}

/* Waits for the answer, which is that the reply was stopped. */
static void
expect_stopped(struct stopped *stopped)
{
	assert_true(wait_until(has_count, &stopped->count));
	assert_int_equal(stopped->err, ERR_NONE);
	assert_int_equal(stopped->state, STATE_STOPPED);
}

static void
assert_log(const char *expected)
{
	store_stalling_forbid(false);
	assert_room_log(&stage, "bots", expected);
	store_stalling_forbid(true);
}

/* The same, and what was said before is not read to its end. */
static struct post_told
say_and_hold(struct heard *heard)
{
	store_stalling_hold("read");
	struct post_told told = say("hi", heard);
	assert_true(store_stalling_wait_held(1));
	assert_int_equal(stage.scripted.count, 0);
	return told;
}

/* Lets the store go on, until no reply is made any more. */
static void
let_go(void)
{
	store_stalling_release();
	replies_run(stage.replies);
}

/* --- the tests --- */

static void
no_step_of_a_replys_life_asks_the_store_on_the_loop(void **state)
{
	struct heard heard;

	(void)state;
	say("one", &heard);
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard, "3:part:half:2:@0 ");
	finish(0, REPLY_DONE);
	wait_for_end(&heard, "3:part:half:2:@0 4:done:half:2:done ");
	say("two", &heard);
	run_until_begun(&stage, 2);
	assert_string_equal(stage.scripted.reply_runs[1].question.data,
	                    "bots|ann|two|user:one|assistant:half");
	finish(1, REPLY_DONE);
	replies_run(stage.replies);
}

static void
what_a_program_says_while_the_store_stalls_is_taken_and_stored_later(void **state)
{
	struct heard heard;

	(void)state;
	say("hi", &heard);
	run_until_begun(&stage, 1);
	store_stalling_hold(NULL);
	speak(0, "a");
	uv_run(&stage.loop, UV_RUN_NOWAIT);
	assert_true(store_stalling_wait_held(1));
	speak(0, "b");
	speak(0, "c");
	finish(0, REPLY_DONE);
	assert_int_equal(heard.end_count, 0);
	store_stalling_release();
	run_until(&stage.loop, heard_is_over, &heard);
	assert_non_null(strstr(heard.events, ":done:abc:2:done "));
}

static bool
has_a_stop(void *context)
{
	return ((struct reply_run *)context)->stop_count > 0;
}

static void
a_stop_ends_the_program_while_the_store_stalls(void **state)
{
	struct heard heard;
	struct stopped stopped = { .count = 0 };

	(void)state;
	struct post_told told = say("hi", &heard);
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard, "3:part:half:2:@0 ");
	store_stalling_hold(NULL);
	room_stop_reply(&stage.stage.rooms, "bots", told.reply_seq, note_stopped, &stopped);
	run_until(&stage.loop, has_a_stop, &stage.scripted.reply_runs[0]);
	assert_int_equal(atomic_load(&stopped.count), 0);
	let_go();
	expect_stopped(&stopped);
	assert_log("1:message:hi:0:done 2:message:half:1:stopped 4:done:half:2:stopped ");
}

static void
a_reply_that_is_stopped_while_its_history_is_read_is_never_begun(void **state)
{
	struct heard heard;
	struct stopped stopped = { .count = 0 };

	(void)state;
	struct post_told told = say_and_hold(&heard);
	room_stop_reply(&stage.stage.rooms, "bots", told.reply_seq, note_stopped, &stopped);
	/* It is taken on the loop before the history comes. */
	uv_run(&stage.loop, UV_RUN_NOWAIT);
	let_go();
	expect_stopped(&stopped);
	assert_int_equal(heard.end_count, 1);
	assert_int_equal(stage.scripted.count, 0);
	assert_log("1:message:hi:0:done 2:message::1:stopped 3:done::2:stopped ");
}

static void
a_reply_whose_message_is_deleted_while_its_history_is_read_is_never_begun(void **state)
{
	struct heard heard;
	atomic_uint deleted_count = 0;

	(void)state;
	say_and_hold(&heard);
	room_delete(&stage.stage.rooms, "bots", 1, "~a", note_deleted, &deleted_count);
	assert_true(wait_until(has_count, &deleted_count));
	store_stalling_release();
	run_until(&stage.loop, heard_is_over, &heard);
	replies_run(stage.replies);
	/* It may have been begun just before, and is ended then. */
	for (unsigned i = 0; i < stage.scripted.count; i++)
		assert_true(stage.scripted.reply_runs[i].stop_count > 0);
	assert_log("1:message::0:deleted 2:message::1:deleted 3:delete::1: 4:delete::2: ");
}

static void
a_listener_may_leave_while_the_history_is_read(void **state)
{
	struct heard heard;

	(void)state;
	say_and_hold(&heard);
	replies_forget(&heard.listener);
	store_stalling_release();
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_int_equal(heard.end_count, 0);
	assert_log("1:message:hi:0:done 2:message::1:done 3:done::2:done ");
}

static void
a_reply_that_waits_for_its_turn_is_stopped_while_the_store_stalls(void **state)
{
	struct heard heard[3];
	struct stopped stopped = { .count = 0 };
	struct post_told told = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < COUNT(heard); i++)
		told = say("hi", &heard[i]);
	run_until_begun(&stage, 2);
	store_stalling_hold(NULL);
	room_stop_reply(&stage.stage.rooms, "bots", told.reply_seq, note_stopped, &stopped);
	uv_run(&stage.loop, UV_RUN_NOWAIT);
	finish(0, REPLY_DONE);
	finish(1, REPLY_DONE);
	let_go();
	expect_stopped(&stopped);
	assert_int_equal(stage.scripted.count, 2);
	assert_int_equal(heard[2].end_count, 1);
}

static void
a_store_that_delays_each_operation_loses_nothing(void **state)
{
	static struct heard heard[4];

	(void)state;
	store_stalling_delay(30);
	for (unsigned i = 0; i < COUNT(heard); i++) {
		say("hi", &heard[i]);
		if (i < 2)
			run_until_begun(&stage, i + 1);
	}
	for (unsigned i = 0; i < COUNT(heard); i++) {
		run_until_begun(&stage, i < 2 ? 2 : i + 1);
		speak(i, "one ");
		uv_run(&stage.loop, UV_RUN_NOWAIT);
		speak(i, "two");
		finish(i, REPLY_DONE);
		run_until(&stage.loop, heard_is_over, &heard[i]);
		assert_non_null(strstr(heard[i].events, ":done:one two:"));
	}
	replies_run(stage.replies);
}

#define ON_A_STAGE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_STAGE(no_step_of_a_replys_life_asks_the_store_on_the_loop),
		ON_A_STAGE(what_a_program_says_while_the_store_stalls_is_taken_and_stored_later),
		ON_A_STAGE(a_stop_ends_the_program_while_the_store_stalls),
		ON_A_STAGE(a_reply_that_is_stopped_while_its_history_is_read_is_never_begun),
		ON_A_STAGE(
			a_reply_whose_message_is_deleted_while_its_history_is_read_is_never_begun),
		ON_A_STAGE(a_listener_may_leave_while_the_history_is_read),
		ON_A_STAGE(a_reply_that_waits_for_its_turn_is_stopped_while_the_store_stalls),
		ON_A_STAGE(a_store_that_delays_each_operation_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
