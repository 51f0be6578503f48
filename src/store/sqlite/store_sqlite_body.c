/*
 * The private part of a message (name, author, text) as bytes in a row of the table `bodies`.
 *
 * Why it has a table of its own: SQLite's secure_delete overwrites what is deleted, but when it
 * balances a tree it moves rows to other pages, and the copy that stays in the gap of a page is
 * live text then and nobody's later. Deleting by the book left text in the file in 1 of 200 cases
 * (doc/decisions/taking-back.md). So rows of `bodies` never move: they are only added at the end,
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
