/*
 * Events that are kept: copies, with their strings, in the order in which they were added. Pure; a
 * list is one thread's at a time, and is handed over by handing over its struct.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_EVENT_LIST_H
#define PLAINCHAT_TEXT_EVENT_LIST_H

#include <stddef.h>

#include "text/event.h"

struct kept_event {
	struct event event;
	const char *room; /* the store's name of its room, or NULL */
	struct kept_event *next;
	char strings[]; /* what the pointers above point to */
};

/* Begins with all zeros. */
struct event_list {
	struct kept_event *first;
	struct kept_event *last;
	size_t bytes; /* that it takes */
};

/* Adds a copy. `room` may be NULL. */
void
event_list_add(struct event_list *list, const char *room, const struct event *event);

/* Frees the events; the list is empty. */
void
event_list_clear(struct event_list *list);

#endif
