/*
 * Where in a JSON text the reader is, and what it has found wrong. For json_read.c, which reads
 * values, and json_string.c, which reads strings; nobody else includes it. A cursor belongs to one
 * thread at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_JSON_CURSOR_H
#define PLAINCHAT_TEXT_JSON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "text/json.h"

struct json_cursor {
	const char *text; /* any bytes; the caller's */
	size_t size;
	size_t at;             /* bytes that have been read */
	bool is_lenient;       /* as json_parse_lenient has it */
	enum json_fault fault; /* the last that was noted */
	size_t fault_offset;   /* of its byte, from 0 */
};

/* Notes the fault; false, so that a caller can return it. */
static inline bool
json_cursor_refuse_at(struct json_cursor *cursor, enum json_fault fault, size_t offset)
{
	cursor->fault = fault;
	cursor->fault_offset = offset;
	return false;
}

/* The same, at the next byte. */
static inline bool
json_cursor_refuse(struct json_cursor *cursor, enum json_fault fault)
{
	return json_cursor_refuse_at(cursor, fault, cursor->at);
}

/* The next byte, or -1 at the end. */
static inline int
json_cursor_peek(const struct json_cursor *cursor)
{
	return cursor->at < cursor->size ? (unsigned char)cursor->text[cursor->at] : -1;
}

/* Moves behind the byte if it is the next one. */
static inline bool
json_cursor_take(struct json_cursor *cursor, char byte)
{
	if (json_cursor_peek(cursor) != (unsigned char)byte)
		return false;
	cursor->at++;
	return true;
}

/* Reads the string (RFC 8259, section 7) whose opening quotation mark is the next byte, and appends
 * what it means to `decoded`, of which the cap must be 3 times the whole text. What a lenient
 * cursor makes of a broken one is told at json_parse_lenient. False: a fault was noted. */
bool MUST_CHECK
json_string_read(struct json_cursor *cursor, struct buf *decoded);

#endif
