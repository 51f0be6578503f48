/*
 * chat/replies/replies, chat/post: replies that take their time wait for their turn, are stored as
 * they grow, and end, whoever listens and whatever happens.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "chat/committer.h"
#include "chat/replies/replies.h"
#include "chat/replies/reply_leases.h"
#include "chat/replies/reply_life.h"
#include "chat/room.h"
#include "chat/store_pool.h"
#include "support_live.h"
#include "support_reply.h"
#include "support_store.h"

static struct reply_stage stage;

/* --- who says something --- */

/* Something said by ann in the room (NULL: in none). */
static struct post
message(const char *room, const char *text)
{
	return reply_post(&stage, room, text);
}

/* As a CGI program has it, the answer comes at once. */
static struct post_told
say(const struct post *say)
{
	struct post_told told = { .count = 0 };

	room_post(&stage.stage.rooms, say, note_told, &told);
	assert_int_equal(told.count, 1);
	return told;
}

static struct post_told
say_text(const char *text)
{
	const struct post said = message("bots", text);

	return say(&said);
}

static struct post_told
say_again(const char *room, int64_t seq)
{
	struct post said = message(room, "");

	said.regenerate = seq;
	return say(&said);
}

/* --- who listens --- */

static void
hear(struct heard *heard)
{
	heard_init(heard, &stage.loop);
}

/* --- the stage --- */

static int
begin(void **state)
{
	(void)state;
	reply_stage_open(&stage, &(const struct replies_settings){ 2, 2, 0, 0 }, false);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	reply_stage_close(&stage);
	return 0;
}

static void
reopen(unsigned at_once, unsigned waiting, bool has_thread)
{
	reply_stage_close(&stage);
	reply_stage_open(&stage, &(const struct replies_settings){ at_once, waiting, 0, 0 },
	                 has_thread);
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

/* --- the life of a reply --- */

static void
message_and_empty_reply_are_stored_before_it_begins(void **state)
{
	(void)state;
	struct post_told told = say_text("hi");
	assert_int_equal(told.outcome, POST_UNDER_WAY);
	assert_int_equal(told.state, STATE_STREAMING);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 2);
	assert_int_equal(told.queued, 0);
	assert_int_equal(store_memory_transactions(), 1);
	assert_room_log(&stage, "bots", "1:message:hi:0:done 2:message::1:streaming ");
	assert_int_equal(stage.scripted.count, 0);
	run_until_begun(&stage, 1);
	assert_string_equal(stage.scripted.reply_runs[0].question.data, "bots|ann|hi");
}

static void
a_reply_is_stored_as_it_grows(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	speak(0, "안녕 ");
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:안녕 :1:streaming 3:part:안녕 :2:@0 ");
	speak(0, "카페");
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:안녕 카페:1:streaming 3:part:안녕 :2:@0 "
	              "4:part:카페:2:@3 ");
	speak(0, "!");
	finish(0, REPLY_DONE);
	/* The end needs no last part. */
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:안녕 카페!:1:done 5:done:안녕 카페!:2:done ");
}

static void
what_comes_together_is_one_part(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "a");
	speak(0, "b");
	wait_for_events(&heard, "3:part:ab:2:@0 ");
	unsigned before = store_memory_calls(MEMORY_PART);
	for (int i = 0; i < 100; i++)
		speak(0, "c");
	speak(0, "d");
	finish(0, REPLY_DONE);
	run_until(&stage.loop, heard_is_over, &heard);
	assert_int_equal(store_memory_calls(MEMORY_PART), before);
}

static void
a_reply_may_be_empty(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots", "1:message:hi:0:done 2:message::1:done 3:done::2:done ");
}

static void
a_failed_reply_keeps_what_was_said(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	speak(0, "half");
	finish(0, REPLY_FAILED);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:half:1:failed 3:done:half:2:failed ");
}

/* The newest message of the room. */
static void
take_newest(void *context, const struct event *event)
{
	struct buf *out = context;

	out->size = 0;
	assert_int_equal(event_append(out, event), ERR_NONE);
}

static bool
newest_has(void *context)
{
	const struct store_range range = { .room = "bots", .after = -1, .limit = 1 };
	struct store_page page;
	struct buf out;

	buf_init(&out, 10000);
	assert_int_equal(room_read(&stage.stage.rooms, &range, take_newest, &out, &page), ERR_NONE);
	bool has = strstr(buf_text(&out), context) != NULL;
	buf_fini(&out);
	return has;
}

static void
think(unsigned index, const char *text)
{
	const struct reply_sink *sink = &stage.scripted.reply_runs[index].sink;

	sink->thought(sink->context, text, strlen(text));
}

static void
what_is_thought_is_stored_beside_the_reply(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	think(0, "Well, ");
	run_until(&stage.loop, newest_has, (char[]){ "\"thought\":\"Well, \"" });
	think(0, "well.");
	speak(0, "Hello");
	run_until(&stage.loop, newest_has, (char[]){ "\"thought\":\"Well, well.\"" });
	finish(0, REPLY_DONE);
	run_until(&stage.loop, newest_has, (char[]){ "\"state\":\"done\"" });
	assert_true(newest_has((char[]){ "\"thought\":\"Well, well.\",\"thought_ms\":" }));
	assert_true(newest_has((char[]){ "\"text\":\"Hello\"" }));
	say_text("and");
	run_until_begun(&stage, 2);
	assert_string_equal(stage.scripted.reply_runs[1].question.data,
	                    "bots|ann|and|user:hi|assistant:Hello");
	finish(1, REPLY_DONE);
}

static void
thoughts_without_end_are_not_the_replys_end(void **state)
{
	static char text[BOUND_THOUGHT_BYTES + 2];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	say_text("hi");
	run_until_begun(&stage, 1);
	think(0, text);
	think(0, text);
	speak(0, "Hello");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:Hello:1:done 3:done:Hello:2:done ");
}

static void
why_a_reply_ended_is_told_with_it(void **state)
{
	static const struct {
		enum reply_state state;
		const char *told;
	} ends[] = {
		{ REPLY_CUT, "\"state\":\"done\",\"cut\":\"length\"}" },
		{ REPLY_FAILED, "\"state\":\"failed\"}" },
		{ REPLY_UNREACHABLE, "\"state\":\"failed\",\"reason\":\"unreachable\"}" },
		{ REPLY_BUSY, "\"state\":\"failed\",\"reason\":\"busy\"}" },
		{ REPLY_TOO_LONG, "\"state\":\"failed\",\"reason\":\"too_long\"}" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(ends); i++) {
		say_text("hi");
		run_until_begun(&stage, i + 1);
		finish(i, ends[i].state);
		run_until(&stage.loop, newest_has, (char *)(uintptr_t)ends[i].told);
	}
}

static void
a_responder_that_cannot_begin_has_failed(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	stage.scripted.cannot_start = true;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	wait_for_end(&heard, "3:done::2:failed ");
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message::1:failed 3:done::2:failed ");
}

static void
of_a_reply_that_is_too_large_whole_characters_are_kept(void **state)
{
	(void)state;
	stage.stage.rooms.reply_bytes_max = 8;
	say_text("hi");
	run_until_begun(&stage, 1);
	speak(0, "abc");
	assert_int_equal(scripted_say(&stage.scripted, 0, "한글"), ERR_TOO_LARGE);
	finish(0, REPLY_FAILED);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:abc한:1:failed 3:done:abc한:2:failed ");
}

static void
a_responder_is_told_what_was_said_before(void **state)
{
	(void)state;
	store_memory_post("bots", "first");
	say_text("second");
	run_until_begun(&stage, 1);
	speak(0, "received second");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:first:0:done 2:message:second:0:done 3:message:received "
	              "second:2:done 4:done:received second:3:done ");
	say_text("third");
	run_until_begun(&stage, 2);
	assert_string_equal(stage.scripted.reply_runs[1].question.data,
	                    "bots|ann|third|user:first\n\nsecond|assistant:received second");
}

/* --- who listens --- */

static void
a_listener_hears_the_parts_and_the_end(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	assert_int_equal(heard.begin_count, 0);
	run_until_begun(&stage, 1);
	assert_int_equal(heard.begin_count, 1);
	assert_int_equal(heard.queued, 0);
	speak(0, "한");
	wait_for_events(&heard, "3:part:한:2:@0 ");
	speak(0, "글");
	wait_for_events(&heard, "3:part:한:2:@0 4:part:글:2:@1 ");
	finish(0, REPLY_DONE);
	wait_for_end(&heard, "3:part:한:2:@0 4:part:글:2:@1 5:done:한글:2:done ");
}

static bool
has_lost_patience(void *context)
{
	const struct heard *heard = context;

	return heard->end_count > 0 && heard->is_late;
}

static void
a_reply_goes_on_when_patience_is_over(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	heard.listener.patience_ms = 1;
	said.listener = &heard.listener;
	say(&said);
	run_until(&stage.loop, has_lost_patience, &heard);
	run_until_begun(&stage, 1);
	speak(0, "late");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:late:1:done 3:done:late:2:done ");
	assert_int_equal(heard.end_count, 1);
	assert_int_equal(heard.events[0], '\0');
}

static void
patience_may_be_over_before_it_is_its_turn(void **state)
{
	struct heard heard;
	struct post said = message("bots", "two");

	(void)state;
	reopen(1, 1, false);
	said.room.responder = &stage.scripted.responder;
	say_text("one");
	run_until_begun(&stage, 1);
	hear(&heard);
	heard.listener.patience_ms = 1;
	said.listener = &heard.listener;
	say(&said);
	run_until(&stage.loop, has_lost_patience, &heard);
	assert_int_equal(heard.queued, 1);
	assert_int_equal(stage.scripted.count, 1);
	finish(0, REPLY_DONE);
	run_until_begun(&stage, 2);
}

static void
a_listener_that_leaves_does_not_end_the_reply(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	replies_forget(&heard.listener);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 0);
	speak(0, "still");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:still:1:done 3:done:still:2:done ");
	assert_int_equal(heard.end_count, 0);
	assert_int_equal(heard.events[0], '\0');
}

static void
a_listener_may_leave_as_it_begins(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	heard.leaves_at_once = true;
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots", "1:message:hi:0:done 2:message::1:done 3:done::2:done ");
}

/* --- where nothing is kept --- */

static void
without_a_room_nothing_is_stored(void **state)
{
	struct heard heard;
	struct post said = message(NULL, "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	struct post_told told = say(&said);
	assert_int_equal(told.outcome, POST_UNDER_WAY);
	assert_int_equal(told.reply_seq, 0);
	run_until_begun(&stage, 1);
	assert_string_equal(stage.scripted.reply_runs[0].question.data, "|ann|hi");
	speak(0, "한");
	wait_for_events(&heard, "0:part:한:0:@0 ");
	speak(0, "글");
	wait_for_events(&heard, "0:part:한:0:@0 0:part:글:0:@1 ");
	finish(0, REPLY_DONE);
	wait_for_end(&heard, "0:part:한:0:@0 0:part:글:0:@1 0:done:한글:0:done ");
	assert_int_equal(store_memory_transactions(), 0);
}

static void
what_nobody_will_ever_read_is_not_made(void **state)
{
	struct heard heard;
	struct heard early;
	struct post said = message(NULL, "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	replies_forget(&heard.listener);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
	replies_run(stage.replies);
	assert_true(stage.scripted.reply_runs[0].is_over);

	hear(&early);
	early.leaves_at_once = true;
	said.listener = &early.listener;
	say(&said);
	replies_run(stage.replies);
	assert_int_equal(early.begin_count, 1);
	assert_int_equal(stage.scripted.count, 1);
}

/* --- places --- */

static void
replies_are_made_in_turn(void **state)
{
	struct post_told told[5];

	(void)state;
	for (size_t i = 0; i < COUNT(told); i++) {
		told[i] = say_text((char[]){ (char)('a' + i), '\0' });
		/* Two histories that are read at the same time come in any order. */
		if (i == 0)
			run_until_begun(&stage, 1);
	}
	assert_int_equal(told[0].queued, 0);
	assert_int_equal(told[1].queued, 0);
	assert_int_equal(told[2].queued, 1);
	assert_int_equal(told[3].queued, 2);
	assert_int_equal(told[4].outcome, POST_TOO_MANY);
	run_until_begun(&stage, 2);
	speak(1, "B");
	finish(1, REPLY_DONE);
	run_until_begun(&stage, 3);
	assert_string_equal(stage.scripted.reply_runs[2].question.data,
	                    "bots|ann|c|user:a\n\nb|assistant:B");
	finish(0, REPLY_DONE);
	finish(2, REPLY_FAILED);
	run_until_begun(&stage, 4);
	finish(3, REPLY_DONE);
	replies_run(stage.replies);
}

static void
listeners_are_told_their_places(void **state)
{
	static const unsigned begun[] = { 2, 3, 4, 4 };
	struct heard heard[4];

	(void)state;
	for (unsigned i = 0; i < COUNT(heard); i++) {
		struct post said = message("bots", "hi");
		hear(&heard[i]);
		said.listener = &heard[i].listener;
		assert_int_equal(say(&said).outcome, POST_UNDER_WAY);
		if (i == 0)
			run_until_begun(&stage, 1);
	}
	run_until_begun(&stage, 2);
	assert_int_equal(heard[0].queued, 0);
	assert_int_equal(heard[1].queued, 0);
	assert_int_equal(heard[2].queued, 1);
	assert_int_equal(heard[3].queued, 2);
	for (unsigned i = 0; i < COUNT(heard); i++) {
		run_until_begun(&stage, begun[i]);
		finish(i, REPLY_DONE);
		run_until(&stage.loop, heard_is_over, &heard[i]);
	}
}

static void
where_there_are_too_many_nothing_is_stored(void **state)
{
	(void)state;
	reopen(1, 0, false);
	say_text("one");
	struct post_told told = say_text("two");
	assert_int_equal(told.outcome, POST_TOO_MANY);
	assert_room_log(&stage, "bots", "1:message:one:0:done 2:message::1:streaming ");
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_int_equal(say_text("two").outcome, POST_UNDER_WAY);
}

static void
one_client_does_not_take_all_places(void **state)
{
	struct post other;

	(void)state;
	reply_stage_close(&stage);
	reply_stage_open(&stage, &(const struct replies_settings){ 1, 3, 0, 2 }, false);
	assert_int_equal(say_text("one").outcome, POST_UNDER_WAY);
	assert_int_equal(say_text("two").queued, 1);
	assert_int_equal(say_text("three").outcome, POST_TOO_MANY);
	other = message("bots", "other");
	other.address = "192.0.2.2";
	assert_int_equal(say(&other).queued, 2);
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	run_until_begun(&stage, 2);
	/* The first one's place is free again. */
	assert_int_equal(say_text("three").outcome, POST_UNDER_WAY);
	for (unsigned i = 1; i < 4; i++) {
		run_until_begun(&stage, i + 1);
		finish(i, REPLY_DONE);
	}
	replies_run(stage.replies);
}

/* --- who shares the places --- */

static void
say_from(const char *address, const char *text)
{
	struct post said = message("bots", text);

	said.address = address;
	assert_int_equal(say(&said).outcome, POST_UNDER_WAY);
}

/* Ends replies one by one until all have begun, of which `at_once` run at once. In which order they
 * have begun are the messages, of one letter each. */
static void
assert_turns(unsigned at_once, const char *expected)
{
	char begun[COUNT(stage.scripted.reply_runs) + 1] = "";
	unsigned count = (unsigned)strlen(expected);

	for (unsigned i = 0; i < count; i++) {
		run_until_begun(&stage, i + at_once < count ? i + at_once : count);
		const char *question = stage.scripted.reply_runs[i].question.data;
		begun[i] = question[strlen("bots|ann|")];
		finish(i, REPLY_DONE);
	}
	replies_run(stage.replies);
	assert_string_equal(begun, expected);
}

static void
the_next_free_place_is_for_whoever_has_none(void **state)
{
	(void)state;
	reopen(2, 8, false);
	for (const char *letter = "abcdef"; *letter != '\0'; letter++) {
		say_from("192.0.2.1", (char[]){ *letter, '\0' });
		if (*letter == 'a')
			run_until_begun(&stage, 1);
	}
	/* Nobody else waited: one address has every place. */
	run_until_begun(&stage, 2);
	say_from("192.0.2.2", "x");
	assert_turns(2, "abxcdef");
}

static void
addresses_take_turns_however_many_wait(void **state)
{
	(void)state;
	reopen(1, 16, false);
	for (const char *letter = "abcde"; *letter != '\0'; letter++)
		say_from("192.0.2.1", (char[]){ *letter, '\0' });
	for (const char *letter = "xyz"; *letter != '\0'; letter++)
		say_from("192.0.2.2", (char[]){ *letter, '\0' });
	say_from("192.0.2.3", "1");
	assert_turns(1, "ax1byczde");
}

/* Who comes back while others still wait has not been away. */
static void
coming_late_gains_no_turn(void **state)
{
	(void)state;
	reopen(1, 16, false);
	say_from("192.0.2.1", "a");
	say_from("192.0.2.2", "x");
	say_from("192.0.2.2", "y");
	run_until_begun(&stage, 1);
	say_from("192.0.2.1", "b");
	assert_turns(1, "axby");
}

static void
many_addresses_of_one_network_are_one_client(void **state)
{
	(void)state;
	reopen(1, 16, false);
	say_from("2001:db8::1", "a");
	say_from("2001:db8::2", "b");
	say_from("2001:db8::3", "c");
	say_from("192.0.2.2", "x");
	assert_turns(1, "axbc");
}

static void
a_quarter_of_those_who_may_wait_are_others(void **state)
{
	struct post other = message("bots", "hi");

	(void)state;
	reopen(1, 4, false);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(say_text("hi").outcome, POST_UNDER_WAY);
	assert_int_equal(say_text("hi").outcome, POST_TOO_MANY);
	other.address = "192.0.2.2";
	assert_int_equal(say(&other).outcome, POST_UNDER_WAY);
	assert_int_equal(say(&other).outcome, POST_TOO_MANY);
	assert_turns(1, "hhhhh");
}

/* A handle of another process, with messages that stream. */
static struct store *
open_other(void)
{
	struct store *other;

	assert_int_equal(store_memory.open(&store_memory_settings, true, &other), ERR_NONE);
	return other;
}

static int64_t
make_elsewhere(struct store *other, int64_t ref)
{
	const struct store_message reply = { .role = ROLE_ASSISTANT,
		                             .name = "",
		                             .author = "",
		                             .text = "",
		                             .ref = ref,
		                             .state = STATE_STREAMING };
	int64_t seq;

	assert_int_equal(store_memory.begin(other), ERR_NONE);
	assert_int_equal(store_memory.append_message(other, "bots", &reply, &seq), ERR_NONE);
	assert_int_equal(store_memory.commit(other), ERR_NONE);
	return seq;
}

static void
other_processes_take_places_too(void **state)
{
	struct store *other = open_other();

	(void)state;
	for (int i = 0; i < 4; i++)
		make_elsewhere(other, 0);
	assert_int_equal(say_text("hi").outcome, POST_TOO_MANY);
	store_memory.close(other);
	/* Its places are free now; ours was given back. */
	assert_int_equal(say_text("hi").outcome, POST_UNDER_WAY);
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
}

static void
what_the_store_refuses_leaves_no_place_taken(void **state)
{
	(void)state;
	reopen(1, 0, false);
	store_memory_fail(MEMORY_FAIL_ABANDONED, 2);
	assert_int_equal(say_text("hi").outcome, POST_NOT_STORED);
	store_memory_fail(MEMORY_FAIL_ABANDONED, 0);
	assert_int_equal(say_text("hi").outcome, POST_UNDER_WAY);
}

static void
what_was_abandoned_is_marked_as_failed(void **state)
{
	struct store *other = open_other();

	(void)state;
	make_elsewhere(other, 0);
	store_memory.close(other);
	run_until_log(&stage, "bots", "1:message::0:failed 2:done::1:failed ");
}

/* --- a store that fails --- */

static void
what_cannot_be_stored_now_is_stored_later(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "한");
	wait_for_events(&heard, "3:part:한:2:@0 ");
	store_memory_fail(MEMORY_BEGIN, 1);
	speak(0, "글");
	unsigned before = store_memory_calls(MEMORY_BEGIN);
	while (store_memory_calls(MEMORY_BEGIN) == before)
		uv_run(&stage.loop, UV_RUN_ONCE);
	speak(0, "!");
	wait_for_events(&heard, "3:part:한:2:@0 4:part:글!:2:@1 ");
	store_memory_fail(MEMORY_FINISH, 2);
	finish(0, REPLY_DONE);
	wait_for_end(&heard, "3:part:한:2:@0 4:part:글!:2:@1 5:done:한글!:2:done ");
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:한글!:1:done 5:done:한글!:2:done ");
}

/* Says what comes while it is not known whether what came before was stored. */
static void
speak_uncertainly(enum memory_operation operation)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "한");
	wait_for_events(&heard, "3:part:한:2:@0 ");
	store_memory_fail(operation, 2);
	speak(0, "글");
	unsigned before = store_memory_calls(MEMORY_BEGIN);
	while (store_memory_calls(MEMORY_BEGIN) == before)
		uv_run(&stage.loop, UV_RUN_ONCE);
	speak(0, "!");
	wait_for_events(&heard, "3:part:한:2:@0 4:part:글:2:@1 5:part:!:2:@2 ");
	finish(0, REPLY_DONE);
	wait_for_end(&heard, "3:part:한:2:@0 4:part:글:2:@1 5:part:!:2:@2 6:done:한글!:2:done ");
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:한글!:1:done 6:done:한글!:2:done ");
}

static void
a_part_is_stored_once_where_the_store_has_stored_and_not_said_so(void **state)
{
	(void)state;
	speak_uncertainly(MEMORY_ANSWER);
}

static void
a_part_is_stored_once_where_the_store_has_not_stored_and_not_said_so(void **state)
{
	(void)state;
	speak_uncertainly(MEMORY_QUESTION);
}

static void
an_end_that_the_store_has_stored_and_not_said_so_is_told(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	store_memory_fail(MEMORY_ANSWER, 1);
	speak(0, "half");
	finish(0, REPLY_DONE);
	wait_for_end(&heard, "0:done:half:2:done ");
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:done 3:done:half:2:done ");
}

/* The store says neither that the message was stored nor that it was not. */
static void
post_uncertainly(enum memory_operation operation)
{
	struct post said = message("bots", "hi");

	said.key = "k";
	store_memory_fail(operation, 1);
	assert_int_equal(say(&said).outcome, POST_UNDER_WAY);
	run_until_begun(&stage, 1);
	speak(0, "hello");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:hello:1:done 3:done:hello:2:done ");
}

static void
a_reply_is_made_once_where_the_store_has_stored_the_message_and_not_said_so(void **state)
{
	(void)state;
	post_uncertainly(MEMORY_ANSWER);
}

static void
a_reply_is_made_once_where_the_store_has_not_stored_the_message_and_not_said_so(void **state)
{
	(void)state;
	post_uncertainly(MEMORY_QUESTION);
}

/* --- leases --- */

static bool
has_called(void *context)
{
	return store_memory_calls(MEMORY_LEASE) > *(unsigned *)context;
}

static void
a_reply_that_is_silent_for_long_keeps_its_lease(void **state)
{
	char room_key[] = "bots";
	const struct reply silent = { .room_key = room_key, .reply_seq = 2 };
	const struct reply unkept = { .next = (struct reply *)(uintptr_t)&silent };

	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	struct store *other = open_other();
	for (unsigned i = 0; i < 4; i++) {
		unsigned before = store_memory_calls(MEMORY_LEASE);
		store_memory_pass(BOUND_LEASE_SECONDS * INT64_C(750));
		reply_leases_renew(&stage.stage.rooms, &unkept);
		assert_true(wait_until(has_called, &before));
	}
	unsigned count;
	assert_int_equal(store_memory.begin(other), ERR_NONE);
	assert_int_equal(store_memory.fail_abandoned(other, 1, &count), ERR_NONE);
	assert_int_equal(store_memory.commit(other), ERR_NONE);
	assert_int_equal(count, 1);
	store_memory.close(other);
	speak(0, "here");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:here:1:done 3:done:here:2:done ");
}

static void
a_reply_that_nobody_makes_since_the_store_did_not_say_so_fails_when_its_lease_has_run_out(
	void **state)
{
	(void)state;
	store_memory_fail(MEMORY_ANSWER, 1);
	assert_int_equal(say_text("hi").outcome, POST_UNCERTAIN);
	assert_room_log(&stage, "bots", "1:message:hi:0:done 2:message::1:streaming ");
	store_memory_abandon();
	assert_int_equal(say_text("ho").outcome, POST_UNDER_WAY);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message::1:failed 3:done::2:failed "
	              "4:message:ho:0:done 5:message::4:streaming ");
}

static void
a_reply_may_end_while_the_store_fails(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	store_memory_fail(MEMORY_PART, 2);
	speak(0, "half");
	while (store_memory_calls(MEMORY_PART) == 0)
		uv_run(&stage.loop, UV_RUN_ONCE);
	speak(0, " done");
	finish(0, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:half done:1:done 3:done:half done:2:done ");
}

static void
a_process_that_must_not_stay_gives_up_what_it_cannot_store(void **state)
{
	(void)state;
	reply_stage_close(&stage);
	reply_stage_open(&stage, &(const struct replies_settings){ 1, 0, 1, 0 }, false);
	say_text("hi");
	run_until_begun(&stage, 1);
	speak(0, "half");
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	store_memory_fail(MEMORY_FINISH, 1000);
	log_watch_begin();
	speak(0, " done");
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	assert_non_null(strstr(log_watch_text(), "event=reply_not_stored"));
	log_watch_end();
}

/* --- somebody else ends it --- */

struct stopped {
	unsigned count;
	enum err err;
	bool is_known;
	enum message_state state;
};

static void
note_stopped(void *context, enum err err, bool is_known, enum message_state state)
{
	struct stopped *stopped = context;

	stopped->count++;
	stopped->err = err;
	stopped->is_known = is_known;
	stopped->state = state;
}

static struct stopped
stop(int64_t seq)
{
	struct stopped stopped = { .count = 0 };

	room_stop_reply(&stage.stage.rooms, "bots", seq, note_stopped, &stopped);
	assert_int_equal(stopped.count, 1);
	return stopped;
}

static bool
is_stopped(void *context)
{
	return ((struct reply_run *)context)->stop_count > 0;
}

static void
a_reply_that_is_stopped_keeps_what_was_said(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard, "3:part:half:2:@0 ");
	struct stopped stopped = stop(2);
	assert_int_equal(stopped.err, ERR_NONE);
	assert_true(stopped.is_known);
	assert_int_equal(stopped.state, STATE_STOPPED);
	wait_for_end(&heard, "3:part:half:2:@0 0:done:half:2:stopped ");
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
	replies_run(stage.replies);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:stopped 4:done:half:2:stopped ");
	/* Again it is the same. */
	assert_int_equal(stop(2).state, STATE_STOPPED);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:stopped 4:done:half:2:stopped ");
}

static void
a_reply_ends_also_where_the_store_cannot_be_told_to_stop_it(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	speak(0, "half");
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	store_memory_fail(MEMORY_BEGIN, 1);
	assert_int_equal(stop(2).err, ERR_STORE);
	replies_run(stage.replies);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:stopped 4:done:half:2:stopped ");
}

static void
a_reply_that_waits_may_be_stopped(void **state)
{
	(void)state;
	reopen(1, 1, false);
	say_text("one");
	say_text("two");
	run_until_begun(&stage, 1);
	assert_int_equal(stop(4).state, STATE_STOPPED);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_int_equal(stage.scripted.count, 1);
	/* The place is free again. */
	assert_int_equal(say_text("three").outcome, POST_UNDER_WAY);
	run_until_begun(&stage, 2);
}

static void
only_a_reply_can_be_stopped(void **state)
{
	(void)state;
	say_text("hi");
	assert_false(stop(1).is_known);
	assert_false(stop(3).is_known);
	run_until_begun(&stage, 1);
	speak(0, "x");
	run_until_log(&stage, "bots", "1:message:hi:0:done 2:message:x:1:streaming 3:part:x:2:@0 ");
	assert_false(stop(3).is_known);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_int_equal(stop(2).state, STATE_DONE);
	/* No look at the replies takes the failure. */
	run_workers(&stage.loop, stage.stage.rooms.workers);
	store_memory_fail(MEMORY_READ, 1);
	assert_int_equal(stop(2).err, ERR_STORE);
}

static void
what_is_said_after_the_stop_is_dropped(void **state)
{
	(void)state;
	stage.scripted.ignores_stop = true;
	say_text("hi");
	run_until_begun(&stage, 1);
	stop(2);
	run_until(&stage.loop, is_stopped, &stage.scripted.reply_runs[0]);
	speak(0, "I go on");
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message::1:stopped 3:done::2:stopped ");
}

static void
note_deleted(void *context, enum err err, enum store_outcome outcome)
{
	unsigned *count = context;

	assert_int_equal(err, ERR_NONE);
	assert_int_equal(outcome, STORE_DELETED);
	(*count)++;
}

static void
a_reply_to_a_message_that_is_taken_back_ends(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");
	unsigned taken_count = 0;

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "you said hi");
	wait_for_events(&heard, "3:part:you said hi:2:@0 ");
	room_delete(&stage.stage.rooms, "bots", 1, "~a", note_deleted, &taken_count);
	assert_int_equal(taken_count, 1);
	/* And the text with it. */
	wait_for_end(&heard, "3:part:you said hi:2:@0 0:done::2:deleted ");
	replies_run(stage.replies);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
	assert_room_log(&stage, "bots",
	                "1:message::0:deleted 2:message::1:deleted 4:delete::1: 5:delete::2: ");
}

/* As another process ends it. */
static void
stop_elsewhere(int64_t seq)
{
	struct store *other = open_other();
	const struct store_ending ending = { .ref = seq, .state = STATE_STOPPED, .time_ms = 1 };
	int64_t event_seq;

	assert_int_equal(store_memory.begin(other), ERR_NONE);
	assert_int_equal(store_memory.finish_message(other, "bots", &ending, &event_seq), ERR_NONE);
	assert_int_equal(store_memory.commit(other), ERR_NONE);
	assert_true(event_seq > 0);
	store_memory.close(other);
}

static void
another_process_stops_a_silent_reply(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	stop_elsewhere(2);
	run_until(&stage.loop, is_stopped, &stage.scripted.reply_runs[0]);
	replies_run(stage.replies);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message::1:stopped 3:done::2:stopped ");
}

/* It has just been written to, and then there is silence. */
static void
another_process_stops_a_reply_that_falls_silent(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard, "3:part:half:2:@0 ");
	stop_elsewhere(2);
	wait_for_end(&heard, "3:part:half:2:@0 0:done:half:2:stopped ");
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
}

static void
another_process_stops_a_reply_that_goes_on(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard, "3:part:half:2:@0 ");
	stop_elsewhere(2);
	speak(0, " and more");
	wait_for_end(&heard, "3:part:half:2:@0 0:done:half:2:stopped ");
}

static void
another_process_may_stop_it_as_it_ends(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	stop_elsewhere(2);
	finish(0, REPLY_DONE);
	/* It cannot be read at first how it ended. */
	store_memory_fail(MEMORY_READ, 1);
	wait_for_end(&heard, "0:done::2:stopped ");
}

static void
a_reply_that_was_trimmed_away_ends(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	store_memory_post("bots", "next");
	store_memory_forget("bots", 3);
	wait_for_end(&heard, "0:done::2:stopped ");
}

/* --- saying again --- */

static void
the_same_key_tells_what_became_of_the_reply(void **state)
{
	struct post said = message("bots", "hi");

	(void)state;
	reopen(1, 1, false);
	said.room.responder = &stage.scripted.responder;
	said.key = "k";
	said.body_hash = 17;
	say(&said);
	struct post_told told = say(&said);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.state, STATE_STREAMING);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 2);
	/* It does not wait, though there is one before. */
	assert_int_equal(told.queued, 0);
	run_until_begun(&stage, 1);
	speak(0, "half");
	finish(0, REPLY_FAILED);
	replies_run(stage.replies);
	told = say(&said);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.state, STATE_FAILED);
	assert_string_equal(told.reply, "half");
	/* Nor did any of them take a place. */
	assert_int_equal(say_text("one").queued, 0);
	assert_int_equal(say_text("two").queued, 1);
	said.body_hash = 18;
	said.message = "ho";
	run_until_begun(&stage, 2);
	finish(1, REPLY_DONE);
	run_until_begun(&stage, 3);
	assert_int_equal(say(&said).outcome, POST_KEY_REUSED);
}

static void
the_same_key_needs_no_place(void **state)
{
	struct post said = message("bots", "hi");

	(void)state;
	reopen(1, 0, false);
	said.room.responder = &stage.scripted.responder;
	said.key = "k";
	assert_int_equal(say(&said).outcome, POST_UNDER_WAY);
	struct post_told told = say(&said);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.reply_seq, 2);
	said.key = "another";
	assert_int_equal(say(&said).outcome, POST_TOO_MANY);
	assert_int_equal(store_memory_keys("bots"), 1);
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_int_equal(say(&said).outcome, POST_UNDER_WAY);
}

static void
the_same_key_gives_a_reply_that_was_allowed_to_be_larger(void **state)
{
	struct post said = message("bots", "hi");

	(void)state;
	said.key = "k";
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "a longer reply");
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	stage.stage.rooms.reply_bytes_max = 4;
	assert_string_equal(say(&said).reply, "a longer reply");
}

static void
a_message_may_be_answered_again(void **state)
{
	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	assert_int_equal(say_again("bots", 1).outcome, POST_REPLY_UNDER_WAY);
	finish(0, REPLY_FAILED);
	replies_run(stage.replies);
	struct post_told told = say_again("bots", 1);
	assert_int_equal(told.outcome, POST_UNDER_WAY);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 4);
	run_until_begun(&stage, 2);
	assert_string_equal(stage.scripted.reply_runs[1].question.data, "bots|ann|hi");
	speak(1, "better");
	finish(1, REPLY_DONE);
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message::1:failed 3:done::2:failed "
	              "4:message:better:1:done 5:done:better:4:done ");
}

static void
what_was_abandoned_does_not_hinder_another_answer(void **state)
{
	struct store *other = open_other();

	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	finish(0, REPLY_FAILED);
	replies_run(stage.replies);
	make_elsewhere(other, 1);
	assert_int_equal(say_again("bots", 1).outcome, POST_REPLY_UNDER_WAY);
	store_memory.close(other);
	assert_int_equal(say_again("bots", 1).outcome, POST_UNDER_WAY);
}

static void
only_a_message_of_a_user_is_answered_again(void **state)
{
	static const int64_t others[] = { 2, 3, 4, 1000 };
	unsigned taken_count = 0;

	(void)state;
	say_text("hi");
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(say_again("bots", others[i]).outcome, POST_UNKNOWN);
	room_delete(&stage.stage.rooms, "bots", 1, "~a", note_deleted, &taken_count);
	assert_int_equal(say_again("bots", 1).outcome, POST_UNKNOWN);
	/* None of them took a place. */
	for (int i = 0; i < 4; i++)
		assert_int_equal(say_text("x").outcome, POST_UNDER_WAY);
}

static void
where_the_answer_comes_at_once_it_comes_again_at_once(void **state)
{
	const struct post said = message("lobby", "hi");

	(void)state;
	say(&said);
	struct post_told told = say_again("lobby", 1);
	assert_int_equal(told.outcome, POST_DONE);
	assert_string_equal(told.reply, "received hi");
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 3);
	assert_room_log(&stage, "lobby",
	                "1:message:hi:0:done 2:message:received hi:1:done 3:message:received "
	                "hi:1:done ");
	assert_int_equal(say_again("lobby", 7).outcome, POST_UNKNOWN);
}

static void
where_nobody_answers_nobody_does_so_again(void **state)
{
	const struct post said = message("people", "hi");

	(void)state;
	say(&said);
	assert_int_equal(say_again("people", 1).outcome, POST_NOBODY_ANSWERS);
	assert_room_log(&stage, "people", "1:message:hi:0:done ");
}

/* --- the program ends --- */

static void
replies_fail_when_the_program_ends(void **state)
{
	struct heard heard[2];

	(void)state;
	reopen(1, 1, false);
	for (size_t i = 0; i < COUNT(heard); i++) {
		struct post said = message("bots", "hi");
		hear(&heard[i]);
		said.listener = &heard[i].listener;
		say(&said);
	}
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard[0], "5:part:half:2:@0 ");
	replies_stop(stage.replies);
	assert_true(stage.scripted.reply_runs[0].was_stopped_at_once);
	assert_int_equal(stage.scripted.count, 1);
	for (size_t i = 0; i < COUNT(heard); i++)
		assert_int_equal(heard[i].end_count, 1);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:failed 3:message:hi:0:done "
	                "4:message::3:failed 6:done::4:failed 7:done:half:2:failed ");
}

static void
what_arrives_as_the_program_ends_fails(void **state)
{
	(void)state;
	say_text("hi");
	replies_stop(stage.replies);
	assert_int_equal(stage.scripted.count, 0);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message::1:failed 3:done::2:failed ");
}

static void
a_store_that_fails_does_not_hold_up_the_end(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	speak(0, "half");
	wait_for_events(&heard, "3:part:half:2:@0 ");
	store_memory_fail(MEMORY_BEGIN, 1000000);
	replies_stop(stage.replies);
	assert_int_equal(heard.end_count, 0);
	reply_stage_close_committer(&stage);
	assert_int_equal(heard.end_count, 1);
	assert_true(heard.is_late);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	reply_stage_close_rest(&stage);
	begin(NULL);
}

static void
a_responder_that_does_not_end_does_not_hold_up_the_end(void **state)
{
	struct heard heard;
	struct post said = message("bots", "hi");

	(void)state;
	stage.scripted.ignores_stop = true;
	hear(&heard);
	said.listener = &heard.listener;
	say(&said);
	run_until_begun(&stage, 1);
	replies_stop(stage.replies);
	speak(0, "half");
	reply_stage_close_committer(&stage);
	assert_int_equal(heard.end_count, 1);
	/* It may still say something, and end, while other things are closed. */
	speak(0, "!");
	uv_run(&stage.loop, UV_RUN_NOWAIT);
	finish(0, REPLY_DONE);
	uv_run(&stage.loop, UV_RUN_NOWAIT);
	reply_stage_close_rest(&stage);
	begin(NULL);
}

/* What waits for the store is committed when replies have stopped already. */
static void
what_is_stored_as_the_program_ends_is_left_to_the_next_one(void **state)
{
	struct heard heard;
	struct post_told told = { .count = 0 };
	struct post said;

	(void)state;
	reopen(1, 1, true);
	said = message("bots", "hi");
	store_memory_hold();
	hear(&heard);
	said.listener = &heard.listener;
	room_post(&stage.stage.rooms, &said, note_told, &told);
	assert_true(store_memory_wait_held());
	replies_stop(stage.replies);
	store_memory_release();
	reply_stage_close_committer(&stage);
	assert_int_equal(told.outcome, POST_UNDER_WAY);
	assert_int_equal(heard.begin_count, 1);
	assert_int_equal(heard.end_count, 1);
	assert_true(heard.is_late);
	assert_room_log(&stage, "bots", "1:message:hi:0:done 2:message::1:streaming ");
	reply_stage_close_rest(&stage);
	begin(NULL);
}

/* A piece is being written as replies stop, and is only committed after that. */
static void
a_piece_that_is_written_as_the_program_ends_is_the_last(void **state)
{
	(void)state;
	reopen(1, 1, true);
	struct post_told told = { .count = 0 };
	const struct post said = message("bots", "hi");
	room_post(&stage.stage.rooms, &said, note_told, &told);
	run_until_begun(&stage, 1);
	store_memory_hold();
	speak(0, "half");
	unsigned before = store_memory_calls(MEMORY_BEGIN);
	while (store_memory_calls(MEMORY_BEGIN) == before)
		uv_run(&stage.loop, UV_RUN_ONCE);
	speak(0, " and more");
	replies_stop(stage.replies);
	store_memory_release();
	reply_stage_close_committer(&stage);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	reply_stage_close_rest(&stage);
	begin(NULL);
}

/* --- with the committer's thread, as under FastCGI --- */

static void
many_replies_at_once_are_whole(void **state)
{
	static struct heard heard[40];
	static struct post_told told[COUNT(heard)];

	(void)state;
	reopen(20, 20, true);
	for (size_t i = 0; i < COUNT(heard); i++) {
		struct post said = message("bots", "hi");
		said.address = i % 2 == 0 ? "192.0.2.1" : "192.0.2.2";
		told[i].count = 0;
		hear(&heard[i]);
		said.listener = &heard[i].listener;
		room_post(&stage.stage.rooms, &said, note_told, &told[i]);
	}
	for (unsigned i = 0; i < COUNT(heard); i += 20) {
		run_until_begun(&stage, i + 20);
		for (unsigned piece = 0; piece < 20; piece++) {
			for (unsigned j = i; j < i + 20; j++)
				speak(j, "한");
			uv_run(&stage.loop, UV_RUN_NOWAIT);
		}
		for (unsigned j = i; j < i + 20; j++)
			finish(j, REPLY_DONE);
	}
	replies_run(stage.replies);
	for (size_t i = 0; i < COUNT(heard); i++) {
		assert_int_equal(told[i].outcome, POST_UNDER_WAY);
		assert_int_equal(heard[i].end_count, 1);
		assert_non_null(
			strstr(heard[i].events, ":done:한한한한한한한한한한한한한한한한한한한한:"));
	}
}

static void
a_program_of_one_request_runs_until_its_reply_is_made(void **state)
{
	(void)state;
	replies_run(stage.replies);
	stage.scripted.cannot_start = true;
	say_text("hi");
	replies_run(stage.replies);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message::1:failed 3:done::2:failed ");
}

#define ON_A_STAGE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_STAGE(message_and_empty_reply_are_stored_before_it_begins),
		ON_A_STAGE(a_reply_is_stored_as_it_grows),
		ON_A_STAGE(what_comes_together_is_one_part),
		ON_A_STAGE(a_reply_may_be_empty),
		ON_A_STAGE(a_failed_reply_keeps_what_was_said),
		ON_A_STAGE(what_is_thought_is_stored_beside_the_reply),
		ON_A_STAGE(thoughts_without_end_are_not_the_replys_end),
		ON_A_STAGE(why_a_reply_ended_is_told_with_it),
		ON_A_STAGE(a_responder_that_cannot_begin_has_failed),
		ON_A_STAGE(of_a_reply_that_is_too_large_whole_characters_are_kept),
		ON_A_STAGE(a_responder_is_told_what_was_said_before),
		ON_A_STAGE(a_listener_hears_the_parts_and_the_end),
		ON_A_STAGE(a_reply_goes_on_when_patience_is_over),
		ON_A_STAGE(patience_may_be_over_before_it_is_its_turn),
		ON_A_STAGE(a_listener_that_leaves_does_not_end_the_reply),
		ON_A_STAGE(a_listener_may_leave_as_it_begins),
		ON_A_STAGE(without_a_room_nothing_is_stored),
		ON_A_STAGE(what_nobody_will_ever_read_is_not_made),
		ON_A_STAGE(replies_are_made_in_turn),
		ON_A_STAGE(listeners_are_told_their_places),
		ON_A_STAGE(where_there_are_too_many_nothing_is_stored),
		ON_A_STAGE(one_client_does_not_take_all_places),
		ON_A_STAGE(the_next_free_place_is_for_whoever_has_none),
		ON_A_STAGE(addresses_take_turns_however_many_wait),
		ON_A_STAGE(coming_late_gains_no_turn),
		ON_A_STAGE(many_addresses_of_one_network_are_one_client),
		ON_A_STAGE(a_quarter_of_those_who_may_wait_are_others),
		ON_A_STAGE(other_processes_take_places_too),
		ON_A_STAGE(what_the_store_refuses_leaves_no_place_taken),
		ON_A_STAGE(what_was_abandoned_is_marked_as_failed),
		ON_A_STAGE(what_cannot_be_stored_now_is_stored_later),
		ON_A_STAGE(a_part_is_stored_once_where_the_store_has_stored_and_not_said_so),
		ON_A_STAGE(a_part_is_stored_once_where_the_store_has_not_stored_and_not_said_so),
		ON_A_STAGE(an_end_that_the_store_has_stored_and_not_said_so_is_told),
		ON_A_STAGE(
			a_reply_is_made_once_where_the_store_has_stored_the_message_and_not_said_so),
		ON_A_STAGE(
			a_reply_is_made_once_where_the_store_has_not_stored_the_message_and_not_said_so),
		ON_A_STAGE(a_reply_that_is_silent_for_long_keeps_its_lease),
		ON_A_STAGE(
			a_reply_that_nobody_makes_since_the_store_did_not_say_so_fails_when_its_lease_has_run_out),
		ON_A_STAGE(a_reply_may_end_while_the_store_fails),
		ON_A_STAGE(a_process_that_must_not_stay_gives_up_what_it_cannot_store),
		ON_A_STAGE(a_reply_that_is_stopped_keeps_what_was_said),
		ON_A_STAGE(a_reply_ends_also_where_the_store_cannot_be_told_to_stop_it),
		ON_A_STAGE(a_reply_that_waits_may_be_stopped),
		ON_A_STAGE(only_a_reply_can_be_stopped),
		ON_A_STAGE(what_is_said_after_the_stop_is_dropped),
		ON_A_STAGE(a_reply_to_a_message_that_is_taken_back_ends),
		ON_A_STAGE(another_process_stops_a_silent_reply),
		ON_A_STAGE(another_process_stops_a_reply_that_falls_silent),
		ON_A_STAGE(another_process_stops_a_reply_that_goes_on),
		ON_A_STAGE(another_process_may_stop_it_as_it_ends),
		ON_A_STAGE(a_reply_that_was_trimmed_away_ends),
		ON_A_STAGE(the_same_key_tells_what_became_of_the_reply),
		ON_A_STAGE(the_same_key_needs_no_place),
		ON_A_STAGE(the_same_key_gives_a_reply_that_was_allowed_to_be_larger),
		ON_A_STAGE(a_message_may_be_answered_again),
		ON_A_STAGE(what_was_abandoned_does_not_hinder_another_answer),
		ON_A_STAGE(only_a_message_of_a_user_is_answered_again),
		ON_A_STAGE(where_the_answer_comes_at_once_it_comes_again_at_once),
		ON_A_STAGE(where_nobody_answers_nobody_does_so_again),
		ON_A_STAGE(replies_fail_when_the_program_ends),
		ON_A_STAGE(what_arrives_as_the_program_ends_fails),
		ON_A_STAGE(a_store_that_fails_does_not_hold_up_the_end),
		ON_A_STAGE(a_responder_that_does_not_end_does_not_hold_up_the_end),
		ON_A_STAGE(what_is_stored_as_the_program_ends_is_left_to_the_next_one),
		ON_A_STAGE(a_piece_that_is_written_as_the_program_ends_is_the_last),
		ON_A_STAGE(many_replies_at_once_are_whole),
		ON_A_STAGE(a_program_of_one_request_runs_until_its_reply_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
