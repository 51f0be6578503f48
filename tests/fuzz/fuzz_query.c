/*
 * What browsers put around a request: a line each is the query, the cookies, the origin, the mount
 * point, the address that was asked for, whether it was https. What is decoded is valid UTF-8
 * without NUL and within its bound; who is taken for a visitor has brought a token that we have
 * issued; the cookie that we set comes back as the same session and adds no header of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/support_store.h"
#include "chat/people/secret.h"
#include "chat/room.h"
#include "chat/store_pool.h"
#include "http/cross_site.h"
#include "http/handlers/api.h"
#include "http/request.h"
#include "http/session_cookie.h"
#include "http/url_query.h"
#include "http/visitor.h"
#include "text/cursor.h"
#include "text/utf8.h"

#define LINES 6
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
	struct cursor regenerate = cursor_at(-1);
	char written[CURSOR_BYTES];

	if (!cursor_parse(text, &cursor)) {
		MUST(cursor.seq == -1 && cursor.epoch == 0);
		return;
	}
	MUST(cursor.seq >= 0 && cursor.seq <= CURSOR_SEQ_MAX && cursor.epoch <= CURSOR_EPOCH_MAX);
	MUST(cursor_parse(cursor_format(cursor, written), &regenerate));
	MUST(regenerate.seq == cursor.seq && regenerate.epoch == cursor.epoch);
}

/* A conversation from an earlier version: of the token 0123456789abcdef0123456789abcdef. */
#define OLD_MARK "~a55798dd7966ed4b45bd53202cf7a982"

static void
check_visitor(const struct visitor *visitor)
{
	MUST(visitor->private_room[0] == '~');
	MUST(strspn(visitor->private_room + 1, "0123456789abcdef") == SESSION_MARK_BYTES - 2);
	MUST(strcmp(visitor->author, visitor->private_room) == 0);
}

/* Who is known has brought a token of ours, which nobody makes up; or the old one that is stored.
 */
static void
check_reading(const struct api *api, struct request *request)
{
	struct visitor visitor;
	const char *at = request->cookie;
	struct session_keys keys;
	struct session session;
	struct cookie cookie;
	bool has_brought = false;

	MUST(secret_keys(api->secret, &keys) == ERR_NONE);
	visitor_read(api, request, &visitor);
	MUST(!visitor.is_unclear);
	while (session_cookie_next(&at, &cookie)) {
		MUST(cookie.value >= cookie.name + cookie.name_size && cookie.value <= at);
		MUST(cookie.value + cookie.value_size <= at);
		has_brought |= session_read(&keys, cookie.value, cookie.value_size, &session) &&
		               strcmp(session.mark, visitor.private_room) == 0;
	}
	if (!visitor.is_known) {
		MUST(visitor.author[0] == '\0' && request->answer_headers.size == 0);
		return;
	}
	check_visitor(&visitor);
	MUST(has_brought || strcmp(visitor.private_room, OLD_MARK) == 0);
}

/* A new session, and who comes back with its cookie. */
static void
check_session(const struct api *api, struct request *request)
{
	static const char head[] = "Set-Cookie: ";
	bool is_secure = session_cookie_is_secure(request);
	char back[256] = "HTTP_COOKIE=";
	char https[] = "HTTPS=on";
	char *const variables[] = { back, https, NULL };
	struct visitor visitor = { .is_known = false };
	struct visitor returned;

	if (!is_secure)
		https[strlen("HTTPS=")] = '\0';
	request->answer_headers.size = 0;
	MUST(visitor_start_session(api, request, &visitor) == ERR_NONE);
	const char *header = request->answer_headers.data;
	MUST(strncmp(header, head, strlen(head)) == 0);
	MUST(strcspn(header, "\r\n") == request->answer_headers.size - 2);
	MUST(strstr(header, "; HttpOnly; SameSite=Lax") != NULL);
	MUST(is_secure == (strncmp(header + strlen(head), "__Host-", 7) == 0));
	MUST(!is_secure || strstr(header, "; Path=/; ") != NULL);
	MUST(is_secure == (strstr(header, "; Secure\r\n") != NULL));
	strncat(back, header + strlen(head), strcspn(header + strlen(head), ";"));
	struct request *next = request_new(variables, 0, NULL);
	visitor_read(api, next, &returned);
	MUST(returned.is_known && strcmp(returned.author, visitor.author) == 0);
	check_visitor(&returned);
	request_free(next);
}

static void
open_rooms(struct rooms *rooms, struct api *api)
{
	unsigned char bytes[SESSION_SECRET_BYTES];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	store_memory_reset();
	store_memory_post(OLD_MARK, "from before");
	*rooms = (struct rooms){ .store_pool =
		                         store_pool_new(&store_memory, &store_memory_settings) };
	*api = (struct api){ .rooms = rooms, .secret = secret_new_fixed(bytes) };
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[LINES] = { "QUERY_STRING=", "HTTP_COOKIE=", "HTTP_ORIGIN=",
		                                  "SCRIPT_NAME=",  "REQUEST_URI=", "HTTPS=" };
	char *lines[LINES + 1] = { NULL };
	char *text = must_copy((const char *)data, size);
	char *at = text;
	struct rooms rooms;
	struct api api;

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
	open_rooms(&rooms, &api);
	check_reading(&api, request);
	request->method = METHOD_DELETE;
	MUST(cross_site_reason(request, "") == NULL || request->fetch_site[0] != '\0');
	MUST(request->origin[0] == '\0' || request->fetch_site[0] != '\0' ||
	     cross_site_reason(request, "no origin\n") != NULL);
	check_session(&api, request);
	request_free(request);
	store_pool_free(rooms.store_pool);
	secret_free(api.secret);
	store_memory_reset();
	for (size_t i = 0; i < LINES; i++)
		free(lines[i]);
	free(text);
	return 0;
}
