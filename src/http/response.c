/*
 * One response and how it is written for a web server.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/response.h"

#include <stdlib.h>

#include "base/bounds.h"

struct response *
response_new(int status, const char *content_type)
{
	struct response *response = must_allocate(sizeof(*response));

	response->status = status;
	response->content_type = content_type;
	buf_init(&response->headers, BOUND_HEADERS_BYTES);
	buf_init(&response->body, BOUND_RESPONSE_BYTES);
	return response;
}

struct response *
response_new_stream(const char *content_type)
{
	struct response *response = response_new(200, content_type);

	response->is_stream = true;
	/* nginx would hold it back. */
	response_add_header(response, "X-Accel-Buffering", "no");
	return response;
}

struct response *
response_new_flow(int status, const char *content_type, uint64_t size)
{
	struct response *response = response_new(status, content_type);

	response->is_flow = true;
	response->flow_size = size;
	return response;
}

void
response_free(struct response *response)
{
	buf_fini(&response->headers);
	buf_fini(&response->body);
	free(response->refusal_reason);
	free(response);
}

void
response_note_refusal(struct response *response, const char *code, const char *reason)
{
	response->refusal_code = code;
	response->refusal_reason = must_copy_text(reason);
}

void
response_add_header(struct response *response, const char *name, const char *value)
{
	if (buf_append_format(&response->headers, "%s: %s\r\n", name, value) != ERR_NONE)
		abort();
}

void
response_add_retry_after(struct response *response, unsigned seconds)
{
	if (buf_append_format(&response->headers, "Retry-After: %u\r\n", seconds) != ERR_NONE)
		abort();
}

const char *
response_status_phrase(int status)
{
	switch (status) {
	case 200: return "OK";
	case 202: return "Accepted";
	case 204: return "No Content";
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 409: return "Conflict";
	case 411: return "Length Required";
	case 413: return "Content Too Large";
	case 415: return "Unsupported Media Type";
	case 422: return "Unprocessable Content";
	case 429: return "Too Many Requests";
	case 500: return "Internal Server Error";
	case 503: return "Service Unavailable";
	case 507: return "Insufficient Storage";
	default: return "Unknown";
	}
}

static bool
has_length(const struct response *response)
{
	return response->content_type != NULL && !response->is_stream &&
	       !(response->is_flow && response->flow_size == RESPONSE_SIZE_UNKNOWN);
}

static enum err
append_head(const struct response *response, struct buf *out)
{
	enum err err = buf_append_format(out, "Status: %d %s\r\n", response->status,
	                                 response_status_phrase(response->status));
	if (err == ERR_NONE && response->content_type != NULL)
		err = buf_append_format(out, "Content-Type: %s\r\n", response->content_type);
	if (err == ERR_NONE && has_length(response))
		err = buf_append_format(out, "Content-Length: %llu\r\n",
		                        (unsigned long long)(response->is_flow
		                                                     ? response->flow_size
		                                                     : response->body.size));
	if (err == ERR_NONE)
		err = buf_append_text(out, "Cache-Control: no-store\r\n"
		                           "X-Content-Type-Options: nosniff\r\n");
	if (err == ERR_NONE)
		err = buf_append(out, response->headers.data, response->headers.size);
	if (err == ERR_NONE)
		err = buf_append_text(out, "\r\n");
	return err;
}

enum err
response_append(const struct response *response, bool head_only, struct buf *out)
{
	enum err err = append_head(response, out);

	if (err == ERR_NONE && !head_only)
		err = buf_append(out, response->body.data, response->body.size);
	return err;
}
