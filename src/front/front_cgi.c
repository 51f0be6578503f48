/*
 * The CGI front. Everything happens on the one thread, in order; the answer is written before
 * front_cgi_serve returns.
 *
 * SPDX-License-Identifier: MIT
 */
#include "front/front_cgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/log.h"
#include "core/replies.h"
#include "core/room.h"
#include "http/api.h"
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
	uv_loop_t *loop;        /* NULL: there is none */
	bool is_detached;
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

/* Makes the descriptor lead nowhere. */
static void
discard(int fd)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nowhere < 0 || dup2(nowhere, fd) < 0)
		abort();
	close(nowhere);
}

static void
answer(struct carrier *carrier, struct request *request, struct response *response)
{
	struct cgi_carrier *cgi = (struct cgi_carrier *)carrier;

	cgi->result = write_response(response, request->method == METHOD_HEAD);
	request_free(request);
	response_free(response);
	/* The web server has all of the answer when nobody can write any more. */
	if (cgi->is_detached)
		discard(STDOUT_FILENO);
}

/* --- what goes on without the client --- */

/* Passes on what the other process answers, until that has no more to say. */
static _Noreturn void
pass_on(int fd)
{
	char bytes[16 * 1024];
	ssize_t size;

	while ((size = read(fd, bytes, sizeof(bytes))) != 0) {
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 || write_all(bytes, (size_t)size) != ERR_NONE)
			break;
	}
	_exit(EXIT_SUCCESS);
}

/* Nothing that the web server waits for may stay open: it waits for the log too, where that is a
 * pipe. */
static void
let_go(int answer_fd)
{
	struct stat status;

	if (dup2(answer_fd, STDOUT_FILENO) < 0)
		abort();
	close(answer_fd);
	discard(STDIN_FILENO);
	if (fstat(STDERR_FILENO, &status) == 0 &&
	    (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
		discard(STDERR_FILENO);
}

/* Web servers end a CGI program when its client leaves, and wait for it when it does not: so the
 * work goes on in another process, in a session of its own. */
static void
detach(struct carrier *carrier)
{
	struct cgi_carrier *cgi = (struct cgi_carrier *)carrier;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		log_event(LOG_WARN, "detach_failed", LOG_FIELDS(log_text("error", strerror(errno))));
		return;
	}
	pid_t child = fork();
	if (child > 0) {
		close(ends[1]);
		pass_on(ends[0]);
	}
	close(ends[0]);
	if (child < 0) {
		log_event(LOG_WARN, "detach_failed", LOG_FIELDS(log_text("error", strerror(errno))));
		close(ends[1]);
		return;
	}
	(void)setsid();
	let_go(ends[1]);
	if (cgi->loop != NULL && uv_loop_fork(cgi->loop) != 0)
		abort();
	cgi->is_detached = true;
}

bool
front_cgi_is_wanted(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL;
}

enum err
front_cgi_serve(const struct api *api, size_t body_bytes_max, uv_loop_t *loop)
{
	struct cgi_carrier cgi = { .carrier = { .answer = answer, .detach = detach },
		                   .loop = loop };
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
	if (api->rooms->replies != NULL)
		replies_run(api->rooms->replies);
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
