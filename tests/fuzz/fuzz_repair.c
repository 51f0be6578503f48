/*
 * Repairing UTF-8: the output is valid, the same wherever the input is split, as long as it should
 * be, and the input itself where that was valid. The first two bytes say where it is split.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "text/utf8.h"
#include "text/utf8_repair.h"

#define REPLACEMENT_SIZE 3

/* How many bytes there must be, as the contract says it. */
static size_t
expected_size(const char *text, size_t size)
{
	size_t expected = 0;

	for (size_t at = 0; at < size;) {
		enum utf8_subpart kind;
		size_t subpart = utf8_subpart_size(text + at, size - at, &kind);
		expected += kind == UTF8_WHOLE && text[at] != '\0' ? subpart : REPLACEMENT_SIZE;
		at += subpart;
	}
	return expected;
}

/* Repairs the text in pieces of at most `step` bytes. */
static void
repair(const char *text, size_t size, size_t step, struct buf *out)
{
	struct utf8_repair repair = { .held_size = 0 };

	buf_init(out, REPLACEMENT_SIZE * size + 16);
	for (size_t at = 0; at < size; at += step) {
		size_t piece = size - at < step ? size - at : step;
		MUST(utf8_repair_add(&repair, text + at, piece, out) == ERR_NONE);
		MUST(repair.held_size < sizeof(repair.held));
	}
	MUST(utf8_repair_end(&repair, out) == ERR_NONE);
	MUST(repair.held_size == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf split;

	if (size < 2)
		return 0;
	size_t step = 1 + data[0] % 8U + (data[1] & 0x80U) * (data[1] & 0x7fU);
	size -= 2;
	char *text = calloc(1, size + 1);
	memcpy(text, data + 2, size);

	repair(text, size, size + 1, &whole);
	repair(text, size, step, &split);
	MUST(whole.size == split.size);
	MUST(whole.size == 0 || memcmp(whole.data, split.data, whole.size) == 0);
	MUST(whole.size == 0 || utf8_valid_size(whole.data, whole.size) == whole.size);
	MUST(whole.size == 0 || memchr(whole.data, '\0', whole.size) == NULL);
	MUST(whole.size == expected_size(text, size));
	if (utf8_valid_size(text, size) == size && memchr(text, '\0', size) == NULL)
		MUST(whole.size == size && (size == 0 || memcmp(whole.data, text, size) == 0));
	buf_fini(&whole);
	buf_fini(&split);
	free(text);
	return 0;
}
