/*
 * A reader: one thread with an epoll set of its own, in which are the listening socket, the signal
 * to stop, and the connections that it has accepted and whose request is not whole yet, or of which
 * a piece is waited for. A visitor whose body trickles in costs no thread.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/fcgi_reader.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_flow.h"
#include "server/fastcgi/intake.h"
#include "server/fastcgi/validation.h"

/* How long accepting rests when there are no descriptors left: others must end first. */
#define PAUSE_US (50 * 1000)

/* How often a reader looks for requests that are overdue, while any has begun and is not whole. */
#define TICK_US (1000 * 1000)

/* No time: for as long as nothing happens. */
#define NEVER_US INT64_MAX

#define EVENTS_AT_ONCE 64

/* Connections that are accepted before those that wait get their turn. */
#define ACCEPTS_AT_ONCE 32

/* How often it is logged that accepting fails: that lasts as long as its cause. */
#define ACCEPT_LOG_US (10 * 1000 * 1000)

struct fcgi_reader {
	struct reading reading;
	pthread_t thread;
	int epoll_fd;
	bool is_listening; /* whether the listening socket is in the set */
	bool is_stopping;
	int64_t resume_us;      /* when it comes back, if it is not */
	int64_t quiet_until_us; /* until then no failure to accept is logged */
	int64_t tick_us;        /* when to look for overdue requests, or NEVER_US */
};

/* From here on something may become overdue. */
static void
begin_ticking(struct fcgi_reader *reader, int64_t now_us)
{
	if (reader->tick_us == NEVER_US)
		reader->tick_us = now_us + TICK_US;
}

/* Nothing more can be done until more comes. */
static void
go_on_waiting(struct connection *connection)
{
	struct fcgi_reader *reader = connection->owner;
	int64_t now_us = clock_now_us();
	int64_t deadline_us = now_us + (int64_t)reader->reading.intake.request_seconds * 1000000;

	begin_ticking(reader, now_us);
	if (!connection->is_waiting) {
		if (connection_wait(connection, deadline_us) != ERR_NONE)
			connection_close(connection);
	} else if (connection->in.size > 0 && connection->deadline_us == 0) {
		connection_set_deadline(connection, deadline_us);
	}
}

/* Receives what has come, and takes the request if all of it is there that is needed. */
static void
receive(struct connection *connection, bool peer_has_closed)
{
	struct fcgi_reader *reader = connection->owner;
	enum intake_outcome outcome;
	enum err err;

	do {
		err = connection_receive(connection);
		if (err == ERR_PEER_GONE) {
			connection_close(connection);
			return;
		}
		outcome = intake_judge(connection, &reader->reading.intake);
		if (outcome == INTAKE_FLOWS)
			begin_ticking(reader, clock_now_us());
		if (outcome != INTAKE_WANTS_MORE)
			return;
	} while (err == ERR_TRUNCATED);
	if (err == ERR_TOO_LARGE)
		intake_refuse(connection, "records_too_small");
	else if (peer_has_closed)
		connection_close(connection);
	else
		go_on_waiting(connection);
}

static bool
watch(struct fcgi_reader *reader, int fd, uint32_t events, void *what)
{
	struct epoll_event event = { .events = events, .data.ptr = what };

	if (epoll_ctl(reader->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return true;
	log_event(LOG_ERROR, "epoll_failed", LOG_FIELDS(log_text("error", strerror(errno))));
	return false;
}

static void
pause_accepting(struct fcgi_reader *reader)
{
	epoll_ctl(reader->epoll_fd, EPOLL_CTL_DEL, reader->reading.listen_fd, NULL);
	reader->is_listening = false;
	reader->resume_us = clock_now_us() + PAUSE_US;
}

static void
listen_again(struct fcgi_reader *reader)
{
	/* Exclusive: of all readers and processes that wait on the socket, one is woken. */
	reader->is_listening = watch(reader, reader->reading.listen_fd, EPOLLIN | EPOLLEXCLUSIVE,
	                             &reader->reading.listen_fd);
	if (!reader->is_listening)
		reader->resume_us = clock_now_us() + PAUSE_US;
}

static void
add_connection(struct fcgi_reader *reader, int fd)
{
	struct connection *connection =
		connection_new(reader->reading.connections, fd, reader, reader->epoll_fd);

	buf_init(&connection->in, VALIDATION_REQUEST_BYTES(reader->reading.intake.body_bytes_max));
	connection->transport = reader->reading.transport;
	connection->answers = reader->reading.answers;
	receive(connection, false);
}

static void
log_accept_failure(struct fcgi_reader *reader)
{
	int64_t now_us = clock_now_us();

	if (now_us < reader->quiet_until_us)
		return;
	log_event(LOG_ERROR, "accept_failed", LOG_FIELDS(log_text("error", strerror(errno))));
	reader->quiet_until_us = now_us + ACCEPT_LOG_US;
}

/* Accepts one connection. False: there is none, or it cannot be accepted. */
static bool
accept_connection(struct fcgi_reader *reader)
{
	for (;;) {
		int fd = accept4(reader->reading.listen_fd, NULL, NULL,
		                 SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			add_connection(reader, fd);
			return true;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			log_accept_failure(reader);
			pause_accepting(reader);
		}
		return false;
	}
}

/* Accepts some of what is queued. */
static void
accept_connections(struct fcgi_reader *reader)
{
	const struct reading *reading = &reader->reading;

	for (unsigned i = 0; i < ACCEPTS_AT_ONCE; i++) {
		if (connections_count(reading->connections) >= reading->connections_max) {
			pause_accepting(reader);
			return;
		}
		if (accept_connection(reader))
			continue;
		/* Who sends requests may need this processor. Then several are there afterwards,
		 * for which the thread need not sleep and be woken one by one. */
		sched_yield();
		if (!accept_connection(reader))
			return;
	}
}

static void
close_overdue(struct fcgi_reader *reader, int64_t now_us, bool any_idle)
{
	struct connection *connection;

	while ((connection = connections_find_overdue(reader->reading.connections, reader, now_us,
	                                              any_idle)) != NULL) {
		if (connection->flow != NULL) {
			fcgi_flow_expire(connection);
			continue;
		}
		if (!any_idle)
			log_event(LOG_INFO, "request_overdue", NULL);
		connection_close(connection);
	}
}

/* Waits and deals with what comes, until `until_us` at the latest, which may be NEVER_US. */
static void
serve_events(struct fcgi_reader *reader, int64_t until_us)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	const struct reading *reading = &reader->reading;
	int wait_ms = -1;

	if (until_us != NEVER_US) {
		int64_t wait_us = until_us - clock_now_us();
		wait_ms = wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000);
	}
	int count = epoll_wait(reader->epoll_fd, events, EVENTS_AT_ONCE, wait_ms);
	for (int i = 0; i < count; i++) {
		void *what = events[i].data.ptr;
		if (what == &reading->stop_fd)
			reader->is_stopping = true;
		else if (what == &reading->listen_fd)
			accept_connections(reader);
		else if (((struct connection *)what)->flow != NULL)
			fcgi_flow_advance(what);
		else
			receive(what, (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
	}
}

/* Closes what is overdue, and comes back where something may still become so. */
static void
tick(struct fcgi_reader *reader, int64_t now_us)
{
	close_overdue(reader, now_us, false);
	reader->tick_us = connections_has_begun(reader->reading.connections, reader)
	                          ? now_us + TICK_US
	                          : NEVER_US;
}

/* What is queued and what has begun is still answered. */
static void
end_reading(struct fcgi_reader *reader)
{
	const struct reading *reading = &reader->reading;
	int64_t end_us = clock_now_us() + BOUND_STOP_SECONDS * 1000000;

	/* What was queued by now; more may come for as long as there is somebody to send it. */
	for (unsigned i = 0; i < SOMAXCONN && clock_now_us() < end_us; i++) {
		if (!accept_connection(reader))
			break;
	}
	epoll_ctl(reader->epoll_fd, EPOLL_CTL_DEL, reading->listen_fd, NULL);
	epoll_ctl(reader->epoll_fd, EPOLL_CTL_DEL, reading->stop_fd, NULL);
	for (;;) {
		int64_t now_us = clock_now_us();
		close_overdue(reader, now_us, true);
		if (now_us >= end_us || !connections_has_waiting(reading->connections, reader))
			return;
		serve_events(reader, end_us);
	}
}

static void *
fcgi_reader_run(void *context)
{
	struct fcgi_reader *reader = context;

	while (!reader->is_stopping) {
		int64_t until_us = reader->tick_us;
		if (!reader->is_listening && reader->resume_us < until_us)
			until_us = reader->resume_us;
		serve_events(reader, until_us);

		int64_t now_us = clock_now_us();
		if (!reader->is_listening && now_us >= reader->resume_us)
			listen_again(reader);
		if (now_us >= reader->tick_us)
			tick(reader, now_us);
	}
	end_reading(reader);
	return NULL;
}

/* --- starting and stopping --- */

static enum err
start(struct fcgi_reader *reader)
{
	reader->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (reader->epoll_fd < 0)
		return ERR_SYSTEM;
	listen_again(reader);
	if (!watch(reader, reader->reading.stop_fd, EPOLLIN, &reader->reading.stop_fd))
		return ERR_SYSTEM;
	errno = pthread_create(&reader->thread, NULL, fcgi_reader_run, reader);
	return errno == 0 ? ERR_NONE : ERR_SYSTEM;
}

enum err
fcgi_reader_start(const struct reading *reading, struct fcgi_reader **reader)
{
	*reader = must_allocate(sizeof(**reader));
	(*reader)->reading = *reading;
	(*reader)->tick_us = NEVER_US;
	enum err err = start(*reader);
	if (err != ERR_NONE) {
		log_event(LOG_ERROR, "reader_failed",
		          LOG_FIELDS(log_text("error", strerror(errno))));
		fcgi_reader_free(*reader);
	}
	return err;
}

bool
fcgi_reader_join(struct fcgi_reader *reader, int64_t end_us)
{
	return thread_join_until(reader->thread, end_us);
}

void
fcgi_reader_free(struct fcgi_reader *reader)
{
	if (reader->epoll_fd >= 0)
		close(reader->epoll_fd);
	free(reader);
}
