/*
 * Server-sent events (the HTML standard, section 9.2), as text. Data is only ever JSON on one line,
 * ids are numbers, names are constants, so nothing can break out of its field. Pure
 * functions, callable on any thread. Each appends to `out`; ERR_TOO_LARGE: see buf_append, and
 * `out` then holds a part and is of no use.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_SSE_H
#define PLAINCHAT_TEXT_SSE_H

#include "base/buf.h"
#include "text/cursor.h"
#include "text/event.h"

/* What a stream begins with: how soon to come back, and a `hello` without an id, by which a client
 * sees that nothing on the way holds the stream back. `next` is the cursor that it starts from. */
enum err MUST_CHECK
sse_append_hello(struct buf *out, struct cursor next);

/* An event, with its cursor as the id if it is stored. */
enum err MUST_CHECK
sse_append_event(struct buf *out, const struct event *event);

/* The reply waits for its turn, and `queued` is its position among those that do, from 1. */
enum err MUST_CHECK
sse_append_queued(struct buf *out, int64_t reply_seq, unsigned queued);

/* The cursor is not covered by the log: read the newest page, then go on from there. */
enum err MUST_CHECK
sse_append_reset(struct buf *out);

/* A comment, so that the stream does not look dead to what is on the way, and an event `beat`, so
 * that a browser's EventSource, which tells of no comments, can see that it lives. */
enum err MUST_CHECK
sse_append_heartbeat(struct buf *out);

#endif
