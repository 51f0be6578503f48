/*
 * text/names: what names people and rooms, and how it is written. The cases are those of the page,
 * too (tests/names/, tests/js/test_names.js): one name or text to a line.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "text/characters.h"
#include "text/json.h"
#include "text/names.h"
#include "text/utf8.h"

#define CASES_LEAST 150

static FILE *
open_cases(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/names/%s", srcdir == NULL ? "." : srcdir, name);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		fail_msg("%s cannot be read", path);
	return file;
}

static const char *
text_of(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	return json_object_get_string(value);
}

static bool
read_name(const char *kind, const char *text, struct buf *name)
{
	if (strcmp(kind, "person") == 0)
		return names_read_person(text, strlen(text), name);
	assert_string_equal(kind, "room");
	return names_read_room(text, strlen(text), name);
}

static void
check_case(struct json_object *row)
{
	const char *expected = text_of(row, "name");
	const char *kind = text_of(row, "kind");
	struct buf name;
	struct buf again;

	buf_init(&name, BOUND_NAME_BYTES);
	buf_init(&again, BOUND_NAME_BYTES);
	bool is_name = read_name(kind, text_of(row, "text"), &name);
	if (is_name != (expected != NULL))
		fail_msg("%s: %s", kind, text_of(row, "why"));
	if (is_name && strcmp(name.data, expected) != 0)
		fail_msg("%s: %s: written in another way", kind, text_of(row, "why"));
	assert_true(is_name || name.size == 0);
	/* What is a name is one as it is. */
	if (is_name)
		assert_true(read_name(kind, name.data, &again));
	if (is_name)
		assert_string_equal(again.data, name.data);
	buf_fini(&name);
	buf_fini(&again);
}

static void
names_are_what_the_page_takes_them_for(void **state)
{
	FILE *file = open_cases("names.ndjson");
	unsigned count = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	(void)state;
	while ((size = getline(&line, &room, file)) > 0) {
		struct json_object *row;
		assert_int_equal(json_parse(line, (size_t)size, 1, &row).fault, JSON_FINE);
		check_case(row);
		json_object_put(row);
		count++;
	}
	assert_true(count >= CASES_LEAST);
	free(line);
	fclose(file);
}

static void
what_shows_nothing_is_what_the_page_takes_it_for(void **state)
{
	FILE *file = open_cases("invisible.txt");
	unsigned first;
	unsigned last;
	unsigned next = 0;

	(void)state;
	while (fscanf(file, "%x-%x", &first, &last) == 2) {
		for (; next < first; next++)
			assert_false(character_is_invisible((int32_t)next));
		for (; next <= last; next++)
			assert_true(character_is_invisible((int32_t)next));
	}
	for (; next < 0x110000; next++)
		assert_false(character_is_invisible((int32_t)next));
	fclose(file);
}

static void
all_that_unicode_calls_space_or_ignorable_shows_nothing(void **state)
{
	(void)state;
	for (int32_t character = 0; character < 0x110000; character++) {
		utf8proc_category_t category = utf8proc_category(character);
		if (category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
		    category == UTF8PROC_CATEGORY_ZP || utf8proc_get_property(character)->ignorable)
			assert_true(character_is_invisible(character));
	}
}

static void
a_text_of_nothing_that_can_be_seen_is_blank(void **state)
{
	static const char *const blank[] = {
		"",
		" \t\r\n",
		"\xc2\x85\xc2\xa0\xe3\x80\x80",

		"\xe2\x80\x8b",
		/* Hangul filler, soft hyphen and byte order mark, joiners, a selector, Braille */
		"\xe3\x85\xa4",
		"\xc2\xad\xef\xbb\xbf",
		"\xe2\x80\x8c\xe2\x80\x8d",
		"\xef\xb8\x8f",
		"\xe2\xa0\x80",
	};
	static const char *const seen[] = {
		".",
		"\t\n-\n",
		"\xe2\x80\x8b.",
		"\xf0\x9f\x98\x80",
		/* A combining accent, U+FFFD, private use, reserved. */
		"\xcc\x81",
		"\xef\xbf\xbd",
		"\xee\x80\x80",
		"\xcd\xb8",
		/* Controls, which browsers have to show. */
		"\x01",
		"\x1b",
		"\x7f",
		"\xc2\x84",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(blank); i++)
		assert_true(utf8_is_blank(blank[i], strlen(blank[i])));
	for (size_t i = 0; i < COUNT(seen); i++)
		assert_false(utf8_is_blank(seen[i], strlen(seen[i])));
	assert_false(utf8_is_blank("\0", 1));
}

static void
a_nul_is_in_no_name(void **state)
{
	struct buf name;

	(void)state;
	buf_init(&name, BOUND_NAME_BYTES);
	assert_false(names_read_person("a\0b", 3, &name));
	assert_false(names_read_room("a\0b", 3, &name));
	assert_false(names_read_person("a\0", 2, &name));
}

static void
a_text_that_is_far_too_long_is_refused_before_it_is_composed(void **state)
{
	struct buf text;
	struct buf name;

	(void)state;
	buf_init(&text, 3000000);
	buf_init(&name, BOUND_NAME_BYTES);
	assert_int_equal(buf_append_text(&text, "a"), ERR_NONE);
	/* Marks in the wrong order: to sort them takes the square of their number. */
	for (unsigned i = 0; i < 500000; i++)
		assert_int_equal(buf_append_text(&text, "\xcc\x81\xcc\xa3"), ERR_NONE);
	assert_false(names_read_person(text.data, text.size, &name));
	assert_false(names_read_room(text.data, text.size, &name));
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_what_the_page_takes_them_for),
		cmocka_unit_test(what_shows_nothing_is_what_the_page_takes_it_for),
		cmocka_unit_test(all_that_unicode_calls_space_or_ignorable_shows_nothing),
		cmocka_unit_test(a_text_of_nothing_that_can_be_seen_is_blank),
		cmocka_unit_test(a_nul_is_in_no_name),
		cmocka_unit_test(a_text_that_is_far_too_long_is_refused_before_it_is_composed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
