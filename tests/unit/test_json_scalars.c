/*
 * text/json: each of the 1,112,063 Unicode scalars that JSON may bring (U+0000 is refused) comes
 * out as it went in, escaped or raw, in a value or in a member's name, whoever reads it, and is
 * written so that it is read back.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <json-c/linkhash.h>
#include <string.h>

#include "support_scalars.h"
#include "text/json.h"

/* So many go into a text: an object has no more members. */
#define BATCH BOUND_JSON_MEMBERS

typedef struct json_verdict (*parse_function)(const char *text, size_t size, unsigned depth_max,
                                              struct json_object **value);

/* The object {"S":"S", ...} of the scalars from `first` on, at most BATCH of them. */
static unsigned
write_batch(struct buf *text, unsigned first, scalar_write_function write)
{
	unsigned scalar = first;

	text->size = 0;
	for (unsigned count = 0; scalar < SCALARS_END && count < BATCH; count++) {
		assert_int_equal(buf_append_text(text, count == 0 ? "{\"" : ",\""), ERR_NONE);
		write(text, scalar);
		assert_int_equal(buf_append_text(text, "\":\""), ERR_NONE);
		write(text, scalar);
		assert_int_equal(buf_append_text(text, "\""), ERR_NONE);
		scalar = scalar_next(scalar);
	}
	assert_int_equal(buf_append_text(text, "}"), ERR_NONE);
	return scalar;
}

/* Fails unless the members are the scalars from `first` on. Returns how many. */
static unsigned
check_batch(struct json_object *object, unsigned first)
{
	unsigned scalar = first;
	unsigned count = 0;

	json_object_object_foreach(object, name, value)
	{
		const char *expected = scalar_utf8(scalar);
		if (strcmp(name, expected) != 0)
			fail_msg("U+%04X as a name", scalar);
		if ((size_t)json_object_get_string_len(value) != strlen(expected) ||
		    memcmp(json_object_get_string(value), expected, strlen(expected)) != 0)
			fail_msg("U+%04X as a value", scalar);
		scalar = scalar_next(scalar);
		count++;
	}
	return count;
}

static void
check_all(parse_function parse, scalar_write_function write)
{
	unsigned count = 0;
	struct buf text;
	struct buf again;

	buf_init(&text, 40 * BATCH);
	buf_init(&again, 40 * BATCH);
	for (unsigned first = 1; first < SCALARS_END;) {
		struct json_object *object;
		unsigned next = write_batch(&text, first, write);
		assert_int_equal(parse(text.data, text.size, 1, &object).fault, JSON_FINE);
		count += check_batch(object, first);
		again.size = 0;
		assert_int_equal(json_append(&again, object), ERR_NONE);
		json_object_put(object);
		assert_int_equal(parse(again.data, again.size, 1, &object).fault, JSON_FINE);
		(void)check_batch(object, first);
		json_object_put(object);
		first = next;
	}
	assert_int_equal(count, SCALARS);
	buf_fini(&text);
	buf_fini(&again);
}

static void
every_scalar_comes_through_as_lower_case_escapes(void **state)
{
	(void)state;
	check_all(json_parse, scalar_write_lower);
}

static void
every_scalar_comes_through_as_upper_case_escapes(void **state)
{
	(void)state;
	check_all(json_parse, scalar_write_upper);
}

static void
every_scalar_comes_through_raw(void **state)
{
	(void)state;
	check_all(json_parse, scalar_write_raw);
}

static void
every_scalar_comes_through_the_lenient_reader_escaped(void **state)
{
	(void)state;
	check_all(json_parse_lenient, scalar_write_lower);
}

static void
every_scalar_comes_through_the_lenient_reader_raw(void **state)
{
	(void)state;
	check_all(json_parse_lenient, scalar_write_raw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scalar_comes_through_as_lower_case_escapes),
		cmocka_unit_test(every_scalar_comes_through_as_upper_case_escapes),
		cmocka_unit_test(every_scalar_comes_through_raw),
		cmocka_unit_test(every_scalar_comes_through_the_lenient_reader_escaped),
		cmocka_unit_test(every_scalar_comes_through_the_lenient_reader_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
