/*
 * text/json, json_validate: which texts are JSON (RFC 8259) within our limits. The tables go
 * through the RFC section by section; whatever json_validate takes, json-c must then parse.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/json.h"

#define DEPTH 8

struct fine {
	const char *text;
	size_t size;
};

struct faulty {
	const char *text;
	size_t size;
	enum json_fault fault;
	size_t offset;
};

/* The text at the very end of an allocation, without a NUL: sanitizers see any read beyond. */
static struct json_verdict
validate_exactly(const char *text, size_t size, unsigned depth_max)
{
	char *copy = calloc(1, size == 0 ? 1 : size);

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, text, size);
	struct json_verdict verdict = json_validate(copy, size, depth_max);
	free(copy);
	return verdict;
}

static void
assert_fine(const char *text, size_t size, unsigned depth_max)
{
	struct json_object *value;

	struct json_verdict verdict = validate_exactly(text, size, depth_max);
	if (verdict.fault != JSON_FINE)
		fail_msg("refused at %zu (%s): %.*s", verdict.offset,
		         json_fault_text(verdict.fault), (int)size, text);
	verdict = json_parse(text, size, depth_max, &value);
	if (verdict.fault != JSON_FINE)
		fail_msg("json-c does not take: %.*s", (int)size, text);
	bool is_null = memmem(text, size, "null", 4) != NULL;
	if (value == NULL && !is_null)
		fail_msg("json-c makes nothing of: %.*s", (int)size, text);
	json_object_put(value);
}

static void
check_fine(const struct fine *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_fine(rows[i].text, rows[i].size, DEPTH);
}

static void
check_faulty(const struct faulty *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct faulty *row = &rows[i];
		struct json_object *value;
		struct json_verdict verdict = validate_exactly(row->text, row->size, DEPTH);
		if (verdict.fault != row->fault || verdict.offset != row->offset)
			fail_msg("row %zu: %s at %zu instead of %s at %zu: %.*s", i,
			         json_fault_text(verdict.fault), verdict.offset,
			         json_fault_text(row->fault), row->offset, (int)row->size,
			         row->text);
		verdict = json_parse(row->text, row->size, DEPTH, &value);
		assert_int_equal(verdict.fault, row->fault);
		assert_null(value);
	}
}

/* --- section 2: grammar, white space, structure --- */

static void
any_value_can_be_the_whole_text(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF("true") }, { TEXT_OF("false") }, { TEXT_OF("null") }, { TEXT_OF("0") },
		{ TEXT_OF("-1.5") }, { TEXT_OF("\"\"") },  { TEXT_OF("[]") },   { TEXT_OF("{}") },
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
four_characters_of_white_space_may_stand_anywhere_between(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF(" 1") },
		{ TEXT_OF("1 ") },
		{ TEXT_OF("\t1\t") },
		{ TEXT_OF("\n1\n") },
		{ TEXT_OF("\r1\r") },
		{ TEXT_OF(" \t\r\n true \n\r\t ") },
		{ TEXT_OF("null\n") },
		{ TEXT_OF(" null") },
		{ TEXT_OF("\"\" ") },
		{ TEXT_OF("-0 ") },
		{ TEXT_OF("1.5e1 \n") },
		{ TEXT_OF("[ ]") },
		{ TEXT_OF("[\n1\t,\r2 ]\n") },
		{ TEXT_OF("{ }") },
		{ TEXT_OF("{\n\"a\"\t:\r1 ,\n\"b\" : [ ] } ") },
		{ TEXT_OF("{\"a\"\n:\n{\n}\n}\n") },
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
nothing_else_is_white_space(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("\f1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\v1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\0"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\x1f"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\x7f"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\xc2\xa0"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\xc2\x85[]"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\xe2\x80\xa8[]"), JSON_SYNTAX, 0 },
		{ TEXT_OF("[\xe3\x80\x80]"), JSON_SYNTAX, 1 },
		{ TEXT_OF("[1\f]"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1\f"), JSON_TRAILING, 1 },
		{ TEXT_OF("{}\0"), JSON_TRAILING, 2 },
		{ TEXT_OF("[]\xc2\xa0"), JSON_TRAILING, 2 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
white_space_alone_is_no_text(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF(""), JSON_EMPTY, 0 },
		{ TEXT_OF(" "), JSON_EMPTY, 1 },
		{ TEXT_OF("\t\n\r "), JSON_EMPTY, 4 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
	assert_int_equal(json_validate(NULL, 0, DEPTH).fault, JSON_EMPTY);
}

static void
nothing_may_follow_the_value(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("1 2"), JSON_TRAILING, 2 },
		{ TEXT_OF("{}{}"), JSON_TRAILING, 2 },
		{ TEXT_OF("[]]"), JSON_TRAILING, 2 },
		{ TEXT_OF("{}}"), JSON_TRAILING, 2 },
		{ TEXT_OF("[] ,"), JSON_TRAILING, 3 },
		{ TEXT_OF("\"a\"\"b\""), JSON_TRAILING, 3 },
		{ TEXT_OF("truefalse"), JSON_TRAILING, 4 },
		{ TEXT_OF("nulll"), JSON_TRAILING, 4 },
		{ TEXT_OF("1a"), JSON_TRAILING, 1 },
		{ TEXT_OF("{} // comment"), JSON_TRAILING, 3 },
		{ TEXT_OF("{} /* */"), JSON_TRAILING, 3 },
		{ TEXT_OF("[]\xff"), JSON_TRAILING, 2 },
		{ TEXT_OF("[]\xef\xbb\xbf"), JSON_TRAILING, 2 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
comments_and_other_languages_are_not_json(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("/**/1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("//\n1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("#\n1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("[1/**/]"), JSON_SYNTAX, 2 },
		{ TEXT_OF("'a'"), JSON_SYNTAX, 0 },
		{ TEXT_OF("a"), JSON_SYNTAX, 0 },
		{ TEXT_OF("undefined"), JSON_SYNTAX, 0 },
		{ TEXT_OF("<a/>"), JSON_SYNTAX, 0 },
		{ TEXT_OF("(1)"), JSON_SYNTAX, 0 },
		{ TEXT_OF("message=django"), JSON_SYNTAX, 0 },
		{ TEXT_OF("}"), JSON_SYNTAX, 0 },
		{ TEXT_OF("]"), JSON_SYNTAX, 0 },
		{ TEXT_OF(","), JSON_SYNTAX, 0 },
		{ TEXT_OF(":"), JSON_SYNTAX, 0 },
		{ TEXT_OF("\\"), JSON_SYNTAX, 0 },
		{ TEXT_OF("`a`"), JSON_SYNTAX, 0 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

/* --- section 3: literals --- */

static void
literals_are_written_in_one_way(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("t"), JSON_SYNTAX, 0 },
		{ TEXT_OF("tru"), JSON_SYNTAX, 0 },
		{ TEXT_OF("trux"), JSON_SYNTAX, 0 },
		{ TEXT_OF("True"), JSON_SYNTAX, 0 },
		{ TEXT_OF("TRUE"), JSON_SYNTAX, 0 },
		{ TEXT_OF("tRUE"), JSON_SYNTAX, 0 },
		{ TEXT_OF("f"), JSON_SYNTAX, 0 },
		{ TEXT_OF("fals"), JSON_SYNTAX, 0 },
		{ TEXT_OF("falsy"), JSON_SYNTAX, 0 },
		{ TEXT_OF("False"), JSON_SYNTAX, 0 },
		{ TEXT_OF("n"), JSON_SYNTAX, 0 },
		{ TEXT_OF("nul"), JSON_SYNTAX, 0 },
		{ TEXT_OF("nulL"), JSON_SYNTAX, 0 },
		{ TEXT_OF("NULL"), JSON_SYNTAX, 0 },
		{ TEXT_OF("nan"), JSON_SYNTAX, 0 },
		{ TEXT_OF("NaN"), JSON_SYNTAX, 0 },
		{ TEXT_OF("[tru]"), JSON_SYNTAX, 1 },
		{ TEXT_OF("[nul"), JSON_SYNTAX, 1 },
		{ TEXT_OF("tr\0e"), JSON_SYNTAX, 0 },
		{ TEXT_OF("[truefalse]"), JSON_SYNTAX, 5 },
		{ TEXT_OF("{\"a\":nil}"), JSON_SYNTAX, 5 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

/* --- section 4: objects --- */

static void
objects_have_members_with_names(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF("{\"a\":1}") },
		{ TEXT_OF("{\"\":1}") },
		{ TEXT_OF("{\"\":1,\"a\":2}") },
		{ TEXT_OF("{\"a\":{\"a\":{\"a\":null}}}") },
		{ TEXT_OF("{\"a\":1,\"A\":2,\"\\u00e4\":3}") },
		{ TEXT_OF("{\"a\":[{\"a\":1},{\"a\":1}],\"b\":{\"a\":1}}") },
		{ TEXT_OF("[{\"a\":1},{\"a\":1}]") },
		{ TEXT_OF("{\"ab\":1,\"a\":2,\"b\":3,\"abc\":4}") },
		{ TEXT_OF("{\"\\\"\":1,\"\\\\\":2,\"\\n\":3}") },
		{ TEXT_OF("{\"e\\u0301\":1,\"\xc3\xa9\":2}") }, /* no normalisation: two names */
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
objects_are_written_in_one_way(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("{"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{ "), JSON_SYNTAX, 2 },
		{ TEXT_OF("{\"a\""), JSON_SYNTAX, 4 },
		{ TEXT_OF("{\"a\":"), JSON_SYNTAX, 5 },
		{ TEXT_OF("{\"a\":1"), JSON_SYNTAX, 6 },
		{ TEXT_OF("{\"a\":1,"), JSON_SYNTAX, 7 },
		{ TEXT_OF("{\"a\":1,}"), JSON_SYNTAX, 7 },
		{ TEXT_OF("{,}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{,\"a\":1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{\"a\":1,,\"b\":2}"), JSON_SYNTAX, 7 },
		{ TEXT_OF("{\"a\":1 \"b\":2}"), JSON_SYNTAX, 7 },
		{ TEXT_OF("{\"a\":1;\"b\":2}"), JSON_SYNTAX, 6 },
		{ TEXT_OF("{\"a\" 1}"), JSON_SYNTAX, 5 },
		{ TEXT_OF("{\"a\"=1}"), JSON_SYNTAX, 4 },
		{ TEXT_OF("{\"a\"::1}"), JSON_SYNTAX, 5 },
		{ TEXT_OF("{\"a\":}"), JSON_SYNTAX, 5 },
		{ TEXT_OF("{\"a\"}"), JSON_SYNTAX, 4 },
		{ TEXT_OF("{\"a\",\"b\"}"), JSON_SYNTAX, 4 },
		{ TEXT_OF("{:1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{a:1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{'a':1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{1:1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{null:1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{[]:1}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{\"a\":1]"), JSON_SYNTAX, 6 },
		{ TEXT_OF("{]"), JSON_SYNTAX, 1 },
		{ TEXT_OF("{\"a\":1 2}"), JSON_SYNTAX, 7 },
		{ TEXT_OF("{\"a\" b:1}"), JSON_SYNTAX, 5 },
		{ TEXT_OF("{\"a\"\"b\":1}"), JSON_SYNTAX, 4 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
two_members_of_one_name_are_refused_however_it_is_written(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("{\"a\":1,\"a\":1}"), JSON_DUPLICATE, 7 },
		{ TEXT_OF("{\"a\":1,\"\\u0061\":1}"), JSON_DUPLICATE, 7 },
		{ TEXT_OF("{\"\\u0061\":1,\"a\":1}"), JSON_DUPLICATE, 12 },
		{ TEXT_OF("{\"\":1,\"\":2}"), JSON_DUPLICATE, 6 },
		{ TEXT_OF("{\"\":1,\"a\":2,\"\":3}"), JSON_DUPLICATE, 12 },
		{ TEXT_OF("{\"a\":1,\"b\":2,\"c\":3,\"b\":4}"), JSON_DUPLICATE, 19 },
		{ TEXT_OF("{\"/\":1,\"\\/\":1}"), JSON_DUPLICATE, 7 },
		{ TEXT_OF("{\"\\n\":1,\"\\u000A\":1}"), JSON_DUPLICATE, 8 },
		{ TEXT_OF("{\"\\t\":1,\"\\u0009\":1}"), JSON_DUPLICATE, 8 },
		{ TEXT_OF("{\"\\b\\f\\r\":1,\"\\u0008\\u000c\\u000d\":1}"), JSON_DUPLICATE, 12 },
		{ TEXT_OF("{\"\\\"\":1,\"\\u0022\":1}"), JSON_DUPLICATE, 8 },
		{ TEXT_OF("{\"\\\\\":1,\"\\u005c\":1}"), JSON_DUPLICATE, 8 },
		{ TEXT_OF("{\"\xc3\xa9\":1,\"\\u00E9\":1}"), JSON_DUPLICATE, 8 },
		{ TEXT_OF("{\"\xdf\xbf\":1,\"\\u07ff\":1}"), JSON_DUPLICATE, 8 },
		{ TEXT_OF("{\"\xe0\xa0\x80\":1,\"\\u0800\":1}"), JSON_DUPLICATE, 9 },
		{ TEXT_OF("{\"\xe2\x82\xac\":1,\"\\u20ac\":1}"), JSON_DUPLICATE, 9 },
		{ TEXT_OF("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":1}"), JSON_DUPLICATE, 10 },
		{ TEXT_OF("{\"\xf0\x90\x80\x80\":1,\"\\uD800\\uDC00\":1}"), JSON_DUPLICATE, 10 },
		{ TEXT_OF("{\"\xf4\x8f\xbf\xbf\":1,\"\\uDBFF\\uDFFF\":1}"), JSON_DUPLICATE, 10 },
		{ TEXT_OF("{\"a\":{\"a\":1},\"a\":2}"), JSON_DUPLICATE, 13 },
		{ TEXT_OF("{\"a\":{\"b\":1,\"b\":2}}"), JSON_DUPLICATE, 12 },
		{ TEXT_OF("[{\"b\":1},{\"b\":1,\"b\":1}]"), JSON_DUPLICATE, 16 },
		{ TEXT_OF("{\"x\":{\"y\":0},\"b\":1,\"b\":2}"), JSON_DUPLICATE, 19 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

/* --- section 5: arrays --- */

static void
arrays_hold_values_of_any_kind(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF("[1]") },
		{ TEXT_OF("[1,\"a\",true,false,null,[],{},-1.5e-3]") },
		{ TEXT_OF("[[],[[]],[[],[]]]") },
		{ TEXT_OF("[\"\",\"\"]") },
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
arrays_are_written_in_one_way(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("["), JSON_SYNTAX, 1 },      { TEXT_OF("[1"), JSON_SYNTAX, 2 },
		{ TEXT_OF("[1,"), JSON_SYNTAX, 3 },    { TEXT_OF("[1,]"), JSON_SYNTAX, 3 },
		{ TEXT_OF("[,]"), JSON_SYNTAX, 1 },    { TEXT_OF("[,1]"), JSON_SYNTAX, 1 },
		{ TEXT_OF("[1,,2]"), JSON_SYNTAX, 3 }, { TEXT_OF("[1 2]"), JSON_SYNTAX, 3 },
		{ TEXT_OF("[1;2]"), JSON_SYNTAX, 2 },  { TEXT_OF("[1:2]"), JSON_SYNTAX, 2 },
		{ TEXT_OF("[1}"), JSON_SYNTAX, 2 },    { TEXT_OF("[\"a\":1]"), JSON_SYNTAX, 4 },
		{ TEXT_OF("[[]"), JSON_SYNTAX, 3 },    { TEXT_OF("[}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("[ , ]"), JSON_SYNTAX, 2 },  { TEXT_OF("[\"a\"\"b\"]"), JSON_SYNTAX, 4 },
		{ TEXT_OF("[1,\n"), JSON_SYNTAX, 4 },  { TEXT_OF("[1]["), JSON_TRAILING, 3 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

/* --- section 6: numbers --- */

static void
numbers_have_an_integer_maybe_a_fraction_maybe_an_exponent(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF("0") },
		{ TEXT_OF("-0") },
		{ TEXT_OF("7") },
		{ TEXT_OF("10") },
		{ TEXT_OF("-10") },
		{ TEXT_OF("1234567890") },
		{ TEXT_OF("0.0") },
		{ TEXT_OF("-0.0") },
		{ TEXT_OF("0.5") },
		{ TEXT_OF("1.50") },
		{ TEXT_OF("-1.001") },
		{ TEXT_OF("0e0") },
		{ TEXT_OF("0E1") },
		{ TEXT_OF("1e5") },
		{ TEXT_OF("1E5") },
		{ TEXT_OF("1e+5") },
		{ TEXT_OF("1E+5") },
		{ TEXT_OF("1e-5") },
		{ TEXT_OF("1E-5") },
		{ TEXT_OF("-1e00005") },
		{ TEXT_OF("1.5e3") },
		{ TEXT_OF("1.5E-03") },
		{ TEXT_OF("-0e+1") },
		{ TEXT_OF("0.1e1") },
		{ TEXT_OF("[0]") },
		{ TEXT_OF("[-0,1.0,1e1]") },
		{ TEXT_OF("{\"a\":-0}") },
		{ TEXT_OF("{\"a\":1.0 }") },
		{ TEXT_OF("0.00000000000000000000000000000000000000000000000000000000000001") },
		{ TEXT_OF("3.141592653589793238462643383279502884197169399375105820974944") },
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
numbers_are_written_in_no_other_way(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("-"), JSON_SYNTAX, 1 },
		{ TEXT_OF("+"), JSON_SYNTAX, 0 },
		{ TEXT_OF("+1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("--1"), JSON_SYNTAX, 1 },
		{ TEXT_OF("-+1"), JSON_SYNTAX, 1 },
		{ TEXT_OF("- 1"), JSON_SYNTAX, 1 },
		{ TEXT_OF("-a"), JSON_SYNTAX, 1 },
		{ TEXT_OF("01"), JSON_TRAILING, 1 },
		{ TEXT_OF("00"), JSON_TRAILING, 1 },
		{ TEXT_OF("-01"), JSON_TRAILING, 2 },
		{ TEXT_OF("-00"), JSON_TRAILING, 2 },
		{ TEXT_OF("[01]"), JSON_SYNTAX, 2 },
		{ TEXT_OF("01.5"), JSON_TRAILING, 1 },
		{ TEXT_OF("."), JSON_SYNTAX, 0 },
		{ TEXT_OF(".5"), JSON_SYNTAX, 0 },
		{ TEXT_OF("-.5"), JSON_SYNTAX, 1 },
		{ TEXT_OF("1."), JSON_SYNTAX, 2 },
		{ TEXT_OF("[1.]"), JSON_SYNTAX, 3 },
		{ TEXT_OF("1.e1"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1..5"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1.5.5"), JSON_TRAILING, 3 },
		{ TEXT_OF("1.-5"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1 .5"), JSON_TRAILING, 2 },
		{ TEXT_OF("1. 5"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1,5"), JSON_TRAILING, 1 },
		{ TEXT_OF("1e"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1E"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1e+"), JSON_SYNTAX, 3 },
		{ TEXT_OF("1e-"), JSON_SYNTAX, 3 },
		{ TEXT_OF("[1e-]"), JSON_SYNTAX, 4 },
		{ TEXT_OF("1e+-1"), JSON_SYNTAX, 3 },
		{ TEXT_OF("1e--1"), JSON_SYNTAX, 3 },
		{ TEXT_OF("1e1.5"), JSON_TRAILING, 3 },
		{ TEXT_OF("1e1e1"), JSON_TRAILING, 3 },
		{ TEXT_OF("1ee1"), JSON_SYNTAX, 2 },
		{ TEXT_OF("e1"), JSON_SYNTAX, 0 },
		{ TEXT_OF("-e1"), JSON_SYNTAX, 1 },
		{ TEXT_OF("1 e1"), JSON_TRAILING, 2 },
		{ TEXT_OF("1e 1"), JSON_SYNTAX, 2 },
		{ TEXT_OF("0x10"), JSON_TRAILING, 1 },
		{ TEXT_OF("0b1"), JSON_TRAILING, 1 },
		{ TEXT_OF("0o7"), JSON_TRAILING, 1 },
		{ TEXT_OF("1_000"), JSON_TRAILING, 1 },
		{ TEXT_OF("1f"), JSON_TRAILING, 1 },
		{ TEXT_OF("1n"), JSON_TRAILING, 1 },
		{ TEXT_OF("Infinity"), JSON_SYNTAX, 0 },
		{ TEXT_OF("-Infinity"), JSON_SYNTAX, 1 },
		{ TEXT_OF("-NaN"), JSON_SYNTAX, 1 },
		{ TEXT_OF("inf"), JSON_SYNTAX, 0 },
		{ TEXT_OF("[-]"), JSON_SYNTAX, 2 },
		{ TEXT_OF("1-1"), JSON_TRAILING, 1 },
		{ TEXT_OF("[1+1]"), JSON_SYNTAX, 2 },
		{ TEXT_OF("\xef\xbc\x91"), JSON_SYNTAX, 0 }, /* fullwidth one */
		{ TEXT_OF("1\xd9\xa3"), JSON_TRAILING, 1 },  /* Arabic-Indic three */
		{ TEXT_OF("1\0"), JSON_TRAILING, 1 },
		{ TEXT_OF("[1\0]"), JSON_SYNTAX, 2 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
numbers_must_be_an_int64_or_a_finite_double(void **state)
{
	static const struct fine fine[] = {
		{ TEXT_OF("9223372036854775807") },
		{ TEXT_OF("-9223372036854775808") },
		{ TEXT_OF("9223372036854775808.0") },
		{ TEXT_OF("9223372036854775808e0") },
		{ TEXT_OF("1.7976931348623157e308") },
		{ TEXT_OF("-1.7976931348623157e308") },
		{ TEXT_OF("1e308") },
		{ TEXT_OF("5e-324") },
		{ TEXT_OF("1e-400") }, /* too small to be told from 0 */
		{ TEXT_OF("0e999999") },
		{ TEXT_OF("123e-10000000") },
	};
	static const struct faulty faulty[] = {
		{ TEXT_OF("9223372036854775808"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("-9223372036854775809"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("18446744073709551615"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("18446744073709551616"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("100000000000000000000000000000000"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("1.7976931348623159e308"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("1e309"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("-1e309"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("1e99999999999999999999"), JSON_NUMBER_RANGE, 0 },
		{ TEXT_OF("[1, 1e400]"), JSON_NUMBER_RANGE, 4 },
		{ TEXT_OF("{\"a\":9223372036854775808}"), JSON_NUMBER_RANGE, 5 },
	};

	(void)state;
	check_fine(fine, COUNT(fine));
	check_faulty(faulty, COUNT(faulty));
}

/* --- section 7: strings --- */

static void
strings_hold_any_character_and_nine_escapes(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF("\"\"") },
		{ TEXT_OF("\"a\"") },
		{ TEXT_OF("\" \"") },
		{ TEXT_OF("\"'\"") },
		{ TEXT_OF("\"/\"") },
		{ TEXT_OF("\"\x7f\"") },
		{ TEXT_OF("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"") },
		{ TEXT_OF("\"\\u0001\\u001f\\u0020\\u007f\"") },
		{ TEXT_OF("\"\\u00e9\\u00E9\\uABCD\\uabcd\"") },
		{ TEXT_OF("\"\\ud7ff\\ue000\\uffff\\ufeff\"") },
		{ TEXT_OF("\"\\ud800\\udc00\"") },
		{ TEXT_OF("\"\\uDBFF\\uDFFF\"") },
		{ TEXT_OF("\"\\ud83d\\ude00\\ud83d\\ude00\"") },
		{ TEXT_OF("\"\\\\u0000\"") },
		{ TEXT_OF("\"\\\\\\\"\"") },
		{ TEXT_OF("\"// /* */ {}[],:\"") },
		{ TEXT_OF("\"\\u002F\\u0022\\u005c\"") },
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
strings_are_written_in_no_other_way(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("\""), JSON_SYNTAX, 1 },
		{ TEXT_OF("\"a"), JSON_SYNTAX, 2 },
		{ TEXT_OF("[\"a]"), JSON_SYNTAX, 4 },
		{ TEXT_OF("\"\\\""), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\"), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\a\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\v\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\0\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\'\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\x41\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\ \""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\N\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\U00e9\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\\0\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\\n\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\\xc3\xa9\""), JSON_SYNTAX, 2 },
		{ TEXT_OF("\"\\u\""), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\u1\""), JSON_SYNTAX, 4 },
		{ TEXT_OF("\"\\u12\""), JSON_SYNTAX, 5 },
		{ TEXT_OF("\"\\u123\""), JSON_SYNTAX, 6 },
		{ TEXT_OF("\"\\u123"), JSON_SYNTAX, 6 },
		{ TEXT_OF("\"\\u"), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\u123g\""), JSON_SYNTAX, 6 },
		{ TEXT_OF("\"\\u 123\""), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\u-123\""), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\u+123\""), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\u0x12\""), JSON_SYNTAX, 4 },
		{ TEXT_OF("\"\\u{61}\""), JSON_SYNTAX, 3 },
		{ TEXT_OF("\"\\u00/0\""), JSON_SYNTAX, 5 },
		{ TEXT_OF("\"\\u00:0\""), JSON_SYNTAX, 5 },
		{ TEXT_OF("\"\\u00@0\""), JSON_SYNTAX, 5 },
		{ TEXT_OF("\"\\u00G0\""), JSON_SYNTAX, 5 },
		{ TEXT_OF("\"\\u00`0\""), JSON_SYNTAX, 5 },
		{ TEXT_OF("\"a\" b\""), JSON_TRAILING, 4 },
		{ TEXT_OF("{\"a"), JSON_SYNTAX, 3 },
		{ TEXT_OF("{\"\\q\":1}"), JSON_SYNTAX, 3 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
a_raw_control_character_in_a_string_is_refused(void **state)
{
	(void)state;
	for (int byte = 0; byte < 0x20; byte++) {
		const char text[] = { '"', 'a', (char)byte, '"' };
		const char name[] = { '{', '"', (char)byte, '"', ':', '1', '}' };
		const struct faulty rows[] = {
			{ text, sizeof(text), JSON_CONTROL, 2 },
			{ name, sizeof(name), JSON_CONTROL, 2 },
		};
		check_faulty(rows, COUNT(rows));
	}
}

static void
an_escaped_nul_is_refused(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("\"\\u0000\""), JSON_NUL, 1 },
		{ TEXT_OF("\"ab\\u0000c\""), JSON_NUL, 3 },
		{ TEXT_OF("{\"a\\u0000b\":1}"), JSON_NUL, 3 },
		{ TEXT_OF("{\"message\":\"\\u0000\"}"), JSON_NUL, 12 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
an_escaped_surrogate_needs_its_other_half(void **state)
{
	static const struct faulty rows[] = {
		/* A high half with nothing, with the end, or with something else behind it. */
		{ TEXT_OF("\"\\ud800\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\udbff\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\uD800"), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800a\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\n\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\u0041\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\u0000\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\udbff\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\ue000\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\\ud800\\udc00\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800 \\udc00\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\ud800\xed\xb0\x80\""), JSON_SURROGATE, 1 },
		/* A low half first. */
		{ TEXT_OF("\"\\udc00\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"\\uDFFF\""), JSON_SURROGATE, 1 },
		{ TEXT_OF("\"a\\udc00\\ud800\""), JSON_SURROGATE, 2 },
		{ TEXT_OF("\"\\ud800\\udc00\\udc00\""), JSON_SURROGATE, 13 },
		{ TEXT_OF("\"\\ud83d\\ude00\\ud83d\""), JSON_SURROGATE, 13 },
		{ TEXT_OF("{\"\\udc00\":1}"), JSON_SURROGATE, 2 },
		/* A second half that is no escape. */
		{ TEXT_OF("\"\\ud800\\u\""), JSON_SYNTAX, 9 },
		{ TEXT_OF("\"\\ud800\\udc0\""), JSON_SYNTAX, 12 },
		{ TEXT_OF("\"\\ud800\\uxc00\""), JSON_SYNTAX, 9 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

/* --- section 8: encoding --- */

static void
strings_hold_all_of_unicode_as_utf8(void **state)
{
	static const struct fine rows[] = {
		{ TEXT_OF("\"\xc2\x80\xdf\xbf\"") },
		{ TEXT_OF("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"") },
		{ TEXT_OF("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"") },
		{ TEXT_OF("\"\xe2\x80\xa8\xe2\x80\xa9\"") }, /* line separators: fine in JSON */
		{ TEXT_OF("\"\xef\xbb\xbf\"") },             /* U+FEFF inside a string */
		{ TEXT_OF("{\"\xed\x95\x9c\xea\xb8\x80\":\"\xf0\x9f\x98\x80\"}") },
		{ TEXT_OF("\"e\xcc\x81\xe2\x80\x8d\xe2\x80\xae\"") },
	};

	(void)state;
	check_fine(rows, COUNT(rows));
}

static void
what_is_not_utf8_is_refused_in_every_place(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("\"\x80\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xff\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xfe\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"a\xe9\""), JSON_UTF8, 2 }, /* Latin-1 */
		{ TEXT_OF("\"\xc0\x80\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xc0\xa2\""), JSON_UTF8, 1 }, /* an overlong quotation mark */
		{ TEXT_OF("\"\xc1\xbf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xe0\x80\xaf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xe0\x9f\xbf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf0\x80\x80\xaf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf0\x8f\xbf\xbf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xed\xa0\x80\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xed\xbf\xbf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xed\xa0\xbd\xed\xb8\x80\""), JSON_UTF8, 1 }, /* CESU-8 */
		{ TEXT_OF("\"\xf4\x90\x80\x80\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf7\xbf\xbf\xbf\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf8\x88\x80\x80\x80\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xc3\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xc3"), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xe2\x82\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xe2\x82"), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf0\x9f\x98\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf0\x9f\x98"), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xf0\x9f"), JSON_UTF8, 1 },
		{ TEXT_OF("\"\xe2(\xa1\""), JSON_UTF8, 1 },
		{ TEXT_OF("\"ok\xc3\xa9\xa9\""), JSON_UTF8, 5 },
		{ TEXT_OF("{\"\xff\":1}"), JSON_UTF8, 2 },
		{ TEXT_OF("[\xff]"), JSON_UTF8, 1 },
		{ TEXT_OF("\xff"), JSON_UTF8, 0 },
		{ TEXT_OF("{\"a\":\xc3}"), JSON_UTF8, 5 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

static void
other_encodings_and_byte_order_marks_are_refused(void **state)
{
	static const struct faulty rows[] = {
		{ TEXT_OF("\xef\xbb\xbf"), JSON_BYTE_ORDER_MARK, 0 },
		{ TEXT_OF("\xef\xbb\xbf{}"), JSON_BYTE_ORDER_MARK, 0 },
		{ TEXT_OF(" \xef\xbb\xbf{}"), JSON_SYNTAX, 1 },
		{ TEXT_OF("\xef\xbb{}"), JSON_UTF8, 0 },
		{ TEXT_OF("\xfe\xff\0{\0}"), JSON_UTF8, 0 }, /* UTF-16 with its mark */
		{ TEXT_OF("\xff\xfe{\0}\0"), JSON_UTF8, 0 },
		{ TEXT_OF("\0{\0}"), JSON_SYNTAX, 0 }, /* UTF-16BE without */
		{ TEXT_OF("{\0}\0"), JSON_SYNTAX, 1 }, /* UTF-16LE */
		{ TEXT_OF("\0\0\0{\0\0\0}"), JSON_SYNTAX, 0 },
	};

	(void)state;
	check_faulty(rows, COUNT(rows));
}

/* --- section 9: limits --- */

/* `depth` times the opening, the middle, `depth` times the closing. */
static char *
nest(const char *opening, const char *middle, const char *closing, size_t depth, size_t *size)
{
	struct buf text;

	buf_init(&text, 100000);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(buf_append_text(&text, opening), ERR_NONE);
	assert_int_equal(buf_append_text(&text, middle), ERR_NONE);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(buf_append_text(&text, closing), ERR_NONE);
	*size = text.size;
	return text.data;
}

static void
assert_depth(const char *opening, const char *middle, const char *closing, unsigned depth)
{
	size_t size;

	char *text = nest(opening, middle, closing, depth, &size);
	assert_fine(text, size, depth);
	struct json_verdict verdict = validate_exactly(text, size, depth - 1);
	assert_int_equal(verdict.fault, JSON_TOO_DEEP);
	assert_int_equal(verdict.offset, (depth - 1) * strlen(opening));
	free(text);
}

static void
nesting_is_taken_up_to_the_limit_and_not_one_deeper(void **state)
{
	static const unsigned depths[] = { 1, 2, 8, BOUND_JSON_DEPTH_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(depths); i++) {
		assert_depth("[", "", "]", depths[i]);
		assert_depth("[", "1", "]", depths[i]);
		assert_depth("{\"a\":", "null", "}", depths[i]);
		assert_depth("{\"a\":", "\"\"", "}", depths[i]);
	}
	for (unsigned depth = 1; depth < 32; depth++) {
		size_t size;
		char *text = nest("[{\"a\":", "{}", "}]", depth, &size);
		assert_fine(text, size, 2 * depth + 1);
		assert_int_equal(validate_exactly(text, size, 2 * depth).fault, JSON_TOO_DEEP);
		free(text);
	}
}

static void
values_side_by_side_do_not_nest(void **state)
{
	(void)state;
	assert_fine(TEXT_OF("[[],[],{},[[]],{\"a\":{}}]"), 3);
	assert_fine(TEXT_OF("{\"a\":[],\"b\":[],\"c\":{\"d\":[]}}"), 3);
	assert_fine(TEXT_OF("\"[[[[\""), 0);
	assert_fine(TEXT_OF("1"), 0);
	assert_int_equal(json_validate("[]", 2, 0).fault, JSON_TOO_DEEP);
}

static void
abusive_nesting_is_refused_at_once(void **state)
{
	size_t size;

	(void)state;
	char *text = nest("[", "", "", 90000, &size);
	struct json_verdict verdict = validate_exactly(text, size, BOUND_JSON_DEPTH_MAX);
	assert_int_equal(verdict.fault, JSON_TOO_DEEP);
	assert_int_equal(verdict.offset, BOUND_JSON_DEPTH_MAX);
	free(text);
}

/* An object with `count` members of different names. */
static void
append_object(struct buf *text, unsigned count)
{
	assert_int_equal(buf_append_text(text, "{"), ERR_NONE);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(
			buf_append_format(text, "%s\"member-%u\":%u", i == 0 ? "" : ",", i, i),
			ERR_NONE);
	assert_int_equal(buf_append_text(text, "}"), ERR_NONE);
}

static void
members_are_taken_up_to_the_limit_and_not_one_more(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 100000);
	append_object(&text, BOUND_JSON_MEMBERS);
	assert_fine(text.data, text.size, 1);
	text.size = 0;
	append_object(&text, BOUND_JSON_MEMBERS + 1);
	assert_int_equal(validate_exactly(text.data, text.size, 1).fault, JSON_TOO_MANY_MEMBERS);
	/* Per object, not in all. */
	text.size = 0;
	assert_int_equal(buf_append_text(&text, "["), ERR_NONE);
	append_object(&text, BOUND_JSON_MEMBERS);
	assert_int_equal(buf_append_text(&text, ","), ERR_NONE);
	append_object(&text, BOUND_JSON_MEMBERS);
	assert_int_equal(buf_append_text(&text, "]"), ERR_NONE);
	assert_fine(text.data, text.size, 2);
	buf_fini(&text);
}

static void
arrays_may_be_long(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 100000);
	assert_int_equal(buf_append_text(&text, "[0"), ERR_NONE);
	for (unsigned i = 0; i < 30000; i++)
		assert_int_equal(buf_append_text(&text, ",0"), ERR_NONE);
	assert_int_equal(buf_append_text(&text, "]"), ERR_NONE);
	assert_fine(text.data, text.size, 1);
	buf_fini(&text);
}

static void
no_text_is_taken_that_is_cut_off_anywhere(void **state)
{
	static const char text[] =
		"{\"message\":\"d\\u00e9j\xc3\xa0 \\ud83d\\ude00\",\"a\":[1.5e-3,-2,true,false,"
		"null,{\"b\":\"\\\\\"},[]],\"c\":{}}";

	(void)state;
	assert_fine(TEXT_OF(text), 3);
	for (size_t size = 0; size < sizeof(text) - 1; size++)
		assert_int_not_equal(validate_exactly(text, size, DEPTH).fault, JSON_FINE);
}

static void
every_fault_has_words_of_its_own(void **state)
{
	(void)state;
	for (int i = JSON_FINE; i <= JSON_NUMBER_RANGE; i++) {
		const char *text = json_fault_text((enum json_fault)i);
		assert_string_not_equal(text, "unknown");
		assert_int_not_equal(text[strlen(text) - 1], '.');
		for (int j = JSON_FINE; j < i; j++)
			assert_string_not_equal(text, json_fault_text((enum json_fault)j));
	}
	assert_string_equal(json_fault_text((enum json_fault)1000), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_value_can_be_the_whole_text),
		cmocka_unit_test(four_characters_of_white_space_may_stand_anywhere_between),
		cmocka_unit_test(nothing_else_is_white_space),
		cmocka_unit_test(white_space_alone_is_no_text),
		cmocka_unit_test(nothing_may_follow_the_value),
		cmocka_unit_test(comments_and_other_languages_are_not_json),
		cmocka_unit_test(literals_are_written_in_one_way),
		cmocka_unit_test(objects_have_members_with_names),
		cmocka_unit_test(objects_are_written_in_one_way),
		cmocka_unit_test(two_members_of_one_name_are_refused_however_it_is_written),
		cmocka_unit_test(arrays_hold_values_of_any_kind),
		cmocka_unit_test(arrays_are_written_in_one_way),
		cmocka_unit_test(numbers_have_an_integer_maybe_a_fraction_maybe_an_exponent),
		cmocka_unit_test(numbers_are_written_in_no_other_way),
		cmocka_unit_test(numbers_must_be_an_int64_or_a_finite_double),
		cmocka_unit_test(strings_hold_any_character_and_nine_escapes),
		cmocka_unit_test(strings_are_written_in_no_other_way),
		cmocka_unit_test(a_raw_control_character_in_a_string_is_refused),
		cmocka_unit_test(an_escaped_nul_is_refused),
		cmocka_unit_test(an_escaped_surrogate_needs_its_other_half),
		cmocka_unit_test(strings_hold_all_of_unicode_as_utf8),
		cmocka_unit_test(what_is_not_utf8_is_refused_in_every_place),
		cmocka_unit_test(other_encodings_and_byte_order_marks_are_refused),
		cmocka_unit_test(nesting_is_taken_up_to_the_limit_and_not_one_deeper),
		cmocka_unit_test(values_side_by_side_do_not_nest),
		cmocka_unit_test(abusive_nesting_is_refused_at_once),
		cmocka_unit_test(members_are_taken_up_to_the_limit_and_not_one_more),
		cmocka_unit_test(arrays_may_be_long),
		cmocka_unit_test(no_text_is_taken_that_is_cut_off_anywhere),
		cmocka_unit_test(every_fault_has_words_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
