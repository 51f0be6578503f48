/*
 * http/api: saying something over JSON, and every way in which it goes wrong.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

static struct stage stage;
static struct capture capture;

static int
begin(void **state)
{
	(void)state;
	stage_init(&stage);
	capture_init(&capture);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	capture_fini(&capture);
	return 0;
}

static void
say(const char *body, size_t size)
{
	end(NULL);
	capture_init(&capture);
	capture_say(&capture, &stage.api, body, size);
}

/* Says django with these headers; NULL: without. */
static void
say_with(const char *content_type, const char *content_encoding)
{
	char type[128];
	char encoding[128];
	char *variables[5] = { (char[]){ "REQUEST_METHOD=POST" }, (char[]){ "CONTENT_LENGTH=20" } };
	size_t count = 2;

	end(NULL);
	capture_init(&capture);
	if (content_type != NULL) {
		snprintf(type, sizeof(type), "CONTENT_TYPE=%s", content_type);
		variables[count++] = type;
	}
	if (content_encoding != NULL) {
		snprintf(encoding, sizeof(encoding), "HTTP_CONTENT_ENCODING=%s", content_encoding);
		variables[count++] = encoding;
	}
	capture_route(&capture, &stage.api, variables, TEXT_OF("{\"message\":\"django\"}"));
}

static void
assert_says(const char *body, const char *answer)
{
	say(body, strlen(body));
	assert_answer(&capture, 200, answer);
}

static void
django_is_received(void **state)
{
	(void)state;
	assert_says("{\"message\":\"django\"}", "{\"message\":\"received django\"}");
}

static void
the_message_comes_back_as_it_was_said(void **state)
{
	(void)state;
	assert_says("{\"message\":\" a  b\\n\"}", "{\"message\":\"received  a  b\\n\"}");
	assert_says("{\"message\":\"<b>&amp;</b> \\\" \\\\ \\/\"}",
	            "{\"message\":\"received <b>&amp;</b> \\\" \\\\ /\"}");
	assert_says("{\"message\":\"\\ud83d\\ude00\"}",
	            "{\"message\":\"received \xf0\x9f\x98\x80\"}");
	assert_says("{\"message\":\"\xf0\x9f\x98\x80\"}",
	            "{\"message\":\"received \xf0\x9f\x98\x80\"}");
	assert_says("{\"message\":\"\\u0001\"}", "{\"message\":\"received \\u0001\"}");
	assert_says("{\"message\":\"{message}\"}", "{\"message\":\"received {message}\"}");
	assert_says("{\"m\\u0065ssage\":\"x\"}", "{\"message\":\"received x\"}");
}

static void
white_space_around_the_document_does_not_matter(void **state)
{
	(void)state;
	assert_says(" \t\r\n{ \"message\" : \"x\" }\r\n", "{\"message\":\"received x\"}");
}

static void
unknown_members_are_ignored(void **state)
{
	(void)state;
	assert_says("{\"a\":[{\"b\":null}],\"message\":\"x\",\"Message\":5,\"messages\":true}",
	            "{\"message\":\"received x\"}");
}

static void
a_name_may_come_along(void **state)
{
	(void)state;
	assert_says("{\"message\":\"x\",\"name\":\"Ada L.\"}", "{\"message\":\"received x\"}");
}

static void
what_is_wrong_with_the_document_has_a_code(void **state)
{
	static const struct {
		const char *body;
		size_t size;
		int status;
		const char *code;
	} rows[] = {
		{ TEXT_OF(""), 400, "json_empty" },
		{ TEXT_OF(" \n"), 400, "json_empty" },
		{ TEXT_OF("\xef\xbb\xbf{}"), 400, "json_byte_order_mark" },
		{ TEXT_OF("message=django"), 400, "json_syntax" },
		{ TEXT_OF("{\"message\":\"django\""), 400, "json_syntax" },
		{ TEXT_OF("{}{}"), 400, "json_trailing" },
		{ TEXT_OF("{\"message\":\"x\"}\0"), 400, "json_trailing" },
		{ TEXT_OF("{\"message\":\"\xff\"}"), 400, "json_utf8" },
		{ TEXT_OF("{\"message\":\"a\nb\"}"), 400, "json_control" },
		{ TEXT_OF("{\"message\":\"\\ud800\"}"), 400, "json_surrogate" },
		{ TEXT_OF("{\"message\":\"a\\u0000\"}"), 400, "json_nul" },
		{ TEXT_OF("{\"message\":\"a\",\"message\":\"b\"}"), 400, "json_duplicate" },
		{ TEXT_OF("{\"message\":\"a\",\"a\":[[[[[[[[]]]]]]]]}"), 400, "json_too_deep" },
		{ TEXT_OF("{\"message\":\"a\",\"a\":1e999}"), 400, "json_number_range" },
		{ TEXT_OF("[]"), 400, "not_an_object" },
		{ TEXT_OF("[{\"message\":\"a\"}]"), 400, "not_an_object" },
		{ TEXT_OF("\"django\""), 400, "not_an_object" },
		{ TEXT_OF("null"), 400, "not_an_object" },
		{ TEXT_OF("1"), 400, "not_an_object" },
		{ TEXT_OF("true"), 400, "not_an_object" },
		{ TEXT_OF("{}"), 400, "message_missing" },
		{ TEXT_OF("{\"Message\":\"a\"}"), 400, "message_missing" },
		{ TEXT_OF("{\"a\":{\"message\":\"a\"}}"), 400, "message_missing" },
		{ TEXT_OF("{\"message\":null}"), 400, "message_not_a_string" },
		{ TEXT_OF("{\"message\":1}"), 400, "message_not_a_string" },
		{ TEXT_OF("{\"message\":true}"), 400, "message_not_a_string" },
		{ TEXT_OF("{\"message\":[\"a\"]}"), 400, "message_not_a_string" },
		{ TEXT_OF("{\"message\":{}}"), 400, "message_not_a_string" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		say(rows[i].body, rows[i].size);
		assert_problem(&capture, rows[i].status, rows[i].code);
	}
}

static void
a_message_of_only_white_space_is_blank(void **state)
{
	static const char *const bodies[] = {
		"{\"message\":\"\"}",
		"{\"message\":\" \"}",
		"{\"message\":\"\\t\\r\\n \\u00a0\\u3000\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		say(bodies[i], strlen(bodies[i]));
		assert_problem(&capture, 400, "message_blank");
	}
}

/* An object with one member more than is taken. */
static void
too_many_members_are_refused(void **state)
{
	struct buf body;

	(void)state;
	buf_init(&body, 100000);
	assert_int_equal(buf_append_text(&body, "{\"message\":\"x\""), ERR_NONE);
	for (int i = 0; i < BOUND_JSON_MEMBERS; i++)
		assert_int_equal(buf_append_format(&body, ",\"%d\":0", i), ERR_NONE);
	assert_int_equal(buf_append_text(&body, "}"), ERR_NONE);
	say(body.data, body.size);
	assert_problem(&capture, 400, "json_too_many_members");
	buf_fini(&body);
}

static void
a_message_is_measured_in_bytes_of_utf8(void **state)
{
	(void)state;
	stage.api.message_bytes_max = 6;
	assert_says("{\"message\":\"django\"}", "{\"message\":\"received django\"}");
	assert_says("{\"message\":\"\\u20ac\\u20ac\"}",
	            "{\"message\":\"received \xe2\x82\xac\xe2\x82\xac\"}");
	say(TEXT_OF("{\"message\":\"djangos\"}"));
	assert_problem(&capture, 413, "message_too_large");
	say(TEXT_OF("{\"message\":\"\\u20ac\\u20ac!\"}"));
	assert_problem(&capture, 413, "message_too_large");
}

static void
the_longest_message_is_answered(void **state)
{
	static char body[BOUND_MESSAGE_BYTES + 64];

	(void)state;
	int before = snprintf(body, sizeof(body), "{\"message\":\"");
	memset(body + before, 'x', BOUND_MESSAGE_BYTES);
	strcpy(body + before + BOUND_MESSAGE_BYTES, "\"}");
	say(body, strlen(body));
	assert_int_equal(capture.status, 200);
	assert_int_equal(capture.body.size, strlen(body) + strlen("received "));
	strcpy(body + before + BOUND_MESSAGE_BYTES, "x\"}");
	say(body, strlen(body));
	assert_problem(&capture, 413, "message_too_large");
}

static void
a_name_that_cannot_be_shown_is_refused(void **state)
{
	static const char *const bodies[] = {
		"{\"message\":\"x\",\"name\":\"\"}",        "{\"message\":\"x\",\"name\":\" \"}",
		"{\"message\":\"x\",\"name\":null}",        "{\"message\":\"x\",\"name\":1}",
		"{\"message\":\"x\",\"name\":\"a\\nb\"}",   "{\"name\":[\"a\"],\"message\":\"x\"}",
		"{\"message\":\"x\",\"name\":\"\\u202e\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		say(bodies[i], strlen(bodies[i]));
		assert_problem(&capture, 400, "name_invalid");
	}
}

static void
there_is_no_room_yet(void **state)
{
	static const char *const invalid[] = {
		"{\"message\":\"x\",\"room\":\"\"}",    "{\"message\":\"x\",\"room\":\"a b\"}",
		"{\"message\":\"x\",\"room\":null}",    "{\"message\":\"x\",\"room\":7}",
		"{\"message\":\"x\",\"room\":\"a/b\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(invalid); i++) {
		say(invalid[i], strlen(invalid[i]));
		assert_problem(&capture, 400, "room_invalid");
	}
	say(TEXT_OF("{\"message\":\"x\",\"room\":\"lobby\"}"));
	assert_problem(&capture, 404, "room_unknown");
}

static void
the_message_is_judged_before_the_names(void **state)
{
	(void)state;
	say(TEXT_OF("{\"room\":1,\"name\":1,\"message\":\" \"}"));
	assert_problem(&capture, 400, "message_blank");
	say(TEXT_OF("{\"room\":1,\"name\":1,\"message\":\"x\"}"));
	assert_problem(&capture, 400, "name_invalid");
}

static void
the_body_must_be_labelled_as_json(void **state)
{
	static const char *const fine[] = {
		"application/json",
		"Application/JSON",
		"application/json;charset=utf-8",
		"application/json ; charset=\"utf-8\"",
		"application/json \t",
		"application/json;",
	};
	static const char *const others[] = {
		"",
		"text/plain",
		"application/jsonp",
		"application/json5; a=b",
		"application/json, text/plain",
		"application/problem+json",
		"application",
		" application/json",
		"text/html; application/json",
		"application/x-www-form-urlencoded",
		"multipart/form-data; boundary=application/json",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(fine); i++) {
		say_with(fine[i], NULL);
		assert_answer(&capture, 200, "{\"message\":\"received django\"}");
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		say_with(others[i], NULL);
		assert_problem(&capture, 415, "media_type");
		assert_header(&capture, "Accept: application/json");
	}
	say_with(NULL, NULL);
	assert_problem(&capture, 415, "media_type");
}

static void
a_compressed_body_is_refused(void **state)
{
	static const char *const others[] = { "gzip", "br", "identity, gzip", "deflate" };

	(void)state;
	say_with("application/json", "identity");
	assert_int_equal(capture.status, 200);
	say_with("application/json", "Identity");
	assert_int_equal(capture.status, 200);
	say_with("application/json", "");
	assert_int_equal(capture.status, 200);
	for (size_t i = 0; i < COUNT(others); i++) {
		say_with("application/json", others[i]);
		assert_problem(&capture, 415, "content_encoding");
		assert_header(&capture, "Accept-Encoding: identity");
	}
}

static void
a_reply_that_cannot_be_made_is_a_problem(void **state)
{
	(void)state;
	stage.rooms.reply_bytes_max = 10;
	say(TEXT_OF("{\"message\":\"django\"}"));
	assert_problem(&capture, 500, "reply_failed");
}

static void
the_largest_reply_fits_into_an_answer(void **state)
{
	static char wording[BOUND_REPLY_BYTES + 1];

	(void)state;
	memset(wording, 1, BOUND_REPLY_BYTES);
	echo_init(&stage.echo, wording);
	say(TEXT_OF("{\"message\":\"django\"}"));
	assert_int_equal(capture.status, 200);
	assert_int_equal(capture.body.size, 6 * BOUND_REPLY_BYTES + strlen("{\"message\":\"\"}"));
}

static void
an_empty_reply_is_answered(void **state)
{
	(void)state;
	echo_init(&stage.echo, "");
	assert_says("{\"message\":\"django\"}", "{\"message\":\"\"}");
}

#define SAYING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SAYING(django_is_received),
		SAYING(the_message_comes_back_as_it_was_said),
		SAYING(white_space_around_the_document_does_not_matter),
		SAYING(unknown_members_are_ignored),
		SAYING(a_name_may_come_along),
		SAYING(what_is_wrong_with_the_document_has_a_code),
		SAYING(a_message_of_only_white_space_is_blank),
		SAYING(too_many_members_are_refused),
		SAYING(a_message_is_measured_in_bytes_of_utf8),
		SAYING(the_longest_message_is_answered),
		SAYING(a_name_that_cannot_be_shown_is_refused),
		SAYING(there_is_no_room_yet),
		SAYING(the_message_is_judged_before_the_names),
		SAYING(the_body_must_be_labelled_as_json),
		SAYING(a_compressed_body_is_refused),
		SAYING(a_reply_that_cannot_be_made_is_a_problem),
		SAYING(the_largest_reply_fits_into_an_answer),
		SAYING(an_empty_reply_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
