/*
 * What the JSON of an OpenAI-compatible chat endpoint says: the text of a chunk or of a whole
 * answer, why it ended, an error. Knows nothing of how it came. Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_ANSWER_H
#define PLAINCHAT_LLM_ANSWER_H

#include <stdbool.h>

#include "base/buf.h"
#include "llm/failure.h"

enum answer_finish {
	ANSWER_UNFINISHED,
	ANSWER_FINISHED, /* stop, or any reason that is not below */
	ANSWER_LENGTH,   /* the maximum of tokens was reached */
	ANSWER_FILTERED, /* content_filter */
};

/* Reads a chunk, or an answer that came as one document. Appends its text, of the first choice, to
 * `text`, and sets *finish where the reason is given; both are left alone by what has neither: the
 * role alone, usage, reasoning, tool calls. FAILURE_REPORTED: it is an error, which is quoted.
 * FAILURE_PROTOCOL: it is not JSON, or not of that shape. Either is noted in `failure`. */
enum failure_status MUST_CHECK
answer_read(const char *json, size_t size, struct buf *text, enum answer_finish *finish,
            struct failure *failure);

/* Appends what a server says of an error: the message in the JSON that it sent, in any of the usual
 * shapes, else the bytes as they are. */
void
answer_append_error(struct buf *out, const char *body, size_t size);

/* What the status of a refused request means, with the server's words; notes it in `failure`.
 * `where` is the address as it may be told. */
enum failure_status
answer_explain_status(long http_status, const char *body, size_t size, const char *where,
                      struct failure *failure);

#endif
