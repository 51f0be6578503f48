/*
 * Server-sent events, as text.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/sse.h"

#include <inttypes.h>

/* Milliseconds after which a client whose stream has ended comes back. */
#define RETRY_MS 2000

enum err
sse_append_hello(struct buf *out, struct cursor next)
{
	char cursor[CURSOR_BYTES];

	enum err err = buf_append_format(out, "retry: %d\n\nevent: hello\ndata: {\"next\":%" PRId64,
	                                 RETRY_MS, next.seq);
	if (err == ERR_NONE && next.epoch != 0)
		err = buf_append_format(out, ",\"cursor\":\"%s\"", cursor_format(next, cursor));
	return err == ERR_NONE ? buf_append_text(out, "}\n\n") : err;
}

enum err
sse_append_event(struct buf *out, const struct event *event)
{
	const struct cursor cursor = { event->seq, event->epoch };
	char id[CURSOR_BYTES];
	enum err err = ERR_NONE;

	if (event->seq != 0)
		err = buf_append_format(out, "id: %s\n", cursor_format(cursor, id));
	if (err == ERR_NONE)
		err = buf_append_format(out, "event: %s\ndata: ", event_kind_name(event->kind));
	if (err == ERR_NONE)
		err = event_append(out, event);
	if (err == ERR_NONE)
		err = buf_append_text(out, "\n\n");
	return err;
}

enum err
sse_append_queued(struct buf *out, int64_t reply_seq, unsigned queued)
{
	return buf_append_format(out,
	                         "event: queued\ndata: {\"ref\":%" PRId64 ",\"queued\":%u}\n\n",
	                         reply_seq, queued);
}

enum err
sse_append_reset(struct buf *out)
{
	return buf_append_text(out, "event: reset\ndata: {}\n\n");
}

enum err
sse_append_heartbeat(struct buf *out)
{
	return buf_append_text(out, ":\nevent: beat\ndata: {}\n\n");
}
