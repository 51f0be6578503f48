/*
 * A long text made short; see excerpt.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/excerpt.h"

#include <stdbool.h>
#include <string.h>

static const char gap[] = "\n[...]\n";

static bool
is_inside_a_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

enum err
excerpt_append(struct buf *out, const char *text, size_t size, size_t most)
{
	size_t gap_size = strlen(gap);

	if (size <= most)
		return buf_append(out, text, size);
	if (most <= 4 * gap_size)
		return ERR_NONE;
	size_t head = (most - gap_size) / 3 * 2;
	size_t tail = size - (most - gap_size - head);
	while (head > 0 && is_inside_a_character(text[head]))
		head--;
	while (tail < size && is_inside_a_character(text[tail]))
		tail++;
	enum err err = buf_append(out, text, head);
	if (err == ERR_NONE)
		err = buf_append(out, gap, gap_size);
	return err == ERR_NONE ? buf_append(out, text + tail, size - tail) : err;
}
