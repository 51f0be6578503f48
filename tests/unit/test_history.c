/*
 * chat/replies/history: what a responder is told of what was said before.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/replies/history.h"
#include "chat/room.h"
#include "support_store.h"

static struct stage stage;
static struct store *writer;

static int
begin(void **state)
{
	(void)state;
	stage_init(&stage);
	stage_open_store(&stage, false);
	assert_int_equal(store_memory.open(&store_memory_settings, true, &writer), ERR_NONE);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	store_memory.close(writer);
	stage_close_store(&stage);
	return 0;
}

/* Appends a message, as a process writes it: what answers `ref`, or what a user says if that is 0;
 * one that is not done begins streaming. Its number. */
static const char *speaker = "";

static int64_t
append(const char *text, int64_t ref, enum message_state state)
{
	const struct store_message message = {
		.role = ref == 0 ? ROLE_USER : ROLE_ASSISTANT,
		.name = ref == 0 ? speaker : "",
		.author = "~a",
		.text = state == STATE_DONE ? text : "",
		.text_size = state == STATE_DONE ? strlen(text) : 0,
		.time_ms = 1,
		.ref = ref,
		.state = state == STATE_DONE ? STATE_DONE : STATE_STREAMING,
	};
	int64_t seq;
	int64_t event_seq;

	assert_int_equal(store_memory.begin(writer), ERR_NONE);
	assert_int_equal(store_memory.append_message(writer, "lobby", &message, &seq), ERR_NONE);
	const struct store_part part = {
		.ref = seq, .text = text, .text_size = strlen(text), .time_ms = 1
	};
	const struct store_ending ending = { .ref = seq, .state = state, .time_ms = 1 };
	if (state != STATE_DONE)
		assert_int_equal(store_memory.append_part(writer, "lobby", &part, &event_seq),
		                 ERR_NONE);
	if (state == STATE_STOPPED || state == STATE_FAILED)
		assert_int_equal(store_memory.finish_message(writer, "lobby", &ending, &event_seq),
		                 ERR_NONE);
	assert_int_equal(store_memory.commit(writer), ERR_NONE);
	return seq;
}

static int64_t
say(const char *text)
{
	return append(text, 0, STATE_DONE);
}

static int64_t
say_as(const char *name, const char *text)
{
	speaker = name;
	int64_t seq = say(text);
	speaker = "";
	return seq;
}

static void
append_turns(struct buf *out, const char *before, const struct turn *turns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct turn *turn = &turns[i];
		assert_int_equal(buf_append_format(out, "%s%s%s:%.*s ", before,
		                                   turn->role == ROLE_USER ? "u" : "a", turn->name,
		                                   (int)turn->text_size, turn->text),
		                 ERR_NONE);
	}
}

/* Fails unless this is the history before that message: "ROLE:TEXT " for each turn, with u and a
 * and the name behind that, and a ? in front of what was not answered. Whatever it is, roles take
 * turns in it. */
static void
assert_history(int64_t before, const char *expected)
{
	struct history history;
	struct buf out;

	buf_init(&out, 10000000);
	history_read(&stage.rooms, "lobby", before, &history);
	for (size_t i = 0; i < history.count; i++)
		assert_int_equal(history.turns[i].role, i % 2 == 0 ? ROLE_USER : ROLE_ASSISTANT);
	assert_int_equal(history.count % 2, 0);
	append_turns(&out, "", history.turns, history.count);
	append_turns(&out, "?", history.unanswered, history.unanswered_count);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
	history_fini(&history);
	assert_int_equal(history.count, 0);
}

static void
before_the_first_message_nothing_was_said(void **state)
{
	(void)state;
	assert_history(1, "");
	assert_history(say("one"), "");
}

static void
it_is_what_was_said_before_the_message(void **state)
{
	(void)state;
	append("received one", say("one"), STATE_DONE);
	append("received two", say("two"), STATE_DONE);
	int64_t message = say("three");
	append("received three", message, STATE_DONE);
	say("four");
	assert_history(message, "u:one a:received one u:two a:received two ");
}

static void
what_failed_is_left_out_and_what_was_stopped_and_kept_is_context(void **state)
{
	struct store *store = writer;
	enum store_outcome outcome;
	int64_t event_seq;

	(void)state;
	append("failed", say("one"), STATE_FAILED);
	append("stopped", say("two"), STATE_STOPPED);
	append("", say("three"), STATE_STOPPED);
	append("streaming", say("four"), STATE_STREAMING);
	int64_t deleted = say("deleted");
	assert_int_equal(store_memory.begin(store), ERR_NONE);
	assert_int_equal(
		store_memory.delete_message(store, "lobby", deleted, NULL, 1, &outcome, &event_seq),
		ERR_NONE);
	assert_int_equal(store_memory.commit(store), ERR_NONE);
	append("", say("five"), STATE_DONE);
	assert_history(say("now"), "u:one\n\ntwo a:stopped ?u:three ?u:four ?u:five ");
}

static void
questions_that_were_not_answered_are_one_turn_with_the_one_that_was(void **state)
{
	(void)state;
	append("failed", say("one"), STATE_FAILED);
	append("to two", say("two"), STATE_DONE);
	assert_history(say("now"), "u:one\n\ntwo a:to two ");
}

static void
a_message_sent_while_the_first_is_answered_is_behind_it_or_unanswered(void **state)
{
	(void)state;
	int64_t one = say("one");
	int64_t two = say("two");
	append("to one", one, STATE_DONE);
	assert_history(two, "?u:one ");
	append("to two", two, STATE_DONE);
	assert_history(say("now"), "u:one a:to one u:two a:to two ");
}

/* As after "try again". */
static void
of_several_replies_to_a_message_the_last_one_counts(void **state)
{
	(void)state;
	int64_t one = say("one");
	int64_t two = say("two");
	append("to two", two, STATE_DONE);
	append("to one", one, STATE_DONE);
	int64_t three = say("three");
	append("to two again", two, STATE_DONE);
	append("to one again", one, STATE_DONE);
	append("and failed", one, STATE_FAILED);
	int64_t now = say("now");
	assert_history(now, "u:one a:to one again u:two a:to two again ?u:three ");
	assert_history(three, "u:one a:to one u:two a:to two ");
}

static void
a_history_that_is_cut_begins_with_a_user(void **state)
{
	(void)state;
	int64_t one = say("one");
	int64_t two = say("two");
	append("to one", one, STATE_DONE);
	store_memory_forget("lobby", two);
	assert_history(say("now"), "?u:two ");
}

static void
who_has_said_it_is_told_where_there_are_several(void **state)
{
	(void)state;
	append("hello", say_as("~Ada", "I am here"), STATE_DONE);
	say_as("~Ada", "first");
	append("to both", say_as("Bob", "second"), STATE_DONE);
	say_as("", "third");
	say_as("~Ada", "fourth");
	assert_history(say("now"), "u~Ada:I am here a:hello u:Ada: first\n\nBob: second a:to both "
	                           "?u:third ?u~Ada:fourth ");
}

static void
thoughts_are_never_in_it(void **state)
{
	(void)state;
	append("<think>\nwhat to say?\n</think>\n\nhello", say("one"), STATE_DONE);
	append("<think>all of it", say("two"), STATE_STOPPED);
	assert_history(say("<think>mine</think>"), "u:one a:hello ?u:two ");
	assert_history(say("now"), "u:one a:hello ?u:two ?u:<think>mine</think> ");
}

static void
the_newest_are_given_where_there_are_too_many(void **state)
{
	struct buf expected;

	(void)state;
	buf_init(&expected, 10000);
	for (int i = 0; i < 2 * BOUND_HISTORY_MESSAGES; i++) {
		char text[8];
		snprintf(text, sizeof(text), "%d", i);
		append(text, say("x"), STATE_DONE);
		if (i >= 2 * BOUND_HISTORY_MESSAGES - BOUND_HISTORY_MESSAGES / 2)
			assert_int_equal(buf_append_format(&expected, "u:x a:%d ", i), ERR_NONE);
	}
	assert_history(say("now"), buf_text(&expected));
	buf_fini(&expected);
	stage.rooms.history_messages = 3;
	assert_history(1000, "u:x a:79 ?u:now ");
	stage.rooms.history_messages = 2;
	assert_history(1000, "?u:now ");
	stage.rooms.history_messages = 0;
	assert_history(1000, "");
}

static void
what_failed_does_not_take_the_place_of_what_was_said(void **state)
{
	(void)state;
	int64_t one = say("one");
	for (int i = 0; i < BOUND_HISTORY_MESSAGES; i++)
		append("failed", one, STATE_FAILED);
	assert_history(say("now"), "?u:one ");
}

/* A text of that many bytes. */
static const char *
text_of(char letter, size_t size)
{
	static char text[2 * BOUND_HISTORY_BYTES];

	memset(text, letter, size);
	text[size] = '\0';
	return text;
}

static size_t
bytes_before(int64_t before, size_t *count)
{
	struct history history;
	size_t bytes = 0;

	history_read(&stage.rooms, "lobby", before, &history);
	*count = history.count + history.unanswered_count;
	for (size_t i = 0; i < history.count; i++)
		bytes += history.turns[i].text_size;
	for (size_t i = 0; i < history.unanswered_count; i++)
		bytes += history.unanswered[i].text_size;
	history_fini(&history);
	return bytes;
}

static void
one_long_reply_does_not_empty_the_history_of_everything_else(void **state)
{
	size_t count;

	(void)state;
	append("one", say("first"), STATE_DONE);
	append(text_of('a', 42 * 1024), say("second"), STATE_DONE);
	append("three", say("third"), STATE_DONE);
	int64_t now = say("now");
	assert_int_equal(bytes_before(now, &count), 5 + 3 + 6 + BOUND_HISTORY_BYTES / 4 + 5 + 5);
	assert_int_equal(count, 6);
}

static void
the_newest_are_given_where_they_are_too_large(void **state)
{
	size_t count;

	(void)state;
	stage.rooms.history_bytes = 100;
	for (int i = 0; i < 10; i++) {
		int64_t question = say(text_of('b', 10));
		append(text_of('a', 15), question, STATE_DONE);
	}
	int64_t now = say("now");
	assert_int_equal(bytes_before(now, &count), 100);
	assert_int_equal(count, 8);
	stage.rooms.history_bytes = 99;
	assert_int_equal(bytes_before(now, &count), 75);
	assert_int_equal(count, 6);
	stage.rooms.history_bytes = 0;
	assert_int_equal(bytes_before(now, &count), 0);
}

static void
where_the_store_cannot_be_read_it_is_empty(void **state)
{
	(void)state;
	say("one");
	store_memory_fail(MEMORY_READ, 1);
	assert_history(2, "");
	assert_history(2, "?u:one ");
}

#define KEEPING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KEEPING(before_the_first_message_nothing_was_said),
		KEEPING(it_is_what_was_said_before_the_message),
		KEEPING(what_failed_is_left_out_and_what_was_stopped_and_kept_is_context),
		KEEPING(questions_that_were_not_answered_are_one_turn_with_the_one_that_was),
		KEEPING(a_message_sent_while_the_first_is_answered_is_behind_it_or_unanswered),
		KEEPING(of_several_replies_to_a_message_the_last_one_counts),
		KEEPING(a_history_that_is_cut_begins_with_a_user),
		KEEPING(who_has_said_it_is_told_where_there_are_several),
		KEEPING(thoughts_are_never_in_it),
		KEEPING(one_long_reply_does_not_empty_the_history_of_everything_else),
		KEEPING(the_newest_are_given_where_there_are_too_many),
		KEEPING(what_failed_does_not_take_the_place_of_what_was_said),
		KEEPING(the_newest_are_given_where_they_are_too_large),
		KEEPING(where_the_store_cannot_be_read_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
