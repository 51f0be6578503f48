/*
 * base/log: one line per event, whatever the values are.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static int
watch_log(void **state)
{
	(void)state;
	log_set_level(LOG_INFO);
	log_watch_begin();
	return 0;
}

static int
stop_watching(void **state)
{
	(void)state;
	log_watch_end();
	return 0;
}

/* What was logged behind "time=...Z ", whose form is checked. */
static const char *
logged(void)
{
	const char *text = log_watch_text();
	int year, month, day, hour, minute, second, millisecond, end = 0;

	sscanf(text, "time=%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &year, &month, &day, &hour, &minute,
	       &second, &millisecond, &end);
	assert_int_equal(end, strlen("time=2026-01-01T00:00:00.000Z "));
	return text + end;
}

static void
a_line_has_level_event_and_fields(void **state)
{
	(void)state;
	log_event(LOG_WARN, "peer_left",
	          LOG_FIELDS(log_text("reason", "tired"), log_number("seconds", -3)));
	assert_string_equal(logged(), "level=warn event=peer_left reason=tired seconds=-3\n");
}

static void
a_line_may_have_no_fields(void **state)
{
	(void)state;
	log_event(LOG_ERROR, "stopped", NULL);
	assert_string_equal(logged(), "level=error event=stopped\n");
}

static void
numbers_go_to_both_ends_of_their_range(void **state)
{
	(void)state;
	log_event(LOG_INFO, "e",
	          LOG_FIELDS(log_number("low", LLONG_MIN), log_number("high", LLONG_MAX)));
	assert_string_equal(
		logged(), "level=info event=e low=-9223372036854775808 high=9223372036854775807\n");
}

static void
values_are_quoted_where_they_must_be(void **state)
{
	static const struct {
		const char *value;
		const char *written;
	} rows[] = {
		{ "plain", "plain" },
		{ "/a/b.c~!", "/a/b.c~!" },
		{ "", "\"\"" },
		{ NULL, "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "a\"b", "\"a\\\"b\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "a\nlevel=error event=forged", "\"a\\x0alevel=error event=forged\"" },
		{ "\r\t\x1b[31m\x7f", "\"\\x0d\\x09\\x1b[31m\\x7f\"" },
		{ "\xc2\x9b", "\"\\xc2\\x9b\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char expected[128];
		log_event(LOG_INFO, "e", LOG_FIELDS(log_text("k", rows[i].value)));
		snprintf(expected, sizeof(expected), "level=info event=e k=%s\n", rows[i].written);
		assert_string_equal(logged(), expected);
		log_watch_end();
		log_watch_begin();
	}
}

static void
a_long_line_is_cut_and_still_one_line(void **state)
{
	char value[3 * BOUND_LOG_LINE_BYTES];

	(void)state;
	memset(value, '\n', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	log_event(LOG_INFO, "e", LOG_FIELDS(log_text("k", value), log_number("n", 1)));
	const char *text = log_watch_text();
	size_t size = strlen(text);
	assert_in_range(size, 100, BOUND_LOG_LINE_BYTES);
	/* What stands behind the value is still there. */
	assert_string_equal(text + size - strlen("...\" n=1\n"), "...\" n=1\n");
	assert_ptr_equal(strchr(text, '\n'), text + size - 1);
}

static void
of_a_long_ending_the_last_of_it_is_written(void **state)
{
	char text[2000];

	(void)state;
	log_event(LOG_INFO, "x", LOG_FIELDS(log_ending("a", ""), log_ending("b", "a \"b\"")));
	assert_string_equal(logged(), "level=info event=x a=\"\" b=\"a \\\"b\\\"\"\n");
	for (int byte = 1; byte < 256; byte += 21) {
		memset(text, byte, sizeof(text) - 5);
		strcpy(text + sizeof(text) - 5, " end");
		log_watch_end();
		log_watch_begin();
		log_event(LOG_INFO, "x", LOG_FIELDS(log_text("a", "b"), log_ending("c", text)));
		size_t size = strlen(log_watch_text());
		assert_true(size > BOUND_LOG_LINE_BYTES - 8 && size <= BOUND_LOG_LINE_BYTES);
		assert_non_null(strstr(logged(), "event=x a=b c=\"..."));
		assert_string_equal(log_watch_text() + size - 6, " end\"\n");
	}
}

static void
less_important_levels_are_not_written(void **state)
{
	(void)state;
	log_event(LOG_DEBUG, "e", NULL);
	assert_string_equal(log_watch_text(), "");
	assert_false(log_is_wanted(LOG_DEBUG));
	assert_true(log_is_wanted(LOG_INFO));
	log_set_level(LOG_DEBUG);
	assert_true(log_is_wanted(LOG_DEBUG));
	log_event(LOG_DEBUG, "e", NULL);
	assert_string_equal(logged(), "level=debug event=e\n");
}

static void
only_errors_are_written_where_only_errors_are_wanted(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR);
	log_event(LOG_WARN, "e", NULL);
	assert_string_equal(log_watch_text(), "");
	log_event(LOG_ERROR, "e", NULL);
	assert_string_equal(logged(), "level=error event=e\n");
}

static void
errno_is_left_as_it_was(void **state)
{
	(void)state;
	errno = EXDEV;
	log_event(LOG_INFO, "e", LOG_FIELDS(log_text("k", "v")));
	assert_int_equal(errno, EXDEV);
}

static void
levels_have_four_names(void **state)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(log_level_names[i], names[i]);
	assert_null(log_level_names[COUNT(names)]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_has_level_event_and_fields, watch_log,
		                                stop_watching),
		cmocka_unit_test_setup_teardown(a_line_may_have_no_fields, watch_log,
		                                stop_watching),
		cmocka_unit_test_setup_teardown(numbers_go_to_both_ends_of_their_range, watch_log,
		                                stop_watching),
		cmocka_unit_test_setup_teardown(values_are_quoted_where_they_must_be, watch_log,
		                                stop_watching),
		cmocka_unit_test_setup_teardown(a_long_line_is_cut_and_still_one_line, watch_log,
		                                stop_watching),
		cmocka_unit_test_setup_teardown(of_a_long_ending_the_last_of_it_is_written,
		                                watch_log, stop_watching),
		cmocka_unit_test_setup_teardown(less_important_levels_are_not_written, watch_log,
		                                stop_watching),
		cmocka_unit_test_setup_teardown(
			only_errors_are_written_where_only_errors_are_wanted, watch_log,
			stop_watching),
		cmocka_unit_test_setup_teardown(errno_is_left_as_it_was, watch_log, stop_watching),
		cmocka_unit_test(levels_have_four_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
