/*
 * http/url_query: the query of a URL as browsers and scripts write it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "http/url_query.h"

/* Fails unless the parameter `room` is this; NULL: there is none that can be read. */
static void
assert_text(const char *query, enum query_found found, const char *text)
{
	struct buf value;

	buf_init(&value, 20);
	assert_int_equal(url_query_text(query, "room", &value), found);
	assert_int_equal(value.size, text == NULL ? 0 : strlen(text));
	if (value.size > 0)
		assert_string_equal(value.data, text);
	buf_fini(&value);
}

static void
assert_number(const char *query, enum query_found found, int64_t expected)
{
	int64_t value = -7;

	assert_int_equal(url_query_number(query, "after", &value), found);
	assert_int_equal(value, found == QUERY_FOUND ? expected : -7);
}

static void
a_parameter_is_found_where_it_stands(void **state)
{
	(void)state;
	assert_text("room=lobby", QUERY_FOUND, "lobby");
	assert_text("a=b&room=lobby&c=d", QUERY_FOUND, "lobby");
	assert_text("&&room=lobby&&", QUERY_FOUND, "lobby");
	assert_text("room=a=b", QUERY_FOUND, "a=b");
	assert_text("room=", QUERY_FOUND, "");
	assert_text("room=a;room=b", QUERY_FOUND, "a;room=b");
}

static void
another_parameter_is_not_it(void **state)
{
	static const char *const queries[] = { "",        "room",     "&",       "roo=a",
		                               "rooms=a", "Room=a",   "a&room",  "x=room=a",
		                               "=room",   "%72oom=a", "aroom=b", "room%3Da" };

	(void)state;
	for (size_t i = 0; i < COUNT(queries); i++)
		assert_text(queries[i], QUERY_ABSENT, NULL);
}

static void
escapes_are_decoded(void **state)
{
	(void)state;
	assert_text("room=a+b%20c%2Bd", QUERY_FOUND, "a b c+d");
	assert_text("room=%C3%a9%c3%A9", QUERY_FOUND, "\xc3\xa9\xc3\xa9");
	assert_text("room=\xc3\xa9", QUERY_FOUND, "\xc3\xa9");
	assert_text("room=%26%3d%25", QUERY_FOUND, "&=%");
	assert_text("room=%2541", QUERY_FOUND, "%41");
}

static void
what_cannot_be_decoded_is_invalid(void **state)
{
	static const char *const queries[] = {
		"room=%",         "room=a%",          "room=%4",        "room=%4&a=1",
		"room=%&41",      "room=%x1",         "room=%1x",       "room=%+1",
		"room=%00",       "room=a%00b",       "room=%ff",       "room=%c3",
		"room=%c0%80",    "room=%ed%a0%80",   "room=%c3&x=%a9", "room=a&room=a",
		"room=a&b&room=", "room=&room=lobby", "room=\xff",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(queries); i++)
		assert_text(queries[i], QUERY_INVALID, NULL);
}

static void
a_value_has_the_limit_of_its_buffer(void **state)
{
	(void)state;
	assert_text("room=12345678901234567890", QUERY_FOUND, "12345678901234567890");
	assert_text("room=123456789012345678901", QUERY_INVALID, NULL);
	assert_text("room=%31%32%33%34%35%36%37%38%39%30%31%32%33%34%35%36%37%38%39%30",
	            QUERY_FOUND, "12345678901234567890");
}

static void
a_number_is_digits(void **state)
{
	static const char *const others[] = {
		"after=",    "after=-1",  "after=+1",       "after=1.0",
		"after=1e3", "after=0x1", "after=%20",      "after=1%20",
		"after= 1",  "after=one", "after=\xd9\xa1", "after=1&after=1",
	};

	(void)state;
	assert_number("after=0", QUERY_FOUND, 0);
	assert_number("after=17", QUERY_FOUND, 17);
	assert_number("after=0017", QUERY_FOUND, 17);
	assert_number("after=%31%37", QUERY_FOUND, 17);
	assert_number("before=17", QUERY_ABSENT, 0);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_number(others[i], QUERY_INVALID, 0);
}

static void
a_number_is_one_that_every_client_can_name(void **state)
{
	(void)state;
	assert_number("after=9007199254740991", QUERY_FOUND, 9007199254740991);
	assert_number("after=9007199254740992", QUERY_INVALID, 0);
	assert_number("after=9999999999999999", QUERY_INVALID, 0);
	assert_number("after=18446744073709551617", QUERY_INVALID, 0);
	assert_number("after=0000000000000001", QUERY_FOUND, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parameter_is_found_where_it_stands),
		cmocka_unit_test(another_parameter_is_not_it),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(what_cannot_be_decoded_is_invalid),
		cmocka_unit_test(a_value_has_the_limit_of_its_buffer),
		cmocka_unit_test(a_number_is_digits),
		cmocka_unit_test(a_number_is_one_that_every_client_can_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
