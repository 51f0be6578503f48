/*
 * model/utf8_repair: whatever comes, and however it is split, becomes the same valid UTF-8.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/utf8.h"
#include "text/utf8_repair.h"

/* U+FFFD, and several of it. */
#define R "\xef\xbf\xbd"
#define R4 R R R R

/* Repairs the bytes in two pieces, or three. */
static void
repair(const char *bytes, size_t size, size_t first_cut, size_t second_cut, bool joins,
       struct buf *out)
{
	struct utf8_repair repair = { .joins_surrogates = joins };

	buf_init(out, 3 * size + 16);
	assert_int_equal(utf8_repair_add(&repair, bytes, first_cut, out), ERR_NONE);
	assert_int_equal(utf8_repair_add(&repair, bytes + first_cut, second_cut - first_cut, out),
	                 ERR_NONE);
	assert_int_equal(utf8_repair_add(&repair, bytes + second_cut, size - second_cut, out),
	                 ERR_NONE);
	assert_int_equal(utf8_repair_end(&repair, out), ERR_NONE);
	assert_int_equal(utf8_valid_size(out->data, out->size), out->size);
}

/* Fails unless the bytes become this, wherever they are cut. */
static void
assert_becomes(const char *bytes, size_t size, bool joins, const char *expected)
{
	for (size_t first = 0; first <= size; first++) {
		for (size_t second = first; second <= size; second++) {
			struct buf out;
			repair(bytes, size, first, second, joins, &out);
			assert_string_equal(out.size == 0 ? "" : out.data, expected);
			assert_int_equal(out.size, strlen(expected));
			buf_fini(&out);
		}
	}
}

static void
assert_repaired(const char *bytes, size_t size, const char *expected)
{
	assert_becomes(bytes, size, false, expected);
}

static void
assert_joined(const char *bytes, size_t size, const char *expected)
{
	assert_becomes(bytes, size, true, expected);
}

static void
what_is_valid_stays_as_it_is(void **state)
{
	static const char *const texts[] = {
		"",
		"django",
		"안녕하세요 카페",
		"\x7f \xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf",
		"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf 👩‍💻",
		"\t\r\n\x01\x1b[31m\xe2\x80\xae",
		"\xef\xbb\xbf with a byte order mark",
		R,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_repaired(texts[i], strlen(texts[i]), texts[i]);
		assert_joined(texts[i], strlen(texts[i]), texts[i]);
	}
}

/* The examples of Unicode 15, tables 3-8 to 3-11. */
static void
each_maximal_subpart_becomes_one_replacement_character(void **state)
{
	(void)state;
	assert_repaired(TEXT_OF("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), R4 R4 "A");
	assert_repaired(TEXT_OF("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), R4 R4 "A");
	assert_repaired(TEXT_OF("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), R4 R "A" R R "B");
	assert_repaired(TEXT_OF("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), R4 "A");
}

static void
a_nul_becomes_a_replacement_character(void **state)
{
	(void)state;
	assert_repaired(TEXT_OF("\0"), R);
	assert_repaired(TEXT_OF("a\0\0b"), "a" R R "b");
	assert_repaired(TEXT_OF("\xed\x95\0\x9c"), R R R);
}

static void
what_is_cut_off_at_the_end_is_one_replacement_character(void **state)
{
	(void)state;
	assert_repaired(TEXT_OF("a\xc3"), "a" R);
	assert_repaired(TEXT_OF("a\xed\x95"), "a" R);
	assert_repaired(TEXT_OF("a\xf0\x9f\x91"), "a" R);
	assert_repaired(TEXT_OF("\xf0\xf0\x9f\x91"), R R);
}

static void
only_what_may_still_become_a_character_is_held_back(void **state)
{
	struct utf8_repair repair = { .held_size = 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(utf8_repair_add(&repair, TEXT_OF("ab\xed\x95"), &out), ERR_NONE);
	assert_string_equal(out.data, "ab");
	assert_int_equal(utf8_repair_add(&repair, TEXT_OF("\x9c"), &out), ERR_NONE);
	assert_string_equal(out.data, "ab한");
	assert_int_equal(utf8_repair_add(&repair, TEXT_OF("\xed"), &out), ERR_NONE);
	assert_int_equal(utf8_repair_add(&repair, TEXT_OF("c"), &out), ERR_NONE);
	assert_string_equal(out.data, "ab한" R "c");
	assert_int_equal(utf8_repair_end(&repair, &out), ERR_NONE);
	assert_string_equal(out.data, "ab한" R "c");
	buf_fini(&out);
}

static void
where_there_is_no_room_whole_characters_are_left(void **state)
{
	static const char bytes[] = "a한\xff"
				    "b\xed";

	(void)state;
	for (size_t cap = 0; cap < 11; cap++) {
		struct utf8_repair repair = { .held_size = 0 };
		struct buf out;
		buf_init(&out, cap);
		enum err err = utf8_repair_add(&repair, TEXT_OF(bytes), &out);
		if (err == ERR_NONE)
			err = utf8_repair_end(&repair, &out);
		assert_int_equal(err, ERR_TOO_LARGE);
		assert_int_equal(utf8_valid_size(out.data, out.size), out.size);
		buf_fini(&out);
	}
}

static void
halves_of_a_character_are_joined_on_demand(void **state)
{
	(void)state;
	assert_joined(TEXT_OF("a\xed\xa0\xbd\xed\xb8\x80z"), "a\xf0\x9f\x98\x80z");
	assert_joined(TEXT_OF("\xed\xa0\x80\xed\xb0\x80"), "\xf0\x90\x80\x80");
	assert_joined(TEXT_OF("\xed\xaf\xbf\xed\xbf\xbf"), "\xf4\x8f\xbf\xbf");
}

static void
a_half_alone_is_one_replacement_character_on_demand(void **state)
{
	(void)state;
	assert_joined(TEXT_OF("a\xed\xa0\xbdz"), "a" R "z");
	assert_joined(TEXT_OF("\xed\xb8\x80\xed\xa0\xbd"), R R);
	assert_joined(TEXT_OF("\xed\xa0\xbd\xed\xa0\xbd\xed\xb8\x80"), R "\xf0\x9f\x98\x80");
	assert_joined(TEXT_OF("\xed\xa0\xbd\xed\x95\x9c"), R "한");
	assert_joined(TEXT_OF("\xed\xa0\xbd\xed\xb8z"), R R R "z");
	assert_joined(TEXT_OF("\xed\xa0\xbd\xed\xb8"), R);
	assert_joined(TEXT_OF("\xed\xa0"), R);
	assert_joined(TEXT_OF("\xed\xa0z"), R R "z");
	assert_joined(TEXT_OF("\xed\xa0\xbd\0"), R R);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_valid_stays_as_it_is),
		cmocka_unit_test(each_maximal_subpart_becomes_one_replacement_character),
		cmocka_unit_test(a_nul_becomes_a_replacement_character),
		cmocka_unit_test(what_is_cut_off_at_the_end_is_one_replacement_character),
		cmocka_unit_test(only_what_may_still_become_a_character_is_held_back),
		cmocka_unit_test(where_there_is_no_room_whole_characters_are_left),
		cmocka_unit_test(halves_of_a_character_are_joined_on_demand),
		cmocka_unit_test(a_half_alone_is_one_replacement_character_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
