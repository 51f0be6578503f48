/*
 * The history that a responder gets: one page of the room, filtered and put in order.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/room.h"

/* More than are given, since some of them are not. */
#define PAGE (2 * BOUND_HISTORY_MESSAGES)

struct gathering {
	struct turn turns[PAGE];
	int64_t places[PAGE]; /* the number of the message, or of the one that is answered */
	size_t count;
};

/* A later answer to an earlier message goes behind that message. */
static void
take_message(void *context, const struct event *event)
{
	struct gathering *gathering = context;
	int64_t place = event->ref != 0 ? event->ref : event->seq;
	size_t at = gathering->count;

	/* A program may have nothing to say; language models refuse messages without text. */
	if (event->state != STATE_DONE || event->text_size == 0)
		return;
	while (at > 0 && gathering->places[at - 1] > place) {
		gathering->turns[at] = gathering->turns[at - 1];
		gathering->places[at] = gathering->places[at - 1];
		at--;
	}
	gathering->turns[at] = (struct turn){
		.role = event->role,
		.text = must_copy(event->text, event->text_size),
		.text_size = event->text_size,
	};
	gathering->places[at] = place;
	gathering->count++;
}

/* How many of the turns, from the first on, are too many or too much. */
static size_t
count_surplus(const struct gathering *gathering)
{
	size_t first = gathering->count;
	size_t bytes = 0;

	while (first > 0 && gathering->count - first < BOUND_HISTORY_MESSAGES) {
		bytes += gathering->turns[first - 1].text_size;
		if (bytes > BOUND_HISTORY_BYTES)
			break;
		first--;
	}
	return first;
}

static void
free_text(struct turn *turn)
{
	free((char *)(uintptr_t)turn->text);
}

void
history_read(const struct rooms *rooms, const char *room_key, int64_t before,
             struct history *history)
{
	struct gathering *gathering = must_allocate(sizeof(*gathering));
	const struct store_range range = {
		.room = room_key, .after = -1, .before = before, .limit = PAGE
	};
	struct store_page page;

	*history = (struct history){ .count = 0 };
	/* What was read before it failed is not all, but true. */
	(void)!room_read(rooms, &range, take_message, gathering, &page);
	size_t surplus = count_surplus(gathering);
	for (size_t i = 0; i < surplus; i++)
		free_text(&gathering->turns[i]);
	history->count = gathering->count - surplus;
	history->turns = must_allocate(history->count * sizeof(*history->turns) + 1);
	memcpy(history->turns, gathering->turns + surplus,
	       history->count * sizeof(*history->turns));
	free(gathering);
}

void
history_fini(struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		free_text(&history->turns[i]);
	free(history->turns);
	*history = (struct history){ .count = 0 };
}
