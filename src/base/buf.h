/*
 * Bytes that grow up to a hard cap. Everything of a size that the outside decides is gathered in
 * one of these. A buf belongs to one thread at a time; there is no locking.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_BUF_H
#define PLAINCHAT_BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

struct buf {
	char *data;      /* `size` bytes and, where data is not NULL, a NUL behind them */
	size_t size;     /* bytes in use */
	size_t capacity; /* bytes allocated, less the one for the NUL */
	size_t cap;      /* bytes that it may ever hold */
};

/* Makes *buf empty; it will hold `cap` bytes at the most. Allocates nothing. */
void
buf_init(struct buf *buf, size_t cap);

/* Frees the bytes. *buf is empty afterwards, with the same cap, and may be used again. */
void
buf_fini(struct buf *buf);

/* Appends `size` bytes from `data`, which may be NULL if size is 0.
 * ERR_TOO_LARGE: the cap would be passed; nothing was appended. */
enum err MUST_CHECK
buf_append(struct buf *buf, const void *data, size_t size);

/* Appends the string without its NUL. Errors as buf_append. */
enum err MUST_CHECK
buf_append_text(struct buf *buf, const char *text);

/* Appends what printf would print. Errors as buf_append. */
enum err MUST_CHECK
buf_append_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for `size` bytes behind those in use, to be written by the caller, who then adds what
 * was written to buf->size. Errors as buf_append; *room is valid until the next call. */
enum err MUST_CHECK
buf_reserve(struct buf *buf, size_t size, char **room);

/* The bytes as a NUL-terminated string, "" where nothing was ever put in. The buf's; valid until it
 * is changed. */
const char *
buf_text(const struct buf *buf);

/* Allocates `size` zeroed bytes and ends the process if there are none: every size from outside
 * is bounded before it comes here, so this means a machine that cannot work. Freed by free(). */
void *
must_allocate(size_t size);

/* A copy of `size` bytes with a NUL behind, freed by free(). Ends the process as must_allocate. */
char *
must_copy(const char *data, size_t size);

/* The same of a text up to its NUL; NULL of NULL. */
char *
must_copy_text(const char *text);

#endif
