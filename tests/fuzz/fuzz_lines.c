/*
 * A line for a terminal: whatever name and text hold, it is one line, valid UTF-8, without a
 * control character or one that turns the direction. The first byte says which kind of event it is,
 * a NUL ends the name.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "base/bounds.h"
#include "http/render/representation.h"
#include "text/characters.h"
#include "text/utf8.h"

static void
check_line(const char *line, size_t size)
{
	MUST(utf8_valid_size(line, size) == size);
	for (size_t at = 0; at + 1 < size;) {
		int32_t character = characters_next(line, size, &at);
		MUST(!character_is_control(character));
		MUST(character != 0x2028 && character != 0x2029);
		MUST(character < 0x202a || character > 0x202e);
		MUST(character < 0x2066 || character > 0x206f);
	}
	MUST(size == 0 || line[size - 1] == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct render_memory memory = { .count = 0 };
	struct buf out;

	if (size < 1 || size > BOUND_REPLY_BYTES)
		return 0;
	char *text = must_copy((const char *)data + 1, size - 1);
	size_t name_size = strlen(text);
	size_t skipped = name_size + 1 < size - 1 ? name_size + 1 : size - 1;
	const struct event event = {
		.seq = 2,
		.kind = (enum event_kind)(1 + (data[0] & 3)),
		.role = (data[0] & 4) != 0 ? ROLE_USER : ROLE_ASSISTANT,
		.state = (enum message_state)(1 + (data[0] >> 3 & 3)),
		.cause = (enum event_cause)(data[0] >> 5 & 3),
		.time_ms = 1,
		.ref = 1,
		.name = text,
		.text = text + skipped,
		.text_size = size - 1 - skipped,
	};
	buf_init(&out, BOUND_RESPONSE_BYTES - BOUND_PAGE_BYTES);
	MUST(representation_lines.event(&memory, &out, &event) == ERR_NONE);
	check_line(out.data, out.size);
	out.size = 0;
	MUST(representation_ndjson.event(&memory, &out, &event) == ERR_NONE);
	MUST(memchr(out.data, '\n', out.size) == out.data + out.size - 1);
	buf_fini(&out);
	free(text);
	return 0;
}
