/*
 * A page of a room while it is read: its events are rendered one after the other, and it ends where
 * it is large enough. For api_events.c. It belongs to one thread at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_PAGE_H
#define PLAINCHAT_HTTP_RENDER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/live/renderer.h"

struct event;
struct page_facts;
struct representation;
struct response;

struct page {
	const struct representation *representation;
	struct render_memory memory;
	size_t bytes_max;                     /* of events; one is taken in any case */
	struct buf events;                    /* as they were rendered */
	size_t starts[BOUND_PAGE_EVENTS_MAX]; /* of each */
	int64_t numbers[BOUND_PAGE_EVENTS_MAX];
	size_t count;
	bool has_streaming; /* a message that streams */
	bool is_forward; /* what does not fit is left for the next read, else for the one before */
	bool is_cut;
};

/* Makes an empty page, freed by page_free. Ends the process where there is no memory. */
struct page *
page_new(const struct representation *representation, bool is_forward, size_t bytes_max);

void
page_free(struct page *page);

/* Forgets all events. */
void
page_clear(struct page *page);

/* Renders the event. A store_event_function, of which the page is the context; at most
 * BOUND_PAGE_EVENTS_MAX of them. */
void
page_add_event(void *page, const struct event *event);

/* Appends its events alone to the response's body: a stream goes on behind them. */
void
page_append_events(const struct page *page, struct response *response);

/* The page as the body of the response, with these facts. */
void
page_append(const struct page *page, const struct page_facts *facts, struct response *response);

#endif
