/*
 * POST /chat/api: posting a message. What is wrong with a request is decided here, before the core
 * is called, and answered as a problem document; how the answer leaves is in api_reply.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <json-c/json_object.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "chat/room.h"
#include "http/body.h"
#include "http/handlers/api.h"
#include "http/handlers/api_reply.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "http/scope.h"
#include "text/names.h"
#include "text/utf8.h"

/* A problem with the member `message`, or NULL with what is to be said, which lives as long as
 * `body`. */
static struct response *
read_message(const struct api *api, struct json_object *body, struct post *post)
{
	struct json_object *message;

	if (!json_object_object_get_ex(body, "message", &message))
		return problem_response(PROBLEM_MESSAGE_MISSING, "there is no member \"message\"");
	if (!json_object_is_type(message, json_type_string))
		return problem_response(PROBLEM_MESSAGE_NOT_A_STRING,
		                        "\"message\" must be a string");
	post->message = json_object_get_string(message);
	post->message_size = (size_t)json_object_get_string_len(message);
	if (utf8_is_blank(post->message, post->message_size))
		return problem_response(PROBLEM_MESSAGE_BLANK,
		                        "\"message\" has nothing that can be seen");
	if (post->message_size > api->message_bytes_max)
		return problem_response(PROBLEM_MESSAGE_TOO_LARGE,
		                        "\"message\" has %zu bytes in UTF-8; at most %zu are taken",
		                        post->message_size, api->message_bytes_max);
	return NULL;
}

/* Longest name: the sign of a chosen one, its code points, and a NUL. */
#define NAME_BYTES (1 + BOUND_NAME_BYTES + 1)

/* What is read of a request, while it is. */
struct post_request {
	const struct api *api;
	struct request *request;
	struct json_object *body;
	struct scope scope;
	char name[NAME_BYTES];
	struct post post;
};

/* Whether the web server has authenticated somebody whose name can be shown. */
static bool
read_user(const struct request *request, struct buf *name)
{
	const char *user = request->remote_user;
	size_t size = strlen(user);

	return utf8_valid_size(user, size) == size && names_read_person(user, size, name);
}

/* The name under which the message is shown: the authenticated one as it is, or a chosen one with
 * a sign in front that no authenticated one has. A user whose name begins with the sign gets
 * another in front: without his own he would be taken for somebody else, with that alone for
 * nobody. */
static struct response *
read_name(struct post_request *posting)
{
	struct response *problem = NULL;
	struct buf user;
	struct buf name;
	const char *text;
	size_t size;

	buf_init(&user, BOUND_NAME_BYTES);
	buf_init(&name, BOUND_NAME_BYTES);
	if (!body_read_text(posting->body, "name", &text, &size) ||
	    (text != NULL && !names_read_person(text, size, &name)))
		problem = problem_response(
			PROBLEM_NAME_INVALID,
			"\"name\" must be a string of 1 to %d characters, not blank, without "
			"controls, invisible characters, and more than %d marks in a row",
			BOUND_NAME_CODE_POINTS, BOUND_NAME_MARKS);
	else if (read_user(posting->request, &user))
		snprintf(posting->name, sizeof(posting->name), "%s%s",
		         user.data[0] == '~' ? "~" : "", user.data);
	else if (text != NULL)
		snprintf(posting->name, sizeof(posting->name), "~%s", name.data);
	buf_fini(&user);
	buf_fini(&name);
	return problem;
}

/* The idempotency key, and a hash of what was sent with it. */
static struct response *
read_key(struct post_request *posting)
{
	const char *key = posting->request->idempotency_key;
	const struct buf *body = &posting->request->body;
	unsigned char hash[crypto_generichash_BYTES_MIN];

	for (const char *c = key; *c != '\0'; c++) {
		if (*c < '!' || *c > '~' || c - key >= BOUND_KEY_BYTES)
			return problem_response(
				PROBLEM_KEY_INVALID,
				"Idempotency-Key has 1 to %d visible ASCII characters",
				BOUND_KEY_BYTES);
	}
	if (key[0] == '\0' || posting->scope.room.key == NULL)
		return NULL;
	if (crypto_generichash(hash, sizeof(hash), (const unsigned char *)body->data, body->size,
	                       NULL, 0) != 0)
		abort();
	memcpy(&posting->post.body_hash, hash, sizeof(posting->post.body_hash));
	posting->post.key = key;
	return NULL;
}

/* A problem with what is to be said, or with the message that is to be answered again, or NULL. */
static struct response *
read_matter(struct post_request *posting)
{
	if (!body_read_seq(posting->body, "again", &posting->post.regenerate))
		return problem_response(PROBLEM_AGAIN_INVALID,
		                        "\"again\" must be the number of a message");
	if (posting->post.regenerate == 0)
		return read_message(posting->api, posting->body, &posting->post);
	posting->post.message = "";
	return NULL;
}

static struct response *
read_all(struct post_request *posting)
{
	struct response *problem;

	posting->body = body_parse(posting->api, posting->request, &problem);
	if (problem == NULL)
		problem = read_matter(posting);
	if (problem == NULL)
		problem = read_name(posting);
	if (problem == NULL)
		problem = body_read_scope(posting->api, posting->body, &posting->scope);
	if (problem == NULL)
		problem = read_key(posting);
	if (problem == NULL && posting->post.regenerate != 0 && posting->scope.room.key == NULL)
		problem = problem_response(PROBLEM_EVENT_UNKNOWN, "there is no such message");
	return problem;
}

void
api_post(const struct api *api, struct request *request)
{
	struct post_request posting = { .api = api, .request = request, .post.key = "" };

	scope_init(api, request, &posting.scope);
	struct response *problem = read_all(&posting);
	if (problem != NULL) {
		request_answer(request, problem);
	} else {
		const struct responder *responder = posting.scope.room.responder;
		posting.post.room = posting.scope.room;
		posting.post.room_name = posting.scope.room.key == NULL && posting.scope.is_private
		                                 ? ""
		                                 : scope_shown_name(&posting.scope);
		posting.post.name = posting.name;
		posting.post.author = posting.scope.visitor.author;
		posting.post.address = request->remote_address;
		if (responder != NULL && responder->start != NULL)
			request_detach(request);
		struct reply_answer *answer =
			reply_answer_new(api, request, &posting.scope, &posting.post);
		room_post(api->rooms, &posting.post, reply_answer_posted, answer);
	}
	json_object_put(posting.body);
	scope_fini(&posting.scope);
}
