/*
 * One request: made from CGI meta-variables, and answered through its carrier.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/response.h"

/* The value of a meta-variable in its place, or "" where it is not set. */
static const char *
variable(char *const variables[], const char *name)
{
	size_t size = strlen(name);
	const char *value = "";

	for (; *variables != NULL; variables++) {
		if (strncmp(*variables, name, size) == 0 && (*variables)[size] == '=')
			value = *variables + size + 1;
	}
	return value;
}

/* Which meta-variable becomes which member. */
static const struct {
	const char *name;
	size_t offset;
} members[] = {
	{ "REQUEST_METHOD", offsetof(struct request, method_name) },
	{ "SCRIPT_NAME", offsetof(struct request, mount) },
	{ "PATH_INFO", offsetof(struct request, path) },
	{ "QUERY_STRING", offsetof(struct request, query) },
	{ "CONTENT_TYPE", offsetof(struct request, content_type) },
	{ "HTTP_CONTENT_ENCODING", offsetof(struct request, content_encoding) },
	{ "HTTP_ACCEPT", offsetof(struct request, accept) },
	{ "HTTP_COOKIE", offsetof(struct request, cookie) },
	{ "HTTP_HOST", offsetof(struct request, host) },
	{ "HTTP_IDEMPOTENCY_KEY", offsetof(struct request, idempotency_key) },
	{ "HTTP_LAST_EVENT_ID", offsetof(struct request, last_event_id) },
	{ "HTTP_ORIGIN", offsetof(struct request, origin) },
	{ "HTTP_PREFER", offsetof(struct request, prefer) },
	{ "HTTP_SEC_FETCH_SITE", offsetof(struct request, fetch_site) },
	{ "REMOTE_ADDR", offsetof(struct request, remote_address) },
	{ "REMOTE_USER", offsetof(struct request, remote_user) },
	{ "HTTPS", offsetof(struct request, https) },
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static char **
member(struct request *request, size_t index)
{
	return (char **)(void *)((char *)request + members[index].offset);
}

static enum method
method_of(const char *name)
{
	static const struct {
		const char *name;
		enum method method;
	} methods[] = {
		{ "GET", METHOD_GET },       { "HEAD", METHOD_HEAD },       { "POST", METHOD_POST },
		{ "DELETE", METHOD_DELETE }, { "OPTIONS", METHOD_OPTIONS },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(name, methods[i].name) == 0)
			return methods[i].method;
	}
	return METHOD_OTHER;
}

/* RFC 9110, 8.6: digits and nothing else. An empty value is none (RFC 3875, 4.1.2). */
static void
read_length(struct request *request, const char *value)
{
	request->has_length = *value != '\0';
	request->length_is_valid = true;
	for (; *value != '\0'; value++) {
		if (*value < '0' || *value > '9') {
			request->length_is_valid = false;
			return;
		}
		size_t digit = (size_t)(*value - '0');
		if (request->length > (SIZE_MAX - digit) / 10)
			request->length = SIZE_MAX;
		else
			request->length = request->length * 10 + digit;
	}
}

struct request *
request_new(char *const variables[], size_t body_bytes_max, struct carrier *carrier)
{
	struct request *request = must_allocate(sizeof(*request));

	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const char *value = variable(variables, members[i].name);
		*member(request, i) = must_copy_text(value);
	}
	request->method = method_of(request->method_name);
	read_length(request, variable(variables, "CONTENT_LENGTH"));
	buf_init(&request->body, body_bytes_max + 1);
	request->carrier = carrier;
	request->arrived_us = clock_now_us();
	return request;
}

void
request_free(struct request *request)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		free(*member(request, i));
	buf_fini(&request->body);
	free(request);
}

bool
request_body_is_too_large(const struct request *request)
{
	return request->body.size == request->body.cap;
}

static void
log_request(const struct request *request, const struct response *response)
{
	if (!log_is_wanted(LOG_DEBUG))
		return;
	log_event(LOG_DEBUG, "request",
	          LOG_FIELDS(log_text("method", request->method_name),
	                     log_text("path", request->path),
	                     log_number("status", response->status),
	                     log_number("body_bytes", (long long)request->body.size),
	                     log_number("us", clock_now_us() - request->arrived_us)));
}

bool
request_header_has(const char *header, const char *word)
{
	size_t size = strlen(word);

	while (*header != '\0') {
		header += strspn(header, " \t,");
		size_t found = strcspn(header, " \t,;=");
		if (found == size && strncasecmp(header, word, size) == 0)
			return true;
		header += strcspn(header, ",");
	}
	return false;
}

bool
request_wants_events(const char *accept)
{
	return request_header_has(accept, "text/event-stream");
}

bool
request_can_stream(const struct request *request)
{
	return request->carrier->stream != NULL;
}

void
request_detach(struct request *request)
{
	if (request->carrier->detach != NULL)
		request->carrier->detach(request->carrier);
}

struct outlet *
request_stream(struct request *request, struct response *response)
{
	log_request(request, response);
	return request->carrier->stream(request->carrier, request, response);
}

void
request_answer(struct request *request, struct response *response)
{
	log_request(request, response);
	request->carrier->answer(request->carrier, request, response);
}
