/*
 * What the JSON of an OpenAI-compatible chat endpoint says: the text of a chunk or of a whole
 * answer, why it ended, an error. Knows nothing of how it came. Pure. For the bridge's one thread.
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
	ANSWER_ABORTED,  /* abort, error: what is there is not all */
};

/* What a chunk, or an answer that came as one document, says; or several of them. */
struct answer {
	/* To be repaired, with `joins_surrogates` (text/utf8_repair.h): what servers send is cut
	 * anywhere. */
	struct buf text;
	struct buf thought; /* what the model thinks, where the server tells it apart */
	enum answer_finish finish;
	bool is_message; /* the text is that of the whole message, not the next piece */
	/* Where they were told: tokens of the question and of the reply, and of that per second. */
	double prompt_tokens;
	double reply_tokens;
	double tokens_per_second;
};

/* Both texts may hold `most` bytes. */
void
answer_init(struct answer *answer, size_t most);

void
answer_fini(struct answer *answer);

/* Reads a chunk, or an answer that came as one document. Appends what its first choice says and
 * thinks, and sets the other members where they are told; what has none of it changes nothing: the
 * role alone, tool calls. FAILURE_REPORTED: it is an error, which is quoted; FAILURE_CONTEXT: the
 * context is full. FAILURE_PROTOCOL: it is not JSON, or not of that shape. They are noted in
 * `failure`. */
enum failure_status MUST_CHECK
answer_read(const char *json, size_t size, struct answer *answer, struct failure *failure);

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
