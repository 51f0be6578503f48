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

/* Appends the event as one line of JSON, with the members that its kind has:
 *	message  seq, kind, role, name, text, time, ref, state; deleted: without name and text
 *	part     seq, kind, text, time, ref, off
 *	done     seq, kind, text, time, ref, state
 *	delete   seq, kind, time, ref
 * Of these seq, name, time and ref are left out where there is none. ERR_TOO_LARGE: see buf_append.
 */
enum err MUST_CHECK
event_append(struct buf *out, const struct event *event);

#endif
