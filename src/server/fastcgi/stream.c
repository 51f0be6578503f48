/*
 * A response over FastCGI that goes on. What the socket takes at once is written from the caller's
 * bytes; only what it does not take is kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "chat/live/event_sink.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/record.h"

struct stream {
	struct event_sink sink; /* first, so that the event sink is the stream */
	struct connection *connection;
	uv_poll_t poll;
	void (*gone)(void *context);
	void (*drained)(void *context);
	void *context;
	bool is_attached;
};

static void
on_ready(uv_poll_t *poll, int status, int events);

static size_t
pending(const struct event_sink *sink)
{
	const struct connection *connection = ((const struct stream *)sink)->connection;

	return connection->out.size - connection->sent_size;
}

static void
watch(struct stream *stream)
{
	int events = UV_READABLE | UV_DISCONNECT;

	if (pending(&stream->sink) > 0)
		events |= UV_WRITABLE;
	uv_poll_start(&stream->poll, events, on_ready);
}

/* Sends what waits. */
static enum err
flush(struct stream *stream)
{
	enum err err = connection_send(stream->connection);

	if (err != ERR_NONE)
		return err;
	/* Most followers have nothing waiting: they should not hold memory for it. */
	buf_fini(&stream->connection->out);
	stream->connection->sent_size = 0;
	return ERR_NONE;
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct stream *stream = poll->data;

	if (status < 0 || (events & UV_DISCONNECT) != 0 ||
	    ((events & UV_READABLE) != 0 &&
	     connection_discard_input(stream->connection) != ERR_TRUNCATED)) {
		stream->gone(stream->context);
		return;
	}
	if ((events & UV_WRITABLE) == 0)
		return;
	enum err err = flush(stream);
	if (err == ERR_PEER_GONE) {
		stream->gone(stream->context);
		return;
	}
	watch(stream);
	if (err == ERR_NONE)
		stream->drained(stream->context);
}

static enum err
attach(struct event_sink *sink, uv_loop_t *loop, void (*gone)(void *context),
       void (*drained)(void *context), void *context)
{
	struct stream *stream = (struct stream *)sink;

	if (uv_poll_init(loop, &stream->poll, stream->connection->fd) != 0)
		return ERR_SYSTEM;
	stream->poll.data = stream;
	stream->is_attached = true;
	stream->gone = gone;
	stream->drained = drained;
	stream->context = context;
	if (flush(stream) == ERR_PEER_GONE)
		return ERR_SYSTEM;
	watch(stream);
	return ERR_NONE;
}

/* A follower that is always a little behind must not hold what has left. */
static void
forget_sent(struct connection *connection)
{
	struct buf *out = &connection->out;

	if (connection->sent_size < BOUND_STREAM_BYTES / 4)
		return;
	memmove(out->data, out->data + connection->sent_size, out->size - connection->sent_size);
	out->size -= connection->sent_size;
	connection->sent_size = 0;
}

static enum err
send_bytes(struct event_sink *sink, const char *bytes, size_t size)
{
	struct stream *stream = (struct stream *)sink;
	struct connection *connection = stream->connection;
	bool was_waiting = pending(sink) > 0;

	if (pending(sink) + size > BOUND_STREAM_BYTES && was_waiting)
		return ERR_TOO_LARGE;
	forget_sent(connection);
	if (record_append_stdout(&connection->out, connection->request_id, bytes, size) != ERR_NONE)
		return ERR_TOO_LARGE;
	if (was_waiting)
		return ERR_NONE;
	enum err err = flush(stream);
	if (err == ERR_TRUNCATED)
		watch(stream);
	return err == ERR_PEER_GONE ? ERR_PEER_GONE : ERR_NONE;
}

static void
on_closed(uv_handle_t *handle)
{
	struct stream *stream = handle->data;

	connection_close(stream->connection);
	free(stream);
}

static void
close_stream(struct event_sink *sink)
{
	struct stream *stream = (struct stream *)sink;

	/* The head of one that was not followed after all: without it the web server would answer
	 * with an error of its own. */
	if (!stream->is_attached)
		(void)!connection_send(stream->connection);
	/* A peer that is behind sees the connection end instead, and resumes by its cursor. */
	if (pending(sink) == 0 &&
	    record_append_end(&stream->connection->out, stream->connection->request_id) == ERR_NONE)
		(void)!connection_send(stream->connection);
	if (stream->is_attached) {
		uv_close((uv_handle_t *)&stream->poll, on_closed);
	} else {
		connection_close(stream->connection);
		free(stream);
	}
}

struct event_sink *
stream_new(struct connection *connection)
{
	struct stream *stream = must_allocate(sizeof(*stream));

	stream->sink = (struct event_sink){ attach, send_bytes, pending, close_stream };
	stream->connection = connection;
	return &stream->sink;
}
