/*
 * The FastCGI front: starts and stops the readers, and what they need.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/front_fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/handlers/api.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_answer.h"
#include "server/fastcgi/fcgi_flow.h"
#include "server/fastcgi/fcgi_reader.h"
#include "server/fastcgi/fcgi_request.h"
#include "server/fastcgi/slow_peer.h"

struct front_fcgi {
	uv_loop_t *loop;
	struct connections connections;
	struct fcgi_answers answers;
	int stop_fd; /* readable once it is time to stop */
	struct fcgi_reader *readers[BOUND_THREADS_MAX];
	unsigned reader_count; /* of them, those that run */
	bool is_hanging;       /* one of them does not end */
};

/* --- starting and stopping --- */

static enum err
start_readers(struct front_fcgi *front, const struct reading *reading, unsigned count)
{
	int flags = fcntl(reading->listen_fd, F_GETFL);

	if (reading->stop_fd < 0 || flags < 0 ||
	    fcntl(reading->listen_fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		log_event(LOG_ERROR, "start_failed",
		          LOG_FIELDS(log_text("error", strerror(errno))));
		return ERR_SYSTEM;
	}
	while (front->reader_count < count) {
		enum err err = fcgi_reader_start(reading, &front->readers[front->reader_count]);
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
	started->loop = loop;
	started->answers.reads = api->reads;
	started->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	started->answers.slow_peers = slow_peers_new(loop, fcgi_answer_finish);
	connections_init(&started->connections);
	const struct reading reading = {
		.answers = &started->answers,
		.connections = &started->connections,
		.listen_fd = listen_fd,
		.stop_fd = started->stop_fd,
		.connections_max = settings->connections_max,
		.intake = { api, settings->request_seconds, settings->body_bytes_max },
		.transport = {
			.answer = fcgi_answer_send,
			.stream = fcgi_answer_stream,
			.want = fcgi_flow_want,
			.flow = fcgi_flow_answer,
			.give = fcgi_flow_give,
			.cut = fcgi_flow_cut,
		},
	};
	if (start_readers(started, &reading, settings->threads) != ERR_NONE) {
		(void)front_fcgi_stop_reading(started, INT64_MAX);
		front_fcgi_stop(started, 0);
		front_fcgi_free(started);
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
wait_for_slow_peers(struct front_fcgi *front, int64_t end_us)
{
	int64_t left_ms = (end_us - clock_now_us()) / 1000;
	int64_t patience_ms = BOUND_STOP_SECONDS * 1000 / 2;
	bool is_over = false;
	uv_timer_t timer = { .data = &is_over };

	uv_timer_init(front->loop, &timer);
	if (left_ms < patience_ms)
		patience_ms = left_ms > 0 ? left_ms : 0;
	uv_timer_start(&timer, on_send_time_out, (uint64_t)patience_ms, 0);
	while (!is_over && !slow_peers_is_idle(front->answers.slow_peers))
		uv_run(front->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(front->loop, UV_RUN_NOWAIT);
}

bool
front_fcgi_stop_reading(struct front_fcgi *front, int64_t end_us)
{
	atomic_store(&front->answers.is_stopping, true);
	if (front->stop_fd >= 0 && eventfd_write(front->stop_fd, 1) != 0)
		abort();
	for (unsigned i = 0; i < front->reader_count; i++)
		front->is_hanging |= !fcgi_reader_join(front->readers[i], end_us);
	return !front->is_hanging;
}

/* Who takes a body or makes an answer is told that there is no more time for it. */
static void
end_flows(struct front_fcgi *front)
{
	struct connection *connection;

	for (unsigned i = 0; i < front->reader_count; i++) {
		while ((connection =
		                connections_find_overdue(&front->connections, front->readers[i],
		                                         INT64_MAX, false)) != NULL) {
			if (connection->flow != NULL)
				fcgi_flow_expire(connection);
			else
				connection_close(connection);
		}
	}
}

void
front_fcgi_stop(struct front_fcgi *front, int64_t end_us)
{
	if (!front->is_hanging)
		end_flows(front);
	wait_for_slow_peers(front, end_us);
}

void
front_fcgi_free(struct front_fcgi *front)
{
	slow_peers_free(front->answers.slow_peers);
	connections_fini(&front->connections);
	for (unsigned i = 0; i < front->reader_count; i++)
		fcgi_reader_free(front->readers[i]);
	if (front->stop_fd >= 0)
		close(front->stop_fd);
	free(front);
}
