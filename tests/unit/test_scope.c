/*
 * http/scope: which room a request is about.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"

#include <stdio.h>
#include <string.h>

#include "http/response.h"
#include "http/scope.h"

#define COOKIE STAGE_COOKIE

static struct request *request;
static struct scope scope;

/* The place of a request with this query. The code of the problem, or "" if there is none. */
static const char *
code_of(const char *query, const char *cookie)
{
	static char code[64];
	char texts[2][2048];
	char *const variables[] = { texts[0], texts[1], NULL };

	snprintf(texts[0], sizeof(texts[0]), "QUERY_STRING=%s", query);
	snprintf(texts[1], sizeof(texts[1]), "%s", cookie == NULL ? "" : cookie);
	request = request_new(variables, 0, NULL);
	struct response *problem = scope_read_query(&stage.api, request, &scope);
	request_free(request);
	code[0] = '\0';
	if (problem != NULL) {
		const char *found =
			strstr(problem->body.data, "\"code\":\"") + strlen("\"code\":\"");
		snprintf(code, sizeof(code), "%.*s", (int)strcspn(found, "\""), found);
		response_free(problem);
	}
	return code;
}

static void
without_a_name_it_is_the_visitors_own(void **state)
{
	static const char *const queries[] = { "", "after=1", "room=", "room=~", "room=%7E" };

	(void)state;
	for (size_t i = 0; i < COUNT(queries); i++) {
		assert_string_equal(code_of(queries[i], COOKIE), "");
		assert_true(scope.is_private);
		assert_string_equal(scope.room.key, scope.visitor.private_room);
		assert_ptr_equal(scope.room.responder, &stage.echo.responder);
		scope_fini(&scope);
	}
}

static void
who_has_no_session_has_no_room_yet(void **state)
{
	(void)state;
	assert_string_equal(code_of("", NULL), "");
	assert_true(scope.is_private);
	assert_null(scope.room.key);
	scope_fini(&scope);
}

static void
a_shared_room_is_found_by_its_name(void **state)
{
	(void)state;
	assert_string_equal(code_of("room=lobby", NULL), "");
	assert_false(scope.is_private);
	assert_string_equal(scope.room.key, "lobby");
	assert_ptr_equal(scope.room.responder, &stage.echo.responder);
	scope_fini(&scope);
	assert_string_equal(code_of("room=people", COOKIE), "");
	assert_string_equal(scope.room.key, "people");
	assert_null(scope.room.responder);
	scope_fini(&scope);
}

static void
other_rooms_are_there_only_if_rooms_are_open(void **state)
{
	(void)state;
	assert_string_equal(code_of("room=Lobby", NULL), "room_unknown");
	scope_fini(&scope);
	stage.rooms.is_open = true;
	assert_string_equal(code_of("room=%C3%A9t%C3%A9", NULL), "");
	assert_string_equal(scope.room.key, "\xc3\xa9t\xc3\xa9");
	scope_fini(&scope);
	/* The same name, decomposed. */
	assert_string_equal(code_of("room=e%CC%81te%CC%81", NULL), "");
	assert_string_equal(scope.room.key, "\xc3\xa9t\xc3\xa9");
	assert_string_equal(scope_shown_name(&scope), "\xc3\xa9t\xc3\xa9");
	assert_ptr_equal(scope.room.responder, &stage.echo.responder);
	scope_fini(&scope);
	assert_string_equal(code_of("room=people", NULL), "");
	assert_null(scope.room.responder);
	scope_fini(&scope);
}

static void
what_is_no_name_is_refused(void **state)
{
	/* The second could be the key of somebody's private conversation. */
	static const char *const names[] = { "a b", "~0123456789abcdef0123456789abcdef",
		                             "a/b", "~~",
		                             "=a",  "a%0a" };
	char query[64];

	(void)state;
	stage.rooms.is_open = true;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(query, sizeof(query), "room=%s", names[i]);
		assert_string_equal(code_of(query, COOKIE), "room_invalid");
		scope_fini(&scope);
	}
}

static void
what_cannot_be_read_is_refused(void **state)
{
	char query[5 + BOUND_NAME_TEXT_BYTES + 2] = "room=";

	(void)state;
	memset(query + 5, 'x', 300);
	assert_string_equal(code_of(query, NULL), "room_invalid");
	scope_fini(&scope);
	memset(query + 5, 'x', BOUND_NAME_TEXT_BYTES + 1);
	assert_string_equal(code_of(query, NULL), "query_invalid");
	scope_fini(&scope);
	assert_string_equal(code_of("room=%ff", NULL), "query_invalid");
	scope_fini(&scope);
	assert_string_equal(code_of("room=a&room=b", NULL), "query_invalid");
	scope_fini(&scope);
}

static void
where_nothing_is_stored_there_are_no_rooms(void **state)
{
	(void)state;
	stage_close_store(&stage);
	assert_string_equal(code_of("room=lobby", COOKIE), "room_unknown");
	scope_fini(&scope);
	assert_string_equal(code_of("", COOKIE), "");
	assert_null(scope.room.key);
	scope_fini(&scope);
}

#define WITH_ROOMS(test) WITH_STORE(test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOMS(without_a_name_it_is_the_visitors_own),
		WITH_ROOMS(who_has_no_session_has_no_room_yet),
		WITH_ROOMS(a_shared_room_is_found_by_its_name),
		WITH_ROOMS(other_rooms_are_there_only_if_rooms_are_open),
		WITH_ROOMS(what_is_no_name_is_refused),
		WITH_ROOMS(what_cannot_be_read_is_refused),
		WITH_ROOMS(where_nothing_is_stored_there_are_no_rooms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
