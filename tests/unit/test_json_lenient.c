/*
 * text/json, the lenient mode: what is odd in what a server sends costs nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "text/json.h"
#include "text/utf8_repair.h"

#define DEPTH 3

/* U+FFFD */
#define R "\xef\xbf\xbd"

struct row {
	const char *text;
	size_t size;
	const char *written; /* what json_append makes of the value */
};

static struct json_verdict
parse_exactly(const char *text, size_t size, struct json_object **value)
{
	/* At the very end of an allocation: sanitizers see any read beyond. */
	char *copy = malloc(size == 0 ? 1 : size);

	assert_non_null(copy);
	memcpy(copy, text, size);
	struct json_verdict verdict = json_parse_lenient(copy, size, DEPTH, value);
	free(copy);
	return verdict;
}

static void
check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct json_object *value;
		struct buf out;
		struct json_verdict verdict = parse_exactly(rows[i].text, rows[i].size, &value);
		if (verdict.fault != JSON_FINE)
			fail_msg("refused at %zu (%s): %s", verdict.offset,
			         json_fault_text(verdict.fault), rows[i].text);
		buf_init(&out, 100000);
		assert_int_equal(json_append(&out, value), ERR_NONE);
		assert_string_equal(buf_text(&out), rows[i].written);
		buf_fini(&out);
		json_object_put(value);
	}
}

static void
of_two_members_of_one_name_the_last_one_counts(void **state)
{
	static const struct row rows[] = {
		{ TEXT_OF("{\"content\":\"\",\"content\":\"django\"}"),
		  "{\"content\":\"django\"}" },
		{ TEXT_OF("{\"a\":1,\"b\":2,\"\\u0061\":null}"), "{\"a\":null,\"b\":2}" },
		{ TEXT_OF("{\"\":{},\"\":[]}"), "{\"\":[]}" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void
a_number_that_nobody_can_hold_is_null(void **state)
{
	static const struct row rows[] = {
		{ TEXT_OF("9223372036854775808"), "null" },
		{ TEXT_OF("{\"id\":123456789012345678901234567890,\"a\":1}"),
		  "{\"id\":null,\"a\":1}" },
		{ TEXT_OF("[1e999,-1e999,1.5]"), "[null,null,1.5]" },
		{ TEXT_OF("{\"logprob\":-Infinity,\"a\":[NaN,Infinity]}"),
		  "{\"logprob\":null,\"a\":[null,null]}" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void
what_nests_too_deeply_is_null(void **state)
{
	static const struct row rows[] = {
		{ TEXT_OF("[[[1]]]"), "[[[1]]]" },
		{ TEXT_OF("[[[[1]],2]]"), "[[[null],2]]" },
		{ TEXT_OF("{\"a\":{\"b\":{\"c\":{\"d]\":[{}],\"\\\"}\":1}}},\"e\":2}"),
		  "{\"a\":{\"b\":{\"c\":null}},\"e\":2}" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void
strings_keep_what_can_be_read_of_them(void **state)
{
	static const struct row rows[] = {
		/* Written by somebody who did not escape. */
		{ TEXT_OF("\"\\(a\\)\""), "\"\\\\(a\\\\)\"" },
		{ TEXT_OF("\"\\u12 \\u\""), "\"\\\\u12 \\\\u\"" },
		{ TEXT_OF("\"a\nb\tc\""), "\"a\\nb\\tc\"" },
		{ TEXT_OF("\"a\0b\\u0000c\""), "\"a" R "b" R "c\"" },
		{ TEXT_OF("{\"a\0\":1}"), "{\"a" R "\":1}" },
		{ TEXT_OF("\xef\xbb\xbf{\"a\":1}"), "{\"a\":1}" },
		/* To be repaired, or joined with what comes in the next text. */
		{ TEXT_OF("\"a\xe2\x82\""), "\"a\xe2\x82\"" },
		{ TEXT_OF("\"a\\ud83d\""), "\"a\xed\xa0\xbd\"" },
		{ TEXT_OF("\"\\ude00b\""), "\"\xed\xb8\x80"
		                           "b\"" },
		{ TEXT_OF("\"\\ud83d\\ude00\""), "\"\xf0\x9f\x98\x80\"" },
		{ TEXT_OF("\"\\ud83d\\ud83d\\ude00\""), "\"\xed\xa0\xbd\xf0\x9f\x98\x80\"" },
		{ TEXT_OF("\"\\ud83d\\n\""), "\"\xed\xa0\xbd\\n\"" },
		{ TEXT_OF("\"\\ud83d\\uZ\""), "\"\xed\xa0\xbd\\\\uZ\"" },
		/* Names are whole. */
		{ TEXT_OF("{\"\\ud83d\xff\\ude00\":1}"), "{\"" R R R "\":1}" },
		{ TEXT_OF("{\"\\ud83d\":1,\"\\ud83e\":2}"), "{\"" R "\":2}" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void
an_object_may_have_any_number_of_members(void **state)
{
	struct json_object *value;
	struct buf text;

	(void)state;
	buf_init(&text, 100000);
	assert_int_equal(buf_append_text(&text, "{"), ERR_NONE);
	for (unsigned i = 0; i <= 2 * BOUND_JSON_MEMBERS; i++)
		assert_int_equal(buf_append_format(&text, "\"token %u\":0,", i), ERR_NONE);
	assert_int_equal(buf_append_text(&text, "\"a\":1}"), ERR_NONE);
	assert_int_equal(parse_exactly(text.data, text.size, &value).fault, JSON_FINE);
	assert_int_equal(json_object_object_length(value), 2 * BOUND_JSON_MEMBERS + 2);
	json_object_put(value);
	buf_fini(&text);
}

static void
what_is_not_one_whole_value_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum json_fault fault;
	} rows[] = {
		{ "", JSON_EMPTY },
		{ " \n", JSON_EMPTY },
		{ "{\"a\":1", JSON_SYNTAX },
		{ "[[[[\"]\"", JSON_SYNTAX },
		{ "[[[[\"]", JSON_SYNTAX },
		{ "\"\\", JSON_SYNTAX },
		{ "\"\\ud83d\\", JSON_SYNTAX },
		{ "{\"a\":1}{\"a\":2}", JSON_TRAILING },
		{ "{\"a\":1} [DONE]", JSON_TRAILING },
		{ "[1,]", JSON_SYNTAX },
		{ "{a:1}", JSON_SYNTAX },
		{ "-", JSON_SYNTAX },
		{ "-Inf", JSON_SYNTAX },
		{ "<html>", JSON_SYNTAX },
		{ "\xff", JSON_UTF8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int something;
		struct json_object *value = (void *)&something;
		assert_int_equal(parse_exactly(rows[i].text, strlen(rows[i].text), &value).fault,
		                 rows[i].fault);
		assert_null(value);
	}
}

static void
a_character_cut_in_two_by_the_server_is_joined(void **state)
{
	static const char *const texts[] = { "\"a\\ud83d\"", "\"\\ude00b\\ud83d\"", "\"\"",
		                             "\"\\ude80\\ude80\\ud83d\"", "\"c\"" };
	struct utf8_repair repair = { .joins_surrogates = true };
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct json_object *value;
		assert_int_equal(parse_exactly(texts[i], strlen(texts[i]), &value).fault,
		                 JSON_FINE);
		assert_int_equal(utf8_repair_add(&repair, json_object_get_string(value),
		                                 (size_t)json_object_get_string_len(value), &out),
		                 ERR_NONE);
		json_object_put(value);
	}
	assert_int_equal(utf8_repair_end(&repair, &out), ERR_NONE);
	assert_string_equal(out.data, "a\xf0\x9f\x98\x80"
	                              "b\xf0\x9f\x9a\x80" R R "c");
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_members_of_one_name_the_last_one_counts),
		cmocka_unit_test(a_number_that_nobody_can_hold_is_null),
		cmocka_unit_test(what_nests_too_deeply_is_null),
		cmocka_unit_test(strings_keep_what_can_be_read_of_them),
		cmocka_unit_test(an_object_may_have_any_number_of_members),
		cmocka_unit_test(what_is_not_one_whole_value_is_refused),
		cmocka_unit_test(a_character_cut_in_two_by_the_server_is_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
