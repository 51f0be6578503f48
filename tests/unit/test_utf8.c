/*
 * text/utf8: what is UTF-8 (RFC 3629).
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/utf8.h"

static void
whole_and_valid_text_is_valid_to_its_end(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		size_t count;
	} rows[] = {
		{ TEXT_OF(""), 0 },
		{ TEXT_OF("\0"), 1 },
		{ TEXT_OF("\x7f"), 1 },
		{ TEXT_OF("\xc2\x80"), 1 },
		{ TEXT_OF("\xdf\xbf"), 1 },
		{ TEXT_OF("\xe0\xa0\x80"), 1 },
		{ TEXT_OF("\xe1\x80\x80"), 1 },
		{ TEXT_OF("\xec\xbf\xbf"), 1 },
		{ TEXT_OF("\xed\x80\x80"), 1 },
		{ TEXT_OF("\xed\x9f\xbf"), 1 },
		{ TEXT_OF("\xee\x80\x80"), 1 },
		{ TEXT_OF("\xef\xbf\xbf"), 1 },
		{ TEXT_OF("\xf0\x90\x80\x80"), 1 },
		{ TEXT_OF("\xf1\x80\x80\x80"), 1 },
		{ TEXT_OF("\xf3\xbf\xbf\xbf"), 1 },
		{ TEXT_OF("\xf4\x80\x80\x80"), 1 },
		{ TEXT_OF("\xf4\x8f\xbf\xbf"), 1 },
		{ TEXT_OF("d\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!"), 5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(utf8_valid_size(rows[i].text, rows[i].size), rows[i].size);
		assert_int_equal(utf8_count(rows[i].text, rows[i].size), rows[i].count);
	}
}

static void
what_is_not_utf8_ends_the_valid_part(void **state)
{
	/* Each is wrong from its first byte on. */
	static const struct {
		const char *text;
		size_t size;
	} rows[] = {
		{ TEXT_OF("\x80") },             /* a continuation alone */
		{ TEXT_OF("\xbf") },             /* the last of them */
		{ TEXT_OF("\xc0\x80") },         /* overlong U+0000 */
		{ TEXT_OF("\xc0\xaf") },         /* overlong '/' */
		{ TEXT_OF("\xc1\xbf") },         /* overlong U+007F */
		{ TEXT_OF("\xc2") },             /* cut off */
		{ TEXT_OF("\xc2 ") },            /* no continuation */
		{ TEXT_OF("\xc2\xc0") },         /* another first byte */
		{ TEXT_OF("\xdf\x7f") },         /* just below a continuation */
		{ TEXT_OF("\xe0\x80\x80") },     /* overlong in three */
		{ TEXT_OF("\xe0\x9f\xbf") },     /* overlong U+07FF */
		{ TEXT_OF("\xe0\xa0") },         /* cut off */
		{ TEXT_OF("\xe0") },             /* cut off earlier */
		{ TEXT_OF("\xe1\x80\xc0") },     /* third byte wrong */
		{ TEXT_OF("\xe1\x80\x7f") },     /* third byte too low */
		{ TEXT_OF("\xed\xa0\x80") },     /* U+D800 */
		{ TEXT_OF("\xed\xaf\xbf") },     /* U+DBFF */
		{ TEXT_OF("\xed\xb0\x80") },     /* U+DC00 */
		{ TEXT_OF("\xed\xbf\xbf") },     /* U+DFFF */
		{ TEXT_OF("\xf0\x80\x80\x80") }, /* overlong in four */
		{ TEXT_OF("\xf0\x8f\xbf\xbf") }, /* overlong U+FFFF */
		{ TEXT_OF("\xf0\x90\x80") },     /* cut off */
		{ TEXT_OF("\xf0\x90") },
		{ TEXT_OF("\xf0") },
		{ TEXT_OF("\xf1\x80\x80\x7f") },         /* fourth byte wrong */
		{ TEXT_OF("\xf4\x90\x80\x80") },         /* U+110000 */
		{ TEXT_OF("\xf5\x80\x80\x80") },         /* further above */
		{ TEXT_OF("\xf7\xbf\xbf\xbf") },         /* the end of four bytes */
		{ TEXT_OF("\xf8\x88\x80\x80\x80") },     /* five bytes */
		{ TEXT_OF("\xfc\x84\x80\x80\x80\x80") }, /* six bytes */
		{ TEXT_OF("\xfe") },
		{ TEXT_OF("\xff") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[16] = "ok";
		memcpy(text + 2, rows[i].text, rows[i].size);
		assert_int_equal(utf8_sequence_size(rows[i].text, rows[i].size), 0);
		assert_int_equal(utf8_valid_size(rows[i].text, rows[i].size), 0);
		assert_int_equal(utf8_valid_size(text, rows[i].size + 2), 2);
	}
}

static void
a_sequence_has_the_size_of_its_first_character(void **state)
{
	(void)state;
	assert_int_equal(utf8_sequence_size("", 0), 0);
	assert_int_equal(utf8_sequence_size("ab", 2), 1);
	assert_int_equal(utf8_sequence_size("\xc3\xa9x", 3), 2);
	assert_int_equal(utf8_sequence_size("\xe2\x82\xacx", 4), 3);
	assert_int_equal(utf8_sequence_size("\xf0\x9f\x98\x80x", 5), 4);
}

static void
nothing_beyond_the_size_counts(void **state)
{
	(void)state;
	assert_int_equal(utf8_sequence_size("\xe2\x82\xac", 2), 0);
	assert_int_equal(utf8_valid_size("a\xe2\x82\xac", 3), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_valid_text_is_valid_to_its_end),
		cmocka_unit_test(what_is_not_utf8_ends_the_valid_part),
		cmocka_unit_test(a_sequence_has_the_size_of_its_first_character),
		cmocka_unit_test(nothing_beyond_the_size_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
