/*
 * Retention: the oldest events of a room go, one after the other from the log's beginning, a
 * limited number per transaction.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "store/sqlite/store_sqlite.h"

struct oldest {
	bool is_there;
	int64_t seq;
	int64_t kind;
	int64_t time_ms;
	int64_t body; /* 0: none */
	bool is_streaming;
};

static enum err
find_oldest(struct store *store, int64_t room, struct oldest *oldest)
{
	struct query query = query_begin(store, STATEMENT_EVENT_OLDEST, "find_oldest");

	query_bind_number(&query, 1, room);
	enum err err = query_next(&query, &oldest->is_there);
	if (err == ERR_NONE && oldest->is_there) {
		oldest->seq = query_number(&query, 0);
		oldest->kind = query_number(&query, 1);
		oldest->time_ms = query_number(&query, 2);
		oldest->body = query_number(&query, 3);
		oldest->is_streaming = query_number(&query, 4) == STATE_STREAMING;
	}
	query_end(&query);
	return err;
}

static enum err
remove_event(struct store *store, int64_t room, const struct oldest *event)
{
	enum err err = event->body == 0 ? ERR_NONE : store_free_body(store, event->body);
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_EVENT_REMOVE, "remove_event");
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, event->seq);
	return query_run(&query);
}

static enum err
trim_room(struct store *store, const struct room_row *room, int64_t first_seq, int64_t messages)
{
	struct query query = query_begin(store, STATEMENT_ROOM_TRIM, "trim_room");

	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, first_seq);
	query_bind_number(&query, 3, messages);
	return query_run(&query);
}

static enum err
trim_keys(struct store *store, const struct room_row *room, int64_t oldest_key_ms, unsigned step,
          unsigned *removed)
{
	struct query query = query_begin(store, STATEMENT_KEYS_TRIM, "trim_keys");

	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, oldest_key_ms);
	query_bind_number(&query, 3, step);
	enum err err = query_run(&query);
	if (err == ERR_NONE)
		*removed = (unsigned)sqlite3_changes(store->database);
	return err;
}

enum err
store_sqlite_trim(struct store *store, const char *room, int64_t messages_max, int64_t oldest_ms,
                  int64_t oldest_key_ms, unsigned step, struct store_trimmed *trimmed)
{
	struct room_row row;
	struct oldest oldest = { 0 };
	int64_t messages = 0;

	*trimmed = (struct store_trimmed){ 0 };
	if (!store->is_writing)
		return store_fail_because(store, "trim", "no transaction");
	enum err err = store_settle_room(store);
	if (err == ERR_NONE)
		err = store_find_room(store, room, &row);
	if (err != ERR_NONE || row.id == 0)
		return err;
	int64_t first_seq = row.first_seq;
	while (err == ERR_NONE && trimmed->events < step) {
		err = find_oldest(store, row.id, &oldest);
		bool is_many = messages_max > 0 && row.message_count - messages > messages_max;
		bool is_old = oldest_ms > 0 && oldest.time_ms < oldest_ms;
		/* A message in the making is not old yet: it is trimmed when it is finished. */
		if (err != ERR_NONE || !oldest.is_there || oldest.is_streaming ||
		    (!is_many && !is_old))
			break;
		err = remove_event(store, row.id, &oldest);
		messages += oldest.kind == EVENT_MESSAGE;
		first_seq = oldest.seq + 1;
		trimmed->events++;
	}
	if (err == ERR_NONE && trimmed->events > 0)
		err = trim_room(store, &row, first_seq, messages);
	if (err == ERR_NONE && oldest_key_ms > 0)
		err = trim_keys(store, &row, oldest_key_ms, step, &trimmed->keys);
	return err;
}
