/*
 * News: for each operation that appends an event, the event as a read would give it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/news.h"

#include "store/store_event.h"

/* The store has given the event its number. */
static void
note(struct news *news, const char *room, int64_t seq, struct event event)
{
	event.seq = seq;
	event.epoch = news->epoch;
	event_list_add(&news->events, room, &event);
}

enum err
news_append_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, const struct store_message *message, int64_t *seq)
{
	enum err err = engine->append_message(store, room, message, seq);

	if (err == ERR_NONE && news != NULL)
		note(news, room, *seq, store_event_of_message(message));
	return err;
}

enum err
news_append_part(struct news *news, const struct store_engine *engine, struct store *store,
                 const char *room, const struct store_part *part, int64_t *seq)
{
	enum err err = engine->append_part(store, room, part, seq);

	if (err == ERR_NONE && *seq != 0 && news != NULL)
		note(news, room, *seq, store_event_of_part(part));
	return err;
}

enum err
news_finish_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, const struct store_ending *ending, int64_t *seq)
{
	enum err err = engine->finish_message(store, room, ending, seq);
	const struct event event = {
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
		note(news, room, *seq, event);
	return err;
}

enum err
news_delete_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, int64_t seq, const char *author, int64_t time_ms,
                    enum store_outcome *outcome)
{
	const struct event event = { .kind = EVENT_DELETE, .time_ms = time_ms, .ref = seq };
	int64_t event_seq;

	enum err err =
		engine->delete_message(store, room, seq, author, time_ms, outcome, &event_seq);
	if (err == ERR_NONE && event_seq != 0 && news != NULL)
		note(news, room, event_seq, event);
	return err;
}
