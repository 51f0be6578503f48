/*
 * http/response: a response as a web server reads it from a program (RFC 3875, section 6).
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include "http/response.h"

#define COMMON "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

static void
assert_written(const struct response *response, bool head_only, const char *expected)
{
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(response_append(response, head_only, &out), ERR_NONE);
	assert_string_equal(out.data, expected);
	buf_fini(&out);
}

static void
a_response_has_status_headers_and_body(void **state)
{
	(void)state;
	struct response *response = response_new(200, "text/plain");
	assert_int_equal(buf_append_text(&response->body, "hello"), ERR_NONE);
	response_add_header(response, "Allow", "GET");
	response_add_header(response, "Accept", "a/b");
	assert_written(response, false,
	               "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n" COMMON
	               "Allow: GET\r\nAccept: a/b\r\n\r\nhello");
	response_free(response);
}

static void
to_head_the_length_is_told_but_the_body_kept(void **state)
{
	(void)state;
	struct response *response = response_new(200, "text/plain");
	assert_int_equal(buf_append_text(&response->body, "hello"), ERR_NONE);
	assert_written(response, true,
	               "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n" COMMON
	               "\r\n");
	response_free(response);
}

static void
without_a_type_there_is_no_body(void **state)
{
	(void)state;
	struct response *response = response_new(204, NULL);
	assert_written(response, false, "Status: 204 No Content\r\n" COMMON "\r\n");
	response_free(response);
}

static void
the_length_of_a_stream_is_not_told(void **state)
{
	(void)state;
	struct response *response = response_new(200, "text/event-stream");
	response->is_stream = true;
	assert_written(response, false,
	               "Status: 200 OK\r\nContent-Type: text/event-stream\r\n" COMMON "\r\n");
	response_free(response);
}

static void
the_length_of_what_is_made_in_pieces_is_told_where_it_is_known(void **state)
{
	(void)state;
	struct response *response = response_new_flow(200, "text/plain", (uint64_t)5 << 32);
	assert_written(response, false,
	               "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
	               "21474836480\r\n" COMMON "\r\n");
	response_free(response);
	response = response_new_flow(200, "text/plain", RESPONSE_SIZE_UNKNOWN);
	assert_written(response, false,
	               "Status: 200 OK\r\nContent-Type: text/plain\r\n" COMMON "\r\n");
	response_free(response);
}

static void
every_status_that_is_sent_has_its_phrase(void **state)
{
	static const struct {
		int status;
		const char *phrase;
	} rows[] = {
		{ 200, "OK" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 411, "Length Required" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
		{ 299, "Unknown" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(response_status_phrase(rows[i].status), rows[i].phrase);
}

static void
what_does_not_fit_is_an_error(void **state)
{
	struct buf out;
	size_t whole;

	(void)state;
	struct response *response = response_new(200, "text/plain");
	assert_int_equal(buf_append_text(&response->body, "hello"), ERR_NONE);
	response_add_header(response, "Allow", "GET");
	buf_init(&out, 1000);
	assert_int_equal(response_append(response, false, &out), ERR_NONE);
	whole = out.size;
	buf_fini(&out);
	for (size_t cap = 0; cap < whole; cap++) {
		buf_init(&out, cap);
		assert_int_equal(response_append(response, false, &out), ERR_TOO_LARGE);
		buf_fini(&out);
	}
	buf_init(&out, whole);
	assert_int_equal(response_append(response, false, &out), ERR_NONE);
	buf_fini(&out);
	response_free(response);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_has_status_headers_and_body),
		cmocka_unit_test(to_head_the_length_is_told_but_the_body_kept),
		cmocka_unit_test(without_a_type_there_is_no_body),
		cmocka_unit_test(the_length_of_a_stream_is_not_told),
		cmocka_unit_test(the_length_of_what_is_made_in_pieces_is_told_where_it_is_known),
		cmocka_unit_test(every_status_that_is_sent_has_its_phrase),
		cmocka_unit_test(what_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
