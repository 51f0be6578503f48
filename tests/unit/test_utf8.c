/*
 * model/utf8: what is UTF-8 (RFC 3629), what is blank, what can be a name.
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

static void
only_white_space_is_blank(void **state)
{
	/* All of Unicode's White_Space. */
	static const char *const blank[] = {
		"",
		"\t",
		"\n",
		"\v",
		"\f",
		"\r",
		" ",
		"\xc2\x85",
		"\xc2\xa0",
		"\xe1\x9a\x80",
		"\xe2\x80\x80",
		"\xe2\x80\x81",
		"\xe2\x80\x82",
		"\xe2\x80\x83",
		"\xe2\x80\x84",
		"\xe2\x80\x85",
		"\xe2\x80\x86",
		"\xe2\x80\x87",
		"\xe2\x80\x88",
		"\xe2\x80\x89",
		"\xe2\x80\x8a",
		"\xe2\x80\xa8",
		"\xe2\x80\xa9",
		"\xe2\x80\xaf",
		"\xe2\x81\x9f",
		"\xe3\x80\x80",
		" \t\xe3\x80\x80\r\n ",
	};
	/* Controls next to them, and characters that only look like nothing. */
	static const char *const visible[] = { "\x08",     "\x0e",         "\x1c",
		                               "\x1f",     "\x7f",         "\xc2\x84",
		                               "\xc2\x86", "\xe2\x80\x8b", "\xe1\xa0\x8e",
		                               ".",        " . ",          "\t\n-\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(blank); i++)
		assert_true(utf8_is_blank(blank[i], strlen(blank[i])));
	for (size_t i = 0; i < COUNT(visible); i++)
		assert_false(utf8_is_blank(visible[i], strlen(visible[i])));
	assert_false(utf8_is_blank("\0", 1));
}

/* `count` times the unit. */
static const char *
repeat(const char *unit, size_t count)
{
	static char text[1024];

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		strcat(text, unit);
	return text;
}

static bool
is_room_name(const char *text)
{
	return utf8_is_room_name(text, strlen(text));
}

static bool
is_person_name(const char *text)
{
	return utf8_is_person_name(text, strlen(text));
}

static void
rooms_are_named_by_letters_digits_and_three_marks(void **state)
{
	static const char *const names[] = {
		"lobby",
		"A-b_c.9",
		".",
		"caf\xc3\xa9",
		"cafe\xcc\x81",             /* with a combining accent: Mn */
		"\xe0\xa4\xb9\xe0\xa4\xbf", /* Devanagari with a vowel sign: Mc */
		"\xed\x95\x9c\xea\xb8\x80", /* Hangul: Lo */
		"\xca\xb0",                 /* modifier letter: Lm */
		"\xc7\x85",                 /* titlecase digraph: Lt */
		"\xd9\xa3",                 /* Arabic-Indic digit: Nd */
		"\xf0\x9d\x94\xb8",         /* beyond the BMP */
	};
	static const char *const others[] = {
		"",
		" ",
		"a b",
		"a/b",
		"a\nb",
		"a\\",
		"#a",
		"\x7f",
		"\xc2\xa0",
		"\xe2\x80\x8b",     /* zero width space: Cf */
		"\xe2\x80\xae",     /* right-to-left override */
		"\xe2\x85\xa7",     /* Roman numeral: Nl */
		"\xc2\xbd",         /* one half: No */
		"\xf0\x9f\x98\x80", /* emoji: So */
		"\xee\x80\x80",     /* private use */
		"\xef\xbf\xbf",     /* noncharacter */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_true(is_room_name(names[i]));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(is_room_name(others[i]));
	assert_false(is_room_name("\xcd\x8f")); /* U+034F, a mark that nobody sees */
	assert_false(utf8_is_room_name("a\0b", 3));
}

static void
a_name_has_at_most_64_code_points(void **state)
{
	(void)state;
	assert_true(is_room_name(repeat("a", 64)));
	assert_false(is_room_name(repeat("a", 65)));
	assert_true(is_room_name(repeat("\xed\x95\x9c", 64)));
	assert_false(is_room_name(repeat("\xed\x95\x9c", 65)));
	assert_true(is_person_name(repeat("\xf0\x9f\x98\x80", 64)));
	assert_false(is_person_name(repeat("\xf0\x9f\x98\x80", 65)));
}

static void
people_are_named_by_what_can_be_shown_in_a_line(void **state)
{
	static const char *const names[] = {
		"django",
		"Ada L.",
		"<b>",
		"\xf0\x9f\x98\x80",
		" x ",
		"\xed\x95\x9c",
		"a\xc2\xa0",
		/* A family of two, and a Persian word: invisible joiners between what is seen. */
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
		"\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xb1",
	};
	static const char *const others[] = {
		"",
		" ",
		"\xe3\x80\x80",
		"a\nb",
		"a\tb",
		"\x1b[31m",
		"\x7f",
		"a\xc2\x85",
		"a\xc2\x9b",
		"a\xe2\x80\xa8",
		"a\xe2\x80\xa9",
		"a\xd8\x9c",
		"a\xe2\x80\x8e",
		"a\xe2\x80\x8f",
		"a\xe2\x80\xaa",
		"a\xe2\x80\xae",
		"a\xe2\x81\xa6",
		"a\xe2\x81\xa9",
		/* Nothing to be seen: joiner, byte order mark, soft hyphen, Hangul filler, Braille.
		 */
		"\xe2\x80\x8d",
		"\xef\xbb\xbf",
		" \xc2\xad ",
		"\xe3\x85\xa4",
		"\xe2\xa0\x80",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_true(is_person_name(names[i]));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(is_person_name(others[i]));
	assert_false(utf8_is_person_name("a\0", 2));
	/* Just outside the ranges that turn a text's direction. */
	assert_true(is_person_name("a\xe2\x80\xaf"));
	assert_true(is_person_name("a\xe2\x81\xa5x"));
	assert_true(is_person_name("a\xe2\x81\xaax"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_valid_text_is_valid_to_its_end),
		cmocka_unit_test(what_is_not_utf8_ends_the_valid_part),
		cmocka_unit_test(a_sequence_has_the_size_of_its_first_character),
		cmocka_unit_test(nothing_beyond_the_size_counts),
		cmocka_unit_test(only_white_space_is_blank),
		cmocka_unit_test(rooms_are_named_by_letters_digits_and_three_marks),
		cmocka_unit_test(a_name_has_at_most_64_code_points),
		cmocka_unit_test(people_are_named_by_what_can_be_shown_in_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
