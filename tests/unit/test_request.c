/*
 * http/request: CGI meta-variables (RFC 3875) become one struct, and the answer leaves once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "http/response.h"

/* A request of a single variable. */
static struct request *
request_of(const char *variable)
{
	char copy[256];
	char *const variables[] = { copy, NULL };

	snprintf(copy, sizeof(copy), "%s", variable);
	/* `copy` is gone afterwards: the request must not need it. */
	return request_new(variables, 10, NULL);
}

static void
what_is_not_set_is_empty(void **state)
{
	char *const variables[] = { NULL };

	(void)state;
	struct request *request = request_new(variables, 10, NULL);
	assert_int_equal(request->method, METHOD_OTHER);
	assert_string_equal(request->method_name, "");
	assert_string_equal(request->path, "");
	assert_string_equal(request->content_type, "");
	assert_string_equal(request->content_encoding, "");
	assert_false(request->has_length);
	assert_int_equal(request->body.size, 0);
	request_free(request);
}

static void
variables_are_found_among_others(void **state)
{
	char *const variables[] = { (char[]){ "PATH=/bin" },
		                    (char[]){ "PATH_INFO_X=no" },
		                    (char[]){ "PATH_INFO" },
		                    (char[]){ "" },
		                    (char[]){ "=x" },
		                    (char[]){ "PATH_INFO=/a=b" },
		                    (char[]){ "CONTENT_TYPE=application/json" },
		                    (char[]){ "HTTP_CONTENT_ENCODING=gzip" },
		                    (char[]){ "request_method=GET" },
		                    (char[]){ "REQUEST_METHOD=POST" },
		                    (char[]){ "CONTENT_LENGTH=5" },
		                    NULL };

	(void)state;
	struct request *request = request_new(variables, 10, NULL);
	assert_string_equal(request->path, "/a=b");
	assert_string_equal(request->content_type, "application/json");
	assert_string_equal(request->content_encoding, "gzip");
	assert_string_equal(request->method_name, "POST");
	assert_int_equal(request->length, 5);
	request_free(request);
}

static void
of_two_variables_with_one_name_the_last_counts(void **state)
{
	/* As nginx sends them: its fastcgi_params first. */
	char *const variables[] = { (char[]){ "SCRIPT_NAME=/chat/api/events" },
		                    (char[]){ "PATH_INFO=" }, (char[]){ "SCRIPT_NAME=/chat/api" },
		                    (char[]){ "PATH_INFO=/events" }, NULL };

	(void)state;
	struct request *request = request_new(variables, 10, NULL);
	assert_string_equal(request->mount, "/chat/api");
	assert_string_equal(request->path, "/events");
	request_free(request);
}

static void
every_header_that_matters_has_its_member(void **state)
{
	char *const variables[] = { (char[]){ "SCRIPT_NAME=/chat/api" },
		                    (char[]){ "QUERY_STRING=room=a%20b&x" },
		                    (char[]){ "HTTP_ACCEPT=text/event-stream" },
		                    (char[]){ "HTTP_COOKIE=plainchat=0" },
		                    (char[]){ "HTTP_IDEMPOTENCY_KEY=k" },
		                    (char[]){ "HTTP_LAST_EVENT_ID=7" },
		                    (char[]){ "HTTP_ORIGIN=https://example.org" },
		                    (char[]){ "HTTP_SEC_FETCH_SITE=none" },
		                    (char[]){ "REMOTE_ADDR=::1" },
		                    (char[]){ "REMOTE_USER=ann" },
		                    (char[]){ "HTTPS=on" },
		                    NULL };

	(void)state;
	struct request *request = request_new(variables, 10, NULL);
	assert_string_equal(request->mount, "/chat/api");
	assert_string_equal(request->query, "room=a%20b&x");
	assert_string_equal(request->accept, "text/event-stream");
	assert_string_equal(request->cookie, "plainchat=0");
	assert_string_equal(request->idempotency_key, "k");
	assert_string_equal(request->last_event_id, "7");
	assert_string_equal(request->origin, "https://example.org");
	assert_string_equal(request->fetch_site, "none");
	assert_string_equal(request->remote_address, "::1");
	assert_string_equal(request->remote_user, "ann");
	assert_string_equal(request->https, "on");
	request_free(request);
}

static void
methods_are_told_apart_by_case(void **state)
{
	static const struct {
		const char *variable;
		enum method method;
	} rows[] = {
		{ "REQUEST_METHOD=GET", METHOD_GET },
		{ "REQUEST_METHOD=HEAD", METHOD_HEAD },
		{ "REQUEST_METHOD=POST", METHOD_POST },
		{ "REQUEST_METHOD=DELETE", METHOD_DELETE },
		{ "REQUEST_METHOD=OPTIONS", METHOD_OPTIONS },
		{ "REQUEST_METHOD=post", METHOD_OTHER },
		{ "REQUEST_METHOD=PUT", METHOD_OTHER },
		{ "REQUEST_METHOD=POSTS", METHOD_OTHER },
		{ "REQUEST_METHOD=POS", METHOD_OTHER },
		{ "REQUEST_METHOD= GET", METHOD_OTHER },
		{ "REQUEST_METHOD=", METHOD_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request *request = request_of(rows[i].variable);
		assert_int_equal(request->method, rows[i].method);
		assert_string_equal(request->method_name, strchr(rows[i].variable, '=') + 1);
		request_free(request);
	}
}

static void
a_length_is_digits_and_nothing_else(void **state)
{
	static const struct {
		const char *variable;
		bool has_length;
		bool is_valid;
		size_t length;
	} rows[] = {
		{ "CONTENT_LENGTH=", false, true, 0 },
		{ "CONTENT_LENGTH=0", true, true, 0 },
		{ "CONTENT_LENGTH=20", true, true, 20 },
		{ "CONTENT_LENGTH=00020", true, true, 20 },
		{ "CONTENT_LENGTH=18446744073709551614", true, true, SIZE_MAX - 1 },
		{ "CONTENT_LENGTH=18446744073709551615", true, true, SIZE_MAX },
		{ "CONTENT_LENGTH=18446744073709551616", true, true, SIZE_MAX },
		{ "CONTENT_LENGTH=18446744073709551620", true, true, SIZE_MAX },
		{ "CONTENT_LENGTH=99999999999999999999999999", true, true, SIZE_MAX },
		{ "CONTENT_LENGTH=-1", true, false, 0 },
		{ "CONTENT_LENGTH=+1", true, false, 0 },
		{ "CONTENT_LENGTH= 1", true, false, 0 },
		{ "CONTENT_LENGTH=1 ", true, false, 0 },
		{ "CONTENT_LENGTH=1,1", true, false, 0 },
		{ "CONTENT_LENGTH=0x10", true, false, 0 },
		{ "CONTENT_LENGTH=1e3", true, false, 0 },
		{ "CONTENT_LENGTH=1.0", true, false, 0 },
		{ "CONTENT_LENGTH=ten", true, false, 0 },
		{ "CONTENT_LENGTH=/", true, false, 0 },
		{ "CONTENT_LENGTH=:", true, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request *request = request_of(rows[i].variable);
		assert_int_equal(request->has_length, rows[i].has_length);
		assert_int_equal(request->length_is_valid, rows[i].is_valid);
		if (rows[i].is_valid)
			assert_true(request->length == rows[i].length);
		request_free(request);
	}
}

static void
one_byte_more_than_allowed_shows_that_a_body_is_too_large(void **state)
{
	(void)state;
	struct request *request = request_of("");
	assert_int_equal(buf_append_text(&request->body, "0123456789"), ERR_NONE);
	assert_false(request_body_is_too_large(request));
	assert_int_equal(buf_append_text(&request->body, "x"), ERR_NONE);
	assert_true(request_body_is_too_large(request));
	assert_int_equal(buf_append_text(&request->body, "x"), ERR_TOO_LARGE);
	request_free(request);
}

static void
the_answer_goes_through_the_carrier(void **state)
{
	struct capture capture;
	char *const variables[] = { NULL };

	(void)state;
	capture_init(&capture);
	struct request *request = request_new(variables, 10, &capture.transport);
	request_answer(request, response_new(204, NULL));
	assert_int_equal(capture.answer_count, 1);
	assert_int_equal(capture.status, 204);
	capture_fini(&capture);
}

static void
the_log_has_a_line_per_request_and_nothing_of_its_body(void **state)
{
	struct capture capture;
	char *const variables[] = { (char[]){ "REQUEST_METHOD=POST" },
		                    (char[]){ "PATH_INFO=/a\nb" }, NULL };

	(void)state;
	capture_init(&capture);
	struct request *request = request_new(variables, 10, &capture.transport);
	assert_int_equal(buf_append_text(&request->body, "secret"), ERR_NONE);
	log_watch_begin();
	log_set_level(LOG_DEBUG);
	request_answer(request, response_new(404, NULL));
	log_set_level(LOG_INFO);
	const char *text = log_watch_text();
	assert_non_null(strstr(text, "level=debug event=request method=POST path=\"/a\\x0ab\" "
	                             "status=404 body_bytes=6 us="));
	assert_null(strstr(text, "secret"));
	log_watch_end();
	capture_fini(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_set_is_empty),
		cmocka_unit_test(variables_are_found_among_others),
		cmocka_unit_test(of_two_variables_with_one_name_the_last_counts),
		cmocka_unit_test(every_header_that_matters_has_its_member),
		cmocka_unit_test(methods_are_told_apart_by_case),
		cmocka_unit_test(a_length_is_digits_and_nothing_else),
		cmocka_unit_test(one_byte_more_than_allowed_shows_that_a_body_is_too_large),
		cmocka_unit_test(the_answer_goes_through_the_carrier),
		cmocka_unit_test(the_log_has_a_line_per_request_and_nothing_of_its_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
