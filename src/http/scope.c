/*
 * Which room a request is about.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/scope.h"

#include <string.h>

#include "base/bounds.h"
#include "http/handlers/api.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/url_query.h"
#include "text/names.h"

void
scope_init(const struct api *api, struct request *request, struct scope *scope)
{
	*scope = (struct scope){ .is_private = false };
	visitor_read(api, request, &scope->visitor);
	buf_init(&scope->name, BOUND_NAME_TEXT_BYTES);
}

void
scope_fini(struct scope *scope)
{
	buf_fini(&scope->name);
}

const char *
scope_shown_name(const struct scope *scope)
{
	return scope->is_private ? SCOPE_PRIVATE : scope->name.data;
}

struct response *
scope_name_problem(void)
{
	return problem_response(PROBLEM_ROOM_INVALID,
	                        "\"room\" must be a string of 1 to 64 letters, digits, '-', "
	                        "'_' and '.'");
}

/* Brings the name that clients gave into the form in which it is told and stored. */
static bool
read_room_name(struct scope *scope)
{
	struct buf name;

	buf_init(&name, BOUND_NAME_BYTES);
	if (!names_read_room(scope->name.data, scope->name.size, &name))
		return false;
	buf_fini(&scope->name);
	scope->name = name;
	return true;
}

struct response *
scope_find(const struct api *api, struct scope *scope)
{
	/* To take who has a session for a newcomer, or for nobody, would be wrong for good. */
	if (scope->visitor.is_unclear)
		return problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used");
	if (scope->name.size == 0 || strcmp(scope->name.data, SCOPE_PRIVATE) == 0) {
		scope->is_private = true;
		scope->room = (struct room){
			.key = scope->visitor.is_known ? scope->visitor.private_room : NULL,
			.responder = api->rooms->responder,
		};
		return NULL;
	}
	if (!read_room_name(scope))
		return scope_name_problem();
	if (api->rooms->store_pool == NULL ||
	    !room_find(api->rooms, scope->name.data, &scope->room))
		return problem_response(PROBLEM_ROOM_UNKNOWN, "there is no such room");
	return NULL;
}

struct response *
scope_read_query(const struct api *api, struct request *request, struct scope *scope)
{
	scope_init(api, request, scope);
	if (url_query_text(request->query, "room", &scope->name) == QUERY_INVALID)
		return problem_response(PROBLEM_QUERY_INVALID,
		                        "the parameter \"room\" is not readable");
	return scope_find(api, scope);
}
