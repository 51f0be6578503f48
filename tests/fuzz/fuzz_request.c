/*
 * Whole requests, one behind the other, to rooms that are kept in memory: the bytes up to an empty
 * line are meta-variables, one per line, and the rest up to a byte 0x1e is the body. However
 * hostile they are, each has one answer, of a status that we know, its document passes our own
 * gate, and where it is no 2xx nothing was stored.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/support_store.h"
#include "base/log.h"
#include "chat/committer.h"
#include "chat/people/secret.h"
#include "chat/room.h"
#include "chat/store_pool.h"
#include "http/handlers/api.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "responder/echo.h"
#include "text/json.h"

#define VARIABLES_MAX 64
#define BODY_BYTES_MAX 400

/* Between one request and the next. */
#define SEPARATOR '\x1e'

static unsigned answer_count;
static size_t events_before; /* the request */

static void
check_response(const struct response *response)
{
	static const int statuses[] = {
		200, 204, 400, 403, 404, 405, 411, 413, 415, 422, 500, 503
	};
	size_t i = 0;

	while (i < sizeof(statuses) / sizeof(statuses[0]) && statuses[i] != response->status)
		i++;
	MUST(i < sizeof(statuses) / sizeof(statuses[0]));
	if (response->content_type == NULL) {
		MUST(response->status == 204);
		MUST(response->body.size == 0);
		return;
	}
	MUST(strcmp(response->content_type,
	            response->status == 200 ? "application/json" : "application/problem+json") ==
	     0);
	/* A page of events is the deepest. */
	MUST(json_validate(response->body.data, response->body.size, 3).fault == JSON_FINE);
}

/* Every line up to the empty one is a header of ours. */
static void
check_head(const struct buf *out)
{
	static const char *const names[] = { "Status: ",
		                             "Content-Type: application/",
		                             "Content-Length: ",
		                             "Cache-Control: no-store\r",
		                             "X-Content-Type-Options: nosniff\r",
		                             "Allow: ",
		                             "Set-Cookie: plainchat-ff4dc090=",
		                             "Set-Cookie: __Host-plainchat-ff4dc090=",
		                             "Set-Cookie: plainchat=; ",
		                             "Retry-After: ",
		                             "Accept: application/json\r",
		                             "Accept-Encoding: identity\r" };
	const char *at = out->data;

	MUST(strncmp(at, names[0], strlen(names[0])) == 0);
	while (strncmp(at, "\r\n", 2) != 0) {
		size_t i = 0;
		while (i < sizeof(names) / sizeof(names[0]) &&
		       strncmp(at, names[i], strlen(names[i])) != 0)
			i++;
		MUST(i < sizeof(names) / sizeof(names[0]));
		at = strstr(at, "\r\n");
		MUST(at != NULL);
		at += 2;
	}
}

static void
answer(struct transport *transport, struct request *request, struct response *response)
{
	struct buf out;

	(void)transport;
	answer_count++;
	check_response(response);
	MUST(response->status / 100 == 2 || store_memory_events() == events_before);
	MUST(request->method == METHOD_POST || request->method == METHOD_DELETE ||
	     store_memory_events() == events_before);
	buf_init(&out, (size_t)1024 * 1024);
	MUST(response_append(response, request->method == METHOD_HEAD, &out) == ERR_NONE);
	check_head(&out);
	buf_fini(&out);
	request_free(request);
	response_free(response);
}

/* Cuts the lines of `text` apart, in place; returns where the body begins. */
static char *
cut_variables(char *text, char *variables[])
{
	size_t count = 0;

	while (*text != '\0' && *text != '\n' && count < VARIABLES_MAX) {
		char *end = strchr(text, '\n');
		variables[count++] = text;
		if (end == NULL) {
			text += strlen(text);
			break;
		}
		*end = '\0';
		text = end + 1;
	}
	variables[count] = NULL;
	return *text == '\n' ? text + 1 : text;
}

/* One request, which is cut up. */
static void
ask(const struct api *api, char *text, size_t size)
{
	struct transport transport = { .answer = answer };
	char *variables[VARIABLES_MAX + 1];

	const char *body = cut_variables(text, variables);
	size_t body_size = size - (size_t)(body - text);
	struct request *request = request_new(variables, BODY_BYTES_MAX, &transport);
	if (body_size > request->body.cap)
		body_size = request->body.cap;
	MUST(buf_append(&request->body, body, body_size) == ERR_NONE);
	answer_count = 0;
	events_before = store_memory_events();
	route_request(api, request);
	MUST(answer_count == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct committer_settings settings = { .engine = &store_memory,
		                                            .store = &store_memory_settings };
	struct echo echo;
	const struct room_rule rules[] = { { .name = "lobby", .responder = &echo.responder },
		                           { .name = "people" } };
	struct rooms rooms = { .shared = rules,
		               .shared_count = 2,
		               .responder = &echo.responder,
		               .reply_bytes_max = 200 };
	struct api api = { .rooms = &rooms,
		           .message_bytes_max = 300,
		           .body_bytes_max = BODY_BYTES_MAX,
		           .json_depth_max = 4 };
	char *text = must_copy((const char *)data, size);
	unsigned char bytes[SESSION_SECRET_BYTES];

	log_set_level(LOG_ERROR); /* a line for each that is refused would be most of the work */
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	api.secret = secret_new_fixed(bytes);
	echo_init(&echo, "received " ECHO_PLACEHOLDER);
	store_memory_reset();
	store_memory_post("lobby", "hello");
	rooms.store_pool = store_pool_new(&store_memory, &store_memory_settings);
	MUST(committer_start(&settings, &rooms.committer) == ERR_NONE);
	for (size_t at = 0; at <= size;) {
		char *end = memchr(text + at, SEPARATOR, size - at);
		size_t part = end == NULL ? size - at : (size_t)(end - text) - at;
		text[at + part] = '\0';
		ask(&api, text + at, part);
		at += part + 1;
	}
	if (!committer_stop(rooms.committer, INT64_MAX))
		abort();
	store_pool_free(rooms.store_pool);
	secret_free(api.secret);
	store_memory_reset();
	free(text);
	return 0;
}
