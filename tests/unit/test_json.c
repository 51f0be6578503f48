/*
 * text/json: values come in as json-c has them and go out as one line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <float.h>
#include <string.h>

#include "text/json.h"

static struct json_object *
parse(const char *text)
{
	struct json_object *value;

	struct json_verdict verdict = json_parse(text, strlen(text), BOUND_JSON_DEPTH, &value);
	assert_int_equal(verdict.fault, JSON_FINE);
	return value;
}

static void
strings_come_in_decoded(void **state)
{
	static const struct {
		const char *text;
		const char *value;
	} rows[] = {
		{ "\"django\"", "django" },
		{ "\"\"", "" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\ufeff\\uffff\"", "\xef\xbb\xbf\xef\xbf\xbf" },
		{ "\"\xf0\x9f\x98\x80\xc2\x80\"", "\xf0\x9f\x98\x80\xc2\x80" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *value = parse(rows[i].text);
		assert_int_equal(json_object_get_type(value), json_type_string);
		assert_string_equal(json_object_get_string(value), rows[i].value);
		assert_int_equal(json_object_get_string_len(value), strlen(rows[i].value));
		json_object_put(value);
	}
}

static void
integers_come_in_exactly(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} rows[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "42 ", 42 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808\n", INT64_MIN },
		{ "9007199254740993", 9007199254740993 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *value = parse(rows[i].text);
		assert_int_equal(json_object_get_type(value), json_type_int);
		assert_true(json_object_get_int64(value) == rows[i].value);
		json_object_put(value);
	}
}

static void
fractions_come_in_as_doubles(void **state)
{
	static const struct {
		const char *text;
		double value;
	} rows[] = {
		{ "0.5", 0.5 },  { "-1.5e3", -1500 },
		{ "1e2 ", 100 }, { "1.7976931348623157e308", DBL_MAX },
		{ "1e-400", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_object *value = parse(rows[i].text);
		assert_int_equal(json_object_get_type(value), json_type_double);
		assert_true(json_object_get_double(value) >= rows[i].value);
		assert_true(json_object_get_double(value) <= rows[i].value);
		json_object_put(value);
	}
}

static void
null_comes_in_as_no_value(void **state)
{
	struct json_object *value = NULL;

	(void)state;
	assert_int_equal(json_parse("null", 4, 1, &value).fault, JSON_FINE);
	assert_null(value);
	assert_int_equal(json_parse(" null ", 6, 1, &value).fault, JSON_FINE);
	assert_null(value);
}

static void
a_fault_leaves_no_value(void **state)
{
	int something;
	struct json_object *value = (void *)&something;

	(void)state;
	struct json_verdict verdict = json_parse("{\"a\":1,\"a\":2}", 13, 1, &value);
	assert_int_equal(verdict.fault, JSON_DUPLICATE);
	assert_int_equal(verdict.offset, 7);
	assert_null(value);
}

static void
nothing_behind_the_size_is_read(void **state)
{
	struct json_object *value;

	(void)state;
	assert_int_equal(json_parse("12345", 2, 1, &value).fault, JSON_FINE);
	assert_int_equal(json_object_get_int(value), 12);
	json_object_put(value);
	assert_int_equal(json_parse("{}garbage", 2, 1, &value).fault, JSON_FINE);
	json_object_put(value);
}

static void
values_go_out_as_one_line_without_blanks(void **state)
{
	static const struct {
		const char *text;
		const char *written;
	} rows[] = {
		{ " { \"a\" : [ 1 , 2 ] , \"b\" : { } } ", "{\"a\":[1,2],\"b\":{}}" },
		{ "\"a\\/b</script>\"", "\"a/b</script>\"" },
		{ "\"\\u0001\\n\\r\\u001f\"", "\"\\u0001\\n\\r\\u001f\"" },
		{ "\"\\u00e9\\ud83d\\ude00\"", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "\"\\\"\\\\\"", "\"\\\"\\\\\"" },
		{ "true", "true" },
		{ "null", "null" },
		{ "-0.50", "-0.50" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;
		struct json_object *value = parse(rows[i].text);
		buf_init(&out, 100);
		assert_int_equal(json_append(&out, value), ERR_NONE);
		assert_string_equal(out.data, rows[i].written);
		buf_fini(&out);
		json_object_put(value);
	}
}

static void
what_does_not_fit_is_not_written(void **state)
{
	struct buf out;

	(void)state;
	struct json_object *value = parse("\"django\"");
	buf_init(&out, 7);
	assert_int_equal(json_append(&out, value), ERR_TOO_LARGE);
	assert_int_equal(out.size, 0);
	buf_fini(&out);
	json_object_put(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_come_in_decoded),
		cmocka_unit_test(integers_come_in_exactly),
		cmocka_unit_test(fractions_come_in_as_doubles),
		cmocka_unit_test(null_comes_in_as_no_value),
		cmocka_unit_test(a_fault_leaves_no_value),
		cmocka_unit_test(nothing_behind_the_size_is_read),
		cmocka_unit_test(values_go_out_as_one_line_without_blanks),
		cmocka_unit_test(what_does_not_fit_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
