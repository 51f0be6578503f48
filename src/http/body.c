/*
 * The body of a POST: its label, then the strict reader, then members.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/body.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/handlers/api.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "http/scope.h"
#include "text/json.h"

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

struct json_object *
body_parse(const struct api *api, const struct request *request, struct response **problem)
{
	struct json_object *value;

	*problem = check_media(request);
	if (*problem != NULL)
		return NULL;
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

bool
body_read_text(struct json_object *body, const char *member, const char **text, size_t *size)
{
	struct json_object *value;

	*text = NULL;
	*size = 0;
	if (!json_object_object_get_ex(body, member, &value))
		return true;
	*text = json_object_get_string(value);
	*size = (size_t)json_object_get_string_len(value);
	return json_object_is_type(value, json_type_string);
}

bool
body_read_seq(struct json_object *body, const char *member, int64_t *seq)
{
	struct json_object *value;

	*seq = 0;
	if (!json_object_object_get_ex(body, member, &value))
		return true;
	*seq = json_object_get_int64(value);
	return json_object_is_type(value, json_type_int) && *seq > 0;
}

struct response *
body_read_scope(const struct api *api, struct json_object *body, struct scope *scope)
{
	const char *room;
	size_t size;

	if (!body_read_text(body, "room", &room, &size) ||
	    (room != NULL && (size == 0 || buf_append(&scope->name, room, size) != ERR_NONE)))
		return scope_name_problem();
	return scope_find(api, scope);
}
