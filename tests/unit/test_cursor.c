/*
 * text/cursor: positions as clients are given them and give them back.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include "text/cursor.h"

static void
a_cursor_is_read_as_it_was_written(void **state)
{
	static const struct {
		struct cursor cursor;
		const char *text;
	} cases[] = {
		{ { 0, 0 }, "0" },
		{ { 17, 0 }, "17" },
		{ { CURSOR_SEQ_MAX, 0 }, "9007199254740991" },
		{ { 17, 1 }, "000000000001-17" },
		{ { 0, 0x5f3a9c01b2d4 }, "5f3a9c01b2d4-0" },
		{ { CURSOR_SEQ_MAX, CURSOR_EPOCH_MAX }, "ffffffffffff-9007199254740991" },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct cursor cursor = cursor_at(-1);
		char text[CURSOR_BYTES];
		assert_string_equal(cursor_format(cases[i].cursor, text), cases[i].text);
		assert_true(cursor_parse(text, &cursor));
		assert_int_equal(cursor.seq, cases[i].cursor.seq);
		assert_true(cursor.epoch == cases[i].cursor.epoch);
	}
}

static void
what_is_no_cursor_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"-",
		"-1",
		"1-",
		"x",
		" 1",
		"1 ",
		"+1",
		"0-1",
		"5F-1",
		"g-1",
		"1-2-3",
		"1--2",
		"1-x",
		"9007199254740992",
		"1-9007199254740992",
		"1000000000000-1",
		"99999999999999999999999999999999999999-1",
		"1-99999999999999999999999999999999999999",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(texts); i++) {
		struct cursor cursor = cursor_at(-1);
		if (cursor_parse(texts[i], &cursor) || cursor.seq != -1)
			fail_msg("\"%s\" was taken for %lld", texts[i], (long long)cursor.seq);
	}
}

static void
a_cursor_without_an_epoch_is_of_any_life(void **state)
{
	(void)state;
	assert_true(cursor_is_of(cursor_at(1), 7));
	assert_true(cursor_is_of((struct cursor){ 1, 7 }, 7));
	assert_true(cursor_is_of((struct cursor){ 1, 7 }, 0));
	assert_false(cursor_is_of((struct cursor){ 1, 8 }, 7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_is_read_as_it_was_written),
		cmocka_unit_test(what_is_no_cursor_is_refused),
		cmocka_unit_test(a_cursor_without_an_epoch_is_of_any_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
