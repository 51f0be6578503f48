/*
 * Repairing UTF-8: the output is valid, the same wherever the input is split, as long as it should
 * be, and the input itself where that was valid. The first two bytes say where it is split.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "text/utf8.h"
#include "text/utf8_repair.h"

#define REPLACEMENT_SIZE 3

/* The surrogate that three bytes are; 0 for none. */
static unsigned
surrogate(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;

	if (size < 3 || at[0] != 0xed || at[1] < 0xa0 || at[1] > 0xbf || (at[2] & 0xc0) != 0x80)
		return 0;
	return 0xd000 | (at[1] & 0x3fU) << 6 | (at[2] & 0x3fU);
}

/* Whether bytes could be added so that they are a surrogate from `least` on. */
static bool
may_be_surrogate(const char *text, size_t size, unsigned least)
{
	char bytes[3] = { '\xed', '\xbf', '\xbf' };

	if (size > 2)
		return false;
	memcpy(bytes, text, size);
	return surrogate(bytes, 3) >= least;
}

/* How many bytes of the text the next *out bytes are made of, where halves are joined. */
static size_t
joined_unit(const char *text, size_t size, size_t *out)
{
	enum utf8_subpart kind;
	unsigned first = surrogate(text, size);
	bool is_high = first != 0 && first < 0xdc00;

	*out = REPLACEMENT_SIZE;
	if (may_be_surrogate(text, size, 0xd800) ||
	    (is_high && may_be_surrogate(text + 3, size - 3, 0xdc00)))
		return size;
	if (is_high && surrogate(text + 3, size - 3) >= 0xdc00) {
		*out = 4;
		return 6;
	}
	if (first != 0)
		return 3;
	size_t subpart = utf8_subpart_size(text, size, &kind);
	if (kind == UTF8_WHOLE && *text != '\0')
		*out = subpart;
	return subpart;
}

/* How many bytes there must be, as the contract says it. */
static size_t
expected_size(const char *text, size_t size, bool joins)
{
	size_t expected = 0;

	for (size_t at = 0; at < size;) {
		enum utf8_subpart kind;
		size_t subpart = utf8_subpart_size(text + at, size - at, &kind);
		size_t out = kind == UTF8_WHOLE && text[at] != '\0' ? subpart : REPLACEMENT_SIZE;
		if (joins)
			subpart = joined_unit(text + at, size - at, &out);
		expected += out;
		at += subpart;
	}
	return expected;
}

/* Repairs the text in pieces of at most `step` bytes. */
static void
repair(const char *text, size_t size, size_t step, bool joins, struct buf *out)
{
	struct utf8_repair repair = { .joins_surrogates = joins };

	buf_init(out, REPLACEMENT_SIZE * size + 16);
	for (size_t at = 0; at < size; at += step) {
		size_t piece = size - at < step ? size - at : step;
		MUST(utf8_repair_add(&repair, text + at, piece, out) == ERR_NONE);
		MUST(repair.held_size < sizeof(repair.held));
	}
	MUST(utf8_repair_end(&repair, out) == ERR_NONE);
	MUST(repair.held_size == 0);
}

static void
check(const char *text, size_t size, size_t step, bool joins)
{
	struct buf whole;
	struct buf split;

	repair(text, size, size + 1, joins, &whole);
	repair(text, size, step, joins, &split);
	MUST(whole.size == split.size);
	MUST(whole.size == 0 || memcmp(whole.data, split.data, whole.size) == 0);
	MUST(whole.size == 0 || utf8_valid_size(whole.data, whole.size) == whole.size);
	MUST(whole.size == 0 || memchr(whole.data, '\0', whole.size) == NULL);
	MUST(whole.size == expected_size(text, size, joins));
	if (utf8_valid_size(text, size) == size && memchr(text, '\0', size) == NULL)
		MUST(whole.size == size && (size == 0 || memcmp(whole.data, text, size) == 0));
	buf_fini(&whole);
	buf_fini(&split);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t step = 1 + data[0] % 8U + (data[1] & 0x80U) * (data[1] & 0x7fU);
	size -= 2;
	char *text = calloc(1, size + 1);
	memcpy(text, data + 2, size);
	check(text, size, step, false);
	check(text, size, step, true);
	free(text);
	return 0;
}
