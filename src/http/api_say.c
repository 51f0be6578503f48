/*
 * POST /chat/api: saying something. What is wrong with a request is decided here, before the core
 * is called, and answered as a problem document.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/api.h"
#include "http/place.h"

#include <inttypes.h>
#include <json-c/json_object.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"
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

/* Longest name: the sign of a chosen one, its code points, and a NUL. */
#define NAME_BYTES (1 + 4 * BOUND_NAME_CODE_POINTS + 1)

/* A message that is being said; freed when it is answered. */
struct saying_request {
	const struct api *api;
	struct request *request;
	struct json_object *body;
	struct place place;
	char name[NAME_BYTES];
	struct say say;
};

/* A member that is absent (*text is NULL) or a string. False: it is something else. */
static bool
read_member(struct json_object *body, const char *member, const char **text, size_t *size)
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

/* The name under which the message is shown: the authenticated one as it is, or a chosen one with
 * a sign in front that no authenticated one has. A user whose name begins with the sign gets
 * another in front: without his own he would be taken for somebody else, with that alone for
 * nobody. */
static struct response *
read_name(struct saying_request *saying)
{
	const char *user = saying->request->remote_user;
	const char *name;
	size_t size;

	if (!read_member(saying->body, "name", &name, &size) ||
	    (name != NULL && !utf8_is_person_name(name, size)))
		return problem_response(
			PROBLEM_NAME_INVALID,
			"\"name\" must be a string of 1 to 64 characters, not blank, "
			"without controls");
	size_t user_size = strlen(user);
	if (user_size > 0 && utf8_valid_size(user, user_size) == user_size &&
	    utf8_is_person_name(user, user_size))
		snprintf(saying->name, sizeof(saying->name), "%s%s", user[0] == '~' ? "~" : "",
		         user);
	else if (name != NULL)
		snprintf(saying->name, sizeof(saying->name), "~%s", name);
	return NULL;
}

static struct response *
read_room(struct saying_request *saying)
{
	const char *room;
	size_t size;

	if (!read_member(saying->body, "room", &room, &size) ||
	    (room != NULL &&
	     (size == 0 || buf_append(&saying->place.name, room, size) != ERR_NONE)))
		return problem_response(
			PROBLEM_ROOM_INVALID,
			"\"room\" must be a string of 1 to 64 letters, digits, '-', "
			"'_' and '.'");
	return place_find(saying->api, &saying->place);
}

/* The idempotency key, and a hash of what was sent with it. */
static struct response *
read_key(struct saying_request *saying)
{
	const char *key = saying->request->idempotency_key;
	const struct buf *body = &saying->request->body;
	unsigned char hash[crypto_generichash_BYTES_MIN];

	for (const char *c = key; *c != '\0'; c++) {
		if (*c < '!' || *c > '~' || c - key >= BOUND_KEY_BYTES)
			return problem_response(
				PROBLEM_KEY_INVALID,
				"Idempotency-Key has 1 to %d visible ASCII characters",
				BOUND_KEY_BYTES);
	}
	if (key[0] == '\0' || saying->place.room.key == NULL)
		return NULL;
	if (crypto_generichash(hash, sizeof(hash), (const unsigned char *)body->data, body->size,
	                       NULL, 0) != 0)
		abort();
	memcpy(&saying->say.body_hash, hash, sizeof(saying->say.body_hash));
	saying->say.key = key;
	return NULL;
}

static void
finish(struct saying_request *saying, struct response *response)
{
	struct request *request = saying->request;

	json_object_put(saying->body);
	place_fini(&saying->place);
	free(saying);
	request_answer(request, response);
}

static void
add_number(struct json_object *document, const char *name, int64_t number)
{
	if (number != 0 &&
	    json_object_object_add(document, name, json_object_new_int64(number)) != 0)
		abort();
}

static struct response *
said_response(const struct saying_request *saying, const struct said *said)
{
	struct response *response = response_new(200, "application/json");
	struct json_object *document = json_object_new_object();
	const struct place *place = &saying->place;

	if (said->has_reply &&
	    json_object_object_add(
		    document, "message",
		    json_object_new_string_len(said->reply, (int)said->reply_size)) != 0)
		abort();
	if (said->seq != 0 &&
	    json_object_object_add(
		    document, "room",
		    json_object_new_string(place->is_private ? PLACE_PRIVATE : place->name.data)) !=
	            0)
		abort();
	add_number(document, "seq", said->seq);
	add_number(document, "reply_seq", said->reply_seq);
	if (json_append(&response->body, document) != ERR_NONE)
		abort();
	json_object_put(document);
	return response;
}

/* The message has been said: the answer leaves. Called by the core, on any thread. */
static void
on_said(void *context, const struct said *said)
{
	struct saying_request *saying = context;
	struct response *response = NULL;

	switch (said->outcome) {
	case SAID_DONE: response = said_response(saying, said); break;
	case SAID_NO_REPLY:
		response = problem_response(PROBLEM_REPLY_FAILED, "the reply could not be made");
		break;
	case SAID_NOT_STORED:
		response = problem_response(PROBLEM_STORE_UNAVAILABLE,
		                            "the message could not be stored");
		break;
	case SAID_KEY_REUSED:
		response = problem_response(PROBLEM_KEY_REUSED,
		                            "this Idempotency-Key was used with another body");
		break;
	}
	finish(saying, response);
}

void
api_say(const struct api *api, struct request *request)
{
	struct saying_request *saying = must_allocate(sizeof(*saying));

	saying->api = api;
	saying->request = request;
	saying->say.key = "";
	place_init(request, &saying->place);
	struct response *problem = check_media(request);
	if (problem == NULL)
		saying->body = parse_object(api, request, &problem);
	if (problem == NULL)
		problem = read_message(api, saying->body, &saying->say);
	if (problem == NULL)
		problem = read_name(saying);
	if (problem == NULL)
		problem = read_room(saying);
	if (problem == NULL)
		problem = read_key(saying);
	if (problem != NULL) {
		finish(saying, problem);
		return;
	}
	saying->say.room = saying->place.room;
	saying->say.name = saying->name;
	saying->say.author = saying->place.visitor.author;
	room_say(api->rooms, &saying->say, on_said, saying);
}
