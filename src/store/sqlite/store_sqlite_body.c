/*
 * The private part of a message (name, author, text) as bytes in a row of the table `bodies`, and
 * those rows.
 *
 * Why it has a table of its own: SQLite's secure_delete overwrites what is deleted, but when it
 * balances a tree it moves rows to other pages, and the copy that stays in the gap of a page is
 * live text then and nobody's later. Deleting by the book left text in the file in 1 of 200 cases
 * (doc/decisions/deleting.md). So rows of `bodies` never move: they are only added at the end,
 * in order of their rowid, which splits no page; they are overwritten in their place by as many
 * zeros; they are never removed but used again. For that, sizes are rounded up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/sqlite/store_sqlite.h"

/* Sizes of name, author and text, four bytes each, the lowest first; then each with a NUL. */
#define HEAD_SIZE 12

/* What may follow where there is something to be said there, and else are zeros, or nothing: the
 * cause, a byte; the thought's milliseconds, offset and size, as above; the thought with a NUL. */
#define TAIL_SIZE 13

#define STEP_MIN 32

/* The least size in which `size` bytes are kept. */
static size_t
body_room(size_t size)
{
	/* Steps of an eighth at the most: so much is wasted, and so many sizes there are. */
	size_t step = STEP_MIN;

	while (step * 16 <= size)
		step *= 2;
	return (size + step - 1) / step * step;
}

static void
put_size(char *bytes, size_t size)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (char)(size >> (8 * i) & 0xff);
}

static size_t
get_size(const char *bytes)
{
	size_t size = 0;

	for (unsigned i = 0; i < 4; i++)
		size |= (size_t)(unsigned char)bytes[i] << (8 * i);
	return size;
}

static bool
has_tail(const struct body *body)
{
	return body->cause != CAUSE_NONE || body->thought_size > 0;
}

static void
put_tail(char *at, const struct body *body)
{
	at[0] = (char)body->cause;
	put_size(at + 1, (size_t)body->thought_ms);
	put_size(at + 5, (size_t)body->thought_offset);
	put_size(at + 9, body->thought_size);
	if (body->thought_size > 0)
		memcpy(at + TAIL_SIZE, body->thought, body->thought_size);
}

static bool
get_tail(const char *at, size_t left, struct body *body)
{
	body->cause = CAUSE_NONE;
	body->thought = "";
	body->thought_size = 0;
	body->thought_ms = body->thought_offset = 0;
	if (left < TAIL_SIZE + 1)
		return true;
	if ((unsigned char)at[0] > CAUSE_TOO_LONG)
		return false;
	body->cause = (enum event_cause)(unsigned char)at[0];
	body->thought_ms = (int64_t)get_size(at + 1);
	body->thought_offset = (int64_t)get_size(at + 5);
	body->thought_size = get_size(at + 9);
	body->thought = at + TAIL_SIZE;
	return body->thought_size <= left - TAIL_SIZE - 1 &&
	       body->thought[body->thought_size] == '\0';
}

char *
body_encode(const struct body *body, size_t *size)
{
	size_t name_size = strlen(body->name);
	size_t author_size = strlen(body->author);
	size_t used = HEAD_SIZE + name_size + 1 + author_size + 1 + body->text_size + 1;

	if (has_tail(body))
		used += TAIL_SIZE + body->thought_size + 1;

	*size = body_room(used);
	char *bytes = must_allocate(*size);
	put_size(bytes, name_size);
	put_size(bytes + 4, author_size);
	put_size(bytes + 8, body->text_size);
	char *at = bytes + HEAD_SIZE;
	memcpy(at, body->name, name_size);
	at += name_size + 1;
	memcpy(at, body->author, author_size);
	at += author_size + 1;
	if (body->text_size > 0)
		memcpy(at, body->text, body->text_size);
	if (has_tail(body))
		put_tail(at + body->text_size + 1, body);
	return bytes;
}

bool
body_decode(const void *bytes, size_t size, struct body *body)
{
	if (bytes == NULL || size < HEAD_SIZE + 3)
		return false;
	size_t left = size - HEAD_SIZE - 3;
	size_t name_size = get_size(bytes);
	size_t author_size = get_size((const char *)bytes + 4);
	body->text_size = get_size((const char *)bytes + 8);
	if (name_size > left || author_size > left - name_size ||
	    body->text_size > left - name_size - author_size)
		return false;
	body->name = (const char *)bytes + HEAD_SIZE;
	body->author = body->name + name_size + 1;
	body->text = body->author + author_size + 1;
	return body->name[name_size] == '\0' && body->author[author_size] == '\0' &&
	       body->text[body->text_size] == '\0' &&
	       get_tail(body->text + body->text_size + 1,
	                left - name_size - author_size - body->text_size, body);
}

/* --- rows --- */

/* Most stores have none, so that one look is enough for all messages of a transaction. */
static enum err
find_any_free(struct store *store, bool *is_any)
{
	bool is_row;

	*is_any = false;
	if (store->has_no_free)
		return ERR_NONE;
	struct query query = query_begin(store, STATEMENT_FREE_ANY, "find_free_body");
	enum err err = query_next(&query, &is_row);
	*is_any = err == ERR_NONE && is_row && query_number(&query, 0) > 0;
	store->has_no_free = err == ERR_NONE && !*is_any;
	query_end(&query);
	return err;
}

/* One that was freed and has the size, or some more. *body is 0 if there is none. */
static enum err
take_free_body(struct store *store, size_t size, int64_t *body, size_t *body_size)
{
	bool is_row;
	bool is_any;

	*body = 0;
	enum err err = find_any_free(store, &is_any);
	if (err != ERR_NONE || !is_any)
		return err;
	struct query query = query_begin(store, STATEMENT_FREE_FIND, "find_free_body");
	query_bind_number(&query, 1, (int64_t)size);
	query_bind_number(&query, 2, (int64_t)(size + size / 4));
	err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row) {
		*body_size = (size_t)query_number(&query, 0);
		*body = query_number(&query, 1);
	}
	query_end(&query);
	if (err != ERR_NONE || *body == 0)
		return err;
	query = query_begin(store, STATEMENT_FREE_REMOVE, "take_free_body");
	query_bind_number(&query, 1, (int64_t)*body_size);
	query_bind_number(&query, 2, *body);
	return query_run(&query);
}

/* Exactly as many bytes as are there: so the row stays where it is. */
static enum err
write_over_body(struct store *store, int64_t body, size_t body_size, const char *bytes, size_t size)
{
	char *all = must_allocate(body_size);
	struct query query = query_begin(store, STATEMENT_BODY_WRITE, "write_body");

	memcpy(all, bytes, size);
	query_bind_number(&query, 1, body);
	query_bind_bytes(&query, 2, all, body_size);
	enum err err = query_run(&query);
	free(all);
	return err;
}

enum err
store_add_body(struct store *store, const struct body *content, int64_t *body)
{
	size_t size;
	size_t body_size = 0;
	char *bytes = body_encode(content, &size);

	store->has_added = true;
	enum err err = take_free_body(store, size, body, &body_size);
	if (err == ERR_NONE && *body != 0) {
		err = write_over_body(store, *body, body_size, bytes, size);
	} else if (err == ERR_NONE) {
		struct query query = query_begin(store, STATEMENT_BODY_ADD, "add_body");
		query_bind_bytes(&query, 1, bytes, size);
		err = query_run(&query);
		*body = sqlite3_last_insert_rowid(store->database);
	}
	free(bytes);
	return err;
}

enum err
store_free_body(struct store *store, int64_t body)
{
	struct query query = query_begin(store, STATEMENT_BODY_CLEAR, "clear_body");

	query_bind_number(&query, 1, body);
	enum err err = query_run(&query);
	if (err != ERR_NONE)
		return err;
	store->has_no_free = false;
	query = query_begin(store, STATEMENT_FREE_ADD, "free_body");
	query_bind_number(&query, 1, body);
	return query_run(&query);
}
