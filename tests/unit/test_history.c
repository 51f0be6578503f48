/*
 * core/history: what a responder is told of what was said before.
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
 * one that is not done begins in the making. Its number. */
static int64_t
append(const char *text, int64_t ref, enum message_state state)
{
	const struct store_message message = {
		.role = ref == 0 ? ROLE_USER : ROLE_ASSISTANT,
		.name = "",
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

/* Fails unless this is the history before that message: "ROLE:TEXT " for each turn, with u and a.
 */
static void
assert_history(int64_t before, const char *expected)
{
	struct history history;
	struct buf out;

	buf_init(&out, 1000000);
	history_read(&stage.rooms, "lobby", before, &history);
	for (size_t i = 0; i < history.count; i++) {
		const struct turn *turn = &history.turns[i];
		assert_int_equal(buf_append_format(&out, "%s:%.*s ",
		                                   turn->role == ROLE_USER ? "u" : "a",
		                                   (int)turn->text_size, turn->text),
		                 ERR_NONE);
	}
	assert_string_equal(out.size == 0 ? "" : out.data, expected);
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
only_what_is_finished_and_went_well_is_in_it(void **state)
{
	struct store *store = writer;
	enum store_outcome outcome;
	int64_t event_seq;

	(void)state;
	append("failed", say("one"), STATE_FAILED);
	append("stopped", say("two"), STATE_STOPPED);
	append("streaming", say("three"), STATE_STREAMING);
	int64_t deleted = say("deleted");
	assert_int_equal(store_memory.begin(store), ERR_NONE);
	assert_int_equal(
		store_memory.delete_message(store, "lobby", deleted, NULL, 1, &outcome, &event_seq),
		ERR_NONE);
	assert_int_equal(store_memory.commit(store), ERR_NONE);
	append("", say("four"), STATE_DONE);
	assert_history(say("now"), "u:one u:two u:three u:four ");
}

/* As after "try again". */
static void
a_later_reply_stands_behind_the_message_that_it_answers(void **state)
{
	(void)state;
	int64_t one = say("one");
	int64_t two = say("two");
	append("to two", two, STATE_DONE);
	append("to one", one, STATE_DONE);
	int64_t three = say("three");
	append("to two again", two, STATE_DONE);
	append("to one again", one, STATE_DONE);
	int64_t now = say("now");
	assert_history(now, "u:one a:to one a:to one again u:two a:to two a:to two again u:three ");
	assert_history(three, "u:one a:to one u:two a:to two ");
}

static void
a_reply_whose_message_is_not_in_it_comes_first(void **state)
{
	(void)state;
	int64_t one = say("one");
	int64_t two = say("two");
	append("to one", one, STATE_DONE);
	store_memory_forget("lobby", two);
	assert_history(say("now"), "a:to one u:two ");
}

static void
the_newest_are_given_where_there_are_too_many(void **state)
{
	char expected[BOUND_HISTORY_MESSAGES * 8 + 1] = "";

	(void)state;
	for (int i = 0; i < 3 * BOUND_HISTORY_MESSAGES; i++) {
		char text[8];
		snprintf(text, sizeof(text), "%d", i);
		say(text);
	}
	for (int i = 2 * BOUND_HISTORY_MESSAGES; i < 3 * BOUND_HISTORY_MESSAGES; i++) {
		size_t size = strlen(expected);
		snprintf(expected + size, sizeof(expected) - size, "u:%d ", i);
	}
	assert_history(say("now"), expected);
}

static void
what_failed_does_not_take_the_place_of_what_was_said(void **state)
{
	(void)state;
	int64_t one = say("one");
	for (int i = 0; i < BOUND_HISTORY_MESSAGES; i++)
		append("failed", one, STATE_FAILED);
	assert_history(say("now"), "u:one ");
}

/* A text of that many bytes. */
static const char *
text_of(char letter, size_t size)
{
	static char text[BOUND_HISTORY_BYTES + 2];

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
	*count = history.count;
	for (size_t i = 0; i < history.count; i++)
		bytes += history.turns[i].text_size;
	history_fini(&history);
	return bytes;
}

static void
the_newest_are_given_where_they_are_too_large(void **state)
{
	size_t count;

	(void)state;
	say(text_of('a', 1));
	say(text_of('b', BOUND_HISTORY_BYTES - 10));
	int64_t ten = say(text_of('c', 10));
	int64_t now = say("now");
	assert_int_equal(bytes_before(now, &count), BOUND_HISTORY_BYTES);
	assert_int_equal(count, 2);
	assert_int_equal(bytes_before(ten, &count), BOUND_HISTORY_BYTES - 9);
	assert_int_equal(count, 2);
	/* One that is too large alone, and what is before it. */
	say(text_of('d', BOUND_HISTORY_BYTES + 1));
	assert_history(say("later"), "");
}

static void
where_the_store_cannot_be_read_it_is_empty(void **state)
{
	(void)state;
	say("one");
	store_memory_fail(MEMORY_READ, 1);
	assert_history(2, "");
	assert_history(2, "u:one ");
}

#define KEEPING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KEEPING(before_the_first_message_nothing_was_said),
		KEEPING(it_is_what_was_said_before_the_message),
		KEEPING(only_what_is_finished_and_went_well_is_in_it),
		KEEPING(a_later_reply_stands_behind_the_message_that_it_answers),
		KEEPING(a_reply_whose_message_is_not_in_it_comes_first),
		KEEPING(the_newest_are_given_where_there_are_too_many),
		KEEPING(what_failed_does_not_take_the_place_of_what_was_said),
		KEEPING(the_newest_are_given_where_they_are_too_large),
		KEEPING(where_the_store_cannot_be_read_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
