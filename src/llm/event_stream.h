/*
 * Takes a stream of server-sent events apart (the HTML standard, section 9.2), however it was cut
 * into pieces: CR, LF or CRLF, comments, a byte order mark, `data:` with or without a blank. Knows
 * nothing of what the events say. llm/reply_body.c uses it. Pure. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_EVENT_STREAM_H
#define PLAINCHAT_LLM_EVENT_STREAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "llm/failure.h"

/* What an event came as. */
enum event_form {
	EVENT_DATA,
	EVENT_ERROR, /* `event: error`, or in the field `error`, as llama.cpp had it until late 2025
	              */
};

/* Is given each event with data that is not empty; a status other than FAILURE_NONE ends the
 * parsing. `data` has a NUL behind it and is valid until the return. */
typedef enum failure_status (*event_stream_function)(void *context, enum event_form form,
                                                     const char *data, size_t size);

struct event_stream {
	event_stream_function on_event;
	void *context;
	struct buf line;
	struct buf data;
	enum event_form form;
	bool has_begun; /* a first line has ended: a byte order mark is no mark any more */
	bool after_cr;  /* a LF now belongs to the CR before it */
};

void
event_stream_init(struct event_stream *stream, event_stream_function on_event, void *context);

void
event_stream_fini(struct event_stream *stream);

/* The next bytes. Returns what on_event did, or FAILURE_PROTOCOL where a line or an event is over
 * BOUND_LLM_EVENT_BYTES; the stream is of no use then. */
enum failure_status MUST_CHECK
event_stream_feed(struct event_stream *stream, const char *bytes, size_t size);

/* No more bytes come: an event without the blank line behind it, which the standard would have
 * dropped, counts, too, since some servers leave it out at the end. */
enum failure_status MUST_CHECK
event_stream_end(struct event_stream *stream);

#endif
