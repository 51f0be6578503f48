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

#include "text/json.h"

#define SCALARS (0x110000 - 0x800 - 1)

/* So many go into a text: an object has no more members. */
#define BATCH BOUND_JSON_MEMBERS

typedef struct json_verdict (*parse_function)(const char *text, size_t size, unsigned depth_max,
                                              struct json_object **value);

typedef void (*write_function)(struct buf *text, unsigned scalar);

/* The scalar as UTF-8 (RFC 3629, section 3), by arithmetic that is not the product's. */
static const char *
utf8_of(unsigned scalar)
{
	static char bytes[5];
	unsigned more = scalar < 0x80 ? 0 : scalar < 0x800 ? 1 : scalar < 0x10000 ? 2 : 3;
	static const unsigned leads[] = { 0, 192, 224, 240 };

	memset(bytes, 0, sizeof(bytes));
	for (unsigned i = more; i > 0; i--, scalar /= 64)
		bytes[i] = (char)(128 + scalar % 64);
	bytes[0] = (char)(leads[more] + scalar);
	return bytes;
}

static void
write_lower(struct buf *text, unsigned scalar)
{
	enum err err = scalar < 0x10000 ? buf_append_format(text, "\\u%04x", scalar)
	                                : buf_append_format(text, "\\u%04x\\u%04x",
	                                                    0xd800 + (scalar - 0x10000) / 1024,
	                                                    0xdc00 + (scalar - 0x10000) % 1024);

	assert_int_equal(err, ERR_NONE);
}

static void
write_upper(struct buf *text, unsigned scalar)
{
	size_t start = text->size;

	write_lower(text, scalar);
	for (char *at = text->data + start; *at != '\0'; at++)
		*at = (char)(*at >= 'a' && *at <= 'f' ? *at - 'a' + 'A' : *at);
}

static void
write_raw(struct buf *text, unsigned scalar)
{
	bool must_escape = scalar < 0x20 || scalar == '"' || scalar == '\\';

	if (must_escape)
		write_lower(text, scalar);
	else
		assert_int_equal(buf_append_text(text, utf8_of(scalar)), ERR_NONE);
}

/* The object {"S":"S", ...} of the scalars from `first` on, at most BATCH of them. */
static unsigned
write_batch(struct buf *text, unsigned first, write_function write)
{
	unsigned scalar = first;

	text->size = 0;
	for (unsigned count = 0; scalar < 0x110000 && count < BATCH; scalar++) {
		if (scalar >= 0xd800 && scalar <= 0xdfff)
			continue;
		assert_int_equal(buf_append_text(text, count == 0 ? "{\"" : ",\""), ERR_NONE);
		write(text, scalar);
		assert_int_equal(buf_append_text(text, "\":\""), ERR_NONE);
		write(text, scalar);
		assert_int_equal(buf_append_text(text, "\""), ERR_NONE);
		count++;
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
		if (scalar == 0xd800)
			scalar = 0xe000;
		const char *expected = utf8_of(scalar);
		if (strcmp(name, expected) != 0)
			fail_msg("U+%04X as a name", scalar);
		if ((size_t)json_object_get_string_len(value) != strlen(expected) ||
		    memcmp(json_object_get_string(value), expected, strlen(expected)) != 0)
			fail_msg("U+%04X as a value", scalar);
		scalar++;
		count++;
	}
	return count;
}

static void
check_all(parse_function parse, write_function write)
{
	unsigned count = 0;
	struct buf text;
	struct buf again;

	buf_init(&text, 40 * BATCH);
	buf_init(&again, 40 * BATCH);
	for (unsigned first = 1; first < 0x110000;) {
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
	check_all(json_parse, write_lower);
}

static void
every_scalar_comes_through_as_upper_case_escapes(void **state)
{
	(void)state;
	check_all(json_parse, write_upper);
}

static void
every_scalar_comes_through_raw(void **state)
{
	(void)state;
	check_all(json_parse, write_raw);
}

static void
every_scalar_comes_through_the_lenient_reader_escaped(void **state)
{
	(void)state;
	check_all(json_parse_lenient, write_lower);
}

static void
every_scalar_comes_through_the_lenient_reader_raw(void **state)
{
	(void)state;
	check_all(json_parse_lenient, write_raw);
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
