/*
 * Why there is no reply, and the line that says so; see failure.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"

/* What the answer may quote, and what is said around it. */
#define TEXT_BYTES (BOUND_LLM_EVENT_BYTES + 4096)

void
failure_init(struct failure *failure)
{
	*failure = (struct failure){ .status = FAILURE_NONE };
	buf_init(&failure->text, TEXT_BYTES);
}

void
failure_fini(struct failure *failure)
{
	buf_fini(&failure->text);
}

enum failure_status
failure_set(struct failure *failure, enum failure_status status, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (failure->status != FAILURE_NONE)
		return failure->status;
	failure->status = status;
	va_start(arguments, format);
	int size = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (size < 0)
		abort();
	if (buf_append(&failure->text, text, (size_t)size) != ERR_NONE &&
	    buf_append_text(&failure->text, "(too long to be told)") != ERR_NONE)
		abort();
	free(text);
	return status;
}

const char *
failure_reason(const struct failure *failure)
{
	if (failure->is_busy)
		return "busy";
	switch (failure->status) {
	case FAILURE_RATE: return "busy";
	case FAILURE_CONTEXT:
	case FAILURE_TOO_LONG: return "too_long";
	case FAILURE_NONE:
	case FAILURE_OUTPUT:
	case FAILURE_EMPTY:
	case FAILURE_FILTERED: return NULL;
	default: return "unreachable";
	}
}

/* All that is not ASCII is escaped, as in plainchat's log: a terminal takes C1 controls in UTF-8
 * for its own. */
static enum err
append_escaped(struct buf *out, char character)
{
	if (character < ' ' || character > '~')
		return buf_append_format(out, "\\x%02x", (unsigned char)character);
	return buf_append(out, &character, 1);
}

void
failure_append_line(struct buf *out, const char *text, size_t size, const char *key)
{
	size_t key_size = key == NULL ? 0 : strlen(key);
	size_t end = out->size + BOUND_LLM_REPORT_BYTES;
	enum err err = buf_append_text(out, "plainchat-llm: ");

	for (size_t at = 0; at < size && err == ERR_NONE;) {
		if (out->size >= end) {
			err = buf_append_text(out, "...");
			break;
		}
		if (key_size > 0 && size - at >= key_size &&
		    memcmp(text + at, key, key_size) == 0) {
			err = buf_append_text(out, "[key]");
			at += key_size;
		} else {
			err = append_escaped(out, text[at]);
			at++;
		}
	}
	if (err == ERR_NONE)
		err = buf_append_text(out, "\n");
	if (err != ERR_NONE)
		abort();
}
