/*
 * One request: made from CGI meta-variables, and answered through its transport.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/response.h"

/* Which meta-variable becomes which member. */
#define MEMBER(name, member)                                                                       \
	{                                                                                          \
		name, sizeof(name) - 1, offsetof(struct request, member)                           \
	}
static const struct {
	const char *name;
	size_t name_size;
	size_t offset;
} members[] = {
	MEMBER("REQUEST_METHOD", method_name),
	MEMBER("SCRIPT_NAME", mount),
	MEMBER("PATH_INFO", path),
	MEMBER("QUERY_STRING", query),
	MEMBER("CONTENT_TYPE", content_type),
	MEMBER("HTTP_CONTENT_ENCODING", content_encoding),
	MEMBER("HTTP_ACCEPT", accept),
	MEMBER("HTTP_COOKIE", cookie),
	MEMBER("HTTP_IDEMPOTENCY_KEY", idempotency_key),
	MEMBER("HTTP_LAST_EVENT_ID", last_event_id),
	MEMBER("HTTP_ORIGIN", origin),
	MEMBER("HTTP_PREFER", prefer),
	MEMBER("HTTP_REFERER", referer),
	MEMBER("HTTP_SEC_FETCH_SITE", fetch_site),
	MEMBER("HTTP_FORWARDED", forwarded),
	MEMBER("HTTP_X_FORWARDED_FOR", forwarded_for),
	MEMBER("HTTP_X_FORWARDED_PROTO", forwarded_proto),
	MEMBER("REMOTE_ADDR", remote_address),
	MEMBER("SERVER_SOFTWARE", server_software),
	MEMBER("REQUEST_SCHEME", scheme),
	MEMBER("REQUEST_URI", uri),
	MEMBER("REMOTE_USER", remote_user),
	MEMBER("HTTPS", https),
	MEMBER("CONTENT_LENGTH", length_text),
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

/* Notes the value if it is one of the members'. Of two of one name the last counts: nginx sends
 * what its configuration says twice in that order, and what stands behind an included file is
 * meant. */
static void
note_variable(const char *variable, const char *values[MEMBER_COUNT])
{
	size_t name_size = strcspn(variable, "=");

	if (variable[name_size] == '\0')
		return;
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (members[i].name_size == name_size &&
		    memcmp(members[i].name, variable, name_size) == 0) {
			values[i] = variable + name_size + 1;
			return;
		}
	}
}

/* Copies the values, which end with the call, and points the members at the copies. */
static void
take_variables(struct request *request, char *const variables[])
{
	const char *values[MEMBER_COUNT] = { NULL };
	size_t sizes[MEMBER_COUNT] = { 0 };
	size_t size = 1;

	for (; *variables != NULL; variables++)
		note_variable(*variables, values);
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		sizes[i] = values[i] == NULL ? 0 : strlen(values[i]) + 1;
		size += sizes[i];
	}
	request->values = must_allocate(size);
	char *copy = request->values + 1; /* the first byte is "", what was not there */
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const char **member = (const char **)(void *)((char *)request + members[i].offset);
		*member = sizes[i] == 0 ? request->values : copy;
		if (sizes[i] > 0)
			memcpy(copy, values[i], sizes[i]);
		copy += sizes[i];
	}
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
request_new(char *const variables[], size_t body_bytes_max, struct transport *transport)
{
	struct request *request = must_allocate(sizeof(*request));

	take_variables(request, variables);
	request->method = method_of(request->method_name);
	read_length(request, request->length_text);
	buf_init(&request->body, body_bytes_max + 1);
	buf_init(&request->answer_headers, BOUND_HEADERS_BYTES);
	request->transport = transport;
	request->arrived_us = clock_now_us();
	return request;
}

void
request_free(struct request *request)
{
	free(request->values);
	buf_fini(&request->body);
	buf_fini(&request->answer_headers);
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

static void
log_refusal(const struct request *request, const struct response *response)
{
	log_event(LOG_INFO, "refused",
	          LOG_FIELDS(log_text("code", response->refusal_code),
	                     log_text("reason", response->refusal_reason),
	                     log_text("method", request->method_name),
	                     log_text("path", request->path),
	                     log_text("address", request->remote_address),
	                     log_text("origin", request->origin),
	                     log_text("sec_fetch_site", request->fetch_site)));
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
request_can_stream(const struct request *request)
{
	return request->transport->stream != NULL;
}

void
request_detach(struct request *request)
{
	if (request->transport->detach != NULL)
		request->transport->detach(request->transport);
}

void
request_add_header(struct request *request, const char *name, const char *value)
{
	if (buf_append_format(&request->answer_headers, "%s: %s\r\n", name, value) != ERR_NONE)
		abort();
}

void
request_finish_head(const struct request *request, struct response *response)
{
	if (buf_append(&response->headers, request->answer_headers.data,
	               request->answer_headers.size) != ERR_NONE)
		abort();
	log_request(request, response);
	if (response->refusal_code != NULL)
		log_refusal(request, response);
}

struct event_sink *
request_stream(struct request *request, struct response *response)
{
	request_finish_head(request, response);
	return request->transport->stream(request->transport, request, response);
}

void
request_answer(struct request *request, struct response *response)
{
	request_finish_head(request, response);
	request->transport->answer(request->transport, request, response);
}
