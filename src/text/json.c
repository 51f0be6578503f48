/*
 * json-c behind the gate: whatever json_gate() passed is parsed, and values are written.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/json.h"

#include <json-c/json_tokener.h>
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

struct json_verdict
json_parse(const char *text, size_t size, unsigned depth_max, struct json_object **value)
{
	*value = NULL;
	struct json_verdict verdict = json_gate(text, size, depth_max);
	if (verdict.fault != JSON_FINE)
		return verdict;

	/* json-c counts one level more than there are brackets. */
	struct json_tokener *tokener = json_tokener_new_ex((int)depth_max + 1);
	if (tokener == NULL)
		abort();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*value = json_tokener_parse_ex(tokener, text, (int)size);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue && *value == NULL) {
		/* A bare number ends only where something follows it. */
		*value = json_tokener_parse_ex(tokener, "", 1);
		error = json_tokener_get_error(tokener);
	}
	size_t offset = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return (struct json_verdict){ JSON_SYNTAX, offset };
	return verdict;
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
