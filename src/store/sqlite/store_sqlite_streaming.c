/*
 * Messages that stream: their parts are events of their own, whose text is gathered when the
 * message is read. At the end the whole text goes into the message's row and the parts go.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/bounds.h"
#include "store/sqlite/store_sqlite.h"

struct streaming {
	int64_t room; /* 0: the message is not streaming */
	int64_t body;
	char *name;
	char *author;
};

static void
streaming_fini(struct streaming *streaming)
{
	free(streaming->name);
	free(streaming->author);
}

/* The message, if it streams; streaming_fini in any case. */
static enum err
find_streaming(struct store *store, const char *room, int64_t seq, struct streaming *streaming)
{
	struct room_row row;
	bool is_row;

	*streaming = (struct streaming){ .room = 0 };
	enum err err = store_find_room(store, room, &row);
	if (err != ERR_NONE || row.id == 0)
		return err;
	struct query query = query_begin(store, STATEMENT_EVENT_FIND, "find_streaming");
	query_bind_number(&query, 1, row.id);
	query_bind_number(&query, 2, seq);
	err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row && query_number(&query, 0) == EVENT_MESSAGE &&
	    query_number(&query, 1) == STATE_STREAMING) {
		struct body body;
		const void *bytes = sqlite3_column_blob(query.statement, 3);
		streaming->room = row.id;
		streaming->body = query_number(&query, 2);
		if (!body_decode(bytes, (size_t)sqlite3_column_bytes(query.statement, 3), &body)) {
			err = store_fail(store, "find_streaming", SQLITE_CORRUPT);
		} else {
			streaming->name = must_copy_text(body.name);
			streaming->author = must_copy_text(body.author);
		}
	}
	query_end(&query);
	return err;
}

/* *seq is the number of the part, if it is the message's last one, else 0: the maker appends one
 * after the other. */
static enum err
find_part(struct store *store, int64_t room, const struct store_part *part, int64_t *seq)
{
	struct query query = query_begin(store, STATEMENT_PART_LAST, "append_part");
	bool is_row;
	struct body body;

	*seq = 0;
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, part->ref);
	enum err err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row) {
		const void *bytes = sqlite3_column_blob(query.statement, 2);
		if (!body_decode(bytes, (size_t)sqlite3_column_bytes(query.statement, 2), &body))
			err = store_fail(store, "append_part", SQLITE_CORRUPT);
		else if (query_number(&query, 1) == part->offset &&
		         body.text_size == part->text_size &&
		         body.thought_offset == part->thought_offset &&
		         body.thought_size == part->thought_size)
			*seq = query_number(&query, 0);
	}
	query_end(&query);
	return err;
}

enum err
store_sqlite_append_part(struct store *store, const char *room, const struct store_part *part,
                         int64_t *seq)
{
	const struct body content = {
		.name = "",
		.author = "",
		.text = part->text,
		.text_size = part->text_size,
		.thought = part->thought,
		.thought_size = part->thought_size,
		.thought_offset = part->thought_offset,
		.thought_ms = part->thought_ms,
	};
	struct streaming streaming = { 0 };
	int64_t body = 0;
	int64_t number = 0;

	*seq = 0;
	enum err err = store_check_writing(store, "append_part");
	if (err == ERR_NONE)
		err = find_streaming(store, room, part->ref, &streaming);
	bool is_made = streaming.room != 0;
	streaming_fini(&streaming);
	if (err == ERR_NONE && is_made && part->may_be_there)
		err = find_part(store, streaming.room, part, seq);
	if (err != ERR_NONE || !is_made || *seq != 0)
		return err;
	err = store_add_body(store, &content, &body);
	if (err == ERR_NONE)
		err = store_advance_room(store, room, 0, &streaming.room, &number);
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_PART_ADD, "append_part");
	query_bind_number(&query, 1, streaming.room);
	query_bind_number(&query, 2, number);
	query_bind_number(&query, 3, part->time_ms);
	query_bind_number(&query, 4, part->ref);
	query_bind_number(&query, 5, part->offset);
	query_bind_number(&query, 6, body);
	err = query_run(&query);
	*seq = err == ERR_NONE ? number : 0;
	return err;
}

/* Puts the text into the message's row, whose body becomes another one. */
static enum err
replace_body(struct store *store, const struct streaming *streaming, int64_t seq,
             enum message_state state, const struct body *content)
{
	int64_t body = 0;

	enum err err = store_add_body(store, content, &body);
	if (err == ERR_NONE)
		err = store_free_body(store, streaming->body);
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_FINISH, "finish_message");
	query_bind_number(&query, 1, streaming->room);
	query_bind_number(&query, 2, seq);
	query_bind_number(&query, 3, state);
	query_bind_number(&query, 4, body);
	return query_run(&query);
}

static enum err
finish(struct store *store, const char *room, const struct store_ending *ending,
       struct streaming *streaming, int64_t *seq)
{
	struct event done = {
		.kind = EVENT_DONE,
		.time_ms = ending->time_ms,
		.ref = ending->ref,
		.state = ending->state,
	};
	struct body content = {
		.name = streaming->name,
		.author = streaming->author,
		.cause = ending->cause,
		.text = ending->text,
		.text_size = ending->text_size,
		.thought = ending->thought,
		.thought_size = ending->thought_size,
		.thought_ms = ending->thought_ms,
	};
	struct buf said;
	struct buf thought;
	enum err err = ERR_NONE;

	buf_init(&said, BOUND_REPLY_BYTES_MAX);
	buf_init(&thought, BOUND_THOUGHT_BYTES);
	if (content.text == NULL) {
		err = store_read_parts(store, streaming->room, ending->ref, &said, &thought,
		                       &content.thought_ms);
		content.text = buf_text(&said);
		content.text_size = said.size;
		content.thought = buf_text(&thought);
		content.thought_size = thought.size;
	}
	if (err == ERR_NONE)
		err = replace_body(store, streaming, ending->ref, ending->state, &content);
	buf_fini(&said);
	buf_fini(&thought);
	if (err == ERR_NONE)
		err = store_end_streaming(store, streaming->room, ending->ref);
	if (err == ERR_NONE)
		err = store_advance_room(store, room, 0, &streaming->room, &done.seq);
	if (err == ERR_NONE)
		err = store_add_event(store, streaming->room, &done, 0);
	*seq = err == ERR_NONE ? done.seq : 0;
	return err;
}

enum err
store_sqlite_finish_message(struct store *store, const char *room,
                            const struct store_ending *ending, int64_t *seq)
{
	struct streaming streaming = { 0 };

	*seq = 0;
	enum err err = store_check_writing(store, "finish_message");
	if (err == ERR_NONE)
		err = find_streaming(store, room, ending->ref, &streaming);
	if (err == ERR_NONE && streaming.room != 0)
		err = finish(store, room, ending, &streaming, seq);
	streaming_fini(&streaming);
	return err;
}

/* --- who makes it --- */

/* *owner is 0 where the message does not stream. */
static enum err
find_owner(struct store *store, int64_t room, int64_t seq, int64_t *owner)
{
	struct query query = query_begin(store, STATEMENT_MAKING_OWNER, "renew_lease");
	bool is_row;

	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, seq);
	enum err err = query_next(&query, &is_row);
	*owner = err == ERR_NONE && is_row ? query_number(&query, 0) : 0;
	query_end(&query);
	return err;
}

/* Makes the message ours; *owner is who it is of, and stays so where that one is still there. */
static enum err
take_over(struct store *store, int64_t room, int64_t seq, int64_t *owner)
{
	bool is_owned;

	enum err err = store_is_owned(store, *owner, &is_owned);
	if (err != ERR_NONE || is_owned)
		return err;
	err = store_own(store, owner);
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_MAKING_TAKE, "renew_lease");
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, seq);
	query_bind_number(&query, 3, *owner);
	return query_run(&query);
}

/* The lock on the owner's number is all that there is to a lease, and needs no renewal. */
enum err
store_sqlite_renew_lease(struct store *store, const char *room, int64_t seq, bool *is_held)
{
	struct room_row row = { 0 };
	int64_t owner = 0;

	*is_held = false;
	enum err err = store_check_writing(store, "renew_lease");
	if (err == ERR_NONE)
		err = store_find_room(store, room, &row);
	if (err == ERR_NONE && row.id != 0)
		err = find_owner(store, row.id, seq, &owner);
	if (err == ERR_NONE && owner != 0 && owner != store->owner)
		err = take_over(store, row.id, seq, &owner);
	*is_held = err == ERR_NONE && owner != 0 && owner == store->owner;
	return err;
}

/* --- all of them --- */

/* The making behind *room and *seq, which are moved there; *name is NULL at the end, else to be
 * freed. */
static enum err
find_next_streaming(struct store *store, int64_t *room, int64_t *seq, int64_t *owner, char **name)
{
	struct query query = query_begin(store, STATEMENT_MAKING_NEXT, "fail_abandoned");
	bool is_row;

	*name = NULL;
	query_bind_number(&query, 1, *room);
	query_bind_number(&query, 2, *seq);
	enum err err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row) {
		*room = query_number(&query, 0);
		*seq = query_number(&query, 1);
		*owner = query_number(&query, 2);
		*name = must_copy((const char *)sqlite3_column_text(query.statement, 3),
		                  (size_t)sqlite3_column_bytes(query.statement, 3));
	}
	query_end(&query);
	return err;
}

enum err
store_sqlite_fail_abandoned(struct store *store, int64_t time_ms, unsigned *count)
{
	struct store_ending ending = { .state = STATE_FAILED, .time_ms = time_ms };
	int64_t room = 0;
	int64_t owner;
	int64_t event_seq;
	char *name = NULL;

	*count = 0;
	enum err err = store_check_writing(store, "fail_abandoned");
	while (err == ERR_NONE) {
		bool is_owned = true;
		err = find_next_streaming(store, &room, &ending.ref, &owner, &name);
		if (err != ERR_NONE || name == NULL)
			break;
		err = store_is_owned(store, owner, &is_owned);
		if (err == ERR_NONE && !is_owned)
			err = store_sqlite_finish_message(store, name, &ending, &event_seq);
		*count += is_owned;
		free(name);
		name = NULL;
	}
	free(name);
	return err;
}

static enum err
count_streaming_rows(struct store *store, unsigned *count, unsigned *abandoned)
{
	struct query query = query_begin(store, STATEMENT_MAKINGS, "count_streaming");
	bool is_row;
	enum err err;

	while ((err = query_next(&query, &is_row)) == ERR_NONE && is_row) {
		bool is_owned = true;
		err = store_is_owned(store, query_number(&query, 0), &is_owned);
		if (err != ERR_NONE)
			break;
		++*count;
		*abandoned += !is_owned;
	}
	query_end(&query);
	return err;
}

enum err
store_sqlite_count_streaming(struct store *store, unsigned *count, unsigned *abandoned)
{
	bool is_there;

	*count = 0;
	*abandoned = 0;
	enum err err = store_begin_reading(store, "count_streaming", &is_there);
	if (err != ERR_NONE || !is_there)
		return err;
	return store_end_reading(store, count_streaming_rows(store, count, abandoned));
}

enum err
store_sqlite_next_reply(struct store *store, const char *room, int64_t ref, int64_t after,
                        int64_t *reply)
{
	struct room_row row;
	bool is_there;
	bool is_row;

	*reply = 0;
	enum err err = store_begin_reading(store, "next_reply", &is_there);
	if (err != ERR_NONE || !is_there)
		return err;
	err = store_find_room(store, room, &row);
	if (err == ERR_NONE && row.id != 0) {
		struct query query = query_begin(store, STATEMENT_REPLY_NEXT, "next_reply");
		query_bind_number(&query, 1, row.id);
		query_bind_number(&query, 2, ref);
		query_bind_number(&query, 3, after);
		err = query_next(&query, &is_row);
		if (err == ERR_NONE && is_row)
			*reply = query_number(&query, 0);
		query_end(&query);
	}
	return store_end_reading(store, err);
}
