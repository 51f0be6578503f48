/*
 * responder/status: what a program says beside its reply.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "base/bounds.h"
#include "responder/status.h"

/* What is thought by these bytes, which come in pieces; `reader` is to be ended. */
static const char *
thought_of(struct status_reader *reader, const char *bytes, size_t piece)
{
	static char text[1000];
	size_t size = strlen(bytes);
	struct buf thought;

	buf_init(&thought, sizeof(text) - 1);
	status_reader_init(reader);
	for (size_t at = 0; at < size; at += piece)
		status_reader_add(reader, bytes + at, size - at < piece ? size - at : piece,
		                  &thought);
	strcpy(text, buf_text(&thought));
	buf_fini(&thought);
	return text;
}

static void
lines_say_what_is_thought_and_how_it_ended_however_they_were_cut(void **state)
{
	static const char lines[] = "{\"thought\":\"안녕\"}\n{\"thought\":\" there\",\"x\":1}\n"
				    "{\"cut\":\"length\"}\n{\"reason\":\"busy\"}\n";

	(void)state;
	for (size_t piece = 1; piece <= strlen(lines); piece++) {
		struct status_reader reader;
		assert_string_equal(thought_of(&reader, lines, piece), "안녕 there");
		assert_int_equal(reader.cut, CAUSE_LENGTH);
		assert_int_equal(reader.reason, CAUSE_BUSY);
		status_reader_fini(&reader);
	}
}

static void
what_is_no_such_line_is_passed_over(void **state)
{
	struct status_reader reader;

	(void)state;
	assert_string_equal(thought_of(&reader,
	                               "hello\n\n[1]\nnull\n{\"thought\":7}\n"
	                               "{\"thought\":\"a\\u0000\"}\n{\"cut\":\"sometime\"}\n"
	                               "{\"reason\":\"tired\"}\n{\"thought\":\"b\"}\n"
	                               "{\"thought\":\"without an end\"}",
	                               7),
	                    "b");
	assert_int_equal(reader.cut, CAUSE_NONE);
	assert_int_equal(reader.reason, CAUSE_NONE);
	status_reader_fini(&reader);
}

static void
a_line_that_is_too_long_costs_itself_alone(void **state)
{
	static char bytes[3 * BOUND_STATUS_LINE_BYTES];
	struct status_reader reader;

	(void)state;
	memset(bytes, 'x', sizeof(bytes) - 1);
	strcpy(bytes + sizeof(bytes) - 100, "\n{\"thought\":\"b\"}\n");
	assert_string_equal(thought_of(&reader, bytes, 4096), "b");
	status_reader_fini(&reader);
}

static void
some_exit_statuses_are_reasons(void **state)
{
	(void)state;
	assert_int_equal(status_exit_reason(68), CAUSE_UNREACHABLE);
	assert_int_equal(status_exit_reason(69), CAUSE_UNREACHABLE);
	assert_int_equal(status_exit_reason(75), CAUSE_BUSY);
	assert_int_equal(status_exit_reason(1), CAUSE_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_say_what_is_thought_and_how_it_ended_however_they_were_cut),
		cmocka_unit_test(what_is_no_such_line_is_passed_over),
		cmocka_unit_test(a_line_that_is_too_long_costs_itself_alone),
		cmocka_unit_test(some_exit_statuses_are_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
