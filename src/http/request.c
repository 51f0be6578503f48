/*
 * One request: made from CGI meta-variables, and answered through its carrier.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/response.h"

/* The value of a meta-variable in its place, or "" where it is not set. */
static const char *
variable(char *const variables[], const char *name)
{
	size_t size = strlen(name);

	for (; *variables != NULL; variables++) {
		if (strncmp(*variables, name, size) == 0 && (*variables)[size] == '=')
			return *variables + size + 1;
	}
	return "";
}

static char *
copy_variable(char *const variables[], const char *name)
{
	const char *value = variable(variables, name);

	return must_copy(value, strlen(value));
}

static enum method
method_of(const char *name)
{
	static const struct {
		const char *name;
		enum method method;
	} methods[] = {
		{ "GET", METHOD_GET },
		{ "HEAD", METHOD_HEAD },
		{ "POST", METHOD_POST },
		{ "OPTIONS", METHOD_OPTIONS },
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

	request->method_name = copy_variable(variables, "REQUEST_METHOD");
	request->method = method_of(request->method_name);
	request->path = copy_variable(variables, "PATH_INFO");
	request->content_type = copy_variable(variables, "CONTENT_TYPE");
	request->content_encoding = copy_variable(variables, "HTTP_CONTENT_ENCODING");
	read_length(request, variable(variables, "CONTENT_LENGTH"));
	buf_init(&request->body, body_bytes_max + 1);
	request->carrier = carrier;
	request->arrived_us = clock_now_us();
	return request;
}

void
request_free(struct request *request)
{
	free(request->method_name);
	free(request->path);
	free(request->content_type);
	free(request->content_encoding);
	buf_fini(&request->body);
	free(request);
}

bool
request_body_is_too_large(const struct request *request)
{
	return request->body.size == request->body.cap;
}

void
request_answer(struct request *request, struct response *response)
{
	if (log_is_wanted(LOG_DEBUG)) {
		log_event(LOG_DEBUG, "request",
		          LOG_FIELDS(log_text("method", request->method_name),
		                     log_text("path", request->path),
		                     log_number("status", response->status),
		                     log_number("body_bytes", (long long)request->body.size),
		                     log_number("us", clock_now_us() - request->arrived_us)));
	}
	request->carrier->answer(request->carrier, request, response);
}
