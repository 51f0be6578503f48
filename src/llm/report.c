/*
 * Lines of JSON beside the reply; see report.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/report.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "llm/output.h"
#include "text/json.h"
#include "text/utf8.h"

/* Of a thought in one line: the core passes longer lines over, and each byte may become six. */
#define PIECE_BYTES 4096

#define LINE_BYTES (6 * PIECE_BYTES + 64)

int
report_open(void)
{
	const char *value = getenv("PLAINCHAT_STATUS");
	char *end;

	if (value == NULL || !isdigit((unsigned char)value[0]))
		return -1;
	long fd = strtol(value, &end, 10);
	if (*end != '\0' || fd <= STDERR_FILENO || fd > 1023 || fcntl((int)fd, F_GETFD) < 0)
		return -1;
	return (int)fd;
}

static void
put(int fd, const char *name, const char *text, size_t size)
{
	struct json_object *object = json_object_new_object();
	struct buf line;

	buf_init(&line, LINE_BYTES);
	json_add(object, name, json_object_new_string_len(text, (int)size));
	if (json_append(&line, object) != ERR_NONE || buf_append_text(&line, "\n") != ERR_NONE)
		abort();
	(void)output_write(fd, line.data, line.size);
	json_object_put(object);
	buf_fini(&line);
}

void
report_thought(int fd, const char *text, size_t size)
{
	while (fd >= 0 && size > 0) {
		size_t piece = size <= PIECE_BYTES ? size : utf8_valid_size(text, PIECE_BYTES);
		put(fd, "thought", text, piece);
		text += piece;
		size -= piece;
	}
}

void
report_word(int fd, const char *name, const char *value)
{
	if (fd >= 0)
		put(fd, name, value, strlen(value));
}
