/*
 * What is told of a page beside its events, as members of a JSON object. For json.c and ndjson.c.
 * Pure; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_PAGE_FACTS_H
#define PLAINCHAT_HTTP_RENDER_PAGE_FACTS_H

#include "base/buf.h"
#include "text/cursor.h"

struct page_facts;

/* Appends `,"next":N`, and the cursor where there is one. ERR_TOO_LARGE: see buf_append. */
enum err MUST_CHECK
page_facts_append_cursor(struct buf *out, struct cursor next);

/* Appends the cursor and what follows it, each member with a comma in front. */
enum err MUST_CHECK
page_facts_append(struct buf *out, const struct page_facts *facts);

#endif
