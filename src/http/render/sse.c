/*
 * Events as server-sent events (text/sse.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/sse.h"
#include "http/render/representation.h"

static enum err
append_event(struct render_memory *memory, struct buf *out, const struct event *event)
{
	(void)memory;
	return sse_append_event(out, event);
}

static enum err
append_reset(struct buf *out, struct cursor next)
{
	(void)next;
	return sse_append_reset(out);
}

static const struct renderer renderer = {
	.hello = sse_append_hello,
	.event = append_event,
	.reset = append_reset,
	.beat = sse_append_heartbeat,
};

const struct representation representation_sse = {
	.media_type = "text/event-stream",
	.content_type = "text/event-stream",
	.renderer = &renderer,
};
