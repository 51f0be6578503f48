/*
 * Reading: pages of messages, the log from a cursor on, what changed, keys. Everything is a range
 * of one index from a given position, with an end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "store/sqlite/store_sqlite.h"

/* --- events --- */

/* The event in the row, with its strings in SQLite's hands. False if the file has nonsense. */
static bool
take_event(const struct query *query, struct event *event)
{
	sqlite3_stmt *row = query->statement;
	int64_t kind = query_number(query, 1);
	int64_t role = query_number(query, 4);
	int64_t state = query_number(query, 5);
	struct body body;

	*event = (struct event){
		.seq = query_number(query, 0),
		.epoch = query->store->read_epoch,
		.kind = (enum event_kind)kind,
		.time_ms = query_number(query, 2),
		.ref = query_number(query, 3),
		.role = (enum role)role,
		.state = (enum message_state)state,
		.offset = query_number(query, 6),
	};
	if (kind < EVENT_MESSAGE || kind > EVENT_DELETE || role < 0 || role > ROLE_ASSISTANT ||
	    state < 0 || state > STATE_DELETED)
		return false;
	const void *bytes = sqlite3_column_blob(row, 7);
	if (sqlite3_column_type(row, 7) == SQLITE_NULL)
		return true;
	if (!body_decode(bytes, (size_t)sqlite3_column_bytes(row, 7), &body))
		return false;
	event->name = body.name;
	event->text = body.text;
	event->text_size = body.text_size;
	event->cause = body.cause;
	event->thought = body.thought;
	event->thought_size = body.thought_size;
	event->thought_offset = body.thought_offset;
	event->thought_ms = body.thought_ms;
	return true;
}

/* Gives the event to the function. The text of a message that streams is what its parts say. */
static enum err
give_event(struct store *store, int64_t room, struct event *event, store_event_function function,
           void *context)
{
	struct buf text;
	struct buf thought;
	enum err err = ERR_NONE;

	buf_init(&text, BOUND_REPLY_BYTES_MAX);
	buf_init(&thought, BOUND_THOUGHT_BYTES);
	if (event->kind == EVENT_MESSAGE && event->state == STATE_STREAMING) {
		err = store_read_parts(store, room, event->seq, &text, &thought,
		                       &event->thought_ms);
		event->text = buf_text(&text);
		event->text_size = text.size;
		event->thought = buf_text(&thought);
		event->thought_size = thought.size;
	}
	if (err == ERR_NONE)
		function(context, event);
	buf_fini(&text);
	buf_fini(&thought);
	return err;
}

/* Gives the rows to the function, `limit` at the most, and ends the query. *last is the number of
 * the last one given, and *more whether there was a further one. */
static enum err
give_events(struct query *query, int64_t room, unsigned limit, store_event_function function,
            void *context, int64_t *last, bool *more)
{
	unsigned count = 0;
	bool is_row;
	enum err err;

	*more = false;
	while ((err = query_next(query, &is_row)) == ERR_NONE && is_row) {
		struct event event;
		if (count == limit) {
			*more = true;
			break;
		}
		if (!take_event(query, &event)) {
			err = store_fail(query->store, query->operation, SQLITE_CORRUPT);
			break;
		}
		err = give_event(query->store, room, &event, function, context);
		if (err != ERR_NONE)
			break;
		*last = event.seq;
		count++;
	}
	query_end(query);
	return err;
}

static enum err
read_after(struct store *store, const struct room_row *room, const struct store_range *range,
           store_event_function function, void *context, struct store_page *page)
{
	bool is_of_now = range->epoch == 0 || range->epoch == page->epoch;
	int64_t after = range->after;

	/* From the beginning: that may be higher than 1, and nothing is missing before it. */
	if (after == 0 && room->first_seq == room->begun_at + 1)
		after = room->begun_at;
	if (!is_of_now || after < room->first_seq - 1 || after > room->last_seq) {
		page->is_reset = true;
		return ERR_NONE;
	}
	struct query query = query_begin(store, STATEMENT_EVENTS_AFTER, "read_after");
	int64_t last = after;
	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, after);
	query_bind_number(&query, 3, (int64_t)range->limit + 1);
	enum err err =
		give_events(&query, room->id, range->limit, function, context, &last, &page->more);
	if (page->more)
		page->next = last;
	return err;
}

/* The newest messages below a number: where the page begins is found first, backwards, so that it
 * can be given forwards without being kept. */
static enum err
read_page(struct store *store, const struct room_row *room, const struct store_range *range,
          store_event_function function, void *context, struct store_page *page)
{
	int64_t before = range->before > 0 ? range->before : INT64_MAX;
	int64_t start = 0;
	bool is_row;
	bool is_beyond;

	struct query query = query_begin(store, STATEMENT_PAGE_START, "read_page");
	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, before);
	query_bind_number(&query, 3, range->limit);
	enum err err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row)
		start = query_number(&query, 0);
	query_end(&query);
	if (err != ERR_NONE)
		return err;
	page->more = is_row;

	query = query_begin(store, STATEMENT_PAGE, "read_page");
	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, start);
	query_bind_number(&query, 3, before);
	return give_events(&query, room->id, range->limit, function, context, &start, &is_beyond);
}

enum err
store_sqlite_read(struct store *store, const struct store_range *range,
                  store_event_function function, void *context, struct store_page *page)
{
	struct room_row room;
	int64_t change;
	bool is_there;

	*page = (struct store_page){ .is_reset = range->after > 0 };
	enum err err = store_begin_reading(store, "read", &is_there);
	if (err != ERR_NONE || !is_there)
		return err;
	err = store_read_epoch(store, &store->read_epoch, &change);
	page->epoch = store->read_epoch;
	if (err == ERR_NONE)
		err = store_find_room(store, range->room, &room);
	if (err == ERR_NONE) {
		page->next = room.last_seq;
		page->is_reset = false;
		err = range->after >= 0 ? read_after(store, &room, range, function, context, page)
		                        : read_page(store, &room, range, function, context, page);
	}
	return store_end_reading(store, err);
}

static enum err
get_event(struct store *store, int64_t room, int64_t seq, store_event_function function,
          void *context, bool *is_there)
{
	struct query query = query_begin(store, STATEMENT_EVENT, "get");
	int64_t last = 0;
	bool is_beyond;

	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, seq);
	enum err err = give_events(&query, room, 1, function, context, &last, &is_beyond);
	*is_there = err == ERR_NONE && last == seq;
	return err;
}

enum err
store_sqlite_get(struct store *store, const char *room, int64_t seq, store_event_function function,
                 void *context, bool *is_there)
{
	struct room_row row = { 0 };
	int64_t change;
	bool is_store_there;

	*is_there = false;
	enum err err = store_begin_reading(store, "get", &is_store_there);
	if (err != ERR_NONE || !is_store_there)
		return err;
	err = store_read_epoch(store, &store->read_epoch, &change);
	if (err == ERR_NONE)
		err = store_find_room(store, room, &row);
	if (err == ERR_NONE && row.id != 0)
		err = get_event(store, row.id, seq, function, context, is_there);
	return store_end_reading(store, err);
}

/* --- rooms --- */

/* The room that changed first behind *since, which is moved there; NULL if none did until then. */
static enum err
find_changed_room(struct store *store, int64_t *since, int64_t until, char **room)
{
	struct query query = query_begin(store, STATEMENT_ROOM_CHANGED_NEXT, "changed_rooms");
	bool is_row;

	*room = NULL;
	query_bind_number(&query, 1, *since);
	query_bind_number(&query, 2, until);
	enum err err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row) {
		*room = must_copy((const char *)sqlite3_column_text(query.statement, 0),
		                  (size_t)sqlite3_column_bytes(query.statement, 0));
		*since = query_number(&query, 1);
	}
	query_end(&query);
	return err;
}

/* One room at a time, each a read of its own, so that the function may read the store. A room that
 * changes again meanwhile moves behind `until`, to be named the next time. */
enum err
store_sqlite_changed_rooms(struct store *store, int64_t since,
                           void (*function)(void *context, const char *room), void *context,
                           int64_t *until)
{
	char *room = NULL;
	uint64_t epoch = 0;
	int64_t last = 0;
	bool is_there;

	enum err err = store_begin_reading(store, "changed_rooms", &is_there);
	if (err == ERR_NONE && is_there)
		err = store_end_reading(store, store_read_epoch(store, &epoch, &last));
	if (err != ERR_NONE)
		return err;
	bool is_exchanged =
		since >= 0 && epoch != 0 && store->named_epoch != 0 && epoch != store->named_epoch;
	if (epoch != 0)
		store->named_epoch = epoch;
	int64_t at = since < 0 || is_exchanged ? last : since;
	if (is_exchanged)
		function(context, NULL);
	/* A mark that this store never gave: everything is new. */
	if (at > last)
		at = 0;
	while (is_there && at < last) {
		err = store_begin_reading(store, "changed_rooms", &is_there);
		if (err == ERR_NONE && is_there)
			err = store_end_reading(store, find_changed_room(store, &at, last, &room));
		if (err != ERR_NONE || room == NULL)
			break;
		function(context, room);
		free(room);
		room = NULL;
	}
	free(room);
	*until = err == ERR_NONE ? last : at;
	return err;
}

enum err
store_sqlite_next_room(struct store *store, const char *room, char *next, size_t next_size)
{
	bool is_there;
	bool is_row;

	enum err err = store_begin_reading(store, "next_room", &is_there);
	if (err != ERR_NONE || !is_there) {
		next[0] = '\0';
		return err;
	}
	struct query query = query_begin(store, STATEMENT_ROOM_NEXT, "next_room");
	query_bind_text(&query, 1, room);
	err = query_next(&query, &is_row);
	/* `next` may be where `room` is: from here on that is not needed. */
	next[0] = '\0';
	bool is_long = false;
	if (err == ERR_NONE && is_row) {
		size_t size = (size_t)sqlite3_column_bytes(query.statement, 0);
		is_long = size >= next_size;
		if (!is_long)
			memcpy(next, sqlite3_column_text(query.statement, 0), size + 1);
	}
	query_end(&query);
	err = store_end_reading(store, err);
	return err == ERR_NONE && is_long ? ERR_TOO_LARGE : err;
}

/* --- keys --- */

enum err
store_sqlite_find_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                      bool *is_known, bool *is_same, struct store_key_result *result)
{
	char hashed[STORE_KEY_BYTES];
	bool is_there;

	store_hash_key(key, hashed);
	*is_known = false;
	*is_same = false;
	*result = (struct store_key_result){ 0 };
	enum err err = store_begin_reading(store, "find_key", &is_there);
	if (err != ERR_NONE || !is_there)
		return err;
	struct query query = query_begin(store, STATEMENT_KEY_FIND, "find_key");
	query_bind_text(&query, 1, room);
	query_bind_text(&query, 2, hashed);
	/* As earlier versions have stored it. */
	query_bind_text(&query, 3, key);
	err = query_next(&query, is_known);
	if (*is_known) {
		*is_same = (uint64_t)query_number(&query, 0) == body_hash;
		*result = (struct store_key_result){ query_number(&query, 1),
			                             query_number(&query, 2) };
	}
	query_end(&query);
	return store_end_reading(store, err);
}
