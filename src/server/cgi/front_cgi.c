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
#include "base/owner.h"
#include "chat/live/event_sink.h"
#include "chat/replies/replies.h"
#include "http/handlers/api.h"
#include "http/render/representation.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "loop/handles.h"
#include "server/cgi/cgi_flow.h"
#include "server/cgi/cgi_input.h"
#include "server/cgi/cgi_output.h"

extern char **environ;

struct cgi_transport {
	struct transport transport; /* first, so that the transport is this */
	const struct front_cgi_settings *settings;
	bool is_detached;
	bool body_flows;
	struct cgi_flow flow;
	enum err result;
	bool is_over; /* the answer has been written */
};

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
end_answer(struct cgi_transport *cgi)
{
	cgi->is_over = true;
	/* The web server has all of the answer when nobody can write any more. */
	if (cgi->is_detached)
		discard(STDOUT_FILENO);
}

/* What of a body that flows was not asked for, up to what might have been: Apache's mod_cgid loses
 * an answer behind which a body is left. */
static void
drop_unread(const struct cgi_transport *cgi, const struct request *request)
{
	struct buf nothing;

	if (!cgi->body_flows)
		return;
	size_t size = cgi_flow_unread(&cgi->flow, request);
	buf_init(&nothing, 0);
	cgi_input_read(&nothing, size < request->route->flow_body_bytes_max
	                                 ? size
	                                 : request->route->flow_body_bytes_max);
}

static void
answer(struct transport *transport, struct request *request, struct response *response)
{
	struct cgi_transport *cgi = (struct cgi_transport *)transport;

	drop_unread(cgi, request);
	cgi->result = cgi_output_write_response(response, request->method == METHOD_HEAD);
	request_free(request);
	response_free(response);
	end_answer(cgi);
}

/* --- what flows --- */

static void
want(struct transport *transport, struct request *request, struct body_taker *taker)
{
	cgi_flow_want(&((struct cgi_transport *)transport)->flow, request, taker);
}

static void
flow(struct transport *transport, struct request *request, struct response *response,
     struct answer_source *source)
{
	struct cgi_transport *cgi = (struct cgi_transport *)transport;

	drop_unread(cgi, request);
	cgi_flow_answer(&cgi->flow, request, response, source);
}

static void
give(struct transport *transport, const char *bytes, size_t size)
{
	cgi_flow_give(&((struct cgi_transport *)transport)->flow, bytes, size);
}

static void
cut(struct transport *transport)
{
	cgi_flow_cut(&((struct cgi_transport *)transport)->flow);
}

/* Does what can be done next. False: nothing, and nothing will come. */
static bool
advance(struct cgi_transport *cgi)
{
	if (cgi->flow.is_over) {
		cgi->result = cgi->flow.result;
		end_answer(cgi);
		return true;
	}
	if (cgi_flow_advance(&cgi->flow, &cgi->transport))
		return true;
	if (cgi->settings->loop == NULL)
		return false;
	uv_run(cgi->settings->loop, UV_RUN_ONCE);
	return true;
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
		if (size < 0 || cgi_output_write(bytes, (size_t)size) != ERR_NONE)
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
detach(struct transport *transport)
{
	struct cgi_transport *cgi = (struct cgi_transport *)transport;
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
	struct event_sink sink; /* first, so that the event sink is the stream */
	struct cgi_transport *transport;
	uv_poll_t poll;
	uv_timer_t timer;
	struct handles handles;
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
attach(struct event_sink *sink, uv_loop_t *loop, void (*gone)(void *context),
       void (*drained)(void *context), void *context)
{
	struct cgi_stream *stream = (struct cgi_stream *)sink;

	(void)drained;
	stream->gone = gone;
	stream->context = context;
	stream->timer.data = stream;
	stream->poll.data = stream;
	uv_timer_init(loop, &stream->timer);
	uv_timer_start(&stream->timer, on_time_over,
	               (uint64_t)stream->transport->settings->stream_seconds * 1000, 0);
	handles_add(&stream->handles);
	/* A file cannot be watched, and nobody leaves there. */
	if (uv_poll_init(loop, &stream->poll, STDOUT_FILENO) == 0) {
		handles_add(&stream->handles);
		uv_poll_start(&stream->poll, UV_DISCONNECT, on_peer);
	}
	return ERR_NONE;
}

static enum err
send_bytes(struct event_sink *sink, const char *bytes, size_t size)
{
	(void)sink;
	return cgi_output_write(bytes, size);
}

static size_t
pending(const struct event_sink *sink)
{
	(void)sink;
	return 0;
}

static void
free_stream(struct handles *handles)
{
	struct cgi_stream *stream = OWNER_OF(handles, struct cgi_stream, handles);

	end_answer(stream->transport);
	free(stream);
}

static void
close_stream(struct event_sink *sink)
{
	struct cgi_stream *stream = (struct cgi_stream *)sink;

	if (stream->handles.count == 0) {
		free_stream(&stream->handles);
		return;
	}
	if (stream->handles.count == 2)
		handles_close(&stream->handles, (uv_handle_t *)&stream->poll);
	handles_close(&stream->handles, (uv_handle_t *)&stream->timer);
}

static struct event_sink *
stream(struct transport *transport, struct request *request, struct response *response)
{
	struct cgi_stream *made = must_allocate(sizeof(*made));

	made->sink = (struct event_sink){ attach, send_bytes, pending, close_stream };
	made->transport = (struct cgi_transport *)transport;
	made->handles.closed = free_stream;
	/* Where this fails, so will what is sent next. */
	made->transport->result = cgi_output_write_response(response, false);
	request_free(request);
	response_free(response);
	return &made->sink;
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
	struct cgi_transport cgi = {
		.transport = { answer, settings->loop == NULL ? NULL : stream, detach, want, flow,
		               give, cut },
		.settings = settings,
	};
	struct request *request = request_new(environ, settings->body_bytes_max, &cgi.transport);

	/* RFC 3875, 4.2: no more than that may be read, there need not be an end of file. A body
	 * that is refused for its size is read all the same, up to a limit, since some web servers
	 * show the visitor an error of their own when a program does not take it. */
	cgi.body_flows = route_body_flows(api, request);
	if (!cgi.body_flows && request->has_length && request->length_is_valid)
		cgi_input_read(&request->body, request->length < CGI_INPUT_BYTES_MAX
		                                       ? request->length
		                                       : CGI_INPUT_BYTES_MAX);
	else if (!cgi.body_flows && request->method == METHOD_POST)
		cgi_input_drop();
	route_request(api, request);
	while (!cgi.is_over && advance(&cgi))
		;
	if (settings->replies != NULL)
		replies_run(settings->replies);
	return cgi.result;
}

enum err
front_cgi_refuse(struct response *response)
{
	const char *method = getenv("REQUEST_METHOD");
	bool is_head = method != NULL && strcmp(method, "HEAD") == 0;
	enum err err = cgi_output_write_response(response, is_head);

	response_free(response);
	return err;
}
