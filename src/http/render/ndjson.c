/*
 * Events as lines of JSON, for programs: what server-sent events have as data, with the cursor as a
 * member. What is no event is a line, too, of a kind of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/page_facts.h"
#include "http/render/representation.h"

static enum err
append_event(struct render_memory *memory, struct buf *out, const struct event *event)
{
	const struct cursor cursor = { event->seq, event->epoch };
	char text[CURSOR_BYTES];

	(void)memory;
	enum err err = event_append(out, event);
	if (err == ERR_NONE && event->seq != 0) {
		out->size--; /* the brace, behind which nothing may come */
		err = buf_append_format(out, ",\"cursor\":\"%s\"}", cursor_format(cursor, text));
	}
	return err == ERR_NONE ? buf_append_text(out, "\n") : err;
}

/* A line of another kind, with the cursor that what follows is behind. */
static enum err
append_position(struct buf *out, const char *kind, struct cursor next)
{
	enum err err = buf_append_format(out, "{\"kind\":\"%s\"", kind);

	if (err == ERR_NONE)
		err = page_facts_append_cursor(out, next);
	return err == ERR_NONE ? buf_append_text(out, "}\n") : err;
}

static enum err
append_hello(struct buf *out, struct cursor next)
{
	return append_position(out, "hello", next);
}

static enum err
append_reset(struct buf *out, struct cursor next)
{
	return append_position(out, "reset", next);
}

static enum err
append_beat(struct buf *out)
{
	return buf_append_text(out, "{\"kind\":\"beat\"}\n");
}

/* The last line says how to go on. */
static enum err
append_page(struct buf *out, const struct page_facts *facts, const char *events, size_t size)
{
	enum err err = buf_append(out, events, size);

	if (err == ERR_NONE)
		err = buf_append_format(out, "{\"kind\":\"page\",\"room\":\"%s\"", facts->room);
	if (err == ERR_NONE)
		err = page_facts_append(out, facts);
	return err == ERR_NONE ? buf_append_text(out, "}\n") : err;
}

static const struct renderer renderer = {
	.hello = append_hello,
	.event = append_event,
	.reset = append_reset,
	.beat = append_beat,
};

const struct representation representation_ndjson = {
	.media_type = "application/x-ndjson",
	.content_type = "application/x-ndjson",
	.renderer = &renderer,
	.has_pages = true,
	.event = append_event,
	.page = append_page,
};
