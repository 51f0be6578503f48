/*
 * UTF-8: the validity check is our own table of RFC 3629, section 4, since it decides what gets
 * past the door; everything about what a character means is utf8proc's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/utf8.h"

#include <utf8proc.h>

#include "base/bounds.h"

/* What may follow a first byte: the size of the sequence, and the range of its second byte. */
struct lead {
	size_t size;
	unsigned char second_low;
	unsigned char second_high;
};

static struct lead
lead_of(unsigned char byte)
{
	if (byte <= 0x7f)
		return (struct lead){ 1, 0, 0 };
	if (byte >= 0xc2 && byte <= 0xdf)
		return (struct lead){ 2, 0x80, 0xbf };
	if (byte == 0xe0)
		return (struct lead){ 3, 0xa0, 0xbf };
	if (byte == 0xed)
		return (struct lead){ 3, 0x80, 0x9f };
	if (byte >= 0xe1 && byte <= 0xef)
		return (struct lead){ 3, 0x80, 0xbf };
	if (byte == 0xf0)
		return (struct lead){ 4, 0x90, 0xbf };
	if (byte >= 0xf1 && byte <= 0xf3)
		return (struct lead){ 4, 0x80, 0xbf };
	if (byte == 0xf4)
		return (struct lead){ 4, 0x80, 0x8f };
	return (struct lead){ 0, 0, 0 };
}

size_t
utf8_subpart_size(const char *text, size_t size, enum utf8_subpart *kind)
{
	const unsigned char *bytes = (const unsigned char *)text;
	struct lead lead = lead_of(bytes[0]);
	size_t at = 1;

	*kind = UTF8_WRONG;
	if (lead.size == 0)
		return 1;
	while (at < lead.size && at < size) {
		unsigned char low = at == 1 ? lead.second_low : 0x80;
		unsigned char high = at == 1 ? lead.second_high : 0xbf;
		if (bytes[at] < low || bytes[at] > high)
			return at;
		at++;
	}
	*kind = at == lead.size ? UTF8_WHOLE : UTF8_CUT;
	return at;
}

size_t
utf8_sequence_size(const char *text, size_t size)
{
	enum utf8_subpart kind;

	if (size == 0)
		return 0;
	size_t subpart = utf8_subpart_size(text, size, &kind);
	return kind == UTF8_WHOLE ? subpart : 0;
}

size_t
utf8_valid_size(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t sequence = utf8_sequence_size(text + at, size - at);
		if (sequence == 0)
			break;
		at += sequence;
	}
	return at;
}

/* The code point at *at, which is moved behind it. */
static utf8proc_int32_t
next_code_point(const char *text, size_t size, size_t *at)
{
	utf8proc_int32_t code_point;
	utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text + *at,
	                                         (utf8proc_ssize_t)(size - *at), &code_point);

	*at += used > 0 ? (size_t)used : 1;
	return code_point;
}

size_t
utf8_count(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at++)
		count += ((unsigned char)text[at] & 0xc0) != 0x80;
	return count;
}

static bool
is_white_space(utf8proc_int32_t code_point)
{
	switch (utf8proc_category(code_point)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return true;
	default:
		/* The controls among White_Space: tab to carriage return, and next line. */
		return (code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x85;
	}
}

bool
utf8_is_blank(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		if (!is_white_space(next_code_point(text, size, &at)))
			return false;
	}
	return true;
}

static bool
is_room_character(utf8proc_int32_t code_point)
{
	if (code_point == '-' || code_point == '_' || code_point == '.')
		return true;
	switch (utf8proc_category(code_point)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND: return true;
	default: return false;
	}
}

/* Bidirectional controls: a name with one could make another's line read differently. */
static bool
turns_direction(utf8proc_int32_t code_point)
{
	return code_point == 0x061c || code_point == 0x200e || code_point == 0x200f ||
	       (code_point >= 0x202a && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069);
}

static bool
is_person_character(utf8proc_int32_t code_point)
{
	switch (utf8proc_category(code_point)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return false;
	default: return !turns_direction(code_point);
	}
}

static bool
is_name_of(const char *text, size_t size, bool (*allowed)(utf8proc_int32_t code_point))
{
	size_t count = 0;

	for (size_t at = 0; at < size; count++) {
		if (count == BOUND_NAME_CODE_POINTS || !allowed(next_code_point(text, size, &at)))
			return false;
	}
	return count > 0;
}

/* Of the letters and symbols, a few have nothing to show, either. */
static bool
is_visible(utf8proc_int32_t code_point)
{
	return !is_white_space(code_point) && !utf8proc_get_property(code_point)->ignorable &&
	       code_point != 0x2800; /* the Braille pattern without a dot */
}

static bool
has_visible(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		if (is_visible(next_code_point(text, size, &at)))
			return true;
	}
	return false;
}

bool
utf8_is_room_name(const char *text, size_t size)
{
	return is_name_of(text, size, is_room_character) && has_visible(text, size);
}

bool
utf8_is_person_name(const char *text, size_t size)
{
	return is_name_of(text, size, is_person_character) && has_visible(text, size);
}
