/*
 * News: for each operation that appends an event, the event as a read would give it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/news.h"

static void
note(struct news *news, const char *room, const struct event *event)
{
	struct event noted = *event;

	noted.epoch = news->epoch;
	event_list_add(&news->events, room, &noted);
}

enum err
news_append_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, const struct store_message *message, int64_t *seq)
{
	enum err err = engine->append_message(store, room, message, seq);
	const struct event event = {
		.seq = *seq,
		.kind = EVENT_MESSAGE,
		.time_ms = message->time_ms,
		.ref = message->ref,
		.role = message->role,
		.state = message->state,
		.name = message->name,
		.text = message->text,
		.text_size = message->text_size,
	};

	if (err == ERR_NONE && news != NULL)
		note(news, room, &event);
	return err;
}

enum err
news_append_part(struct news *news, const struct store_engine *engine, struct store *store,
                 const char *room, const struct store_part *part, int64_t *seq)
{
	enum err err = engine->append_part(store, room, part, seq);
	const struct event event = {
		.seq = *seq,
		.kind = EVENT_PART,
		.time_ms = part->time_ms,
		.ref = part->ref,
		.offset = part->offset,
		.text = part->text,
		.text_size = part->text_size,
		.thought = part->thought,
		.thought_size = part->thought_size,
		.thought_offset = part->thought_offset,
		.thought_ms = part->thought_ms,
	};

	if (err == ERR_NONE && *seq != 0 && news != NULL)
		note(news, room, &event);
	return err;
}

enum err
news_finish_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, const struct store_ending *ending, int64_t *seq)
{
	enum err err = engine->finish_message(store, room, ending, seq);
	const struct event event = {
		.seq = *seq,
		.kind = EVENT_DONE,
		.time_ms = ending->time_ms,
		.ref = ending->ref,
		.state = ending->state,
		.cause = ending->cause,
		.text = ending->text,
		.text_size = ending->text_size,
		.thought = ending->thought,
		.thought_size = ending->thought_size,
		.thought_ms = ending->thought_ms,
	};

	if (err != ERR_NONE || *seq == 0 || news == NULL)
		return err;
	/* Without a text it is what the parts say, which the store alone knows. */
	if (ending->text == NULL)
		news->has_more = true;
	else
		note(news, room, &event);
	return err;
}

enum err
news_delete_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, int64_t seq, const char *author, int64_t time_ms,
                    enum store_outcome *outcome)
{
	struct event event = { .kind = EVENT_DELETE, .time_ms = time_ms, .ref = seq };

	enum err err =
		engine->delete_message(store, room, seq, author, time_ms, outcome, &event.seq);
	if (err == ERR_NONE && event.seq != 0 && news != NULL)
		note(news, room, &event);
	return err;
}
