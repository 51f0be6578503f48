/*
 * Bytes that should be UTF-8, as they come in pieces, made valid: what a program writes is split
 * anywhere and may be anything. Pure but for the state; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_UTF8_REPAIR_H
#define PLAINCHAT_TEXT_UTF8_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* What of the pieces so far is still waiting for its rest. Begins with all zeros, or with the
 * setting alone. */
struct utf8_repair {
	/* Surrogates written as three bytes (WTF-8, CESU-8): two halves become the character, a
	 * lone one U+FFFD. Otherwise their bytes are no UTF-8, and become three. */
	bool joins_surrogates;
	char held[6];
	size_t held_size;
};

/* Appends the piece to `out`, with U+FFFD for each maximal subpart that is no UTF-8 (Unicode 15,
 * section 3.9) and for U+0000. What the piece's end leaves open is held back for the next one.
 * How the bytes are split makes no difference. ERR_TOO_LARGE: see buf_append; `out` then has whole
 * characters only, and nothing may be added any more. */
enum err MUST_CHECK
utf8_repair_add(struct utf8_repair *repair, const char *bytes, size_t size, struct buf *out);

/* There is no more: what is held back is cut off, and becomes U+FFFD. */
enum err MUST_CHECK
utf8_repair_end(struct utf8_repair *repair, struct buf *out);

#endif
