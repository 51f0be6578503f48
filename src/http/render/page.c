/*
 * Events of a page, as many as fit.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/page.h"

#include <stdlib.h>
#include <string.h>

#include "http/render/representation.h"
#include "http/response.h"

struct page *
page_new(const struct representation *representation, bool is_forward, size_t bytes_max)
{
	struct page *page = must_allocate(sizeof(*page));

	page->representation = representation;
	page->is_forward = is_forward;
	page->bytes_max = bytes_max;
	buf_init(&page->events, 2 * BOUND_PAGE_BYTES + BOUND_RESPONSE_BYTES);
	return page;
}

void
page_free(struct page *page)
{
	buf_fini(&page->events);
	free(page);
}

void
page_clear(struct page *page)
{
	page->memory.count = 0;
	page->events.size = 0;
	page->count = 0;
	page->is_cut = false;
}

static void
drop_first(struct page *page)
{
	size_t size = page->count > 1 ? page->starts[1] : page->events.size;

	memmove(page->events.data, page->events.data + size, page->events.size - size);
	page->events.size -= size;
	page->count--;
	for (size_t i = 0; i < page->count; i++) {
		page->starts[i] = page->starts[i + 1] - size;
		page->numbers[i] = page->numbers[i + 1];
	}
	page->is_cut = true;
}

void
page_add_event(void *context, const struct event *event)
{
	struct page *page = context;

	if (page->is_forward && (page->is_cut || page->events.size > page->bytes_max)) {
		page->is_cut = true;
		return;
	}
	page->has_streaming |= event->kind == EVENT_MESSAGE && event->state == STATE_STREAMING;
	page->starts[page->count] = page->events.size;
	page->numbers[page->count] = event->seq;
	page->count++;
	if (page->representation->event(&page->memory, &page->events, event) != ERR_NONE)
		abort();
	while (page->events.size > page->bytes_max && page->count > 1 && !page->is_forward)
		drop_first(page);
}

void
page_append_events(const struct page *page, struct response *response)
{
	if (buf_append(&response->body, page->events.data, page->events.size) != ERR_NONE)
		abort();
}

void
page_append(const struct page *page, const struct page_facts *facts, struct response *response)
{
	if (page->representation->page(&response->body, facts, page->events.data,
	                               page->events.size) != ERR_NONE)
		abort();
}
