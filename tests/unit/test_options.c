/*
 * llm/options: the command line of plainchat-llm.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "llm/options.h"

/* Reads the options, which end with NULL; the failure's text, if there is one, is kept in `text`.
 */
static enum failure_status
read(const char *const words[], struct options *options, char text[256])
{
	char *argv[16] = { (char *)"plainchat-llm" };
	struct failure failure;
	int argc = 1;

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)words[argc - 1];
	failure_init(&failure);
	enum failure_status status = options_read(argc, argv, options, &failure);
	snprintf(text, 256, "%s", failure.text.size > 0 ? failure.text.data : "");
	failure_fini(&failure);
	return status;
}

static void
every_option_is_read(void **state)
{
	static const char *const words[] = {
		"--url=u",
		"--model",
		"m",
		"--system-file=f",
		"--temperature=0",
		"--max-tokens=7",
		"--alternate",
		"--key-file=k",
		"--key-over-http",
		"--ca-file=c",
		"--connect-timeout=0.5",
		"--first-byte-timeout=90",
		"--between-timeout=1.5",
		NULL,
	};
	struct options options;
	char text[256];

	(void)state;
	assert_int_equal(read(words, &options, text), FAILURE_NONE);
	assert_string_equal(options.url, "u");
	assert_string_equal(options.model, "m");
	assert_null(options.system);
	assert_string_equal(options.system_file, "f");
	assert_string_equal(options.temperature, "0");
	assert_int_equal(options.max_tokens, 7);
	assert_string_equal(options.max_tokens_name, "max_tokens");
	assert_true(options.alternate);
	assert_string_equal(options.key_file, "k");
	assert_true(options.key_over_http);
	assert_string_equal(options.ca_file, "c");
	assert_int_equal(options.connect_ms, 500);
	assert_int_equal(options.first_byte_ms, 90000);
	assert_int_equal(options.between_ms, 1500);
}

static void
what_is_not_given_has_its_default(void **state)
{
	static const char *const words[] = { "--url=u", "--max-completion-tokens=7", NULL };
	struct options options;
	char text[256];

	(void)state;
	assert_int_equal(read(words, &options, text), FAILURE_NONE);
	assert_null(options.model);
	assert_null(options.temperature);
	assert_string_equal(options.max_tokens_name, "max_completion_tokens");
	assert_false(options.alternate);
	assert_false(options.key_over_http);
	assert_int_equal(options.connect_ms, BOUND_LLM_CONNECT_MS);
	assert_int_equal(options.first_byte_ms, BOUND_LLM_FIRST_BYTE_MS);
	assert_int_equal(options.between_ms, BOUND_LLM_BETWEEN_MS);
}

static void
what_cannot_be_used_is_told_without_repeating_it(void **state)
{
	static const struct {
		const char *words[4];
		const char *told;
	} rows[] = {
		{ { "--model=m", NULL }, "--url=URL is needed" },
		{ { "--url=", NULL }, "--url must be" },
		{ { "--url=u", "--temperature=2.1", NULL }, "from 0 to 2" },
		{ { "--url=u", "--temperature=-1", NULL }, "from 0 to 2" },
		{ { "--url=u", "--temperature=0x1", NULL }, "from 0 to 2" },
		{ { "--url=u", "--temperature=nan", NULL }, "from 0 to 2" },
		{ { "--url=u", "--max-tokens=0", NULL }, "whole number" },
		{ { "--url=u", "--max-tokens=1e3", NULL }, "whole number" },
		{ { "--url=u", "--max-tokens=99999999999", NULL }, "whole number" },
		{ { "--url=u", "--connect-timeout=0", NULL }, "seconds" },
		{ { "--url=u", "--connect-timeout=86401", NULL }, "seconds" },
		{ { "--url=u", "--model=\xff", NULL }, "UTF-8" },
		{ { "--url=u", "--system=a", "--system-file=b", NULL }, "exclude" },
		{ { "--url=u", "--key=secret", NULL }, "argument 2" },
		{ { "--url=u", "--no=secret", NULL }, "argument 2" },
		{ { "--url=u", "--alternate=secret", NULL }, "argument 2" },
		{ { "--url=u", "secret", NULL }, "argument 2" },
		{ { "--url=u", "--key-file", NULL }, "argument 2" },
		{ { "-secret", NULL }, "argument" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		char text[256];
		assert_int_equal(read(rows[i].words, &options, text), FAILURE_OPTIONS);
		assert_non_null(strstr(text, rows[i].told));
		assert_null(strstr(text, "secret"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_read),
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(what_cannot_be_used_is_told_without_repeating_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
