/*
 * UTF-8: our table against utf8proc's decoder, and each name against what it must be made of.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>
#include <utf8proc.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "text/utf8.h"

/* How far utf8proc decodes, and how many code points that is. */
static size_t
decode(const char *text, size_t size, size_t *count)
{
	size_t at = 0;

	*count = 0;
	while (at < size) {
		utf8proc_int32_t code_point;
		utf8proc_uint8_t encoded[4];
		utf8proc_ssize_t used =
			utf8proc_iterate((const utf8proc_uint8_t *)text + at,
		                         (utf8proc_ssize_t)(size - at), &code_point);
		if (used <= 0)
			break;
		MUST(utf8_sequence_size(text + at, size - at) == (size_t)used);
		MUST(utf8proc_encode_char(code_point, encoded) == used);
		MUST(memcmp(encoded, text + at, (size_t)used) == 0);
		at += (size_t)used;
		*count += 1;
	}
	return at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size == 0 ? 1 : size);
	size_t count;

	if (size > 0)
		memcpy(text, data, size);
	size_t valid = decode(text, size, &count);
	MUST(utf8_valid_size(text, size) == valid);
	MUST(valid == size || utf8_sequence_size(text + valid, size - valid) == 0);
	MUST(utf8_count(text, valid) == count);

	bool is_blank = utf8_is_blank(text, valid);
	bool is_room = utf8_is_room_name(text, valid);
	bool is_person = utf8_is_person_name(text, valid);
	MUST(valid > 0 || is_blank);
	MUST(!is_blank || (!is_room && !is_person));
	MUST(!is_room || is_person);
	MUST((!is_room && !is_person) || (count >= 1 && count <= BOUND_NAME_CODE_POINTS));
	MUST(!is_person || memchr(text, '\n', valid) == NULL);
	MUST(!is_room || memchr(text, '/', valid) == NULL);
	free(text);
	return 0;
}
