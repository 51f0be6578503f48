/*
 * What every responder is: something that is given a question and makes a reply, at once or part by
 * part, through callbacks. chat/ calls it; a responder knows nothing of rooms, HTTP or the
 * store.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_RESPONDER_RESPONDER_H
#define PLAINCHAT_RESPONDER_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "text/event.h"

/* What was said before, in a room. */
struct turn {
	enum role role;
	const char *name; /* of a user: who said it; NULL or "": nobody in particular, or several */
	const char *text;
	size_t text_size;
};

/* What is asked. Valid only during the call that it is given to, which copies what it needs for
 * longer. Strings are valid UTF-8 without U+0000. */
struct question {
	const char *room;    /* as it is shown: a name, "~" for a private one, "" for none */
	const char *name;    /* of who asks; "" for none */
	const char *message; /* not blank */
	size_t message_size;
	/* The oldest first. Roles take turns, a user begins, and the assistant has the last word.
	 */
	const struct turn *history;
	size_t history_count;
	/* What users have said after that, before the message: nobody has answered it. */
	const struct turn *unanswered;
	size_t unanswered_count;
};

enum reply_state {
	REPLY_DONE,
	REPLY_CUT,    /* done, but a limit has cut it: it could go on */
	REPLY_FAILED, /* as the following, for which visitors are told a reason (CAUSE_...) */
	REPLY_UNREACHABLE,
	REPLY_BUSY,
	REPLY_TOO_LONG,
};

/* Where a reply goes. */
struct reply_sink {
	/* The next piece of the reply: `size` bytes of whole characters, to be copied if kept.
	 * ERR_TOO_LARGE: the reply has become too large; the responder stops and calls `end` with
	 * REPLY_TOO_LONG. */
	enum err (*part)(void *context, const char *text, size_t size);
	/* The reply is over; called exactly once, nothing is called after it. */
	void (*end)(void *context, enum reply_state state);
	void *context;
	/* The next piece of what is thought, not said; as `part`. NULL: of no interest. */
	void (*thought)(void *context, const char *text, size_t size);
};

struct reply_run;

/* Either has `answer`, or the two others. */
struct responder {
	/* Makes the whole reply during this call, on any thread. */
	void (*answer)(const struct responder *self, const struct question *question,
	               const struct reply_sink *sink);

	/* Begins a reply that takes its time, on the loop's thread. The sink, which is copied, is
	 * called there too, after this call. On ERR_NONE *run is valid until `end` was called.
	 * ERR_SYSTEM: it cannot be begun, which was logged; the sink is not called. */
	enum err (*start)(const struct responder *self, const struct question *question,
	                  const struct reply_sink *sink, struct reply_run **run);
	/* Asks for the end, which comes soon, by the sink. Harmless when repeated. With `at_once`
	 * it is not asked but made: where the program itself has to end. On the loop's thread. */
	void (*stop)(struct reply_run *run, bool at_once);
};

#endif
