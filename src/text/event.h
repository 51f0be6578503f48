/*
 * What happens in a room, and its JSON form (doc/api.md).
 * Pure functions, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_EVENT_H
#define PLAINCHAT_TEXT_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* The numbers are stored: they are never given another meaning. */
enum event_kind {
	EVENT_MESSAGE = 1,
	EVENT_PART = 2,
	EVENT_DONE = 3,
	EVENT_DELETE = 4,
};

enum role {
	ROLE_USER = 1,
	ROLE_ASSISTANT = 2,
};

enum message_state {
	STATE_DONE = 1,
	STATE_STREAMING = 2,
	STATE_STOPPED = 3,
	STATE_FAILED = 4,
	STATE_DELETED = 5,
};

/* Why a reply is not all that it could be, as far as a visitor can do something about it. Stored,
 * like the above. */
enum event_cause {
	CAUSE_NONE = 0,
	CAUSE_LENGTH = 1,      /* done, but cut at a limit: it could go on */
	CAUSE_UNREACHABLE = 2, /* failed: who answers is not there, or silent */
	CAUSE_BUSY = 3,        /* failed: who answers has too much to do */
	CAUSE_TOO_LONG = 4,    /* failed: the conversation or the reply is too long for it */
};

/* Which members mean something depends on the kind. Strings are valid UTF-8. */
struct event {
	int64_t seq;    /* 0: it is not stored */
	uint64_t epoch; /* which life of the store `seq` is of; 0: not known */
	enum event_kind kind;
	int64_t time_ms; /* Unix time; 0: none */
	int64_t ref;     /* the message that it is about, or answers; 0: none */
	int64_t offset;  /* of a part: in code points */
	enum role role;
	enum message_state state;
	const char *name; /* NULL or "": none */
	const char *text; /* NULL: none */
	size_t text_size;
	enum event_cause cause; /* of a message, or of done */
	/* What was thought before it was said, by a reply; of a part: a piece of that, which
	 * belongs at `thought_offset`, in code points. NULL: nothing. */
	const char *thought;
	size_t thought_size;
	int64_t thought_offset;
	int64_t thought_ms; /* for how long, until now or in all */
};

/* "message", "part", "done" or "delete". A constant. */
const char *
event_kind_name(enum event_kind kind);

/* "user" or "assistant". A constant. */
const char *
event_role_name(enum role role);

/* "done", "streaming", "stopped", "failed" or "deleted". A constant. */
const char *
event_state_name(enum message_state state);

/* "unreachable", "busy" or "too_long"; NULL for the other causes. A constant. */
const char *
event_reason_name(enum event_cause cause);

/* Appends the event as one line of JSON, with the members that its kind has:
 *	message  seq, kind, role, name, text, time, ref, state, cut, reason, thought, thought_ms;
 *	         deleted: without name and text and what follows the state
 *	part     seq, kind, text, time, ref, off, thought, thought_off, thought_ms
 *	done     seq, kind, text, time, ref, state, cut, reason, thought, thought_ms
 *	delete   seq, kind, time, ref
 * Of these seq, name, time, ref, cut, reason and the thought's are left out where there is none.
 *ERR_TOO_LARGE: see buf_append.
 */
enum err MUST_CHECK
event_append(struct buf *out, const struct event *event);

#endif
