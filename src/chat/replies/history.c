/*
 * The history that a responder gets: one page of the room, filtered, put in order, and made to fit.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/history.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/room_read.h"
#include "loop/workers.h"
#include "text/excerpt.h"
#include "text/thought.h"

/* A message as it was read. */
struct entry {
	enum role role;
	int64_t position; /* its number, or that of the message that it answers */
	int64_t seq;
	char *name;
	char *text;
	size_t size;
};

struct gathering {
	struct entry *said; /* in order of their places */
	size_t count;
	size_t capacity;
};

static void
said_fini(struct entry *said)
{
	free(said->name);
	free(said->text);
}

/* --- reading --- */

/* The text without the thoughts in front of it, such as replies of before thoughts were told apart
 * have. */
static char *
copy_without_thoughts(const struct event *event, size_t *size)
{
	struct buf text;

	buf_init(&text, event->text_size + 64);
	if (thought_leave_out(event->text, event->text_size, &text) != ERR_NONE)
		abort();
	*size = text.size;
	return text.size == 0 ? must_copy("", 0) : text.data;
}

static bool
belongs(const struct event *event)
{
	bool is_over = event->state == STATE_DONE ||
	               (event->state == STATE_STOPPED && event->role == ROLE_ASSISTANT);

	/* A program may have nothing to say; language models refuse messages without text. */
	return is_over && event->text_size > 0;
}

/* A later answer to an earlier message goes behind that message, in the place of earlier ones. */
static void
take_message(void *context, const struct event *event)
{
	struct gathering *gathering = context;
	int64_t position = event->ref != 0 ? event->ref : event->seq;
	size_t at = gathering->count;

	if (!belongs(event) || gathering->count == gathering->capacity)
		return;
	struct entry said = {
		.role = event->role,
		.position = position,
		.seq = event->seq,
		.name = must_copy_text(event->name == NULL ? "" : event->name),
	};
	if (event->role == ROLE_ASSISTANT) {
		said.text = copy_without_thoughts(event, &said.size);
	} else {
		said.text = must_copy(event->text, event->text_size);
		said.size = event->text_size;
	}
	if (said.size == 0) {
		said_fini(&said);
		return;
	}
	while (at > 0 && gathering->said[at - 1].position > position)
		at--;
	struct entry *earlier = at > 0 ? &gathering->said[at - 1] : NULL;
	if (earlier != NULL && event->role == ROLE_ASSISTANT && event->ref != 0 &&
	    earlier->role == ROLE_ASSISTANT && earlier->position == position) {
		said_fini(earlier);
		*earlier = said;
		return;
	}
	memmove(&gathering->said[at + 1], &gathering->said[at],
	        (gathering->count - at) * sizeof(*gathering->said));
	gathering->said[at] = said;
	gathering->count++;
}

/* --- fitting --- */

static size_t
bytes_of(const struct gathering *gathering)
{
	size_t bytes = 0;

	for (size_t i = 0; i < gathering->count; i++)
		bytes += gathering->said[i].size;
	return bytes;
}

static void
shorten(struct entry *said, size_t most)
{
	struct buf text;

	buf_init(&text, most + 1);
	if (excerpt_append(&text, said->text, said->size, most) != ERR_NONE)
		abort();
	free(said->text);
	said->size = text.size;
	said->text = text.size == 0 ? must_copy("", 0) : text.data;
}

static void
drop_first(struct gathering *gathering, size_t count)
{
	for (size_t i = 0; i < count; i++)
		said_fini(&gathering->said[i]);
	gathering->count -= count;
	memmove(gathering->said, gathering->said + count,
	        gathering->count * sizeof(*gathering->said));
}

static void
fit(struct gathering *gathering, size_t messages_max, size_t bytes_max)
{
	size_t share = bytes_max / BOUND_HISTORY_SHARE;
	size_t bytes;
	size_t surplus = 0;

	if (gathering->count > messages_max)
		drop_first(gathering, gathering->count - messages_max);
	bytes = bytes_of(gathering);
	for (size_t i = 0; i < gathering->count && bytes > bytes_max; i++) {
		struct entry *said = &gathering->said[i];
		if (said->size <= share)
			continue;
		bytes -= said->size;
		shorten(said, share);
		bytes += said->size;
	}
	while (bytes > bytes_max)
		bytes -= gathering->said[surplus++].size;
	drop_first(gathering, surplus);
	/* What answers something that is not in it any more would come first. */
	surplus = 0;
	while (surplus < gathering->count && gathering->said[surplus].role == ROLE_ASSISTANT)
		surplus++;
	drop_first(gathering, surplus);
}

/* --- taking turns --- */

static bool
are_of_several(const struct entry *said, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (strcmp(said[i].name, said[0].name) != 0)
			return true;
	}
	return false;
}

/* The name without the mark of one that was chosen. */
static const char *
shown_name(const char *name)
{
	return name[0] == '~' ? name + 1 : name;
}

/* One turn of what one side has said one after another. */
static struct turn
join(const struct entry *said, size_t count)
{
	bool is_several = are_of_several(said, count);
	struct buf text;
	size_t most = 1;

	for (size_t i = 0; i < count; i++)
		most += said[i].size + strlen(said[i].name) + 4;
	buf_init(&text, most);
	for (size_t i = 0; i < count; i++) {
		const char *name = is_several ? shown_name(said[i].name) : "";
		if ((i > 0 && buf_append_text(&text, "\n\n") != ERR_NONE) ||
		    (name[0] != '\0' && (buf_append_text(&text, name) != ERR_NONE ||
		                         buf_append_text(&text, ": ") != ERR_NONE)) ||
		    buf_append(&text, said[i].text, said[i].size) != ERR_NONE)
			abort();
	}
	return (struct turn){
		.role = said[0].role,
		.name = must_copy_text(is_several ? "" : said[0].name),
		.text = text.data,
		.text_size = text.size,
	};
}

/* How many from the first on are of one role. */
static size_t
count_run(const struct entry *said, size_t count)
{
	size_t run = 1;

	while (run < count && said[run].role == said[0].role)
		run++;
	return run;
}

static void
make_turns(const struct gathering *gathering, struct history *history)
{
	history->turns = must_allocate(gathering->count * sizeof(*history->turns) + 1);
	history->unanswered = must_allocate(gathering->count * sizeof(*history->turns) + 1);
	for (size_t i = 0; i < gathering->count;) {
		const struct entry *said = &gathering->said[i];
		size_t run = count_run(said, gathering->count - i);
		i += run;
		if (said->role == ROLE_ASSISTANT || i < gathering->count) {
			history->turns[history->count++] = join(said, run);
			continue;
		}
		for (size_t j = 0; j < run; j++)
			history->unanswered[history->unanswered_count++] = join(said + j, 1);
	}
}

void
history_read(const struct rooms *rooms, const char *room_key, int64_t before,
             struct history *history)
{
	/* More than are given, since some of them are not. */
	struct gathering gathering = { .capacity = 2 * rooms->history_messages };
	const struct store_range range = { .room = room_key,
		                           .after = -1,
		                           .before = before,
		                           .limit = (unsigned)gathering.capacity };
	struct store_page page;

	*history = (struct history){ .count = 0 };
	if (rooms->history_messages == 0 || rooms->history_bytes == 0)
		return;
	gathering.said = must_allocate((gathering.capacity + 1) * sizeof(*gathering.said));
	/* What was read before it failed is not all, but true. */
	(void)!room_read(rooms, &range, take_message, &gathering, &page);
	fit(&gathering, rooms->history_messages, rooms->history_bytes);
	make_turns(&gathering, history);
	drop_first(&gathering, gathering.count);
	free(gathering.said);
}

static void
free_turns(struct turn *turns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((char *)(uintptr_t)turns[i].text);
		free((char *)(uintptr_t)turns[i].name);
	}
	free(turns);
}

void
history_fini(struct history *history)
{
	free_turns(history->turns, history->count);
	free_turns(history->unanswered, history->unanswered_count);
	*history = (struct history){ .count = 0 };
}

/* --- for the loop --- */

struct history_request {
	struct work work; /* first, so that the work is the request */
	const struct rooms *rooms;
	char *room_key;
	int64_t before;
	struct history history;    /* the worker's while it reads */
	history_function function; /* NULL: nobody is interested any more */
	void *context;
};

static void
on_run(struct work *work)
{
	struct history_request *request = (struct history_request *)work;

	history_read(request->rooms, request->room_key, request->before, &request->history);
}

static void
on_done(struct work *work, bool was_run)
{
	struct history_request *request = (struct history_request *)work;

	if (request->function != NULL)
		request->function(request->context, was_run ? &request->history : NULL);
	history_fini(&request->history);
	free(request->room_key);
	free(request);
}

struct history_request *
history_request(const struct rooms *rooms, const char *room_key, int64_t before,
                history_function function, void *context)
{
	struct history_request *request = must_allocate(sizeof(*request));

	request->work = (struct work){ .run = on_run, .done = on_done };
	request->rooms = rooms;
	request->room_key = must_copy_text(room_key);
	request->before = before;
	request->function = function;
	request->context = context;
	workers_submit(rooms->workers, &request->work);
	return request;
}

void
history_forget(struct history_request *request)
{
	request->function = NULL;
}
