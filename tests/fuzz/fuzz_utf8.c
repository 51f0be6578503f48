/*
 * UTF-8: our table against utf8proc's decoder, and each name against what it must be made of.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "text/names.h"
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

/* A name is written in one way only, and has nothing of what must not be in one. */
static bool
check_name(const char *text, size_t size,
           bool (*read_name)(const char *text, size_t size, struct buf *name), struct buf *name)
{
	struct buf regenerate;

	buf_init(name, BOUND_NAME_BYTES);
	buf_init(&regenerate, BOUND_NAME_BYTES);
	bool is_name = read_name(text, size, name);
	MUST(is_name == (name->size > 0));
	if (!is_name)
		return false;
	size_t count = utf8_count(name->data, name->size);
	MUST(!utf8_is_blank(name->data, name->size) && !utf8_is_blank(text, size));
	MUST(utf8_valid_size(name->data, name->size) == name->size);
	MUST(count >= 1 && count <= BOUND_NAME_CODE_POINTS);
	MUST(strcspn(name->data, "\n\t\r\x7f\x1b") == name->size);
	MUST(name->data[0] != ' ' && name->data[name->size - 1] != ' ');
	utf8proc_uint8_t *composed = utf8proc_NFC((const utf8proc_uint8_t *)name->data);
	MUST(composed != NULL && strcmp((const char *)composed, name->data) == 0);
	free(composed);
	MUST(read_name(name->data, name->size, &regenerate));
	MUST(regenerate.size == name->size && memcmp(regenerate.data, name->data, name->size) == 0);
	buf_fini(&regenerate);
	return true;
}

static void
check_names(const char *text, size_t size)
{
	struct buf person;
	struct buf room;

	bool is_person = check_name(text, size, names_read_person, &person);
	bool is_room = check_name(text, size, names_read_room, &room);
	MUST(!is_room || is_person);
	MUST(!is_room || strcmp(person.data, room.data) == 0);
	MUST(!is_room || strpbrk(room.data, " /\"\\<>&~") == NULL);
	buf_fini(&person);
	buf_fini(&room);
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

	check_names(text, valid);
	free(text);
	return 0;
}
