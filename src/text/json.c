/*
 * Values as JSON texts, and what may be wrong with one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/json.h"

#include <stdlib.h>

const char *
json_fault_text(enum json_fault fault)
{
	switch (fault) {
	case JSON_FINE: return "nothing is wrong";
	case JSON_EMPTY: return "there is no JSON text";
	case JSON_BYTE_ORDER_MARK: return "a byte order mark before the JSON text";
	case JSON_SYNTAX: return "not JSON (RFC 8259)";
	case JSON_TRAILING: return "something follows the JSON text";
	case JSON_UTF8: return "not UTF-8";
	case JSON_CONTROL: return "a raw control character in a string";
	case JSON_SURROGATE: return "an escaped surrogate without its other half";
	case JSON_NUL: return "the character U+0000 is not taken";
	case JSON_DUPLICATE: return "a second member of the same name";
	case JSON_TOO_DEEP: return "nested too deeply";
	case JSON_TOO_MANY_MEMBERS: return "an object with too many members";
	case JSON_NUMBER_RANGE: return "a number beyond the range of int64 or double";
	}
	return "unknown";
}

void
json_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value == NULL || json_object_object_add(object, name, value) != 0)
		abort();
}

enum err
json_append(struct buf *buf, struct json_object *value)
{
	size_t size;
	const char *text = json_object_to_json_string_length(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);

	if (text == NULL)
		abort();
	return buf_append(buf, text, size);
}
