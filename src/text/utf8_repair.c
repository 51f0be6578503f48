/*
 * Making bytes valid UTF-8, piece by piece.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/utf8_repair.h"

#include <string.h>

#include "text/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Runs of what is fine are appended at once. */
struct run {
	const char *bytes;
	size_t size;
};

static enum err
flush(struct run *run, struct buf *out)
{
	enum err err = buf_append(out, run->bytes, run->size);

	run->size = 0;
	return err;
}

/* What stands at the start of some bytes. */
struct unit {
	enum { UNIT_FINE, UNIT_REPLACED, UNIT_JOINED, UNIT_OPEN } kind;
	size_t size;
};

/* How many of the bytes, three at the most, may be a surrogate with that range of second bytes. */
static size_t
surrogate_size(const char *bytes, size_t size, unsigned char low, unsigned char high)
{
	const unsigned char *at = (const unsigned char *)bytes;

	if (size == 0 || at[0] != 0xed)
		return 0;
	if (size == 1 || at[1] < low || at[1] > high)
		return 1;
	return size == 2 || (at[2] & 0xc0) != 0x80 ? 2 : 3;
}

/* Whether there is a surrogate, or what may become one or a pair, and if so, what it is. */
static bool
find_surrogate(const char *bytes, size_t size, struct unit *unit)
{
	size_t first = surrogate_size(bytes, size, 0xa0, 0xbf);
	size_t half = 3;

	if (first < half) {
		*unit = (struct unit){ UNIT_OPEN, size };
		return first > 0 && first == size;
	}
	*unit = (struct unit){ UNIT_REPLACED, half };
	if ((unsigned char)bytes[1] >= 0xb0)
		return true;
	size_t second = surrogate_size(bytes + half, size - half, 0xb0, 0xbf);
	if (second == half)
		*unit = (struct unit){ UNIT_JOINED, 2 * half };
	else if (second == size - half)
		*unit = (struct unit){ UNIT_OPEN, size };
	return true;
}

static struct unit
find_unit(const char *bytes, size_t size, bool joins_surrogates)
{
	enum utf8_subpart kind;
	struct unit unit;

	if (joins_surrogates && find_surrogate(bytes, size, &unit))
		return unit;
	unit.size = utf8_subpart_size(bytes, size, &kind);
	if (kind == UTF8_CUT)
		unit.kind = UNIT_OPEN;
	else
		unit.kind = kind == UTF8_WHOLE && *bytes != '\0' ? UNIT_FINE : UNIT_REPLACED;
	return unit;
}

/* Appends the character whose halves are the six bytes. */
static enum err
append_joined(struct buf *out, const char *halves)
{
	const unsigned char *at = (const unsigned char *)halves;
	unsigned code_point = 0x10000 + ((at[1] & 0x0fU) << 16 | (at[2] & 0x3fU) << 10 |
	                                 (at[4] & 0x0fU) << 6 | (at[5] & 0x3fU));
	const char bytes[] = {
		(char)(0xf0 | code_point >> 18),
		(char)(0x80 | (code_point >> 12 & 0x3f)),
		(char)(0x80 | (code_point >> 6 & 0x3f)),
		(char)(0x80 | (code_point & 0x3f)),
	};

	return buf_append(out, bytes, sizeof(bytes));
}

/* Appends what is whole or wrong in the bytes. *rest is how many at the end are neither. */
static enum err
repair_bytes(const char *bytes, size_t size, bool joins_surrogates, struct buf *out, size_t *rest)
{
	struct run run = { bytes, 0 };
	enum err err = ERR_NONE;
	size_t at = 0;

	*rest = 0;
	while (at < size && err == ERR_NONE) {
		struct unit unit = find_unit(bytes + at, size - at, joins_surrogates);
		if (unit.kind == UNIT_OPEN) {
			*rest = size - at;
			break;
		}
		at += unit.size;
		if (unit.kind == UNIT_FINE) {
			run.size += unit.size;
			continue;
		}
		err = flush(&run, out);
		if (err == ERR_NONE)
			err = unit.kind == UNIT_JOINED ? append_joined(out, bytes + at - unit.size)
			                               : buf_append_text(out, REPLACEMENT);
		run.bytes = bytes + at;
	}
	return err == ERR_NONE ? flush(&run, out) : err;
}

/* Completes what was held with the first bytes of the piece, one at a time. *used: how many. */
static enum err
repair_held(struct utf8_repair *repair, const char *bytes, size_t size, struct buf *out,
            size_t *used)
{
	enum err err = ERR_NONE;

	*used = 0;
	while (repair->held_size > 0 && *used < size && err == ERR_NONE) {
		size_t rest;
		repair->held[repair->held_size++] = bytes[(*used)++];
		err = repair_bytes(repair->held, repair->held_size, repair->joins_surrogates, out,
		                   &rest);
		memmove(repair->held, repair->held + repair->held_size - rest, rest);
		repair->held_size = rest;
	}
	return err;
}

enum err
utf8_repair_add(struct utf8_repair *repair, const char *bytes, size_t size, struct buf *out)
{
	size_t used;
	size_t rest;

	enum err err = repair_held(repair, bytes, size, out, &used);
	if (err != ERR_NONE || used == size)
		return err;
	err = repair_bytes(bytes + used, size - used, repair->joins_surrogates, out, &rest);
	memcpy(repair->held, bytes + size - rest, rest);
	repair->held_size = rest;
	return err;
}

enum err
utf8_repair_end(struct utf8_repair *repair, struct buf *out)
{
	bool is_cut = repair->held_size > 0;

	repair->held_size = 0;
	return is_cut ? buf_append_text(out, REPLACEMENT) : ERR_NONE;
}
