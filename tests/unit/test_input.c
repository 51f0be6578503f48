/*
 * llm/input: files with a text or a key.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llm/input.h"

#define VARIABLE "PLAINCHAT_TEST_KEY"

static const char *
file_of(const char *content, size_t size)
{
	const char *path = scratch_path("input");
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void
a_text_file_is_read_without_the_white_space_at_its_end(void **state)
{
	struct failure failure;
	struct buf text;

	(void)state;
	failure_init(&failure);
	buf_init(&text, 100);
	assert_int_equal(
		input_read_text_file(file_of(TEXT_OF(" a\nb \r\n\n")), "file", &text, &failure),
		FAILURE_NONE);
	assert_string_equal(text.data, " a\nb");
	buf_fini(&text);
	failure_fini(&failure);
}

static void
a_file_that_cannot_be_used_is_told(void **state)
{
	static const struct {
		const char *content;
		size_t size;
		const char *told;
	} rows[] = {
		{ TEXT_OF(""), "the file is empty" },
		{ TEXT_OF(" \n"), "the file is empty" },
		{ TEXT_OF("\xff"), "the file is not UTF-8" },
		{ TEXT_OF("a\0b"), "the file is not UTF-8" },
		{ TEXT_OF("longer than the ten bytes"), "the file is over 10 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct failure failure;
		struct buf text;
		failure_init(&failure);
		buf_init(&text, 10);
		assert_int_equal(input_read_text_file(file_of(rows[i].content, rows[i].size),
		                                      "file", &text, &failure),
		                 FAILURE_FILE);
		assert_non_null(strstr(failure.text.data, rows[i].told));
		buf_fini(&text);
		failure_fini(&failure);
	}
}

/* Fails unless the key is read as this; NULL: refused, and not repeated. */
static void
assert_key(const char *path, const char *wanted)
{
	struct failure failure;
	char *key;

	failure_init(&failure);
	enum failure_status status = input_read_key(path, VARIABLE, &key, &failure);
	if (wanted == NULL) {
		assert_int_equal(status, FAILURE_FILE);
		assert_null(key);
		assert_null(strstr(failure.text.data, "secret"));
	} else {
		assert_int_equal(status, FAILURE_NONE);
		assert_string_equal(key, wanted);
	}
	free(key);
	failure_fini(&failure);
}

static void
the_key_is_what_the_file_has_else_the_environment(void **state)
{
	struct failure failure;
	char *key;

	(void)state;
	for (int is_set = 0; is_set <= 1; is_set++) {
		if (is_set)
			setenv(VARIABLE, "", 1);
		else
			unsetenv(VARIABLE);
		failure_init(&failure);
		assert_int_equal(input_read_key(NULL, VARIABLE, &key, &failure), FAILURE_NONE);
		assert_null(key);
		failure_fini(&failure);
	}
	setenv(VARIABLE, "sk-2", 1);
	assert_key(NULL, "sk-2");
	assert_key(file_of(TEXT_OF("sk-1\r\n")), "sk-1");
}

static void
what_cannot_be_a_key_is_refused(void **state)
{
	static char long_key[BOUND_LLM_KEY_BYTES + 2];
	static const char *const rows[] = {
		" ", "a secret", "secret\r\nX: y", "secret\x7f", "secret\xc3\xa9", long_key,
	};

	(void)state;
	memset(long_key, 'x', sizeof(long_key) - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		setenv(VARIABLE, rows[i], 1);
		assert_key(NULL, NULL);
		assert_key(file_of(rows[i], strlen(rows[i])), NULL);
	}
	unsetenv(VARIABLE);
	assert_key("/nowhere/at/all", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_file_is_read_without_the_white_space_at_its_end),
		cmocka_unit_test(a_file_that_cannot_be_used_is_told),
		cmocka_unit_test(the_key_is_what_the_file_has_else_the_environment),
		cmocka_unit_test(what_cannot_be_a_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
