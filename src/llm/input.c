/*
 * Reads what the bridge is given; see input.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/input.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "text/utf8.h"

enum err
input_read(int fd, struct buf *content)
{
	char bytes[16 * 1024];

	for (;;) {
		ssize_t size = read(fd, bytes, sizeof(bytes));
		if (size == 0)
			return ERR_NONE;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return ERR_SYSTEM;
		enum err err = buf_append(content, bytes, (size_t)size);
		if (err != ERR_NONE)
			return err;
	}
}

static void
drop_white_space_at_end(struct buf *text)
{
	while (text->size > 0 && strchr(" \t\r\n", text->data[text->size - 1]) != NULL)
		text->data[--text->size] = '\0';
}

enum failure_status
input_read_text_file(const char *path, const char *what, struct buf *text, struct failure *failure)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return failure_set(failure, FAILURE_FILE, "the %s cannot be read: %s: %s", what,
		                   path, strerror(errno));
	enum err err = input_read(fd, text);
	int error = errno;
	close(fd);
	if (err == ERR_TOO_LARGE)
		return failure_set(failure, FAILURE_FILE, "the %s is over %zu bytes: %s", what,
		                   text->cap, path);
	if (err != ERR_NONE)
		return failure_set(failure, FAILURE_FILE, "the %s cannot be read: %s: %s", what,
		                   path, strerror(error));
	drop_white_space_at_end(text);
	if (text->size == 0)
		return failure_set(failure, FAILURE_FILE, "the %s is empty: %s", what, path);
	if (utf8_valid_size(text->data, text->size) != text->size ||
	    memchr(text->data, '\0', text->size) != NULL)
		return failure_set(failure, FAILURE_FILE, "the %s is not UTF-8: %s", what, path);
	return FAILURE_NONE;
}

/* A name of RFC 9110, section 5.1, a colon, and a value without controls. */
static bool
can_be_header(const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);

	if (colon == NULL || colon == line)
		return false;
	for (const char *c = line; c < colon; c++) {
		if (!isalnum((unsigned char)*c) && strchr("!#$%&'*+-.^_`|~", *c) == NULL)
			return false;
	}
	for (const char *c = colon + 1; c < line + size; c++) {
		if ((unsigned char)*c < ' ' && *c != '\t')
			return false;
	}
	return true;
}

enum failure_status
input_read_headers(const char *path, char **headers, struct failure *failure)
{
	struct buf text;
	struct buf lines;
	char *rest = NULL;
	unsigned number = 0;

	*headers = NULL;
	buf_init(&text, BOUND_LLM_HEADER_FILE_BYTES);
	buf_init(&lines, BOUND_LLM_HEADER_FILE_BYTES + 2);
	enum failure_status status = input_read_text_file(path, "header file", &text, failure);
	for (char *line = status == FAILURE_NONE ? strtok_r(text.data, "\r\n", &rest) : NULL;
	     line != NULL && status == FAILURE_NONE; line = strtok_r(NULL, "\r\n", &rest)) {
		number++;
		if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
			continue;
		if (!can_be_header(line, strlen(line)))
			status = failure_set(failure, FAILURE_FILE,
			                     "line %u of the header file is no header: %s", number,
			                     path);
		else if (buf_append_text(&lines, line) != ERR_NONE ||
		         buf_append_text(&lines, "\n") != ERR_NONE)
			abort();
	}
	if (status == FAILURE_NONE)
		*headers = must_copy(buf_text(&lines), lines.size);
	buf_fini(&text);
	buf_fini(&lines);
	return status;
}

/* It becomes part of a header: a line break would begin another. */
static bool
can_be_key(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~')
			return false;
	}
	return text[0] != '\0';
}

enum failure_status
input_read_key(const char *path, const char *variable, char **key, struct failure *failure)
{
	struct buf text;
	const char *from_environment = getenv(variable);

	*key = NULL;
	if (path == NULL && (from_environment == NULL || from_environment[0] == '\0'))
		return FAILURE_NONE;
	buf_init(&text, BOUND_LLM_KEY_BYTES);
	enum failure_status status = FAILURE_NONE;
	if (path != NULL)
		status = input_read_text_file(path, "key file", &text, failure);
	else if (buf_append_text(&text, from_environment) != ERR_NONE)
		status = failure_set(failure, FAILURE_FILE, "the key in %s is over %d bytes",
		                     variable, BOUND_LLM_KEY_BYTES);
	if (status == FAILURE_NONE && !can_be_key(text.data))
		status = failure_set(failure, FAILURE_FILE,
		                     "the key in %s is not printable ASCII without blanks",
		                     path != NULL ? path : variable);
	if (status == FAILURE_NONE)
		*key = must_copy(text.data, text.size);
	buf_fini(&text);
	return status;
}
