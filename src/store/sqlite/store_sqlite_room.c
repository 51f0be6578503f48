/*
 * Rooms' rows. While a transaction appends to a room its row is kept in memory, and written once,
 * when another room's turn comes, something is read, or the transaction is committed: many messages
 * to one room are one update, which would cost more than all else that is stored with a message.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/sqlite/store_sqlite.h"

static bool
is_advanced(const struct store *store, const char *room)
{
	return store->advanced_room != NULL && strcmp(store->advanced_room, room) == 0;
}

/* What a room would be that is not there. Its numbers begin behind those of all that were removed:
 * it may have been one of them, and a cursor from then must not seem to be of now. */
static enum err
find_beginning(struct store *store, struct room_row *row)
{
	struct query query = query_begin(store, STATEMENT_REMOVED, "find_room");
	bool is_row;
	enum err err = query_next(&query, &is_row);
	int64_t seq = err == ERR_NONE && is_row ? query_number(&query, 0) : 0;

	*row = (struct room_row){ .first_seq = seq + 1, .last_seq = seq, .begun_at = seq };
	query_end(&query);
	return err;
}

enum err
store_find_room(struct store *store, const char *room, struct room_row *row)
{
	bool is_row;

	if (is_advanced(store, room)) {
		*row = store->advanced_row;
		return ERR_NONE;
	}
	struct query query = query_begin(store, STATEMENT_ROOM, "find_room");
	*row = (struct room_row){ .first_seq = 1 };
	query_bind_text(&query, 1, room);
	enum err err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row)
		*row = (struct room_row){ query_number(&query, 0), query_number(&query, 1),
			                  query_number(&query, 2), query_number(&query, 3),
			                  query_number(&query, 4) };
	query_end(&query);
	return err == ERR_NONE && !is_row ? find_beginning(store, row) : err;
}

static enum err
add_room(struct store *store, const char *room, struct room_row *row)
{
	struct query query = query_begin(store, STATEMENT_ROOM_ADD, "add_room");

	query_bind_text(&query, 1, room);
	query_bind_number(&query, 2, row->begun_at);
	enum err err = query_run(&query);
	row->id = sqlite3_last_insert_rowid(store->database);
	return err;
}

/* Makes the room the one that is advanced. */
static enum err
begin_advancing(struct store *store, const char *room)
{
	struct room_row *row = &store->advanced_row;

	enum err err = store_settle_room(store);
	if (err == ERR_NONE)
		err = store_find_room(store, room, row);
	if (err == ERR_NONE && row->id == 0)
		err = add_room(store, room, row);
	if (err == ERR_NONE)
		store->advanced_room = must_copy_text(room);
	return err;
}

enum err
store_advance_room(struct store *store, const char *room, int64_t messages, int64_t *id,
                   int64_t *seq)
{
	enum err err = is_advanced(store, room) ? ERR_NONE : begin_advancing(store, room);
	if (err != ERR_NONE)
		return err;
	store->advanced_row.last_seq++;
	store->advanced_row.message_count += messages;
	*id = store->advanced_row.id;
	*seq = store->advanced_row.last_seq;
	return ERR_NONE;
}

enum err
store_settle_room(struct store *store)
{
	if (store->advanced_room == NULL)
		return ERR_NONE;
	struct query query = query_begin(store, STATEMENT_ROOM_SETTLE, "settle_room");
	query_bind_number(&query, 1, store->advanced_row.id);
	query_bind_number(&query, 2, store->advanced_row.last_seq);
	query_bind_number(&query, 3, store->advanced_row.message_count);
	query_bind_number(&query, 4, store->last_change + 1);
	enum err err = query_run(&query);
	if (err == ERR_NONE) {
		store->last_change++;
		store_forget_room(store);
	}
	return err;
}

void
store_forget_room(struct store *store)
{
	free(store->advanced_room);
	store->advanced_room = NULL;
}
