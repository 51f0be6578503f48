/*
 * Lines of JSON beside a reply; see status.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "responder/status.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/bounds.h"
#include "text/json.h"

void
status_reader_init(struct status_reader *reader)
{
	*reader = (struct status_reader){ .cut = CAUSE_NONE };
	buf_init(&reader->line, BOUND_STATUS_LINE_BYTES);
}

void
status_reader_fini(struct status_reader *reader)
{
	buf_fini(&reader->line);
}

enum event_cause
status_exit_reason(int64_t exit_status)
{
	switch (exit_status) {
	case EX_NOHOST:
	case EX_UNAVAILABLE: return CAUSE_UNREACHABLE;
	case EX_TEMPFAIL: return CAUSE_BUSY;
	default: return CAUSE_NONE;
	}
}

/* The text of a member; NULL where there is none. */
static const char *
text_of(struct json_object *object, const char *name, size_t *size)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	*size = (size_t)json_object_get_string_len(value);
	return json_object_get_string(value);
}

static enum event_cause
reason_named(const char *name)
{
	static const enum event_cause reasons[] = { CAUSE_UNREACHABLE, CAUSE_BUSY, CAUSE_TOO_LONG };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(name, event_reason_name(reasons[i])) == 0)
			return reasons[i];
	}
	return CAUSE_NONE;
}

static void
take_line(struct status_reader *reader, struct buf *thought)
{
	struct json_object *value;
	size_t size;
	struct json_verdict verdict =
		json_parse(buf_text(&reader->line), reader->line.size, BOUND_JSON_DEPTH, &value);

	if (verdict.fault == JSON_FINE && json_object_is_type(value, json_type_object)) {
		const char *text = text_of(value, "thought", &size);
		if (text != NULL && buf_append(thought, text, size) != ERR_NONE)
			abort();
		text = text_of(value, "cut", &size);
		if (text != NULL)
			reader->cut = strcmp(text, "length") == 0 ? CAUSE_LENGTH : CAUSE_NONE;
		text = text_of(value, "reason", &size);
		if (text != NULL)
			reader->reason = reason_named(text);
	}
	json_object_put(value);
}

void
status_reader_add(struct status_reader *reader, const char *bytes, size_t size, struct buf *thought)
{
	while (size > 0) {
		const char *end = memchr(bytes, '\n', size);
		size_t count = end == NULL ? size : (size_t)(end - bytes);
		if (!reader->is_too_long && buf_append(&reader->line, bytes, count) != ERR_NONE)
			reader->is_too_long = true;
		if (end == NULL)
			return;
		if (!reader->is_too_long)
			take_line(reader, thought);
		reader->is_too_long = false;
		reader->line.size = 0;
		bytes += count + 1;
		size -= count + 1;
	}
}
