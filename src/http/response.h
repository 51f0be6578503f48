/*
 * One response: status, headers, body, which is whole unless it flows. Handlers make it, fronts
 * send it. It belongs to one thread at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RESPONSE_H
#define PLAINCHAT_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct response {
	int status;
	const char *content_type; /* a constant; NULL where there is no body */
	bool is_stream;           /* its length is not known: it goes on */
	bool is_flow;             /* its body is made piece by piece (flow.h) */
	uint64_t flow_size;       /* of what, or RESPONSE_SIZE_UNKNOWN */
	const char
		*refusal_code; /* a constant, where a limit or rule refuses the request; or NULL */
	char *refusal_reason;  /* and why, for the log */
	struct buf headers;    /* further ones, each "Name: value\r\n" */
	struct buf body;
};

/* A response without a body; `content_type` (a constant) may be NULL. Freed by response_free, and
 * by whatever it is given away to. */
struct response *
response_new(int status, const char *content_type);

/* One that goes on: the head of a stream of that type, a constant. What its body holds is what the
 * stream begins with. */
struct response *
response_new_stream(const char *content_type);

/* The size of an answer that is not known before it is made. */
#define RESPONSE_SIZE_UNKNOWN UINT64_MAX

/* One whose body of `size` bytes is made piece by piece, to be answered by request_flow (flow.h).
 * The size is sent as Content-Length, unless it is RESPONSE_SIZE_UNKNOWN. */
struct response *
response_new_flow(int status, const char *content_type, uint64_t size);

/* Frees one that was not given away. */
void
response_free(struct response *response);

/* Adds a header. Name and value must hold nothing from outside: they are written as they are. */
void
response_add_header(struct response *response, const char *name, const char *value);

/* Says in how many seconds the client may come back. */
void
response_add_retry_after(struct response *response, unsigned seconds);

/* Notes that the request is refused, which goes into the log with what is known of the request. The
 * code is a constant, the reason is copied. */
void
response_note_refusal(struct response *response, const char *code, const char *reason);

/* Appends the response as a CGI program prints it (RFC 3875, section 6): Status and the other
 * headers, an empty line, and the body unless `head_only` says that the request was a HEAD.
 * ERR_TOO_LARGE: see buf_append. */
enum err MUST_CHECK
response_append(const struct response *response, bool head_only, struct buf *out);

/* The reason phrase of a status that we send (RFC 9110, section 15). Never NULL; a constant. */
const char *
response_status_phrase(int status);

#endif
