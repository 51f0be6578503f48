/*
 * A whole request: the bytes up to an empty line are meta-variables, one per line, and the rest is
 * the body. However hostile they are, there is one answer, of a status that we know, and its
 * document passes our own gate.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "core/room.h"
#include "http/api.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "model/json.h"
#include "reply/echo.h"

#define VARIABLES_MAX 64
#define BODY_BYTES_MAX 400

static unsigned answer_count;

static void
check_response(const struct response *response)
{
	static const int statuses[] = { 200, 204, 400, 404, 405, 411, 413, 415, 500 };
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
	MUST(json_gate(response->body.data, response->body.size, 1).fault == JSON_FINE);
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
answer(struct carrier *carrier, struct request *request, struct response *response)
{
	struct buf out;

	(void)carrier;
	answer_count++;
	check_response(response);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct echo echo;
	struct rooms rooms = { .responder = &echo.responder, .reply_bytes_max = 200 };
	struct api api = { .rooms = &rooms,
		           .message_bytes_max = 300,
		           .body_bytes_max = BODY_BYTES_MAX,
		           .json_depth_max = 4 };
	struct carrier carrier = { answer };
	char *variables[VARIABLES_MAX + 1];
	char *text = must_copy((const char *)data, size);

	echo_init(&echo, "received " ECHO_PLACEHOLDER);
	const char *body = cut_variables(text, variables);
	size_t body_size = size - (size_t)(body - text);
	struct request *request = request_new(variables, BODY_BYTES_MAX, &carrier);
	if (body_size > request->body.cap)
		body_size = request->body.cap;
	MUST(buf_append(&request->body, body, body_size) == ERR_NONE);
	answer_count = 0;
	route_request(&api, request);
	MUST(answer_count == 1);
	free(text);
	return 0;
}
