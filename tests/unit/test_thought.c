/*
 * text/thought: what a model thinks and what it says are told apart, however they were cut.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/thought.h"

/* Fails unless the text, in pieces of that size, is split so. */
static void
assert_split(const char *text, size_t piece, const char *thought, const char *said)
{
	struct thought_splitter splitter = { .place = THOUGHT_BEFORE };
	struct buf thoughts;
	struct buf rest;
	size_t size = strlen(text);

	buf_init(&thoughts, size + 32);
	buf_init(&rest, size + 32);
	for (size_t at = 0; at < size; at += piece)
		assert_int_equal(thought_splitter_add(&splitter, text + at,
		                                      size - at < piece ? size - at : piece,
		                                      &thoughts, &rest),
		                 ERR_NONE);
	assert_int_equal(thought_splitter_end(&splitter, &thoughts, &rest), ERR_NONE);
	assert_string_equal(buf_text(&thoughts), thought);
	assert_string_equal(buf_text(&rest), said);
	buf_fini(&thoughts);
	buf_fini(&rest);
}

static const struct {
	const char *text;
	const char *thought;
	const char *said;
} splits[] = {
	{ "", "", "" },
	{ "hello", "", "hello" },
	{ "\n\n  hello ", "", "\n\n  hello " },
	{ "<think>Let me see.</think>hello", "Let me see.", "hello" },
	{ "\n<think>\n한국\n</think>\n\n안녕", "\n한국\n", "안녕" },
	{ "<thinking>a</thinking> b", "a", "b" },
	{ "[THINK]a[/THINK]b", "a", "b" },
	{ "<think></think>\n\nhello", "", "hello" },
	{ "<think>a</think><think>b</think>c", "ab", "c" },
	{ "<think>a </thin </ </<</think>c", "a </thin </ </<", "c" },
	{ "<think>no end </thi", "no end </thi", "" },
	{ "<thin", "", "<thin" },
	{ "<b>bold</b>", "", "<b>bold</b>" },
	{ "a <think>b</think>", "", "a <think>b</think>" },
	{ "<think>a</think>b <think>c</think>", "a", "b <think>c</think>" },
	{ "<thinkable>", "", "<thinkable>" },
	{ "                              <think>x", "", "                              <think>x" },
};

static void
a_thought_in_front_is_told_from_the_reply_wherever_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(splits); i++) {
		for (size_t piece = 1; piece <= strlen(splits[i].text); piece++)
			assert_split(splits[i].text, piece, splits[i].thought, splits[i].said);
	}
}

static void
a_whole_text_loses_its_thoughts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(splits); i++) {
		struct buf said;
		buf_init(&said, 1000);
		assert_int_equal(thought_leave_out(splits[i].text, strlen(splits[i].text), &said),
		                 ERR_NONE);
		assert_string_equal(buf_text(&said), splits[i].said);
		buf_fini(&said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thought_in_front_is_told_from_the_reply_wherever_it_is_cut),
		cmocka_unit_test(a_whole_text_loses_its_thoughts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
