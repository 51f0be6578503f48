/*
 * A reply as a stream of events to the one who has asked. A peer that takes them slowly may miss
 * parts, but never the last event, which repeats them all. For api_reply.c. On the loop's thread,
 * but for reply_stream_new.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_REPLY_STREAM_H
#define PLAINCHAT_HTTP_RENDER_REPLY_STREAM_H

#include <uv.h>

#include "base/buf.h"
#include "text/event.h"

struct event_sink;
struct reply_stream;

/* Takes the event sink, on any thread. One of the two is called once, with `context`, as the last
 * call, when the stream has been freed: `gone` where the peer has left, from within any call or
 * from the loop; `over` after reply_stream_end, when everything has left. Before reply_stream_begin
 * neither is called. */
struct reply_stream *
reply_stream_new(struct event_sink *sink, void (*gone)(void *context), void (*over)(void *context),
                 void *context);

/* Begins with these bytes. */
void
reply_stream_begin(struct reply_stream *stream, uv_loop_t *loop, const struct buf *beginning);

/* A part, or `done`. */
void
reply_stream_send(struct reply_stream *stream, const struct event *event);

/* A sign of life. */
void
reply_stream_beat(struct reply_stream *stream);

/* `done` was sent: ends when all has left. */
void
reply_stream_end(struct reply_stream *stream);

#endif
