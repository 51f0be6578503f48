/*
 * The body of an answer, from the bytes as they come to text that leaves at once, and in the end
 * the verdict: a whole reply or not. What the model thinks is told apart from what it says,
 * whether the server does that or the text has it between <think> and </think>. Finds out by itself
 * whether it is a stream of events or, from a server that does not stream, one JSON document. Knows
 * nothing of the network. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_REPLY_BODY_H
#define PLAINCHAT_LLM_REPLY_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "llm/answer.h"
#include "llm/event_stream.h"
#include "llm/failure.h"
#include "text/thought.h"
#include "text/utf8_repair.h"

/* Takes a piece of the reply, whole UTF-8 sequences, never empty. Returns false where nobody wants
 * it any more. */
typedef bool (*reply_body_say_function)(void *context, const char *text, size_t size);

enum reply_body_form { BODY_UNDECIDED, BODY_EVENTS, BODY_DOCUMENT };

struct reply_body {
	reply_body_say_function say;
	reply_body_say_function think; /* the same for what is thought; NULL: of no interest */
	void *context;
	struct failure *failure;
	enum reply_body_form form;
	struct event_stream events;
	struct buf document;  /* up to the decision: the white space that came */
	struct answer answer; /* the texts: of one chunk; the rest: of all */
	struct buf whole;     /* the text so far, as it came */
	struct utf8_repair said_repair;
	struct utf8_repair thought_repair;
	struct thought_splitter splitter;
	size_t said;    /* bytes, in all */
	size_t thought; /* the same */
	size_t event_count;
	bool is_over; /* [DONE] has come: nothing more needs to be read */
};

/* `failure` gets what goes wrong; it must outlive the body. `think` may be set afterwards. */
void
reply_body_init(struct reply_body *body, reply_body_say_function say, void *context,
                struct failure *failure);

void
reply_body_fini(struct reply_body *body);

/* The next bytes. What they say has been given to `say` at the return. A status other than
 * FAILURE_NONE is noted in the failure, and the rest is not worth reading. */
enum failure_status MUST_CHECK
reply_body_feed(struct reply_body *body, const char *bytes, size_t size);

/* The end: `is_whole` where the connection says that everything has come. The verdict is the
 * failure's status; a reply that was finished is fine, whatever the connection says. */
enum failure_status MUST_CHECK
reply_body_end(struct reply_body *body, bool is_whole);

#endif
