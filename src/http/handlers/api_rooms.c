/*
 * GET /chat/api/rooms and /chat/api/health.
 *
 * SPDX-License-Identifier: MIT
 */
#include <json-c/json_object.h>
#include <stdlib.h>

#include "chat/room.h"
#include "http/handlers/api.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "text/json.h"

void
api_rooms(const struct api *api, struct request *request)
{
	struct response *response = response_new(200, "application/json");
	struct json_object *document = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t count = api->rooms->store_pool == NULL ? 0 : api->rooms->shared_count;

	for (size_t i = 0; i < count; i++) {
		struct json_object *room = json_object_new_object();
		json_add(room, "room", json_object_new_string(api->rooms->shared[i].name));
		if (json_object_array_add(list, room) != 0)
			abort();
	}
	json_add(document, "rooms", list);
	if (json_append(&response->body, document) != ERR_NONE)
		abort();
	json_object_put(document);
	request_answer(request, response);
}

static void
checked(void *context, enum err err)
{
	struct request *request = context;

	if (err != ERR_NONE) {
		request_answer(request, problem_response(PROBLEM_STORE_UNAVAILABLE,
		                                         "the store cannot be used"));
		return;
	}
	struct response *response = response_new(200, "application/json");
	if (buf_append_text(&response->body, "{\"status\":\"ok\"}") != ERR_NONE)
		abort();
	request_answer(request, response);
}

void
api_health(const struct api *api, struct request *request)
{
	room_check(api->rooms, checked, request);
}
