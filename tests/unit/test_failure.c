/*
 * llm/failure: the first cause counts, and its line is safe to log.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "llm/failure.h"

static void
the_first_cause_counts(void **state)
{
	struct failure failure;

	(void)state;
	failure_init(&failure);
	assert_int_equal(failure_set(&failure, FAILURE_TLS, "no %s", "proof"), FAILURE_TLS);
	assert_int_equal(failure_set(&failure, FAILURE_EMPTY, "empty"), FAILURE_TLS);
	assert_int_equal(failure.status, FAILURE_TLS);
	assert_string_equal(failure.text.data, "no proof");
	failure_fini(&failure);
}

static void
the_line_has_nothing_but_printable_ascii_and_no_key(void **state)
{
	static const struct {
		const char *text;
		const char *key;
		const char *line;
	} rows[] = {
		{ "plain ~!", NULL, "plain ~!" },
		{ "a\nb\x1b[2J\x7f", NULL, "a\\x0ab\\x1b[2J\\x7f" },
		{ "\xc2\x9b", NULL, "\\xc2\\x9b" },
		{ "key sk-1 is sk-1sk-1.", "sk-1", "key [key] is [key][key]." },
		{ "sk-", "sk-1", "sk-" },
		{ "", "sk-1", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char wanted[128];
		struct buf line;
		snprintf(wanted, sizeof(wanted), "plainchat-llm: %s\n", rows[i].line);
		buf_init(&line, 2 * BOUND_LLM_REPORT_BYTES);
		failure_append_line(&line, rows[i].text, strlen(rows[i].text), rows[i].key);
		assert_string_equal(line.data, wanted);
		buf_fini(&line);
	}
}

static void
a_long_line_is_cut_but_no_key_with_it(void **state)
{
	static char text[4 * BOUND_LLM_REPORT_BYTES + 1];
	const char *key = "sk-secret";
	size_t key_size = strlen(key);
	struct buf line;

	(void)state;
	/* The key everywhere, so that it stands wherever the cut is. */
	for (size_t at = 0; at + key_size < sizeof(text); at++)
		text[at] = key[at % key_size];
	for (size_t start = 0; start < key_size; start++) {
		buf_init(&line, 2 * BOUND_LLM_REPORT_BYTES);
		failure_append_line(&line, text + start, strlen(text + start), key);
		assert_true(line.size <= BOUND_LLM_REPORT_BYTES + 10);
		assert_string_equal(line.data + line.size - 4, "...\n");
		assert_null(strstr(line.data, "sk-secret"));
		assert_null(strstr(line.data, "sk-s..."));
		buf_fini(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_cause_counts),
		cmocka_unit_test(the_line_has_nothing_but_printable_ascii_and_no_key),
		cmocka_unit_test(a_long_line_is_cut_but_no_key_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
