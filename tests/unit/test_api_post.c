/*
 * http/handlers/api_post: saying something over JSON, kept or not, and every way in which it goes
 * wrong.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"

#include <stdio.h>
#include <string.h>

#include "support_scalars.h"
#include "support_store.h"
#include "text/json.h"

static void
say(const char *body, size_t size)
{
	capture_fini(&capture);
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

	capture_fini(&capture);
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
assert_all_scalars_come_back(scalar_write_function write)
{
	struct buf body;
	struct buf expected;
	unsigned count = 0;

	buf_init(&body, BOUND_BODY_BYTES);
	buf_init(&expected, BOUND_BODY_BYTES);
	for (unsigned first = 1; first < SCALARS_END; count++) {
		struct json_object *answer;
		struct json_object *message;
		body.size = expected.size = 0;
		assert_int_equal(buf_append_text(&body, "{\"message\":\""), ERR_NONE);
		assert_int_equal(buf_append_text(&expected, "received "), ERR_NONE);
		(void)scalars_append(&expected, first, 4096);
		first = scalars_write(&body, first, 4096, write);
		assert_int_equal(buf_append_text(&body, "\"}"), ERR_NONE);
		say(body.data, body.size);
		assert_int_equal(json_parse(capture.body.data, capture.body.size, 1, &answer).fault,
		                 JSON_FINE);
		assert_true(json_object_object_get_ex(answer, "message", &message));
		assert_string_equal(json_object_get_string(message), expected.data);
		json_object_put(answer);
	}
	assert_int_equal(count, SCALARS / 4096 + 1);
	buf_fini(&body);
	buf_fini(&expected);
}

static void
every_scalar_comes_back_as_it_was_said(void **state)
{
	(void)state;
	assert_all_scalars_come_back(scalar_write_lower);
	assert_all_scalars_come_back(scalar_write_upper);
	assert_all_scalars_come_back(scalar_write_raw);
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
without_a_store_there_is_no_room(void **state)
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

/* --- where it is kept --- */

#define COOKIE "HTTP_COOKIE=a=b; plainchat-" STAGE_CHAT "=" STAGE_TOKEN "; c=d"
#define OTHER_COOKIE STAGE_OTHER_COOKIE
#define HELLO_LOBBY "{\"message\":\"hello\",\"room\":\"lobby\"}"

/* With a variable more, if it is not NULL. */
static void
post(const char *variable, const char *body)
{
	const char *const variables[] = { variable, NULL };

	capture_ask(&capture, &stage.api, "POST", "", variables, body);
}

static void
get(const char *variable, const char *path)
{
	const char *const variables[] = { variable, NULL };

	capture_ask(&capture, &stage.api, "GET", path, variables, NULL);
}

static void
without_room_and_session_nothing_is_kept(void **state)
{
	(void)state;
	post(NULL, "{\"message\":\"django\"}");
	assert_answer(&capture, 200, "{\"message\":\"received django\"}");
	assert_no_header(&capture, "Set-Cookie");
	post("HTTP_COOKIE=plainchat=0123456789abcdef0123456789abcdeF", "{\"message\":\"django\"}");
	assert_answer(&capture, 200, "{\"message\":\"received django\"}");
	post("HTTP_IDEMPOTENCY_KEY=k", "{\"message\":\"django\"}");
	assert_answer(&capture, 200, "{\"message\":\"received django\"}");
	assert_int_equal(store_memory_calls(MEMORY_BEGIN), 0);
}

static void
with_a_session_it_is_the_visitors_own_conversation(void **state)
{
	(void)state;
	post(COOKIE, "{\"message\":\"hello\"}");
	assert_answer(&capture, 200,
	              "{\"message\":\"received hello\",\"room\":\"~\",\"seq\":1,\"reply_seq\":2}");
	post(COOKIE, "{\"message\":\"again\",\"room\":\"~\"}");
	assert_answer(&capture, 200,
	              "{\"message\":\"received again\",\"room\":\"~\",\"seq\":3,\"reply_seq\":4}");
	post(OTHER_COOKIE, "{\"message\":\"hello\"}");
	assert_answer(&capture, 200,
	              "{\"message\":\"received hello\",\"room\":\"~\",\"seq\":1,\"reply_seq\":2}");
}

static void
a_shared_room_keeps_what_anybody_says(void **state)
{
	(void)state;
	post(NULL, HELLO_LOBBY);
	assert_answer(
		&capture, 200,
		"{\"message\":\"received hello\",\"room\":\"lobby\",\"seq\":1,\"reply_seq\":2}");
	post(COOKIE, HELLO_LOBBY);
	assert_answer(
		&capture, 200,
		"{\"message\":\"received hello\",\"room\":\"lobby\",\"seq\":3,\"reply_seq\":4}");
}

static void
in_a_room_for_people_nobody_replies(void **state)
{
	(void)state;
	post(NULL, "{\"message\":\"hello\",\"room\":\"people\"}");
	assert_answer(&capture, 200, "{\"room\":\"people\",\"seq\":1}");
}

static void
only_configured_rooms_are_there_unless_they_are_open(void **state)
{
	static const char body[] = "{\"message\":\"x\",\"room\":\"\\u00e9t\\u00e9\"}";

	(void)state;
	post(NULL, body);
	assert_problem(&capture, 404, "room_unknown");
	assert_int_equal(store_memory_calls(MEMORY_BEGIN), 0);
	stage.rooms.is_open = true;
	post(NULL, body);
	assert_answer(&capture, 200,
	              "{\"message\":\"received x\",\"room\":\"\xc3\xa9t\xc3\xa9\",\"seq\":1,"
	              "\"reply_seq\":2}");
	post(NULL, "{\"message\":\"x\",\"room\":\"~0123\"}");
	assert_problem(&capture, 400, "room_invalid");
}

static void
a_key_gives_its_first_answer_again(void **state)
{
	char first[200];

	(void)state;
	post("HTTP_IDEMPOTENCY_KEY=k1", HELLO_LOBBY);
	assert_int_equal(capture.status, 200);
	strcpy(first, capture.body.data);
	store_memory_post("lobby", "between");
	post("HTTP_IDEMPOTENCY_KEY=k1", HELLO_LOBBY);
	assert_answer(&capture, 200, first);
	post("HTTP_IDEMPOTENCY_KEY=k1", "{\"message\":\"hello!\",\"room\":\"lobby\"}");
	assert_problem(&capture, 422, "key_reused");
	post("HTTP_IDEMPOTENCY_KEY=k2", HELLO_LOBBY);
	assert_answer(
		&capture, 200,
		"{\"message\":\"received hello\",\"room\":\"lobby\",\"seq\":4,\"reply_seq\":5}");
	/* Of another room it is another key. */
	post("HTTP_IDEMPOTENCY_KEY=k1", "{\"message\":\"hello\",\"room\":\"people\"}");
	assert_answer(&capture, 200, "{\"room\":\"people\",\"seq\":1}");
}

static void
a_key_is_visible_ascii_of_limited_length(void **state)
{
	char key[sizeof("HTTP_IDEMPOTENCY_KEY=") + BOUND_KEY_BYTES + 1];
	size_t before = strlen(strcpy(key, "HTTP_IDEMPOTENCY_KEY="));

	(void)state;
	memset(key + before, '~', BOUND_KEY_BYTES);
	key[before + BOUND_KEY_BYTES] = '\0';
	post(key, HELLO_LOBBY);
	assert_int_equal(capture.status, 200);
	key[before + BOUND_KEY_BYTES] = '~';
	key[before + BOUND_KEY_BYTES + 1] = '\0';
	post(key, HELLO_LOBBY);
	assert_problem(&capture, 400, "key_invalid");
	post("HTTP_IDEMPOTENCY_KEY=a b", HELLO_LOBBY);
	assert_problem(&capture, 400, "key_invalid");
	post("HTTP_IDEMPOTENCY_KEY=\xc3\xa9", HELLO_LOBBY);
	assert_problem(&capture, 400, "key_invalid");
	post("HTTP_IDEMPOTENCY_KEY=\x7f", HELLO_LOBBY);
	assert_problem(&capture, 400, "key_invalid");
}

static void
what_cannot_be_stored_is_not_answered_as_said(void **state)
{
	(void)state;
	store_memory_fail(MEMORY_COMMIT, 1);
	post(NULL, HELLO_LOBBY);
	assert_problem(&capture, 503, "store_unavailable");
	assert_header(&capture, "Retry-After: 10");
	post(NULL, HELLO_LOBBY);
	assert_answer(
		&capture, 200,
		"{\"message\":\"received hello\",\"room\":\"lobby\",\"seq\":1,\"reply_seq\":2}");
}

static void
who_asks_again_with_the_key_learns_whether_the_store_has_stored(void **state)
{
	(void)state;
	/* Asked again by the key it does not answer either. */
	store_memory_fail(MEMORY_ANSWER, 2);
	post("HTTP_IDEMPOTENCY_KEY=k", HELLO_LOBBY);
	assert_problem(&capture, 503, "outcome_unknown");
	assert_header(&capture, "Retry-After: 10");
	post("HTTP_IDEMPOTENCY_KEY=k", HELLO_LOBBY);
	assert_answer(
		&capture, 200,
		"{\"message\":\"received hello\",\"room\":\"lobby\",\"seq\":1,\"reply_seq\":2}");
	assert_int_equal(store_memory_events(), 2);
}

static void
a_reply_that_fails_stores_nothing(void **state)
{
	(void)state;
	stage.rooms.reply_bytes_max = 10;
	post(NULL, HELLO_LOBBY);
	assert_problem(&capture, 500, "reply_failed");
	assert_int_equal(store_memory_calls(MEMORY_BEGIN), 0);
}

static void
other_sites_may_not_post(void **state)
{
	(void)state;
	post("HTTP_SEC_FETCH_SITE=cross-site", HELLO_LOBBY);
	assert_problem(&capture, 403, "cross_site");
	post("HTTP_SEC_FETCH_SITE=same-site", HELLO_LOBBY);
	assert_problem(&capture, 403, "cross_site");
	assert_int_equal(store_memory_calls(MEMORY_BEGIN), 0);
}

/* The name under which the message is shown that is said with this; NULL: none. */
static void
assert_shown(const char *variable, const char *body, const char *name)
{
	char expected[400];

	post(variable, body);
	assert_int_equal(capture.status, 200);
	get(NULL, "/events?room=people&limit=1");
	if (name == NULL)
		snprintf(expected, sizeof(expected), "\"role\":\"user\",\"text\":");
	else
		snprintf(expected, sizeof(expected),
		         "\"role\":\"user\",\"name\":\"%s\",\"text\":", name);
	if (strstr(capture.body.data, expected) == NULL)
		fail_msg("no %s in %s", expected, capture.body.data);
}

static void
a_chosen_name_cannot_be_mistaken_for_an_authenticated_one(void **state)
{
	static const char unnamed[] = "{\"message\":\"x\",\"room\":\"people\"}";
	static const char named[] = "{\"message\":\"x\",\"room\":\"people\",\"name\":\"ann\"}";
	static const char signed_name[] =
		"{\"message\":\"x\",\"room\":\"people\",\"name\":\"~ann\"}";

	(void)state;
	assert_shown(NULL, unnamed, NULL);
	assert_shown(NULL, named, "~ann");
	assert_shown(NULL, signed_name, "~~ann");
	assert_shown("REMOTE_USER=ann", unnamed, "ann");
	assert_shown("REMOTE_USER=bob", named, "bob");
	/* Not as bob, who is another user. */
	assert_shown("REMOTE_USER=~bob", named, "~~bob");
	/* Who has a name that cannot be shown is not shown as somebody else. */
	assert_shown("REMOTE_USER=a\x1b[1m", unnamed, NULL);
	assert_shown("REMOTE_USER=\xe9", named, "~ann");
	assert_shown("REMOTE_USER=~", unnamed, "~~");
}

static void
the_longest_name_fits(void **state)
{
	char body[600];
	char user[300];
	char shown[300];

	(void)state;
	strcpy(body, "{\"message\":\"x\",\"room\":\"people\",\"name\":\"");
	strcpy(shown, "~");
	for (int i = 0; i < BOUND_NAME_CODE_POINTS; i++) {
		strcat(body, "\xf0\x9f\x98\x80");
		strcat(shown, "\xf0\x9f\x98\x80");
	}
	strcat(body, "\"}");
	assert_shown(NULL, body, shown);

	strcpy(user, "REMOTE_USER=~");
	strcpy(shown, "~~");
	for (int i = 0; i < BOUND_NAME_CODE_POINTS - 1; i++) {
		strcat(user, "\xf0\x9f\x98\x80");
		strcat(shown, "\xf0\x9f\x98\x80");
	}
	assert_shown(user, body, shown);
}

#define SAYING(test) WITH_STAGE(test)
#define SAYING_KEPT(test) WITH_STORE(test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SAYING(django_is_received),
		SAYING(the_message_comes_back_as_it_was_said),
		SAYING(every_scalar_comes_back_as_it_was_said),
		SAYING(white_space_around_the_document_does_not_matter),
		SAYING(unknown_members_are_ignored),
		SAYING(a_name_may_come_along),
		SAYING(what_is_wrong_with_the_document_has_a_code),
		SAYING(a_message_of_only_white_space_is_blank),
		SAYING(too_many_members_are_refused),
		SAYING(a_message_is_measured_in_bytes_of_utf8),
		SAYING(the_longest_message_is_answered),
		SAYING(a_name_that_cannot_be_shown_is_refused),
		SAYING(without_a_store_there_is_no_room),
		SAYING(the_message_is_judged_before_the_names),
		SAYING(the_body_must_be_labelled_as_json),
		SAYING(a_compressed_body_is_refused),
		SAYING(a_reply_that_cannot_be_made_is_a_problem),
		SAYING(the_largest_reply_fits_into_an_answer),
		SAYING(an_empty_reply_is_answered),
		SAYING_KEPT(without_room_and_session_nothing_is_kept),
		SAYING_KEPT(with_a_session_it_is_the_visitors_own_conversation),
		SAYING_KEPT(a_shared_room_keeps_what_anybody_says),
		SAYING_KEPT(in_a_room_for_people_nobody_replies),
		SAYING_KEPT(only_configured_rooms_are_there_unless_they_are_open),
		SAYING_KEPT(a_key_gives_its_first_answer_again),
		SAYING_KEPT(a_key_is_visible_ascii_of_limited_length),
		SAYING_KEPT(what_cannot_be_stored_is_not_answered_as_said),
		SAYING_KEPT(who_asks_again_with_the_key_learns_whether_the_store_has_stored),
		SAYING_KEPT(a_reply_that_fails_stores_nothing),
		SAYING_KEPT(other_sites_may_not_post),
		SAYING_KEPT(a_chosen_name_cannot_be_mistaken_for_an_authenticated_one),
		SAYING_KEPT(the_longest_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
