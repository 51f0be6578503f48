/*
 * Cursors as text.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cursor
cursor_at(int64_t seq)
{
	return (struct cursor){ .seq = seq };
}

bool
cursor_is_of(struct cursor cursor, uint64_t epoch)
{
	return cursor.epoch == 0 || epoch == 0 || cursor.epoch == epoch;
}

const char *
cursor_format(struct cursor cursor, char text[CURSOR_BYTES])
{
	if (cursor.epoch == 0)
		snprintf(text, CURSOR_BYTES, "%" PRId64, cursor.seq);
	else
		snprintf(text, CURSOR_BYTES, "%012" PRIx64 "-%" PRId64, cursor.epoch, cursor.seq);
	return text;
}

/* The number that the whole text is, in digits of the base; false: it is none, or above `most`. */
static bool
read_digits(const char *text, size_t size, int base, uint64_t most, uint64_t *number)
{
	static const char digits[] = "0123456789abcdef";

	*number = 0;
	for (size_t i = 0; i < size; i++) {
		const char *digit = memchr(digits, text[i], (size_t)base);
		if (digit == NULL)
			return false;
		*number = *number * (uint64_t)base + (uint64_t)(digit - digits);
		if (*number > most)
			return false;
	}
	return size > 0;
}

bool
cursor_parse(const char *text, struct cursor *cursor)
{
	const char *hyphen = strchr(text, '-');
	const char *rest = hyphen == NULL ? text : hyphen + 1;
	uint64_t epoch = 0;
	uint64_t seq;

	if (hyphen != NULL &&
	    (!read_digits(text, (size_t)(hyphen - text), 16, CURSOR_EPOCH_MAX, &epoch) ||
	     epoch == 0))
		return false;
	if (!read_digits(rest, strlen(rest), 10, CURSOR_SEQ_MAX, &seq))
		return false;
	*cursor = (struct cursor){ .seq = (int64_t)seq, .epoch = epoch };
	return true;
}
