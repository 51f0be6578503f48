/*
 * Bytes that grow up to a hard cap. Growth is by doubling, so appending costs constant time per
 * byte; the cap is checked before anything is allocated.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *buf, size_t cap)
{
	*buf = (struct buf){ .cap = cap };
}

void
buf_fini(struct buf *buf)
{
	free(buf->data);
	buf_init(buf, buf->cap);
}

enum err
buf_reserve(struct buf *buf, size_t size, char **room)
{
	if (size > buf->cap - buf->size)
		return ERR_TOO_LARGE;
	size_t needed = buf->size + size;
	if (buf->data == NULL || needed > buf->capacity) {
		size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
		while (capacity < needed)
			capacity *= 2;
		if (capacity > buf->cap)
			capacity = buf->cap;
		char *data = realloc(buf->data, capacity + 1);
		if (data == NULL)
			abort();
		buf->data = data;
		buf->capacity = capacity;
	}
	*room = buf->data + buf->size;
	return ERR_NONE;
}

enum err
buf_append(struct buf *buf, const void *data, size_t size)
{
	char *room;
	enum err err = buf_reserve(buf, size, &room);
	if (err != ERR_NONE)
		return err;
	if (size > 0)
		memcpy(room, data, size);
	room[size] = '\0';
	buf->size += size;
	return ERR_NONE;
}

enum err
buf_append_text(struct buf *buf, const char *text)
{
	return buf_append(buf, text, strlen(text));
}

enum err
buf_append_format(struct buf *buf, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0)
		abort();

	char *room;
	enum err err = buf_reserve(buf, (size_t)size, &room);
	if (err != ERR_NONE)
		return err;
	va_start(arguments, format);
	vsnprintf(room, (size_t)size + 1, format, arguments);
	va_end(arguments);
	buf->size += (size_t)size;
	return ERR_NONE;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->size == 0 ? "" : buf->data;
}

void *
must_allocate(size_t size)
{
	void *memory = calloc(1, size);
	if (memory == NULL)
		abort();
	return memory;
}

char *
must_copy(const char *data, size_t size)
{
	char *copy = must_allocate(size + 1);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *
must_copy_text(const char *text)
{
	return text == NULL ? NULL : must_copy(text, strlen(text));
}
