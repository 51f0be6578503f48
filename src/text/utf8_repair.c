/*
 * Making bytes valid UTF-8, piece by piece.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/utf8_repair.h"

#include <stdbool.h>
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

/* Appends what is whole or wrong in the bytes. *rest is how many at the end are neither. */
static enum err
repair_bytes(const char *bytes, size_t size, struct buf *out, size_t *rest)
{
	struct run run = { bytes, 0 };
	enum err err = ERR_NONE;
	size_t at = 0;

	*rest = 0;
	while (at < size && err == ERR_NONE) {
		enum utf8_subpart kind;
		size_t subpart = utf8_subpart_size(bytes + at, size - at, &kind);
		if (kind == UTF8_CUT) {
			*rest = size - at;
			break;
		}
		bool is_fine = kind == UTF8_WHOLE && bytes[at] != '\0';
		at += subpart;
		if (is_fine) {
			run.size += subpart;
			continue;
		}
		err = flush(&run, out);
		if (err == ERR_NONE)
			err = buf_append_text(out, REPLACEMENT);
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
		err = repair_bytes(repair->held, repair->held_size, out, &rest);
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
	err = repair_bytes(bytes + used, size - used, out, &rest);
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
