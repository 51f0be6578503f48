/*
 * Reads what the bridge is given: stdin, and the files that options name. For the bridge's one
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_INPUT_H
#define PLAINCHAT_LLM_INPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "llm/failure.h"

/* Appends all that the descriptor has, up to the end of the file. ERR_TOO_LARGE: it is more than
 * the buf may hold. ERR_SYSTEM: errno says why. */
enum err MUST_CHECK
input_read(int fd, struct buf *content);

/* Appends a file's text; white space at its end is left out. FAILURE_FILE, noted: it cannot be
 * read, is larger than the buf may hold, or no UTF-8. `what` it is goes into the note. */
enum failure_status MUST_CHECK
input_read_text_file(const char *path, const char *what, struct buf *text, struct failure *failure);

/* Reads headers from the file: a header in each line, `Name: value`; empty lines and those that
 * begin with # do not count. *headers is a text of lines with a line feed behind each, to be freed.
 * FAILURE_FILE, noted without its content: it cannot be read, or has what is no header. */
enum failure_status MUST_CHECK
input_read_headers(const char *path, char **headers, struct failure *failure);

/* Reads the key from the file or, where `path` is NULL, from the environment variable; *key is NULL
 * where that is not set, either, or empty, and else freed by free(). FAILURE_FILE, noted without
 * the key: it cannot be read, is empty, or cannot be a key, which is printable ASCII without
 * blanks. */
enum failure_status MUST_CHECK
input_read_key(const char *path, const char *variable, char **key, struct failure *failure);

#endif
