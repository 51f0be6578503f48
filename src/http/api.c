/*
 * The handlers of /chat/api. What is wrong with a request is decided here, before the core is
 * called, and answered as a problem document.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/api.h"

#include <json-c/json_object.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/room.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "model/json.h"
#include "model/utf8.h"

/* RFC 9110, 8.3.1: type and subtype in any case, then maybe parameters. */
static bool
is_json_type(const char *content_type)
{
	static const char json[] = "application/json";
	size_t size = strlen(json);

	if (strncasecmp(content_type, json, size) != 0)
		return false;
	const char *rest = content_type + size;
	rest += strspn(rest, " \t");
	return *rest == '\0' || *rest == ';';
}

/* A problem with how the body is labelled, or NULL. */
static struct response *
check_media(const struct request *request)
{
	if (!is_json_type(request->content_type)) {
		struct response *response = problem_response(
			PROBLEM_MEDIA_TYPE,
			"the body must be labelled Content-Type: application/json");
		response_add_header(response, "Accept", "application/json");
		return response;
	}
	if (request->content_encoding[0] != '\0' &&
	    strcasecmp(request->content_encoding, "identity") != 0) {
		struct response *response = problem_response(PROBLEM_CONTENT_ENCODING,
		                                             "the body must not be compressed");
		response_add_header(response, "Accept-Encoding", "identity");
		return response;
	}
	return NULL;
}

static enum problem
problem_of_fault(enum json_fault fault)
{
	switch (fault) {
	case JSON_EMPTY: return PROBLEM_JSON_EMPTY;
	case JSON_BYTE_ORDER_MARK: return PROBLEM_JSON_BYTE_ORDER_MARK;
	case JSON_TRAILING: return PROBLEM_JSON_TRAILING;
	case JSON_UTF8: return PROBLEM_JSON_UTF8;
	case JSON_CONTROL: return PROBLEM_JSON_CONTROL;
	case JSON_SURROGATE: return PROBLEM_JSON_SURROGATE;
	case JSON_NUL: return PROBLEM_JSON_NUL;
	case JSON_DUPLICATE: return PROBLEM_JSON_DUPLICATE;
	case JSON_TOO_DEEP: return PROBLEM_JSON_TOO_DEEP;
	case JSON_TOO_MANY_MEMBERS: return PROBLEM_JSON_TOO_MANY_MEMBERS;
	case JSON_NUMBER_RANGE: return PROBLEM_JSON_NUMBER_RANGE;
	case JSON_FINE:
	case JSON_SYNTAX: break;
	}
	return PROBLEM_JSON_SYNTAX;
}

/* The body as a JSON object, the caller's to json_object_put; or NULL and *problem, the caller's
 * to answer. */
static struct json_object *
parse_object(const struct api *api, const struct request *request, struct response **problem)
{
	struct json_object *value;
	struct json_verdict verdict =
		json_parse(request->body.data, request->body.size, api->json_depth_max, &value);

	if (verdict.fault != JSON_FINE) {
		*problem = problem_response(problem_of_fault(verdict.fault), "%s, at byte %zu",
		                            json_fault_text(verdict.fault), verdict.offset);
		return NULL;
	}
	if (!json_object_is_type(value, json_type_object)) {
		json_object_put(value);
		*problem = problem_response(PROBLEM_NOT_AN_OBJECT,
		                            "the body must be a JSON object such as "
		                            "{\"message\":\"django\"}");
		return NULL;
	}
	return value;
}

/* A problem with the member `message`, or NULL with what is to be said, which lives as long as
 * `body`. */
static struct response *
read_message(const struct api *api, struct json_object *body, struct say *say)
{
	struct json_object *message;

	if (!json_object_object_get_ex(body, "message", &message))
		return problem_response(PROBLEM_MESSAGE_MISSING, "there is no member \"message\"");
	if (!json_object_is_type(message, json_type_string))
		return problem_response(PROBLEM_MESSAGE_NOT_A_STRING,
		                        "\"message\" must be a string");
	say->message = json_object_get_string(message);
	say->message_size = (size_t)json_object_get_string_len(message);
	if (utf8_is_blank(say->message, say->message_size))
		return problem_response(PROBLEM_MESSAGE_BLANK,
		                        "\"message\" has nothing but white space");
	if (say->message_size > api->message_bytes_max)
		return problem_response(PROBLEM_MESSAGE_TOO_LARGE,
		                        "\"message\" has %zu bytes in UTF-8; at most %zu are taken",
		                        say->message_size, api->message_bytes_max);
	return NULL;
}

/* Whether the member is absent, or a string that `is_valid` takes. */
static bool
name_is_fine(struct json_object *body, const char *member,
             bool (*is_valid)(const char *text, size_t size))
{
	struct json_object *value;

	if (!json_object_object_get_ex(body, member, &value))
		return true;
	return json_object_is_type(value, json_type_string) &&
	       is_valid(json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

/* A problem with the members `name` and `room`, or NULL. */
static struct response *
check_names(struct json_object *body)
{
	if (!name_is_fine(body, "name", utf8_is_person_name))
		return problem_response(
			PROBLEM_NAME_INVALID,
			"\"name\" must be a string of 1 to 64 characters, not blank, "
			"without controls");
	if (!name_is_fine(body, "room", utf8_is_room_name))
		return problem_response(
			PROBLEM_ROOM_INVALID,
			"\"room\" must be a string of 1 to 64 letters, digits, '-', "
			"'_' and '.'");
	if (json_object_object_get_ex(body, "room", NULL))
		return problem_response(PROBLEM_ROOM_UNKNOWN, "there is no such room");
	return NULL;
}

/* The reply is there: the answer leaves. Called by the core, on any thread. */
static void
said(void *context, const struct said *said)
{
	struct request *request = context;

	if (said->state != REPLY_DONE) {
		request_answer(request, problem_response(PROBLEM_REPLY_FAILED,
		                                         "the reply could not be made"));
		return;
	}
	struct response *response = response_new(200, "application/json");
	struct json_object *document = json_object_new_object();
	struct json_object *reply = json_object_new_string_len(said->reply, (int)said->reply_size);
	if (json_object_object_add(document, "message", reply) != 0 ||
	    json_append(&response->body, document) != ERR_NONE)
		abort();
	json_object_put(document);
	request_answer(request, response);
}

void
api_say(const struct api *api, struct request *request)
{
	struct say say = { 0 };
	struct json_object *body = NULL;

	struct response *problem = check_media(request);
	if (problem == NULL)
		body = parse_object(api, request, &problem);
	if (problem == NULL)
		problem = read_message(api, body, &say);
	if (problem == NULL)
		problem = check_names(body);
	if (problem != NULL)
		request_answer(request, problem);
	else
		room_say(api->rooms, &say, said, request);
	json_object_put(body);
}

void
api_health(const struct api *api, struct request *request)
{
	(void)api;
	struct response *response = response_new(200, "application/json");
	if (buf_append_text(&response->body, "{\"status\":\"ok\"}") != ERR_NONE)
		abort();
	request_answer(request, response);
}
