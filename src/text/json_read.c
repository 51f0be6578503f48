/*
 * From a JSON text to json-c's values: a recursive descent over RFC 8259, section by section, since
 * json-c's own reader, asked to be strict, takes overlong UTF-8, two members of one name and more,
 * and changes characters.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "text/json.h"
#include "text/json_cursor.h"
#include "text/utf8.h"
#include "text/utf8_repair.h"

struct reader {
	struct json_cursor cursor;
	unsigned depth;
	unsigned depth_max;
	struct buf decoded; /* the string that is read, behind the names of all open members */
};

static bool
read_value(struct reader *reader, struct json_object **value);

static struct json_object *
must_have(struct json_object *value)
{
	if (value == NULL)
		abort();
	return value;
}

static void
skip_white_space(struct json_cursor *cursor)
{
	int byte;

	while ((byte = json_cursor_peek(cursor)) == ' ' || byte == '\t' || byte == '\n' ||
	       byte == '\r')
		cursor->at++;
}

static bool
take_literal(struct json_cursor *cursor, const char *literal)
{
	size_t length = strlen(literal);

	if (cursor->size - cursor->at < length ||
	    memcmp(cursor->text + cursor->at, literal, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/* What Python writes where there is no number to be written. */
static bool
take_infinity(struct json_cursor *cursor)
{
	return cursor->is_lenient &&
	       (take_literal(cursor, "NaN") || take_literal(cursor, "Infinity"));
}

/* What a value is that is no string, number, array or object. */
static bool
read_literal(struct json_cursor *cursor, struct json_object **value)
{
	int byte = json_cursor_peek(cursor);

	if (take_literal(cursor, "null"))
		return true;
	if (take_literal(cursor, "true") || take_literal(cursor, "false")) {
		*value = must_have(json_object_new_boolean(byte == 't'));
		return true;
	}
	if (take_infinity(cursor))
		return true;
	if (byte >= 0x80 &&
	    utf8_sequence_size(cursor->text + cursor->at, cursor->size - cursor->at) == 0)
		return json_cursor_refuse(cursor, JSON_UTF8);
	return json_cursor_refuse(cursor, JSON_SYNTAX);
}

/* --- numbers --- */

static size_t
skip_digits(struct json_cursor *cursor)
{
	size_t start = cursor->at;

	while (json_cursor_peek(cursor) >= '0' && json_cursor_peek(cursor) <= '9')
		cursor->at++;
	return cursor->at - start;
}

/* NULL where the number is out of range. */
static struct json_object *
make_number(const char *text, size_t size, bool is_integer)
{
	struct json_object *number = NULL;
	/* strtod would read on behind the number: there may be no NUL after it. */
	char *digits = must_copy(text, size);

	errno = 0;
	if (is_integer) {
		long long integer = strtoll(digits, NULL, 10);
		if (errno != ERANGE)
			number = must_have(json_object_new_int64(integer));
	} else {
		double fraction = strtod(digits, NULL);
		if (isfinite(fraction))
			number = must_have(json_object_new_double_s(fraction, digits));
	}
	free(digits);
	return number;
}

/* RFC 8259, section 6. */
static bool
read_number(struct json_cursor *cursor, struct json_object **value)
{
	size_t start = cursor->at;
	bool is_integer = true;

	(void)json_cursor_take(cursor, '-');
	if (take_infinity(cursor))
		return true;
	if (!json_cursor_take(cursor, '0') && skip_digits(cursor) == 0)
		return json_cursor_refuse(cursor, JSON_SYNTAX);
	if (json_cursor_take(cursor, '.')) {
		is_integer = false;
		if (skip_digits(cursor) == 0)
			return json_cursor_refuse(cursor, JSON_SYNTAX);
	}
	if (json_cursor_take(cursor, 'e') || json_cursor_take(cursor, 'E')) {
		is_integer = false;
		if (!json_cursor_take(cursor, '+'))
			(void)json_cursor_take(cursor, '-');
		if (skip_digits(cursor) == 0)
			return json_cursor_refuse(cursor, JSON_SYNTAX);
	}
	*value = make_number(cursor->text + start, cursor->at - start, is_integer);
	if (*value == NULL && !cursor->is_lenient)
		return json_cursor_refuse_at(cursor, JSON_NUMBER_RANGE, start);
	return true;
}

/* --- strings --- */

static bool
read_string(struct reader *reader, struct json_object **value)
{
	size_t start = reader->decoded.size;

	if (!json_string_read(&reader->cursor, &reader->decoded))
		return false;
	*value = must_have(json_object_new_string_len(buf_text(&reader->decoded) + start,
	                                              (int)(reader->decoded.size - start)));
	reader->decoded.size = start;
	return true;
}

/* Makes what was decoded from `start` on UTF-8. */
static void
repair_name(struct buf *decoded, size_t start)
{
	struct utf8_repair repair = { .joins_surrogates = true };
	struct buf name;

	buf_init(&name, 3 * (decoded->size - start));
	if (utf8_repair_add(&repair, decoded->data + start, decoded->size - start, &name) !=
	            ERR_NONE ||
	    utf8_repair_end(&repair, &name) != ERR_NONE)
		abort();
	decoded->size = start;
	if (buf_append(decoded, name.data, name.size) != ERR_NONE)
		abort();
	buf_fini(&name);
}

/* Leaves the name with a NUL in reader->decoded, from where that ended. */
static bool
read_name(struct reader *reader)
{
	struct buf *decoded = &reader->decoded;
	size_t start = decoded->size;

	if (json_cursor_peek(&reader->cursor) != '"')
		return json_cursor_refuse(&reader->cursor, JSON_SYNTAX);
	if (!json_string_read(&reader->cursor, decoded))
		return false;
	if (reader->cursor.is_lenient && decoded->size > start)
		repair_name(decoded, start);
	if (buf_append(decoded, "", 1) != ERR_NONE)
		abort();
	return true;
}

/* --- what nests --- */

/* Behind the bracket of an array or object that is nested too deeply: moves behind its end. */
static bool
skip_nested(struct reader *reader)
{
	struct json_cursor *cursor = &reader->cursor;
	size_t open = 1;

	while (open > 0) {
		int byte = json_cursor_peek(cursor);
		if (byte < 0)
			return json_cursor_refuse(cursor, JSON_SYNTAX);
		if (byte == '"') {
			size_t start = reader->decoded.size;
			if (!json_string_read(cursor, &reader->decoded))
				return false;
			reader->decoded.size = start;
			continue;
		}
		open += byte == '{' || byte == '[';
		open -= byte == '}' || byte == ']';
		cursor->at++;
	}
	return true;
}

/* Behind a value in an array or object: a comma (true, *more), the end (true), or a fault. */
static bool
read_separator(struct json_cursor *cursor, char end, bool *more)
{
	skip_white_space(cursor);
	*more = json_cursor_take(cursor, ',');
	if (*more)
		skip_white_space(cursor);
	else if (!json_cursor_take(cursor, end))
		return json_cursor_refuse(cursor, JSON_SYNTAX);
	return true;
}

/* RFC 8259, section 5; behind the bracket. */
static bool
read_array(struct reader *reader, struct json_object *array)
{
	bool more = !json_cursor_take(&reader->cursor, ']');

	while (more) {
		struct json_object *value = NULL;
		if (!read_value(reader, &value))
			return false;
		if (json_object_array_add(array, value) != 0)
			abort();
		if (!read_separator(&reader->cursor, ']', &more))
			return false;
	}
	return true;
}

static bool
read_member(struct reader *reader, struct json_object *object)
{
	struct json_cursor *cursor = &reader->cursor;
	struct json_object *value = NULL;
	size_t start = cursor->at;
	size_t name = reader->decoded.size;

	if (!read_name(reader))
		return false;
	if (!cursor->is_lenient &&
	    json_object_object_get_ex(object, reader->decoded.data + name, NULL))
		return json_cursor_refuse_at(cursor, JSON_DUPLICATE, start);
	skip_white_space(cursor);
	if (!json_cursor_take(cursor, ':'))
		return json_cursor_refuse(cursor, JSON_SYNTAX);
	skip_white_space(cursor);
	if (!read_value(reader, &value))
		return false;
	if (json_object_object_add(object, reader->decoded.data + name, value) != 0)
		abort();
	reader->decoded.size = name;
	return true;
}

/* RFC 8259, section 4; behind the bracket. */
static bool
read_object(struct reader *reader, struct json_object *object)
{
	struct json_cursor *cursor = &reader->cursor;
	bool more = !json_cursor_take(cursor, '}');

	while (more) {
		if (!cursor->is_lenient && json_object_object_length(object) == BOUND_JSON_MEMBERS)
			return json_cursor_refuse(cursor, JSON_TOO_MANY_MEMBERS);
		if (!read_member(reader, object) || !read_separator(cursor, '}', &more))
			return false;
	}
	return true;
}

static bool
read_nested(struct reader *reader, struct json_object **value)
{
	struct json_cursor *cursor = &reader->cursor;
	bool is_object = json_cursor_peek(cursor) == '{';

	if (reader->depth == reader->depth_max && !cursor->is_lenient)
		return json_cursor_refuse(cursor, JSON_TOO_DEEP);
	cursor->at++;
	if (reader->depth == reader->depth_max)
		return skip_nested(reader);
	skip_white_space(cursor);
	reader->depth++;
	*value = must_have(is_object ? json_object_new_object() : json_object_new_array());
	bool is_read = is_object ? read_object(reader, *value) : read_array(reader, *value);
	reader->depth--;
	if (!is_read) {
		json_object_put(*value);
		*value = NULL;
	}
	return is_read;
}

/* *value stays NULL where it is null, or on a fault. */
static bool
read_value(struct reader *reader, struct json_object **value)
{
	int byte = json_cursor_peek(&reader->cursor);

	if (byte == '{' || byte == '[')
		return read_nested(reader, value);
	if (byte == '"')
		return read_string(reader, value);
	if (byte == '-' || (byte >= '0' && byte <= '9'))
		return read_number(&reader->cursor, value);
	return read_literal(&reader->cursor, value);
}

static bool
read_text(struct reader *reader, struct json_object **value)
{
	struct json_cursor *cursor = &reader->cursor;

	if (take_literal(cursor, "\xef\xbb\xbf") && !cursor->is_lenient)
		return json_cursor_refuse_at(cursor, JSON_BYTE_ORDER_MARK, 0);
	skip_white_space(cursor);
	if (cursor->at == cursor->size)
		return json_cursor_refuse(cursor, JSON_EMPTY);
	if (!read_value(reader, value))
		return false;
	skip_white_space(cursor);
	if (cursor->at < cursor->size)
		return json_cursor_refuse(cursor, JSON_TRAILING);
	return true;
}

static struct json_verdict
parse(const char *text, size_t size, unsigned depth_max, bool is_lenient,
      struct json_object **value)
{
	struct reader reader = {
		.cursor = { .text = text, .size = size, .is_lenient = is_lenient },
		.depth_max = depth_max,
	};

	*value = NULL;
	buf_init(&reader.decoded, 3 * size);
	if (!read_text(&reader, value)) {
		json_object_put(*value);
		*value = NULL;
	}
	buf_fini(&reader.decoded);
	return (struct json_verdict){ reader.cursor.fault, reader.cursor.fault_offset };
}

struct json_verdict
json_parse(const char *text, size_t size, unsigned depth_max, struct json_object **value)
{
	return parse(text, size, depth_max, false, value);
}

struct json_verdict
json_parse_lenient(const char *text, size_t size, unsigned depth_max, struct json_object **value)
{
	return parse(text, size, depth_max, true, value);
}

struct json_verdict
json_validate(const char *text, size_t size, unsigned depth_max)
{
	struct json_object *value;

	struct json_verdict verdict = parse(text, size, depth_max, false, &value);
	json_object_put(value);
	return verdict;
}
