/*
 * Writing: appending, deleting, keys. All of it inside a transaction of the caller's.
 *
 * SPDX-License-Identifier: MIT
 */
#include <sodium.h>
#include <string.h>

#include "store/sqlite/store_sqlite.h"

/* --- events --- */

enum err
store_sqlite_append_message(struct store *store, const char *room,
                            const struct store_message *message, int64_t *seq)
{
	const struct body content = {
		.name = message->name,
		.author = message->author,
		.text = message->text,
		.text_size = message->text_size,
	};
	struct event event = {
		.kind = EVENT_MESSAGE,
		.time_ms = message->time_ms,
		.ref = message->ref,
		.role = message->role,
		.state = message->state,
	};
	int64_t room_id;
	int64_t body;

	enum err err = store_check_writing(store, "append_message");
	if (err == ERR_NONE)
		err = store_advance_room(store, room, 1, &room_id, &event.seq);
	if (err == ERR_NONE)
		err = store_add_body(store, &content, &body);
	if (err == ERR_NONE)
		err = store_add_event(store, room_id, &event, body);
	if (err == ERR_NONE && message->state == STATE_STREAMING)
		err = store_begin_streaming(store, room_id, event.seq);
	*seq = err == ERR_NONE ? event.seq : 0;
	return err;
}

/* --- deleting --- */

/* What is to be deleted. */
struct deletion {
	int64_t seq;
	int64_t body;
	bool is_streaming;
};

/* Whether the author may take the message back. */
static enum err
judge_deletion(struct store *store, int64_t room, const char *author, struct deletion *deletion,
               enum store_outcome *outcome)
{
	struct query query = query_begin(store, STATEMENT_EVENT_FIND, "find_event");
	struct body content;
	bool is_row;

	*outcome = STORE_NOT_FOUND;
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, deletion->seq);
	enum err err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row && query_number(&query, 0) == EVENT_MESSAGE) {
		const void *bytes = sqlite3_column_blob(query.statement, 3);
		size_t size = (size_t)sqlite3_column_bytes(query.statement, 3);
		deletion->body = query_number(&query, 2);
		deletion->is_streaming = query_number(&query, 1) == STATE_STREAMING;
		if (query_number(&query, 1) == STATE_DELETED)
			*outcome = STORE_ALREADY_DELETED;
		else if (!body_decode(bytes, size, &content))
			err = store_fail(store, "find_event", SQLITE_CORRUPT);
		else if (author == NULL ||
		         (author[0] != '\0' && strcmp(author, content.author) == 0))
			*outcome = STORE_DELETED;
		else
			*outcome = STORE_NOT_THE_AUTHOR;
	}
	query_end(&query);
	return err;
}

static enum err
delete_text(struct store *store, const char *room, const struct deletion *deletion,
            struct event *event)
{
	int64_t room_id;

	enum err err = store_advance_room(store, room, 0, &room_id, &event->seq);
	if (err == ERR_NONE)
		err = store_free_body(store, deletion->body);
	if (err == ERR_NONE && deletion->is_streaming)
		err = store_end_streaming(store, room_id, deletion->seq);
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_EVENT_DELETE_TEXT, "take_back");
	query_bind_number(&query, 1, room_id);
	query_bind_number(&query, 2, deletion->seq);
	query_bind_number(&query, 3, STATE_DELETED);
	err = query_run(&query);
	if (err == ERR_NONE)
		err = store_add_event(store, room_id, event, 0);
	store->has_deleted = true;
	return err;
}

enum err
store_sqlite_delete_message(struct store *store, const char *room, int64_t seq, const char *author,
                            int64_t time_ms, enum store_outcome *outcome, int64_t *event_seq)
{
	struct event event = { .kind = EVENT_DELETE, .time_ms = time_ms, .ref = seq };
	struct deletion deletion = { .seq = seq };
	struct room_row row = { 0 };

	*outcome = STORE_NOT_FOUND;
	*event_seq = 0;
	enum err err = store_check_writing(store, "delete_message");
	if (err == ERR_NONE)
		err = store_find_room(store, room, &row);
	if (err != ERR_NONE || row.id == 0)
		return err;
	err = judge_deletion(store, row.id, author, &deletion, outcome);
	store->awaits_erasure |= *outcome == STORE_DELETED || *outcome == STORE_ALREADY_DELETED;
	if (err != ERR_NONE || *outcome != STORE_DELETED)
		return err;
	err = delete_text(store, room, &deletion, &event);
	*event_seq = err == ERR_NONE ? event.seq : 0;
	return err;
}

/* --- keys --- */

void
store_hash_key(const char *key, char hashed[STORE_KEY_BYTES])
{
	unsigned char hash[16];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)key, strlen(key), NULL, 0);
	hashed[0] = '\001';
	sodium_bin2hex(hashed + 1, STORE_KEY_BYTES - 1, hash, sizeof(hash));
}

enum err
store_sqlite_add_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                     const struct store_key_result *result, int64_t time_ms)
{
	struct room_row row = { 0 };
	char hashed[STORE_KEY_BYTES];

	store_hash_key(key, hashed);
	enum err err = store_check_writing(store, "add_key");
	if (err == ERR_NONE)
		err = store_find_room(store, room, &row);
	if (err == ERR_NONE && row.id == 0)
		err = store_fail_because(store, "add_key", "the room is not there");
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_KEY_ADD, "add_key");
	query_bind_number(&query, 1, row.id);
	query_bind_text(&query, 2, hashed);
	query_bind_number(&query, 3, (int64_t)body_hash);
	query_bind_number(&query, 4, result->seq);
	query_bind_number(&query, 5, result->reply_seq);
	query_bind_number(&query, 6, time_ms);
	return query_run(&query);
}
