/*
 * http/render/problem: every problem is a well-formed document (RFC 9457) with a code of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "http/render/problem.h"
#include "http/response.h"

static void
every_problem_has_a_code_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < PROBLEM_COUNT; i++) {
		const char *code = problem_code((enum problem)i);
		assert_non_null(code);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz_0123456789"),
		                 strlen(code));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(code, problem_code((enum problem)j));
	}
}

static void
every_problem_is_a_document_with_its_status(void **state)
{
	(void)state;
	for (int i = 0; i < PROBLEM_COUNT; i++) {
		struct response *response = problem_response((enum problem)i, "number %d", i);
		struct capture capture = { .answer_count = 1,
			                   .status = response->status,
			                   .content_type = response->content_type,
			                   .body = response->body };
		assert_in_range(response->status, 400, 599);
		assert_string_not_equal(response_status_phrase(response->status), "Unknown");
		assert_problem(&capture, response->status, problem_code((enum problem)i));
		response_free(response);
	}
}

static void
a_document_is_one_line_of_json(void **state)
{
	(void)state;
	struct response *response =
		problem_response(PROBLEM_MESSAGE_BLANK, "%s at %zu", "\"x\"\n", (size_t)3);
	assert_string_equal(response->body.data,
	                    "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
	                    "\"code\":\"message_blank\",\"detail\":\"\\\"x\\\"\\n at 3\"}");
	response_free(response);
}

static void
what_may_pass_says_when_to_come_back(void **state)
{
	(void)state;
	for (int i = 0; i < PROBLEM_COUNT; i++) {
		struct response *response = problem_response((enum problem)i, "x");
		bool tells_when = response->headers.data != NULL &&
		                  strncmp(response->headers.data, "Retry-After: ", 13) == 0;
		assert_int_equal(tells_when, response->status == 503);
		response_free(response);
	}
}

static void
a_long_detail_is_cut(void **state)
{
	char detail[2000];

	(void)state;
	memset(detail, 'x', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	struct response *response = problem_response(PROBLEM_PATH_UNKNOWN, "%s", detail);
	assert_in_range(response->body.size, 255, 500);
	response_free(response);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_problem_has_a_code_of_its_own),
		cmocka_unit_test(every_problem_is_a_document_with_its_status),
		cmocka_unit_test(a_document_is_one_line_of_json),
		cmocka_unit_test(what_may_pass_says_when_to_come_back),
		cmocka_unit_test(a_long_detail_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
