/*
 * UTF-8 as RFC 3629 has it, and what the product asks of a text's characters. Pure functions,
 * callable on any thread; what a character is comes from utf8proc's Unicode tables.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_UTF8_H
#define PLAINCHAT_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many of the `size` bytes, from the first on, are whole and valid UTF-8 (RFC 3629: shortest
 * forms only, no surrogates, nothing above U+10FFFF). Equal to `size` where all of them are. */
size_t
utf8_valid_size(const char *text, size_t size);

enum utf8_subpart {
	UTF8_WHOLE, /* a character */
	UTF8_CUT,   /* the beginning of one: the text ends within it */
	UTF8_WRONG, /* no character, whatever may follow */
};

/* The size in bytes, 1-4, of what stands at the start of the text, which is not empty: a character,
 * or the maximal subpart of one (Unicode 15, section 3.9, table 3-8). */
size_t
utf8_subpart_size(const char *text, size_t size, enum utf8_subpart *kind);

/* The size in bytes, 1-4, of the valid sequence at the start of the text; 0 if there is none. */
size_t
utf8_sequence_size(const char *text, size_t size);

/* How many code points the text has; it must be valid. */
size_t
utf8_count(const char *text, size_t size);

/* Whether the text, which must be valid, is empty or has nothing but Unicode White_Space. */
bool
utf8_is_blank(const char *text, size_t size);

/* Whether the text, which must be valid, can name a room: 1 to BOUND_NAME_CODE_POINTS letters (with
 * their marks), digits, '-', '_' and '.', of which one at least can be seen. */
bool
utf8_is_room_name(const char *text, size_t size);

/* Whether the text, which must be valid, can name a person: 1 to BOUND_NAME_CODE_POINTS code
 * points, of which one at least can be seen, none of them a control, a line break, or one that
 * turns the direction of the text around it. */
bool
utf8_is_person_name(const char *text, size_t size);

#endif
