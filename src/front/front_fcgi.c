/*
 * The FastCGI front. Each reader has an epoll set of its own: the listening socket, the stop
 * signal, and the connections that it has accepted and whose request is not whole yet. Those are
 * watched edge-triggered, since their bytes stay in the socket until the gate passes them; a
 * visitor whose body trickles in costs no thread.
 *
 * SPDX-License-Identifier: MIT
 */
#include "front/front_fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "front/connection.h"
#include "front/fcgi_request.h"
#include "front/gate.h"
#include "front/record.h"
#include "front/slow_peer.h"
#include "http/response.h"
#include "http/route.h"

/* How long accepting rests when there are no descriptors left: others must end first. */
#define PAUSE_US (50 * 1000)

/* How often a reader looks for requests that are overdue. */
#define TICK_US (1000 * 1000)

#define EVENTS_AT_ONCE 64

struct reader {
	struct front_fcgi *front;
	pthread_t thread;
	int epoll_fd;
	unsigned char *window; /* where the gate looks at what has come */
	bool is_listening;     /* whether the listening socket is in the set */
	int64_t resume_us;     /* when it comes back, if it is not */
	int64_t tick_us;       /* when to look for overdue requests again */
};

struct front_fcgi {
	struct front_fcgi_settings settings;
	const struct api *api;
	uv_loop_t *loop;
	struct slow_peers *slow_peers;
	struct connections connections;
	int listen_fd;
	int stop_fd; /* readable once it is time to stop */
	atomic_bool is_stopping;
	size_t window_bytes;
	struct reader readers[BOUND_THREADS_MAX];
	unsigned reader_count; /* of them, those that run */
};

/* --- the answer's way out; on any thread --- */

/* The answer has left, or never will: the connection is closed or goes back to its reader. */
static void
finish_connection(struct connection *connection)
{
	if (connection->keep && !atomic_load(&connection->home->front->is_stopping)) {
		buf_fini(&connection->out);
		connection->sent_size = 0;
		if (connection_wait(connection, 0) == ERR_NONE)
			return;
	}
	connection_close(connection);
}

static enum err
append_records(struct connection *connection, const struct request *request,
               const struct response *response)
{
	struct buf content;

	buf_init(&content, connection->out.cap);
	enum err err = response_append(response, request->method == METHOD_HEAD, &content);
	if (err == ERR_NONE)
		err = record_append_stdout(&connection->out, connection->request_id, content.data,
		                           content.size);
	if (err == ERR_NONE)
		err = record_append_end(&connection->out, connection->request_id);
	buf_fini(&content);
	return err;
}

static void
answer(struct carrier *carrier, struct request *request, struct response *response)
{
	struct connection *connection = (struct connection *)carrier;

	/* No response is larger than a connection's cap, which is made for it. */
	if (append_records(connection, request, response) != ERR_NONE)
		abort();
	request_free(request);
	response_free(response);

	enum err err = connection_send(connection);
	if (err == ERR_PEER_GONE) {
		connection->keep = false;
		connection->has_unread = false;
	}
	if (err == ERR_TRUNCATED || connection->has_unread)
		slow_peers_give(connection->home->front->slow_peers, connection);
	else
		finish_connection(connection);
}

/* --- reading requests; on the reader's thread --- */

static void
take_request(struct connection *connection, const struct gate_report *report)
{
	struct front_fcgi *front = connection->home->front;
	struct request *request;

	connection_take(connection);
	if (fcgi_request_read(connection, front->settings.body_bytes_max, &request) != ERR_NONE) {
		connection_close(connection);
		return;
	}
	if (report->verdict == GATE_TOO_LARGE) {
		connection->has_unread = true;
		connection->keep = false;
	} else if (report->has_remainder && connection_discard_input(connection) != ERR_TRUNCATED) {
		connection->keep = false;
	}
	route_request(front->api, request);
}

static void
refuse_connection(struct connection *connection, const char *reason)
{
	log_event(LOG_WARN, "request_refused", LOG_FIELDS(log_text("reason", reason)));
	connection_close(connection);
}

/* Nothing more can be done until more comes. */
static void
go_on_waiting(struct connection *connection, bool has_begun)
{
	int64_t seconds = connection->home->front->settings.request_seconds;
	int64_t deadline_us = clock_now_us() + seconds * 1000000;

	if (!connection->is_waiting) {
		if (connection_wait(connection, deadline_us) != ERR_NONE)
			connection_close(connection);
	} else if (has_begun && connection->deadline_us == 0) {
		connection_set_deadline(connection, deadline_us);
	}
}

/* Looks at what has come: takes the request if it is whole. */
static void
look_at(struct connection *connection, bool peer_has_closed)
{
	struct reader *reader = connection->home;
	struct front_fcgi *front = reader->front;

	ssize_t size =
		recv(connection->fd, reader->window, front->window_bytes, MSG_PEEK | MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR) && !peer_has_closed) {
		go_on_waiting(connection, false);
		return;
	}
	if (size <= 0) {
		connection_close(connection);
		return;
	}
	struct gate_report report =
		gate_check(reader->window, (size_t)size, front->settings.body_bytes_max);
	if (report.verdict == GATE_WHOLE || report.verdict == GATE_TOO_LARGE)
		take_request(connection, &report);
	else if (report.verdict == GATE_REFUSED)
		refuse_connection(connection, report.reason);
	else if ((size_t)size == front->window_bytes)
		refuse_connection(connection, "records_too_small");
	else if (peer_has_closed)
		connection_close(connection);
	else
		go_on_waiting(connection, true);
}

static bool
watch(struct reader *reader, int fd, uint32_t events, void *what)
{
	struct epoll_event event = { .events = events, .data.ptr = what };

	if (epoll_ctl(reader->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return true;
	log_event(LOG_ERROR, "epoll_failed", LOG_FIELDS(log_text("error", strerror(errno))));
	return false;
}

static void
pause_accepting(struct reader *reader)
{
	epoll_ctl(reader->epoll_fd, EPOLL_CTL_DEL, reader->front->listen_fd, NULL);
	reader->is_listening = false;
	reader->resume_us = clock_now_us() + PAUSE_US;
}

static void
listen_again(struct reader *reader)
{
	/* Exclusive: of all readers and processes that wait on the socket, one is woken. */
	reader->is_listening = watch(reader, reader->front->listen_fd, EPOLLIN | EPOLLEXCLUSIVE,
	                             &reader->front->listen_fd);
	if (!reader->is_listening)
		reader->resume_us = clock_now_us() + PAUSE_US;
}

static void
add_connection(struct reader *reader, int fd)
{
	struct connection *connection =
		connection_new(&reader->front->connections, fd, reader, reader->epoll_fd);

	connection->carrier.answer = answer;
	look_at(connection, false);
}

/* Accepts what is queued. */
static void
accept_connections(struct reader *reader)
{
	struct front_fcgi *front = reader->front;

	for (;;) {
		if (connections_count(&front->connections) >= front->settings.connections_max) {
			pause_accepting(reader);
			return;
		}
		int fd = accept4(front->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			add_connection(reader, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			log_event(LOG_ERROR, "accept_failed",
			          LOG_FIELDS(log_text("error", strerror(errno))));
			pause_accepting(reader);
		}
		return;
	}
}

static void
close_overdue(struct reader *reader, int64_t now_us, bool any_idle)
{
	struct connection *connection;

	while ((connection = connections_find_overdue(&reader->front->connections, reader, now_us,
	                                              any_idle)) != NULL) {
		if (!any_idle)
			log_event(LOG_INFO, "request_overdue", NULL);
		connection_close(connection);
	}
}

/* Waits and deals with what comes, until `until_us` at the latest. */
static void
serve_events(struct reader *reader, int64_t until_us)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	struct front_fcgi *front = reader->front;
	int64_t wait_us = until_us - clock_now_us();

	int count = epoll_wait(reader->epoll_fd, events, EVENTS_AT_ONCE,
	                       wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000));
	for (int i = 0; i < count; i++) {
		void *what = events[i].data.ptr;
		if (what == &front->stop_fd)
			continue;
		if (what == &front->listen_fd)
			accept_connections(reader);
		else
			look_at(what, (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
	}
}

/* What is queued and what has begun is still answered. */
static void
end_reading(struct reader *reader)
{
	struct front_fcgi *front = reader->front;
	int64_t end_us = clock_now_us() + BOUND_STOP_SECONDS * 1000000;

	if (reader->is_listening)
		accept_connections(reader);
	epoll_ctl(reader->epoll_fd, EPOLL_CTL_DEL, front->listen_fd, NULL);
	epoll_ctl(reader->epoll_fd, EPOLL_CTL_DEL, front->stop_fd, NULL);
	for (;;) {
		int64_t now_us = clock_now_us();
		close_overdue(reader, now_us, true);
		if (now_us >= end_us || !connections_has_waiting(&front->connections, reader))
			return;
		serve_events(reader, end_us);
	}
}

static void *
reader_run(void *context)
{
	struct reader *reader = context;

	while (!atomic_load(&reader->front->is_stopping)) {
		int64_t until_us = reader->tick_us;
		if (!reader->is_listening && reader->resume_us < until_us)
			until_us = reader->resume_us;
		serve_events(reader, until_us);

		int64_t now_us = clock_now_us();
		if (!reader->is_listening && now_us >= reader->resume_us)
			listen_again(reader);
		if (now_us >= reader->tick_us) {
			close_overdue(reader, now_us, false);
			reader->tick_us = now_us + TICK_US;
		}
	}
	end_reading(reader);
	return NULL;
}

/* --- starting and stopping --- */

static enum err
start_reader(struct front_fcgi *front, struct reader *reader)
{
	reader->front = front;
	reader->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (reader->epoll_fd < 0)
		return ERR_SYSTEM;
	reader->window = must_allocate(front->window_bytes);
	listen_again(reader);
	if (watch(reader, front->stop_fd, EPOLLIN, &front->stop_fd) &&
	    pthread_create(&reader->thread, NULL, reader_run, reader) == 0)
		return ERR_NONE;
	free(reader->window);
	close(reader->epoll_fd);
	return ERR_SYSTEM;
}

static enum err
start_readers(struct front_fcgi *front)
{
	int flags = fcntl(front->listen_fd, F_GETFL);

	if (front->stop_fd < 0 || flags < 0 ||
	    fcntl(front->listen_fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return ERR_SYSTEM;
	while (front->reader_count < front->settings.threads) {
		enum err err = start_reader(front, &front->readers[front->reader_count]);
		if (err != ERR_NONE)
			return err;
		front->reader_count++;
	}
	return ERR_NONE;
}

enum err
front_fcgi_start(int listen_fd, const struct front_fcgi_settings *settings, const struct api *api,
                 uv_loop_t *loop, struct front_fcgi **front)
{
	if (fcgi_request_init() != ERR_NONE)
		return ERR_SYSTEM;
	struct front_fcgi *started = must_allocate(sizeof(*started));
	started->settings = *settings;
	started->api = api;
	started->loop = loop;
	started->listen_fd = listen_fd;
	started->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	started->window_bytes = GATE_WINDOW_BYTES(settings->body_bytes_max);
	started->slow_peers = slow_peers_new(loop, finish_connection);
	connections_init(&started->connections);
	if (start_readers(started) != ERR_NONE) {
		log_event(LOG_ERROR, "start_failed",
		          LOG_FIELDS(log_text("error", strerror(errno))));
		front_fcgi_stop(started);
		return ERR_SYSTEM;
	}
	*front = started;
	return ERR_NONE;
}

static void
on_send_time_out(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

/* Lets slow peers take their answers a while longer. */
static void
wait_for_slow_peers(struct front_fcgi *front)
{
	bool is_over = false;
	uv_timer_t timer = { .data = &is_over };

	uv_timer_init(front->loop, &timer);
	uv_timer_start(&timer, on_send_time_out, BOUND_STOP_SECONDS * 1000 / 2, 0);
	while (!is_over && !slow_peers_is_idle(front->slow_peers))
		uv_run(front->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(front->loop, UV_RUN_NOWAIT);
}

void
front_fcgi_stop(struct front_fcgi *front)
{
	atomic_store(&front->is_stopping, true);
	if (front->stop_fd >= 0 && eventfd_write(front->stop_fd, 1) != 0)
		abort();
	for (unsigned i = 0; i < front->reader_count; i++)
		pthread_join(front->readers[i].thread, NULL);
	wait_for_slow_peers(front);
	slow_peers_free(front->slow_peers);
	connections_fini(&front->connections);
	for (unsigned i = 0; i < front->reader_count; i++) {
		free(front->readers[i].window);
		close(front->readers[i].epoll_fd);
	}
	if (front->stop_fd >= 0)
		close(front->stop_fd);
	free(front);
}
