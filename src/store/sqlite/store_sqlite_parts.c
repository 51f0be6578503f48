/*
 * Rows of the log, and of what belongs to a message that streams: who owns it, and its parts.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/buf.h"
#include "store/sqlite/store_sqlite.h"

enum err
store_add_event(struct store *store, int64_t room, const struct event *event, int64_t body)
{
	struct query query = query_begin(store, STATEMENT_EVENT_ADD, "add_event");

	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, event->seq);
	query_bind_number(&query, 3, event->kind);
	query_bind_number(&query, 4, event->time_ms);
	query_bind_number(&query, 5, event->ref);
	query_bind_number(&query, 6, event->role);
	query_bind_number(&query, 7, event->state);
	if (body != 0)
		query_bind_number(&query, 8, body);
	else
		query_bind_null(&query, 8);
	return query_run(&query);
}

/* --- messages that stream --- */

/* A statement about one message. */
static enum err
run_on(struct store *store, enum statement which, const char *operation, int64_t room, int64_t seq)
{
	struct query query = query_begin(store, which, operation);

	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, seq);
	return query_run(&query);
}

enum err
store_begin_streaming(struct store *store, int64_t room, int64_t seq)
{
	int64_t owner;

	enum err err = store_own(store, &owner);
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_MAKING_ADD, "begin_making");
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, seq);
	query_bind_number(&query, 3, owner);
	return query_run(&query);
}

enum err
store_end_streaming(struct store *store, int64_t room, int64_t seq)
{
	static const enum statement steps[] = { STATEMENT_PARTS_CLEAR, STATEMENT_PARTS_FREE,
		                                STATEMENT_PARTS_REMOVE, STATEMENT_MAKING_REMOVE };
	enum err err = ERR_NONE;

	store->has_no_free = false;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && err == ERR_NONE; i++)
		err = run_on(store, steps[i], "end_making", room, seq);
	return err;
}

enum err
store_read_parts(struct store *store, int64_t room, int64_t seq, struct buf *text,
                 struct buf *thought, int64_t *thought_ms)
{
	struct query query = query_begin(store, STATEMENT_PARTS, "read_parts");
	bool is_row;
	enum err err;

	*thought_ms = 0;
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, seq);
	while ((err = query_next(&query, &is_row)) == ERR_NONE && is_row) {
		struct body body;
		const void *bytes = sqlite3_column_blob(query.statement, 0);
		size_t size = (size_t)sqlite3_column_bytes(query.statement, 0);
		if (!body_decode(bytes, size, &body) ||
		    buf_append(text, body.text, body.text_size) != ERR_NONE ||
		    buf_append(thought, body.thought, body.thought_size) != ERR_NONE) {
			err = store_fail(store, "read_parts", SQLITE_CORRUPT);
			break;
		}
		if (body.thought_size > 0)
			*thought_ms = body.thought_ms;
	}
	query_end(&query);
	return err;
}
