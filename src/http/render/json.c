/*
 * A page of events as one JSON object.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/page_facts.h"
#include "http/render/representation.h"

/* Each has a comma in front. */
static enum err
append_event(struct render_memory *memory, struct buf *out, const struct event *event)
{
	(void)memory;
	enum err err = buf_append_text(out, ",");
	return err == ERR_NONE ? event_append(out, event) : err;
}

static enum err
append_page(struct buf *out, const struct page_facts *facts, const char *events, size_t size)
{
	enum err err = buf_append_format(out, "{\"room\":\"%s\",\"events\":[", facts->room);

	if (err == ERR_NONE && size > 0)
		err = buf_append(out, events + 1, size - 1);
	if (err == ERR_NONE)
		err = buf_append_text(out, "]");
	if (err == ERR_NONE)
		err = page_facts_append(out, facts);
	return err == ERR_NONE ? buf_append_text(out, "}") : err;
}

const struct representation representation_json = {
	.media_type = "application/json",
	.content_type = "application/json",
	.has_pages = true,
	.is_default = true,
	.event = append_event,
	.page = append_page,
};
