/*
 * The strict gate before json-c: a recursive descent over RFC 8259, section by section. It only
 * judges; no value is made, except names of members, which are decoded to find duplicates.
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
#include "text/utf8.h"

struct gate {
	const char *text;
	size_t size;
	size_t at;
	unsigned depth;
	unsigned depth_max;
	enum json_fault fault;
	size_t fault_offset;
	struct buf names; /* decoded names of the members of all objects that are open */
};

/* A member's decoded name: bytes in gate.names. */
struct member_name {
	size_t start;
	size_t size;
};

static bool
gate_value(struct gate *gate);

static bool
refuse_at(struct gate *gate, enum json_fault fault, size_t offset)
{
	gate->fault = fault;
	gate->fault_offset = offset;
	return false;
}

static bool
refuse(struct gate *gate, enum json_fault fault)
{
	return refuse_at(gate, fault, gate->at);
}

/* The next byte, or -1 at the end. */
static int
peek(const struct gate *gate)
{
	return gate->at < gate->size ? (unsigned char)gate->text[gate->at] : -1;
}

static bool
take(struct gate *gate, char byte)
{
	if (peek(gate) != (unsigned char)byte)
		return false;
	gate->at++;
	return true;
}

static void
skip_white_space(struct gate *gate)
{
	int byte;

	while ((byte = peek(gate)) == ' ' || byte == '\t' || byte == '\n' || byte == '\r')
		gate->at++;
}

static bool
gate_literal(struct gate *gate, const char *literal)
{
	size_t length = strlen(literal);

	if (gate->size - gate->at < length || memcmp(gate->text + gate->at, literal, length) != 0)
		return refuse(gate, JSON_SYNTAX);
	gate->at += length;
	return true;
}

static size_t
skip_digits(struct gate *gate)
{
	size_t start = gate->at;

	while (peek(gate) >= '0' && peek(gate) <= '9')
		gate->at++;
	return gate->at - start;
}

/* Whether the number from `start` to here is one that json-c keeps as it is. */
static bool
number_is_in_range(const struct gate *gate, size_t start, bool is_integer)
{
	/* strtod would read on behind the number: there may be no NUL after it. */
	char *digits = must_copy(gate->text + start, gate->at - start);
	bool in_range;

	errno = 0;
	if (is_integer) {
		(void)strtoll(digits, NULL, 10);
		in_range = errno != ERANGE;
	} else {
		in_range = isfinite(strtod(digits, NULL));
	}
	free(digits);
	return in_range;
}

/* RFC 8259, section 6. */
static bool
gate_number(struct gate *gate)
{
	size_t start = gate->at;
	bool is_integer = true;

	(void)take(gate, '-');
	if (!take(gate, '0') && skip_digits(gate) == 0)
		return refuse(gate, JSON_SYNTAX);
	if (take(gate, '.')) {
		is_integer = false;
		if (skip_digits(gate) == 0)
			return refuse(gate, JSON_SYNTAX);
	}
	if (take(gate, 'e') || take(gate, 'E')) {
		is_integer = false;
		if (!take(gate, '+'))
			(void)take(gate, '-');
		if (skip_digits(gate) == 0)
			return refuse(gate, JSON_SYNTAX);
	}
	if (!number_is_in_range(gate, start, is_integer))
		return refuse_at(gate, JSON_NUMBER_RANGE, start);
	return true;
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

static bool
gate_hex4(struct gate *gate, unsigned *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(peek(gate));
		if (digit < 0)
			return refuse(gate, JSON_SYNTAX);
		*value = *value * 16 + (unsigned)digit;
		gate->at++;
	}
	return true;
}

/* Behind "\u": four digits, and the second half where they are a surrogate. */
static bool
gate_unicode_escape(struct gate *gate, unsigned *code_point)
{
	size_t start = gate->at - 2;

	if (!gate_hex4(gate, code_point))
		return false;
	if (*code_point == 0)
		return refuse_at(gate, JSON_NUL, start);
	if (*code_point >= 0xdc00 && *code_point <= 0xdfff)
		return refuse_at(gate, JSON_SURROGATE, start);
	if (*code_point >= 0xd800 && *code_point <= 0xdbff) {
		unsigned low;
		if (!take(gate, '\\') || !take(gate, 'u'))
			return refuse_at(gate, JSON_SURROGATE, start);
		if (!gate_hex4(gate, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse_at(gate, JSON_SURROGATE, start);
		*code_point = 0x10000 + ((*code_point - 0xd800) << 10) + (low - 0xdc00);
	}
	return true;
}

static void
append_decoded(struct buf *decoded, const char *bytes, size_t size)
{
	/* The cap is the size of the whole text, and decoding never makes a text longer. */
	if (decoded != NULL && buf_append(decoded, bytes, size) != ERR_NONE)
		abort();
}

static void
append_code_point(struct buf *decoded, unsigned code_point)
{
	char bytes[4];

	if (code_point < 0x80) {
		bytes[0] = (char)code_point;
		append_decoded(decoded, bytes, 1);
	} else if (code_point < 0x800) {
		bytes[0] = (char)(0xc0 | code_point >> 6);
		bytes[1] = (char)(0x80 | (code_point & 0x3f));
		append_decoded(decoded, bytes, 2);
	} else if (code_point < 0x10000) {
		bytes[0] = (char)(0xe0 | code_point >> 12);
		bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (code_point & 0x3f));
		append_decoded(decoded, bytes, 3);
	} else {
		bytes[0] = (char)(0xf0 | code_point >> 18);
		bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
		bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
		bytes[3] = (char)(0x80 | (code_point & 0x3f));
		append_decoded(decoded, bytes, 4);
	}
}

/* Behind a backslash. */
static bool
gate_escape(struct gate *gate, struct buf *decoded)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	int byte = peek(gate);

	if (byte == 'u') {
		unsigned code_point;
		gate->at++;
		if (!gate_unicode_escape(gate, &code_point))
			return false;
		append_code_point(decoded, code_point);
		return true;
	}
	const char *name = byte <= 0 ? NULL : strchr(names, byte);
	if (name == NULL)
		return refuse(gate, JSON_SYNTAX);
	gate->at++;
	append_decoded(decoded, &values[name - names], 1);
	return true;
}

/* RFC 8259, section 7; here stands the opening quotation mark. `decoded` may be NULL. */
static bool
gate_string(struct gate *gate, struct buf *decoded)
{
	gate->at++;
	for (;;) {
		int byte = peek(gate);
		if (byte < 0)
			return refuse(gate, JSON_SYNTAX);
		if (byte < 0x20)
			return refuse(gate, JSON_CONTROL);
		if (byte == '"') {
			gate->at++;
			return true;
		}
		if (byte == '\\') {
			gate->at++;
			if (!gate_escape(gate, decoded))
				return false;
			continue;
		}
		size_t sequence = utf8_sequence_size(gate->text + gate->at, gate->size - gate->at);
		if (sequence == 0)
			return refuse(gate, JSON_UTF8);
		append_decoded(decoded, gate->text + gate->at, sequence);
		gate->at += sequence;
	}
}

static bool
enter(struct gate *gate)
{
	if (gate->depth == gate->depth_max)
		return refuse(gate, JSON_TOO_DEEP);
	gate->depth++;
	gate->at++;
	skip_white_space(gate);
	return true;
}

/* Behind a value in an array or object: a comma (true, *more), the end (true), or a fault. */
static bool
gate_separator(struct gate *gate, char end, bool *more)
{
	skip_white_space(gate);
	*more = take(gate, ',');
	if (*more)
		skip_white_space(gate);
	else if (!take(gate, end))
		return refuse(gate, JSON_SYNTAX);
	return true;
}

/* RFC 8259, section 5. */
static bool
gate_array(struct gate *gate)
{
	if (!enter(gate))
		return false;
	bool more = !take(gate, ']');
	while (more) {
		if (!gate_value(gate) || !gate_separator(gate, ']', &more))
			return false;
	}
	gate->depth--;
	return true;
}

static bool
name_is_known(const struct gate *gate, const struct member_name *members, size_t count,
              const struct member_name *name)
{
	for (size_t i = 0; i < count; i++) {
		if (members[i].size != name->size)
			continue;
		/* Nothing may have been allocated yet where all names are empty. */
		if (name->size == 0 || memcmp(gate->names.data + members[i].start,
		                              gate->names.data + name->start, name->size) == 0)
			return true;
	}
	return false;
}

static bool
gate_member(struct gate *gate, struct member_name *members, size_t *count)
{
	struct member_name *name = &members[*count];
	size_t start = gate->at;

	if (peek(gate) != '"')
		return refuse(gate, JSON_SYNTAX);
	name->start = gate->names.size;
	if (!gate_string(gate, &gate->names))
		return false;
	name->size = gate->names.size - name->start;
	if (name_is_known(gate, members, *count, name))
		return refuse_at(gate, JSON_DUPLICATE, start);
	*count += 1;
	skip_white_space(gate);
	if (!take(gate, ':'))
		return refuse(gate, JSON_SYNTAX);
	skip_white_space(gate);
	return gate_value(gate);
}

/* RFC 8259, section 4. */
static bool
gate_object(struct gate *gate)
{
	struct member_name members[BOUND_JSON_MEMBERS];
	size_t count = 0;
	size_t names_before = gate->names.size;

	if (!enter(gate))
		return false;
	bool more = !take(gate, '}');
	while (more) {
		if (count == BOUND_JSON_MEMBERS)
			return refuse(gate, JSON_TOO_MANY_MEMBERS);
		if (!gate_member(gate, members, &count) || !gate_separator(gate, '}', &more))
			return false;
	}
	gate->names.size = names_before;
	gate->depth--;
	return true;
}

static bool
gate_value(struct gate *gate)
{
	int byte = peek(gate);

	switch (byte) {
	case '{': return gate_object(gate);
	case '[': return gate_array(gate);
	case '"': return gate_string(gate, NULL);
	case 't': return gate_literal(gate, "true");
	case 'f': return gate_literal(gate, "false");
	case 'n': return gate_literal(gate, "null");
	default: break;
	}
	if (byte == '-' || (byte >= '0' && byte <= '9'))
		return gate_number(gate);
	if (byte >= 0x80 && utf8_sequence_size(gate->text + gate->at, gate->size - gate->at) == 0)
		return refuse(gate, JSON_UTF8);
	return refuse(gate, JSON_SYNTAX);
}

static bool
gate_text(struct gate *gate)
{
	if (gate->size >= 3 && memcmp(gate->text, "\xef\xbb\xbf", 3) == 0)
		return refuse(gate, JSON_BYTE_ORDER_MARK);
	skip_white_space(gate);
	if (gate->at == gate->size)
		return refuse(gate, JSON_EMPTY);
	if (!gate_value(gate))
		return false;
	skip_white_space(gate);
	if (gate->at < gate->size)
		return refuse(gate, JSON_TRAILING);
	return true;
}

struct json_verdict
json_gate(const char *text, size_t size, unsigned depth_max)
{
	struct gate gate = { .text = text, .size = size, .depth_max = depth_max };

	buf_init(&gate.names, size);
	(void)gate_text(&gate);
	buf_fini(&gate.names);
	return (struct json_verdict){ gate.fault, gate.fault_offset };
}
