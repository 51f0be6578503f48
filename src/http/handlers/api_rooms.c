/*
 * GET /chat/api/rooms, /chat/api/settings and /chat/api/health.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/buf.h"
#include "chat/room.h"
#include "http/handlers/api.h"
#include "http/render/documents.h"
#include "http/render/problem.h"
#include "http/request.h"

void
api_rooms(const struct api *api, struct request *request)
{
	size_t count = api->rooms->store_pool == NULL ? 0 : api->rooms->shared_count;
	struct room_facts *rooms = must_allocate((count + 1) * sizeof(*rooms));

	for (size_t i = 0; i < count; i++)
		rooms[i] = (struct room_facts){
			.name = api->rooms->shared[i].name,
			.title = api->rooms->shared[i].title,
		};
	struct response *response = rooms_response(rooms, count);
	free(rooms);
	request_answer(request, response);
}

void
api_settings(const struct api *api, struct request *request)
{
	static const struct page_settings none;

	request_answer(request, settings_response(api->settings == NULL ? &none : api->settings));
}

static void
checked(void *context, enum err err)
{
	struct request *request = context;

	request_answer(request, err == ERR_NONE ? health_response()
	                                        : problem_response(PROBLEM_STORE_UNAVAILABLE,
	                                                           "the store cannot be used"));
}

void
api_health(const struct api *api, struct request *request)
{
	room_check(api->rooms, checked, request);
}
