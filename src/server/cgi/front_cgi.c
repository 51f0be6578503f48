/*
 * The CGI front. Everything happens on the one thread, in order; the answer is written before
 * front_cgi_serve returns. A stream is written as it comes: it is the only one, so a peer that is
 * slow makes nobody wait.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/cgi/front_cgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/log.h"
#include "chat/live/outlet.h"
#include "chat/replies/replies.h"
#include "http/handlers/api.h"
#include "http/render/representation.h"
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
	const struct front_cgi_settings *settings;
	bool is_detached;
	enum err result;
	bool is_over; /* the answer has been written */
};

/* Whether the peer has taken something: a watched descriptor does not block by itself. */
static bool
wait_for_peer(void)
{
	struct pollfd peer = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&peer, 1, BOUND_SLOW_PEER_SECONDS * 1000) != 0;
}

static enum err
write_all(const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, data, size);
		if (written < 0 && (errno == EINTR || (errno == EAGAIN && wait_for_peer())))
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
end_answer(struct cgi_carrier *cgi)
{
	cgi->is_over = true;
	/* The web server has all of the answer when nobody can write any more. */
	if (cgi->is_detached)
		discard(STDOUT_FILENO);
}

static void
answer(struct carrier *carrier, struct request *request, struct response *response)
{
	struct cgi_carrier *cgi = (struct cgi_carrier *)carrier;

	cgi->result = write_response(response, request->method == METHOD_HEAD);
	request_free(request);
	response_free(response);
	end_answer(cgi);
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
		log_event(LOG_WARN, "detach_failed",
		          LOG_FIELDS(log_text("error", strerror(errno))));
		return;
	}
	pid_t child = fork();
	if (child > 0) {
		close(ends[1]);
		pass_on(ends[0]);
	}
	close(ends[0]);
	if (child < 0) {
		log_event(LOG_WARN, "detach_failed",
		          LOG_FIELDS(log_text("error", strerror(errno))));
		close(ends[1]);
		return;
	}
	(void)setsid();
	let_go(ends[1]);
	if (cgi->settings->loop != NULL && uv_loop_fork(cgi->settings->loop) != 0)
		abort();
	cgi->is_detached = true;
}

/* --- a response that goes on --- */

struct cgi_stream {
	struct outlet outlet; /* first, so that the outlet is the stream */
	struct cgi_carrier *carrier;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned open_handles;
	void (*gone)(void *context);
	void *context;
};

static void
on_peer(uv_poll_t *poll, int status, int events)
{
	struct cgi_stream *stream = poll->data;

	(void)status;
	(void)events;
	uv_poll_stop(poll);
	stream->gone(stream->context);
}

static void
on_time_over(uv_timer_t *timer)
{
	struct cgi_stream *stream = timer->data;

	stream->gone(stream->context);
}

static enum err
attach(struct outlet *outlet, uv_loop_t *loop, void (*gone)(void *context),
       void (*drained)(void *context), void *context)
{
	struct cgi_stream *stream = (struct cgi_stream *)outlet;

	(void)drained;
	stream->gone = gone;
	stream->context = context;
	stream->timer.data = stream;
	stream->poll.data = stream;
	uv_timer_init(loop, &stream->timer);
	uv_timer_start(&stream->timer, on_time_over,
	               (uint64_t)stream->carrier->settings->stream_seconds * 1000, 0);
	stream->open_handles = 1;
	/* A file cannot be watched, and nobody leaves there. */
	if (uv_poll_init(loop, &stream->poll, STDOUT_FILENO) == 0) {
		stream->open_handles++;
		uv_poll_start(&stream->poll, UV_DISCONNECT, on_peer);
	}
	return ERR_NONE;
}

static enum err
send_bytes(struct outlet *outlet, const char *bytes, size_t size)
{
	(void)outlet;
	return write_all(bytes, size);
}

static size_t
pending(const struct outlet *outlet)
{
	(void)outlet;
	return 0;
}

static void
free_stream(struct cgi_stream *stream)
{
	end_answer(stream->carrier);
	free(stream);
}

static void
on_closed(uv_handle_t *handle)
{
	struct cgi_stream *stream = handle->data;

	if (--stream->open_handles == 0)
		free_stream(stream);
}

static void
close_stream(struct outlet *outlet)
{
	struct cgi_stream *stream = (struct cgi_stream *)outlet;

	if (stream->open_handles == 2)
		uv_close((uv_handle_t *)&stream->poll, on_closed);
	if (stream->open_handles > 0)
		uv_close((uv_handle_t *)&stream->timer, on_closed);
	else
		free_stream(stream);
}

static struct outlet *
stream(struct carrier *carrier, struct request *request, struct response *response)
{
	struct cgi_stream *made = must_allocate(sizeof(*made));

	made->outlet = (struct outlet){ attach, send_bytes, pending, close_stream };
	made->carrier = (struct cgi_carrier *)carrier;
	/* Where this fails, so will what is sent next. */
	made->carrier->result = write_response(response, false);
	request_free(request);
	response_free(response);
	return &made->outlet;
}

/* --- */

bool
front_cgi_wants_stream(void)
{
	const char *accept = getenv("HTTP_ACCEPT");

	return accept != NULL && representation_of_events(accept)->renderer != NULL;
}

bool
front_cgi_is_wanted(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL;
}

enum err
front_cgi_serve(const struct api *api, const struct front_cgi_settings *settings)
{
	struct cgi_carrier cgi = {
		.carrier = { answer, settings->loop == NULL ? NULL : stream, detach },
		.settings = settings,
	};
	struct request *request = request_new(environ, settings->body_bytes_max, &cgi.carrier);

	/* RFC 3875, 4.2: no more than that may be read, there need not be an end of file. A body
	 * that is refused for its size is read all the same, up to a limit, since some web servers
	 * show the visitor an error of their own when a program does not take it. */
	if (request->has_length && request->length_is_valid)
		read_input(&request->body,
		           request->length < INPUT_BYTES_MAX ? request->length : INPUT_BYTES_MAX);
	else if (request->method == METHOD_POST)
		drop_input();
	route_request(api, request);
	while (!cgi.is_over && settings->loop != NULL)
		uv_run(settings->loop, UV_RUN_ONCE);
	if (settings->replies != NULL)
		replies_run(settings->replies);
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
