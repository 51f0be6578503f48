/*
 * UTF-8: the validity check is our own table of RFC 3629, section 4, since it decides what gets
 * past the door.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/utf8.h"

#include "text/characters.h"

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

size_t
utf8_count(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at++)
		count += ((unsigned char)text[at] & 0xc0) != 0x80;
	return count;
}

bool
utf8_is_blank(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		if (!character_is_invisible(characters_next(text, size, &at)))
			return false;
	}
	return true;
}
