/*
 * UTF-8 as RFC 3629 has it. Pure functions, callable on any thread.
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

/* Whether the text, which must be valid, shows nothing: see character_is_invisible. */
bool
utf8_is_blank(const char *text, size_t size);

#endif
