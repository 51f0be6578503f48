/*
 * http/route: which path takes which method, and what a body must be like before a handler sees it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"

#include <stdio.h>
#include <string.h>

#include "chat/limits/rate_limit.h"

#define DJANGO "{\"message\":\"django\"}"

static int
begin(void **state)
{
	begin_stage(state);
	stage.api.body_bytes_max = 30;
	return 0;
}

/* A request with a JSON body; what is NULL is not set. */
static void
route(const char *method, const char *path, const char *length, const char *body)
{
	char texts[3][64];
	char *variables[5];
	size_t count = 0;
	const struct {
		const char *name;
		const char *value;
	} given[] = { { "REQUEST_METHOD", method },
		      { "PATH_INFO", path },
		      { "CONTENT_LENGTH", length } };

	capture_fini(&capture);
	capture_init(&capture);
	for (size_t i = 0; i < COUNT(given); i++) {
		if (given[i].value == NULL)
			continue;
		snprintf(texts[i], sizeof(texts[i]), "%s=%s", given[i].name, given[i].value);
		variables[count++] = texts[i];
	}
	variables[count++] = (char[]){ "CONTENT_TYPE=application/json" };
	variables[count] = NULL;
	capture_route(&capture, &stage.api, variables, body, strlen(body));
}

static void
a_post_to_the_mount_point_says_something(void **state)
{
	(void)state;
	route("POST", NULL, "20", DJANGO);
	assert_answer(&capture, 200, "{\"message\":\"received django\"}");
	route("POST", "", "20", DJANGO);
	assert_answer(&capture, 200, "{\"message\":\"received django\"}");
	route("POST", "/", "20", DJANGO);
	assert_answer(&capture, 200, "{\"message\":\"received django\"}");
}

static void
health_is_told_to_get_and_head(void **state)
{
	(void)state;
	route("GET", "/health", NULL, "");
	assert_answer(&capture, 200, "{\"status\":\"ok\"}");
	route("HEAD", "/health", NULL, "");
	assert_answer(&capture, 200, "{\"status\":\"ok\"}");
}

static void
nobody_else_has_a_path(void **state)
{
	static const char *const paths[] = { "//",     "/Health", "/health/", "/healthy", "/heal",
		                             "health", "/x",      "/../",     "/health\n" };
	static const char *const methods[] = { "GET", "POST", "OPTIONS", "BREW" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		for (size_t j = 0; j < COUNT(methods); j++) {
			route(methods[j], paths[i], "20", DJANGO);
			assert_problem(&capture, 404, "path_unknown");
		}
	}
}

static void
an_events_path_is_digits(void **state)
{
	static const char *const paths[] = {
		"/events/",    "/events/x",   "/events/1x",
		"/events/-1",  "/events/1/",  "/events/1/2",
		"/events/ 1",  "/events/%31", "/events/1234567890123456789",
		"/events/0x1", "/event/1",    "/events/#"
	};

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		route("DELETE", paths[i], NULL, "");
		assert_problem(&capture, 404, "path_unknown");
	}
	/* Nothing is stored on this stage. */
	route("DELETE", "/events/1", NULL, "");
	assert_problem(&capture, 404, "event_unknown");
	route("DELETE", "/events/123456789012345678", NULL, "");
	assert_problem(&capture, 404, "event_unknown");
}

static void
other_methods_are_told_which_there_are(void **state)
{
	static const struct {
		const char *method;
		const char *path;
		const char *allow;
	} rows[] = {
		{ "GET", "", "Allow: POST, OPTIONS" },
		{ "HEAD", "", "Allow: POST, OPTIONS" },
		{ "PUT", "/", "Allow: POST, OPTIONS" },
		{ "post", "", "Allow: POST, OPTIONS" },
		{ "POST", "/health", "Allow: GET, HEAD, OPTIONS" },
		{ "DELETE", "/health", "Allow: GET, HEAD, OPTIONS" },
		{ "POST", "/events", "Allow: GET, HEAD, OPTIONS" },
		{ "PUT", "/rooms", "Allow: GET, HEAD, OPTIONS" },
		{ "GET", "/events/1", "Allow: DELETE, OPTIONS" },
		{ "POST", "/events/1", "Allow: DELETE, OPTIONS" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		route(rows[i].method, rows[i].path, "20", DJANGO);
		assert_problem(&capture, 405, "method_not_allowed");
		assert_header(&capture, rows[i].allow);
	}
}

static void
options_are_told_without_a_body(void **state)
{
	(void)state;
	route("OPTIONS", "/", NULL, "");
	assert_int_equal(capture.status, 204);
	assert_null(capture.content_type);
	assert_int_equal(capture.body.size, 0);
	assert_header(&capture, "Allow: POST, OPTIONS");
	route("OPTIONS", "/health", NULL, "");
	assert_int_equal(capture.status, 204);
	assert_header(&capture, "Allow: GET, HEAD, OPTIONS");
}

static void
a_request_without_a_method_is_a_problem(void **state)
{
	(void)state;
	route(NULL, NULL, NULL, "");
	assert_problem(&capture, 400, "method_missing");
	route("", "/nowhere", NULL, "");
	assert_problem(&capture, 400, "method_missing");
}

static void
a_body_must_have_come_as_it_was_announced(void **state)
{
	static const struct {
		const char *length;
		const char *body;
		int status;
		const char *code;
	} rows[] = {
		{ NULL, DJANGO, 411, "length_required" },
		{ "", DJANGO, 411, "length_required" },
		{ "x", DJANGO, 400, "length_invalid" },
		{ "-20", DJANGO, 400, "length_invalid" },
		{ "20, 20", DJANGO, 400, "length_invalid" },
		{ "21", DJANGO, 400, "body_truncated" },
		{ "1", "", 400, "body_truncated" },
		{ "19", DJANGO, 400, "body_too_long" },
		{ "0", DJANGO, 400, "body_too_long" },
		{ "31", "", 413, "body_too_large" },
		{ "31", "                               ", 413, "body_too_large" },
		{ "30", "                               ", 413, "body_too_large" },
		{ "5", "                                    ", 413, "body_too_large" },
		{ "18446744073709551616", DJANGO, 413, "body_too_large" },
		{ "30", "                              ", 400, "json_empty" },
		{ "0", "", 400, "json_empty" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		route("POST", "", rows[i].length, rows[i].body);
		assert_problem(&capture, rows[i].status, rows[i].code);
	}
}

static void
a_body_that_nobody_asked_for_does_not_matter(void **state)
{
	(void)state;
	route("GET", "/health", "99", "x");
	assert_answer(&capture, 200, "{\"status\":\"ok\"}");
}

static void
who_posts_too_much_is_told_when_to_come_back(void **state)
{
	(void)state;
	stage.api.post_limit = rate_limit_new(2, 1);
	/* Whatever is wrong with it counts, since it is not looked at. */
	route("POST", "", "1", "{");
	assert_problem(&capture, 400, "json_syntax");
	route("DELETE", "/events/1", NULL, "");
	assert_problem(&capture, 404, "event_unknown");
	route("POST", "", "18", DJANGO);
	assert_problem(&capture, 429, "too_many_posts");
	assert_header(&capture, "Retry-After: 1");
	route("DELETE", "/events/1", NULL, "");
	assert_problem(&capture, 429, "too_many_posts");
	route("GET", "/health", NULL, "");
	assert_int_equal(capture.status, 200);
	route("OPTIONS", "", NULL, "");
	assert_int_equal(capture.status, 204);
	rate_limit_free(stage.api.post_limit);
}

#define ROUTING(test) cmocka_unit_test_setup_teardown(test, begin, end_stage)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROUTING(a_post_to_the_mount_point_says_something),
		ROUTING(health_is_told_to_get_and_head),
		ROUTING(nobody_else_has_a_path),
		ROUTING(an_events_path_is_digits),
		ROUTING(other_methods_are_told_which_there_are),
		ROUTING(options_are_told_without_a_body),
		ROUTING(a_request_without_a_method_is_a_problem),
		ROUTING(a_body_must_have_come_as_it_was_announced),
		ROUTING(a_body_that_nobody_asked_for_does_not_matter),
		ROUTING(who_posts_too_much_is_told_when_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
