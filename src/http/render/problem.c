/*
 * Problem documents: one table says each problem's status and code.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/problem.h"

#include <json-c/json_object.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "http/render/json_response.h"
#include "http/response.h"
#include "text/json.h"

/* When to come back to what is not to be had at the moment. */
#define RETRY_AFTER_SECONDS "10"

static const struct {
	int status;
	const char *code;
} problems[PROBLEM_COUNT] = {
	[PROBLEM_METHOD_MISSING] = { 400, "method_missing" },
	[PROBLEM_PATH_UNKNOWN] = { 404, "path_unknown" },
	[PROBLEM_METHOD_NOT_ALLOWED] = { 405, "method_not_allowed" },
	[PROBLEM_LENGTH_REQUIRED] = { 411, "length_required" },
	[PROBLEM_LENGTH_INVALID] = { 400, "length_invalid" },
	[PROBLEM_BODY_TOO_LARGE] = { 413, "body_too_large" },
	[PROBLEM_BODY_TRUNCATED] = { 400, "body_truncated" },
	[PROBLEM_BODY_TOO_LONG] = { 400, "body_too_long" },
	[PROBLEM_MEDIA_TYPE] = { 415, "media_type" },
	[PROBLEM_CONTENT_ENCODING] = { 415, "content_encoding" },
	[PROBLEM_JSON_EMPTY] = { 400, "json_empty" },
	[PROBLEM_JSON_BYTE_ORDER_MARK] = { 400, "json_byte_order_mark" },
	[PROBLEM_JSON_SYNTAX] = { 400, "json_syntax" },
	[PROBLEM_JSON_TRAILING] = { 400, "json_trailing" },
	[PROBLEM_JSON_UTF8] = { 400, "json_utf8" },
	[PROBLEM_JSON_CONTROL] = { 400, "json_control" },
	[PROBLEM_JSON_SURROGATE] = { 400, "json_surrogate" },
	[PROBLEM_JSON_NUL] = { 400, "json_nul" },
	[PROBLEM_JSON_DUPLICATE] = { 400, "json_duplicate" },
	[PROBLEM_JSON_TOO_DEEP] = { 400, "json_too_deep" },
	[PROBLEM_JSON_TOO_MANY_MEMBERS] = { 400, "json_too_many_members" },
	[PROBLEM_JSON_NUMBER_RANGE] = { 400, "json_number_range" },
	[PROBLEM_NOT_AN_OBJECT] = { 400, "not_an_object" },
	[PROBLEM_MESSAGE_MISSING] = { 400, "message_missing" },
	[PROBLEM_MESSAGE_NOT_A_STRING] = { 400, "message_not_a_string" },
	[PROBLEM_MESSAGE_BLANK] = { 400, "message_blank" },
	[PROBLEM_MESSAGE_TOO_LARGE] = { 413, "message_too_large" },
	[PROBLEM_NAME_INVALID] = { 400, "name_invalid" },
	[PROBLEM_ROOM_INVALID] = { 400, "room_invalid" },
	[PROBLEM_ROOM_UNKNOWN] = { 404, "room_unknown" },
	[PROBLEM_CROSS_SITE] = { 403, "cross_site" },
	[PROBLEM_KEY_INVALID] = { 400, "key_invalid" },
	[PROBLEM_KEY_REUSED] = { 422, "key_reused" },
	[PROBLEM_QUERY_INVALID] = { 400, "query_invalid" },
	[PROBLEM_EVENT_UNKNOWN] = { 404, "event_unknown" },
	[PROBLEM_NOT_THE_AUTHOR] = { 403, "not_the_author" },
	[PROBLEM_AGAIN_INVALID] = { 400, "again_invalid" },
	[PROBLEM_SEQ_INVALID] = { 400, "seq_invalid" },
	[PROBLEM_REPLY_UNDER_WAY] = { 409, "reply_under_way" },
	[PROBLEM_NOBODY_ANSWERS] = { 409, "nobody_answers" },
	[PROBLEM_STORE_UNAVAILABLE] = { 503, "store_unavailable" },
	[PROBLEM_STORE_FULL] = { 507, "store_full" },
	[PROBLEM_OUTCOME_UNKNOWN] = { 503, "outcome_unknown" },
	[PROBLEM_TOO_MANY_STREAMS] = { 503, "too_many_streams" },
	[PROBLEM_TOO_MANY_POSTS] = { 429, "too_many_posts" },
	[PROBLEM_TOO_MANY_READS] = { 429, "too_many_reads" },
	[PROBLEM_READS_BUSY] = { 503, "reads_busy" },
	[PROBLEM_STREAMS_UNAVAILABLE] = { 503, "streams_unavailable" },
	[PROBLEM_TOO_MANY_REPLIES] = { 503, "too_many_replies" },
	[PROBLEM_REPLY_FAILED] = { 500, "reply_failed" },
	[PROBLEM_CONFIGURATION] = { 500, "configuration" },
};

const char *
problem_code(enum problem problem)
{
	return problems[problem].code;
}

/* Whether a rule or a limit refuses what is otherwise fine, or whatever is in front may have
 * changed it. Who is refused often can tell the owner only that it does not work. */
static bool
is_refusal(enum problem problem)
{
	switch (problem) {
	case PROBLEM_LENGTH_REQUIRED:
	case PROBLEM_BODY_TOO_LARGE:
	case PROBLEM_MEDIA_TYPE:
	case PROBLEM_CONTENT_ENCODING:
	case PROBLEM_CROSS_SITE:
	case PROBLEM_STORE_FULL:
	case PROBLEM_TOO_MANY_STREAMS:
	case PROBLEM_TOO_MANY_POSTS:
	case PROBLEM_TOO_MANY_READS:
	case PROBLEM_READS_BUSY:
	case PROBLEM_TOO_MANY_REPLIES: return true;
	default: return false;
	}
}

static void
add_text(struct json_object *document, const char *name, const char *text)
{
	json_add(document, name, json_object_new_string(text));
}

struct response *
problem_response(enum problem problem, const char *detail_format, ...)
{
	int status = problems[problem].status;
	struct json_object *document = json_object_new_object();
	char detail[256];
	va_list arguments;

	va_start(arguments, detail_format);
	vsnprintf(detail, sizeof(detail), detail_format, arguments);
	va_end(arguments);

	/* RFC 9457, 4.2.1: with about:blank the title is the status's own phrase. */
	add_text(document, "type", "about:blank");
	add_text(document, "title", response_status_phrase(status));
	json_add(document, "status", json_object_new_int(status));
	add_text(document, "code", problems[problem].code);
	add_text(document, "detail", detail);
	struct response *response = json_response(status, "application/problem+json", document);
	if (is_refusal(problem))
		response_note_refusal(response, problems[problem].code, detail);
	if (status == 503)
		response_add_header(response, "Retry-After", RETRY_AFTER_SECONDS);
	return response;
}
