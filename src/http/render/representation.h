/*
 * The formats in which events can leave: a file here for each, and a line in the table of
 * representation.c. Handlers and live delivery know none of them: they get one of these. Constants;
 * the functions are callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_REPRESENTATION_H
#define PLAINCHAT_HTTP_RENDER_REPRESENTATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/live/renderer.h"
#include "text/cursor.h"

/* What a client is told of a page beside its events. */
struct page_facts {
	const char *room;    /* as clients name it; it needs no escapes: see names_read_room */
	struct cursor next;  /* from where to go on; without an epoch nothing is stored yet */
	bool more;           /* there is more in the direction that was read */
	bool is_reset;       /* the cursor is not covered */
	bool is_newcomer;    /* it is for a visitor whom nobody knew before */
	const char *session; /* who the visitor is: "" nobody who is known, NULL it was not asked */
};

struct representation {
	const char *media_type;   /* as Accept names it */
	const char *content_type; /* as Content-Type has it */
	/* How it follows a room; NULL: it cannot. */
	const struct renderer *renderer;
	bool has_pages;  /* it can be read without being followed */
	bool is_default; /* it is what a client gets who names none that we have */
	/* Appends an event of a page; nothing where the format does not show it. */
	enum err (*event)(struct render_memory *memory, struct buf *out, const struct event *event);
	/* Appends the page of these events, as `event` has made them one after the other. */
	enum err (*page)(struct buf *out, const struct page_facts *facts, const char *events,
	                 size_t size);
};

extern const struct representation representation_json;
extern const struct representation representation_sse;
extern const struct representation representation_ndjson;
extern const struct representation representation_lines;

/* How the client wants a room's events, by the header Accept. The greatest weight wins, then who is
 * named closest, then the order of the table. What asterisks stand for is the default, and who
 * names nothing that we have gets that, too. */
const struct representation *
representation_of_events(const char *accept);

/* The same for a reply: JSON, or server-sent events. */
const struct representation *
representation_of_reply(const char *accept);

#endif
