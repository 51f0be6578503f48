/*
 * Events that are kept: each is one piece of memory, with its strings behind it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/event_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Copies the bytes to `*at`, NUL-terminated, and moves that behind them. NULL stays NULL. */
static const char *
keep(char **at, const char *bytes, size_t size)
{
	char *kept = *at;

	if (bytes == NULL)
		return NULL;
	if (size > 0)
		memcpy(kept, bytes, size);
	kept[size] = '\0';
	*at += size + 1;
	return kept;
}

static size_t
size_of(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

void
event_list_add(struct event_list *list, const char *room, const struct event *event)
{
	size_t name_size = size_of(event->name);
	size_t room_size = size_of(room);
	size_t size = sizeof(struct kept_event) + name_size + room_size + event->text_size +
	              event->thought_size + 4;
	struct kept_event *kept = must_allocate(size);
	char *at = kept->strings;

	kept->event = *event;
	kept->event.name = keep(&at, event->name, name_size);
	kept->event.text = keep(&at, event->text, event->text_size);
	kept->event.thought = keep(&at, event->thought, event->thought_size);
	kept->room = keep(&at, room, room_size);
	if (list->last != NULL)
		list->last->next = kept;
	else
		list->first = kept;
	list->last = kept;
	list->bytes += size;
}

void
event_list_clear(struct event_list *list)
{
	while (list->first != NULL) {
		struct kept_event *kept = list->first;
		list->first = kept->next;
		free(kept);
	}
	*list = (struct event_list){ .bytes = 0 };
}
