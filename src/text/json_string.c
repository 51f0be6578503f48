/*
 * Strings of JSON texts: escapes and UTF-8; see json_cursor.h. json-c 0.16 is not asked: it takes
 * U+xD800 to U+xDFFF of planes 1 to 16 for surrogates where they come as escapes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "text/json_cursor.h"
#include "text/utf8.h"

#define REPLACEMENT 0xfffd

static void
append(struct buf *decoded, const char *bytes, size_t size)
{
	/* At the worst, a NUL becomes U+FFFD, each byte becomes three. */
	if (buf_append(decoded, bytes, size) != ERR_NONE)
		abort();
}

/* Surrogates too, in the same way (WTF-8). */
static void
append_code_point(struct buf *decoded, unsigned code_point)
{
	char bytes[4];
	size_t size = 0;

	if (code_point < 0x80) {
		bytes[size++] = (char)code_point;
	} else if (code_point < 0x800) {
		bytes[size++] = (char)(0xc0 | code_point >> 6);
	} else if (code_point < 0x10000) {
		bytes[size++] = (char)(0xe0 | code_point >> 12);
		bytes[size++] = (char)(0x80 | (code_point >> 6 & 0x3f));
	} else {
		bytes[size++] = (char)(0xf0 | code_point >> 18);
		bytes[size++] = (char)(0x80 | (code_point >> 12 & 0x3f));
		bytes[size++] = (char)(0x80 | (code_point >> 6 & 0x3f));
	}
	if (code_point >= 0x80)
		bytes[size++] = (char)(0x80 | (code_point & 0x3f));
	append(decoded, bytes, size);
}

static int
hex_value(int byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* Behind "\u": four digits. */
static bool
read_hex4(struct json_cursor *cursor, unsigned *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(json_cursor_peek(cursor));
		if (digit < 0)
			return json_cursor_refuse(cursor, JSON_SYNTAX);
		*value = *value * 16 + (unsigned)digit;
		cursor->at++;
	}
	return true;
}

static bool
is_high(unsigned code_point)
{
	return code_point >= 0xd800 && code_point <= 0xdbff;
}

static bool
is_low(unsigned code_point)
{
	return code_point >= 0xdc00 && code_point <= 0xdfff;
}

/* Behind the first half: the second one, if it is there. */
static bool
read_low(struct json_cursor *cursor, unsigned *low)
{
	return json_cursor_take(cursor, '\\') && json_cursor_take(cursor, 'u') &&
	       read_hex4(cursor, low) && is_low(*low);
}

/* Behind "\u": four digits, and the second half where they are a surrogate. */
static bool
read_unicode_escape(struct json_cursor *cursor, struct buf *decoded)
{
	size_t start = cursor->at - 2;
	unsigned code_point;

	if (!read_hex4(cursor, &code_point))
		return false;
	size_t behind = cursor->at;
	if (code_point == 0) {
		if (!cursor->is_lenient)
			return json_cursor_refuse_at(cursor, JSON_NUL, start);
		code_point = REPLACEMENT;
	} else if (is_high(code_point) || is_low(code_point)) {
		unsigned low;
		if (is_high(code_point) && read_low(cursor, &low)) {
			code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
		} else if (cursor->is_lenient) {
			cursor->fault = JSON_FINE;
			cursor->at = behind;
		} else {
			/* What stands in place of the second half has a fault of its own first. */
			return cursor->fault == JSON_FINE &&
			       json_cursor_refuse_at(cursor, JSON_SURROGATE, start);
		}
	}
	append_code_point(decoded, code_point);
	return true;
}

/* At a backslash. */
static bool
read_escape(struct json_cursor *cursor, struct buf *decoded)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	size_t start = cursor->at++;
	int byte = json_cursor_peek(cursor);
	const char *name = byte <= 0 ? NULL : strchr(names, byte);

	if (name != NULL) {
		cursor->at++;
		append(decoded, &values[name - names], 1);
		return true;
	}
	if (json_cursor_take(cursor, 'u') && read_unicode_escape(cursor, decoded))
		return true;
	if (!cursor->is_lenient)
		return cursor->fault == JSON_FINE ? json_cursor_refuse(cursor, JSON_SYNTAX) : false;
	/* Whoever wrote it has meant the backslash. */
	cursor->fault = JSON_FINE;
	cursor->at = start + 1;
	append(decoded, "\\", 1);
	return true;
}

/* How many characters of ASCII come that stand for themselves. */
static size_t
plain_size(const char *bytes, size_t size)
{
	size_t plain = 0;

	while (plain < size && bytes[plain] >= ' ' && bytes[plain] <= '~' && bytes[plain] != '"' &&
	       bytes[plain] != '\\')
		plain++;
	return plain;
}

/* At a byte that is neither quotation mark nor backslash. */
static bool
read_raw(struct json_cursor *cursor, struct buf *decoded)
{
	const char *bytes = cursor->text + cursor->at;
	size_t size = plain_size(bytes, cursor->size - cursor->at);

	if (size == 0)
		size = utf8_sequence_size(bytes, cursor->size - cursor->at);
	if (!cursor->is_lenient && (unsigned char)*bytes < 0x20)
		return json_cursor_refuse(cursor, JSON_CONTROL);
	if (!cursor->is_lenient && size == 0)
		return json_cursor_refuse(cursor, JSON_UTF8);
	if (size == 0)
		size = 1;
	if (*bytes == '\0')
		append_code_point(decoded, REPLACEMENT);
	else
		append(decoded, bytes, size);
	cursor->at += size;
	return true;
}

bool
json_string_read(struct json_cursor *cursor, struct buf *decoded)
{
	cursor->at++;
	for (;;) {
		int byte = json_cursor_peek(cursor);
		if (byte < 0)
			return json_cursor_refuse(cursor, JSON_SYNTAX);
		if (byte == '"') {
			cursor->at++;
			return true;
		}
		if (!(byte == '\\' ? read_escape(cursor, decoded) : read_raw(cursor, decoded)))
			return false;
	}
}
