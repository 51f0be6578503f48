/*
 * The FastCGI front: starts the readers, and sends answers as records from whatever thread they
 * are made on. An answer that does not leave at once, and a connection that must be drained before
 * it is closed, go to the event loop.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/front_fcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/log.h"
#include "chat/limits/fair_pool.h"
#include "http/handlers/api.h"
#include "http/response.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_request.h"
#include "server/fastcgi/reader.h"
#include "server/fastcgi/record.h"
#include "server/fastcgi/slow_peer.h"
#include "server/fastcgi/stream.h"

struct front_fcgi {
	uv_loop_t *loop;
	struct slow_peers *slow_peers;
	struct connections connections;
	struct fair_pool *reads; /* who is told what peers do not take; or NULL */
	int stop_fd;             /* readable once it is time to stop */
	atomic_bool is_stopping;
	struct reader *readers[BOUND_THREADS_MAX];
	unsigned reader_count; /* of them, those that run */
};

/* --- the answer's way out; on any thread --- */

/* Gives a connection to the loop whose peer does not take all at once. */
static void
give_to_loop(struct connection *connection, const char *address)
{
	struct front_fcgi *front = connection->front;

	if (front->reads != NULL) {
		connection->client = client_address_read(address);
		connection->held_size = connection->out.size;
		fair_pool_hold(front->reads, &connection->client, connection->held_size);
	}
	slow_peers_give(front->slow_peers, connection);
}

/* The answer has left, or never will: the connection is closed or goes back to its reader. */
static void
finish_connection(struct connection *connection)
{
	if (connection->held_size > 0)
		fair_pool_release(connection->front->reads, &connection->client,
		                  connection->held_size);
	connection->held_size = 0;
	if (connection->keep && !atomic_load(&connection->front->is_stopping)) {
		buf_fini(&connection->out);
		connection->sent_size = 0;
		if (connection_wait(connection, 0) == ERR_NONE)
			return;
	}
	connection_close(connection);
}

/* What there is of the response, as records; `ends` says whether that is all. */
static enum err
append_records(struct connection *connection, const struct request *request,
               const struct response *response, bool ends)
{
	struct buf content;

	buf_init(&content, connection->out.cap);
	enum err err = response_append(response, request->method == METHOD_HEAD, &content);
	if (err == ERR_NONE)
		err = record_append_stdout(&connection->out, connection->request_id, content.data,
		                           content.size);
	if (err == ERR_NONE && ends)
		err = record_append_end(&connection->out, connection->request_id);
	buf_fini(&content);
	return err;
}

static void
answer(struct carrier *carrier, struct request *request, struct response *response)
{
	struct connection *connection = (struct connection *)carrier;

	/* No response is larger than a connection's cap, which is made for it. */
	if (append_records(connection, request, response, true) != ERR_NONE)
		abort();
	response_free(response);

	enum err err = connection_send(connection);
	if (err == ERR_PEER_GONE) {
		connection->keep = false;
		connection->has_unread = false;
	}
	if (err == ERR_TRUNCATED || connection->has_unread)
		give_to_loop(connection, request->remote_address);
	else
		finish_connection(connection);
	request_free(request);
}

static struct outlet *
stream(struct carrier *carrier, struct request *request, struct response *response)
{
	struct connection *connection = (struct connection *)carrier;

	if (append_records(connection, request, response, false) != ERR_NONE)
		abort();
	request_free(request);
	response_free(response);
	return stream_new(connection);
}

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
		enum err err = reader_start(reading, &front->readers[front->reader_count]);
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
	started->reads = api->reads;
	started->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	started->slow_peers = slow_peers_new(loop, finish_connection);
	connections_init(&started->connections);
	const struct reading reading = {
		.front = started,
		.connections = &started->connections,
		.api = api,
		.listen_fd = listen_fd,
		.stop_fd = started->stop_fd,
		.connections_max = settings->connections_max,
		.request_seconds = settings->request_seconds,
		.body_bytes_max = settings->body_bytes_max,
		.carrier = { .answer = answer, .stream = stream },
	};
	if (start_readers(started, &reading, settings->threads) != ERR_NONE) {
		front_fcgi_stop_reading(started);
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
front_fcgi_stop_reading(struct front_fcgi *front)
{
	atomic_store(&front->is_stopping, true);
	if (front->stop_fd >= 0 && eventfd_write(front->stop_fd, 1) != 0)
		abort();
	for (unsigned i = 0; i < front->reader_count; i++)
		reader_join(front->readers[i]);
}

void
front_fcgi_stop(struct front_fcgi *front)
{
	wait_for_slow_peers(front);
	slow_peers_free(front->slow_peers);
	connections_fini(&front->connections);
	for (unsigned i = 0; i < front->reader_count; i++)
		reader_free(front->readers[i]);
	if (front->stop_fd >= 0)
		close(front->stop_fd);
	free(front);
}
