/*
 * Reads what the bridge is given; see input.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/input.h"

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
