/*
 * The log: see log.h for the form of a line. A line is built on the stack and leaves by one
 * write(2), so lines of several threads and processes do not mix.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bounds.h"

/* Bytes of a quoted value: escaped it is up to four times as long, and others must fit behind. */
#define VALUE_BYTES 128

static enum log_level least_level = LOG_INFO;

const char *const log_level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
	NULL,
};

struct line {
	char text[BOUND_LOG_LINE_BYTES];
	size_t size;
};

static void
line_add_byte(struct line *line, char byte)
{
	/* The last byte is kept for the newline. */
	if (line->size < sizeof(line->text) - 1)
		line->text[line->size++] = byte;
}

static void
line_add(struct line *line, const char *text)
{
	for (; *text != '\0'; text++)
		line_add_byte(line, *text);
}

static int
value_is_plain(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (c - text == VALUE_BYTES || *c <= ' ' || *c > '~' || *c == '"' || *c == '\\' ||
		    *c == '=')
			return 0;
	}
	return *text != '\0';
}

static int
is_escaped(unsigned char byte)
{
	/* All that is not ASCII too: a terminal takes C1 controls in UTF-8 for its own. */
	return byte < ' ' || byte > '~';
}

static void
line_add_escaped(struct line *line, char c)
{
	unsigned char byte = (unsigned char)c;
	char escaped[8];

	if (is_escaped(byte)) {
		snprintf(escaped, sizeof(escaped), "\\x%02x", byte);
		line_add(line, escaped);
		return;
	}
	if (c == '"' || c == '\\')
		line_add_byte(line, '\\');
	line_add_byte(line, c);
}

static void
line_add_value(struct line *line, const char *text)
{
	if (value_is_plain(text)) {
		line_add(line, text);
		return;
	}
	line_add_byte(line, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (c - text == VALUE_BYTES) {
			line_add(line, "...");
			break;
		}
		line_add_escaped(line, *c);
	}
	line_add_byte(line, '"');
}

static void
line_add_ending(struct line *line, const char *text)
{
	/* Beside the quotation marks, the dots and the newline. */
	size_t room = sizeof(line->text) - line->size > 6 ? sizeof(line->text) - line->size - 6 : 0;
	const char *start = text + strlen(text);

	while (start > text) {
		unsigned char byte = (unsigned char)start[-1];
		size_t size = is_escaped(byte) ? 4 : byte == '"' || byte == '\\' ? 2 : 1;
		if (size > room)
			break;
		room -= size;
		start--;
	}
	line_add(line, start == text ? "\"" : "\"...");
	for (; *start != '\0'; start++)
		line_add_escaped(line, *start);
	line_add_byte(line, '"');
}

static void
line_add_time(struct line *line)
{
	struct timespec now;
	struct tm utc;
	char text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + size, sizeof(text) - size, ".%03ldZ", now.tv_nsec / 1000000);
	line_add(line, text);
}

struct log_field
log_text(const char *key, const char *text)
{
	return (struct log_field){ .key = key, .text = text == NULL ? "" : text };
}

struct log_field
log_ending(const char *key, const char *text)
{
	return (struct log_field){ .key = key, .text = text, .is_ending = 1 };
}

struct log_field
log_number(const char *key, long long number)
{
	return (struct log_field){ .key = key, .number = number };
}

void
log_set_level(enum log_level level)
{
	least_level = level;
}

int
log_is_wanted(enum log_level level)
{
	return level <= least_level;
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields)
{
	if (!log_is_wanted(level))
		return;
	int saved_errno = errno;
	struct line line = { .size = 0 };

	line_add(&line, "time=");
	line_add_time(&line);
	line_add(&line, " level=");
	line_add(&line, log_level_names[level]);
	line_add(&line, " event=");
	line_add(&line, event);
	for (; fields != NULL && fields->key != NULL; fields++) {
		line_add_byte(&line, ' ');
		line_add(&line, fields->key);
		line_add_byte(&line, '=');
		if (fields->is_ending) {
			line_add_ending(&line, fields->text);
		} else if (fields->text != NULL) {
			line_add_value(&line, fields->text);
		} else {
			char number[32];
			snprintf(number, sizeof(number), "%lld", fields->number);
			line_add(&line, number);
		}
	}
	line.text[line.size++] = '\n';
	/* There is nowhere left to report that the log itself cannot be written. */
	ssize_t ignored = write(STDERR_FILENO, line.text, line.size);
	(void)ignored;
	errno = saved_errno;
}
