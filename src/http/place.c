/*
 * Which room a request is about.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/place.h"

#include <string.h>

#include "base/bounds.h"
#include "http/handlers/api.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/url_query.h"
#include "text/names.h"

void
place_init(const struct api *api, struct request *request, struct place *place)
{
	*place = (struct place){ .is_private = false };
	visitor_read(api, request, &place->visitor);
	buf_init(&place->name, BOUND_NAME_TEXT_BYTES);
}

void
place_fini(struct place *place)
{
	buf_fini(&place->name);
}

const char *
place_shown_name(const struct place *place)
{
	return place->is_private ? PLACE_PRIVATE : place->name.data;
}

struct response *
place_name_problem(void)
{
	return problem_response(PROBLEM_ROOM_INVALID,
	                        "\"room\" must be a string of 1 to 64 letters, digits, '-', "
	                        "'_' and '.'");
}

/* Brings the name that clients gave into the form in which it is told and stored. */
static bool
read_room_name(struct place *place)
{
	struct buf name;

	buf_init(&name, BOUND_NAME_BYTES);
	if (!names_read_room(place->name.data, place->name.size, &name))
		return false;
	buf_fini(&place->name);
	place->name = name;
	return true;
}

struct response *
place_find(const struct api *api, struct place *place)
{
	/* To take who has a session for a newcomer, or for nobody, would be wrong for good. */
	if (place->visitor.is_unclear)
		return problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used");
	if (place->name.size == 0 || strcmp(place->name.data, PLACE_PRIVATE) == 0) {
		place->is_private = true;
		place->room = (struct room){
			.key = place->visitor.is_known ? place->visitor.private_room : NULL,
			.responder = api->rooms->responder,
		};
		return NULL;
	}
	if (!read_room_name(place))
		return place_name_problem();
	if (api->rooms->readers == NULL || !room_find(api->rooms, place->name.data, &place->room))
		return problem_response(PROBLEM_ROOM_UNKNOWN, "there is no such room");
	return NULL;
}

struct response *
place_read_query(const struct api *api, struct request *request, struct place *place)
{
	place_init(api, request, place);
	if (url_query_text(request->query, "room", &place->name) == QUERY_INVALID)
		return problem_response(PROBLEM_QUERY_INVALID,
		                        "the parameter \"room\" is not readable");
	return place_find(api, place);
}
