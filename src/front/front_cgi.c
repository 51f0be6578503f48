/*
 * The CGI front. Everything happens on the one thread, in order; the answer is written before
 * front_cgi_serve returns.
 *
 * SPDX-License-Identifier: MIT
 */
#include "front/front_cgi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"

extern char **environ;

/* Bytes of a body that are read although they are too many. */
#define INPUT_BYTES_MAX ((size_t)16 * BOUND_BODY_BYTES_MAX)

/* How long a body of no known length may pause. */
#define DROP_WAIT_MS 100

struct cgi_carrier {
	struct carrier carrier; /* first, so that the carrier is this */
	enum err result;
};

static enum err
write_all(const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, data, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return ERR_PEER_GONE;
		data += written;
		size -= (size_t)written;
	}
	return ERR_NONE;
}

static enum err
write_response(const struct response *response, bool head_only)
{
	struct buf out;

	buf_init(&out, BOUND_RESPONSE_BYTES + 4096);
	enum err err = response_append(response, head_only, &out);
	if (err == ERR_NONE)
		err = write_all(out.data, out.size);
	buf_fini(&out);
	return err;
}

/* Reads at most `size` bytes of standard input and keeps what fits into the body. */
static void
read_input(struct buf *body, size_t size)
{
	char dropped[16 * 1024];

	while (size > 0) {
		size_t free_size = body->cap - body->size;
		size_t wanted = size < sizeof(dropped) ? size : sizeof(dropped);
		ssize_t got = read(STDIN_FILENO, dropped, wanted);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return;
		size -= (size_t)got;
		size_t kept = (size_t)got < free_size ? (size_t)got : free_size;
		if (buf_append(body, dropped, kept) != ERR_NONE)
			abort();
	}
}

/* Drops a body of no known length: there need not be an end of it, so only what comes at once. */
static void
drop_input(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char dropped[16 * 1024];

	for (size_t size = 0; size < INPUT_BYTES_MAX; size += sizeof(dropped)) {
		if (poll(&input, 1, DROP_WAIT_MS) <= 0 ||
		    read(STDIN_FILENO, dropped, sizeof(dropped)) <= 0)
			return;
	}
}

static void
answer(struct carrier *carrier, struct request *request, struct response *response)
{
	struct cgi_carrier *cgi = (struct cgi_carrier *)carrier;

	cgi->result = write_response(response, request->method == METHOD_HEAD);
	request_free(request);
	response_free(response);
}

bool
front_cgi_is_wanted(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL;
}

enum err
front_cgi_serve(const struct api *api, size_t body_bytes_max)
{
	struct cgi_carrier cgi = { .carrier = { .answer = answer }, .result = ERR_NONE };
	struct request *request = request_new(environ, body_bytes_max, &cgi.carrier);

	/* RFC 3875, 4.2: no more than that may be read, there need not be an end of file. A body
	 * that is refused for its size is read all the same, up to a limit, since some web servers
	 * show the visitor an error of their own when a program does not take it. */
	if (request->has_length && request->length_is_valid)
		read_input(&request->body,
		           request->length < INPUT_BYTES_MAX ? request->length : INPUT_BYTES_MAX);
	else if (request->method == METHOD_POST)
		drop_input();
	route_request(api, request);
	return cgi.result;
}

enum err
front_cgi_refuse(struct response *response)
{
	const char *method = getenv("REQUEST_METHOD");
	bool is_head = method != NULL && strcmp(method, "HEAD") == 0;
	enum err err = write_response(response, is_head);

	response_free(response);
	return err;
}
