/*
 * A reply as a stream of events: what becomes of those that the peer cannot take.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/reply_stream.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "chat/live/event_sink.h"
#include "text/sse.h"

struct reply_stream {
	struct event_sink *sink;
	void (*gone)(void *context);
	void (*over)(void *context);
	void *context;
	bool has_gap;    /* the peer was too far behind for some part: it gets no more of them */
	struct buf last; /* `done`, until the peer can take it */
	bool is_ending;
};

static void
finish(struct reply_stream *stream, void (*told)(void *context))
{
	void *context = stream->context;

	stream->sink->close(stream->sink);
	buf_fini(&stream->last);
	free(stream);
	told(context);
}

static void
on_gone(void *context)
{
	struct reply_stream *stream = context;

	finish(stream, stream->gone);
}

static void
on_drained(void *context)
{
	struct reply_stream *stream = context;

	if (stream->last.size > 0) {
		if (stream->sink->send(stream->sink, stream->last.data, stream->last.size) !=
		    ERR_NONE) {
			on_gone(stream);
			return;
		}
		stream->last.size = 0;
	}
	if (stream->is_ending && stream->sink->pending(stream->sink) == 0)
		finish(stream, stream->over);
}

struct reply_stream *
reply_stream_new(struct event_sink *sink, void (*gone)(void *context), void (*over)(void *context),
                 void *context)
{
	struct reply_stream *stream = must_allocate(sizeof(*stream));

	stream->sink = sink;
	stream->gone = gone;
	stream->over = over;
	stream->context = context;
	buf_init(&stream->last, BOUND_RESPONSE_BYTES);
	return stream;
}

void
reply_stream_begin(struct reply_stream *stream, uv_loop_t *loop, const struct buf *beginning)
{
	struct event_sink *sink = stream->sink;

	if (sink->attach(sink, loop, on_gone, on_drained, stream) != ERR_NONE ||
	    sink->send(sink, beginning->data, beginning->size) != ERR_NONE)
		on_gone(stream);
}

void
reply_stream_send(struct reply_stream *stream, const struct event *event)
{
	bool is_last = event->kind == EVENT_DONE;
	enum err err = ERR_TOO_LARGE;
	struct buf out;

	if (stream->has_gap && !is_last)
		return;
	buf_init(&out, BOUND_RESPONSE_BYTES);
	if (sse_append_event(&out, event) != ERR_NONE)
		abort();
	err = stream->sink->send(stream->sink, out.data, out.size);
	stream->has_gap |= err == ERR_TOO_LARGE;
	if (err == ERR_TOO_LARGE && is_last &&
	    buf_append(&stream->last, out.data, out.size) != ERR_NONE)
		abort();
	buf_fini(&out);
	if (err == ERR_PEER_GONE)
		on_gone(stream);
}

void
reply_stream_beat(struct reply_stream *stream)
{
	struct buf out;

	/* Who has something to take needs none. */
	if (stream->sink->pending(stream->sink) > 0)
		return;
	buf_init(&out, 64);
	if (sse_append_heartbeat(&out) != ERR_NONE)
		abort();
	enum err err = stream->sink->send(stream->sink, out.data, out.size);
	buf_fini(&out);
	if (err != ERR_NONE)
		on_gone(stream);
}

void
reply_stream_end(struct reply_stream *stream)
{
	stream->is_ending = true;
	if (stream->sink->pending(stream->sink) == 0)
		finish(stream, stream->over);
}
