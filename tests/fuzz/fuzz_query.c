/*
 * What browsers put around a request: a line each is the query, the cookies, the origin, the mount
 * point. What is decoded is valid UTF-8 without NUL and within its bound; a session has the form of
 * ours; the cookie that we set comes back as the same session and adds no header of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "http/request.h"
#include "http/response.h"
#include "http/url_query.h"
#include "http/visitor.h"
#include "text/cursor.h"
#include "text/utf8.h"

#define LINES 4
#define VALUE_BYTES 40

static void
check_query(const char *query)
{
	struct buf value;
	int64_t number = -1;

	buf_init(&value, VALUE_BYTES);
	enum query_found found = url_query_text(query, "room", &value);
	MUST(found == QUERY_FOUND || value.size == 0);
	MUST(value.size <= VALUE_BYTES);
	MUST(utf8_valid_size(value.data, value.size) == value.size);
	MUST(value.size == 0 || memchr(value.data, '\0', value.size) == NULL);
	MUST(found == QUERY_ABSENT || strstr(query, "room=") != NULL);
	buf_fini(&value);

	found = url_query_number(query, "after", &number);
	MUST(found == QUERY_FOUND ? number >= 0 && number < INT64_C(1) << 53 : number == -1);
}

/* A cursor comes back as what it was read from, but for zeros in front. */
static void
check_cursor(const char *text)
{
	struct cursor cursor = cursor_at(-1);
	struct cursor again = cursor_at(-1);
	char written[CURSOR_BYTES];

	if (!cursor_parse(text, &cursor)) {
		MUST(cursor.seq == -1 && cursor.epoch == 0);
		return;
	}
	MUST(cursor.seq >= 0 && cursor.seq <= CURSOR_SEQ_MAX && cursor.epoch <= CURSOR_EPOCH_MAX);
	MUST(cursor_parse(cursor_format(cursor, written), &again));
	MUST(again.seq == cursor.seq && again.epoch == cursor.epoch);
}

static void
check_visitor(const struct visitor *visitor)
{
	MUST(strlen(visitor->token) == VISITOR_TOKEN_BYTES - 1);
	MUST(strspn(visitor->token, "0123456789abcdef") == VISITOR_TOKEN_BYTES - 1);
	MUST(visitor->private_room[0] == '~');
	MUST(strspn(visitor->private_room + 1, "0123456789abcdef") == VISITOR_MARK_BYTES - 2);
	MUST(strcmp(visitor->author, visitor->private_room) == 0);
	MUST(strstr(visitor->private_room, visitor->token) == NULL);
}

/* A new session, and who comes back with its cookie. */
static void
check_session(const struct request *request)
{
	static const char head[] = "Set-Cookie: plainchat=";
	struct response *response = response_new(200, NULL);
	struct visitor visitor = { .has_session = false };
	char back[sizeof("HTTP_COOKIE=plainchat=") + VISITOR_TOKEN_BYTES] =
		"HTTP_COOKIE=plainchat=";
	char *const variables[] = { back, NULL };
	struct visitor returned;

	visitor_start_session(request, &visitor, response);
	const char *header = response->headers.data;
	MUST(strncmp(header, head, strlen(head)) == 0);
	MUST(strcspn(header, "\r\n") == response->headers.size - 2);
	MUST(strstr(header, "; HttpOnly; SameSite=Lax") != NULL);
	strncat(back, header + strlen(head), VISITOR_TOKEN_BYTES - 1);
	struct request *next = request_new(variables, 0, NULL);
	visitor_read(next, &returned);
	MUST(returned.has_session && strcmp(returned.author, visitor.author) == 0);
	check_visitor(&returned);
	request_free(next);
	response_free(response);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[LINES] = { "QUERY_STRING=", "HTTP_COOKIE=", "HTTP_ORIGIN=",
		                                  "SCRIPT_NAME=" };
	char *lines[LINES + 1] = { NULL };
	char *text = must_copy((const char *)data, size);
	char *at = text;
	struct visitor visitor;

	for (size_t i = 0; i < LINES; i++) {
		size_t line = strcspn(at, "\n");
		lines[i] = must_allocate(strlen(names[i]) + line + 1);
		strcpy(lines[i], names[i]);
		strncat(lines[i], at, line);
		at += line + (at[line] == '\n');
	}
	struct request *request = request_new(lines, 0, NULL);
	check_query(request->query);
	check_cursor(request->query);
	visitor_read(request, &visitor);
	MUST(visitor.has_session ? strstr(request->cookie, visitor.token) != NULL
	                         : visitor.author[0] == '\0');
	if (visitor.has_session)
		check_visitor(&visitor);
	MUST(request->origin[0] == '\0' || visitor_is_cross_site(request) ||
	     strstr(request->origin, "://") != NULL);
	check_session(request);
	request_free(request);
	for (size_t i = 0; i < LINES; i++)
		free(lines[i]);
	free(text);
	return 0;
}
