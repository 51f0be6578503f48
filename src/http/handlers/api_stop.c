/*
 * POST /chat/api/stop: ending a reply that is being made.
 *
 * SPDX-License-Identifier: MIT
 */
#include <json-c/json_object.h>
#include <stdlib.h>

#include "chat/room.h"
#include "http/body.h"
#include "http/handlers/api.h"
#include "http/render/documents.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/scope.h"

/* A POST that is being answered; freed when it is. */
struct stop_request {
	struct request *request;
	char *room; /* as clients are told */
	int64_t seq;
};

static void
on_stopped(void *context, enum err err, bool is_known, enum message_state state)
{
	struct stop_request *stop = context;
	struct response *response;

	if (err == ERR_UNKNOWN_COMMIT)
		response = problem_response(
			PROBLEM_OUTCOME_UNKNOWN,
			"whether the reply was stopped in the store is not known: ask again");
	else if (err != ERR_NONE)
		response = problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used");
	else if (!is_known)
		response = problem_response(PROBLEM_EVENT_UNKNOWN, "there is no such reply");
	else
		response = stopped_response(stop->room, stop->seq, state);
	struct request *request = stop->request;
	free(stop->room);
	free(stop);
	request_answer(request, response);
}

static void
stop_reply(const struct api *api, struct request *request, const struct scope *scope, int64_t seq)
{
	struct stop_request *stop = must_allocate(sizeof(*stop));

	stop->request = request;
	stop->room = must_copy_text(scope_shown_name(scope));
	stop->seq = seq;
	room_stop_reply(api->rooms, scope->room.key, seq, on_stopped, stop);
}

void
api_stop(const struct api *api, struct request *request)
{
	struct response *problem;
	struct json_object *body = body_parse(api, request, &problem);
	struct scope scope;
	int64_t seq = 0;

	scope_init(api, request, &scope);
	if (problem == NULL && (!body_read_seq(body, "seq", &seq) || seq == 0))
		problem = problem_response(PROBLEM_SEQ_INVALID,
		                           "\"seq\" must be the number of a reply");
	if (problem == NULL)
		problem = body_read_scope(api, body, &scope);
	if (problem == NULL && scope.room.key == NULL)
		problem = problem_response(PROBLEM_EVENT_UNKNOWN, "there is no such reply");
	if (problem != NULL)
		request_answer(request, problem);
	else
		stop_reply(api, request, &scope, seq);
	scope_fini(&scope);
	json_object_put(body);
}
