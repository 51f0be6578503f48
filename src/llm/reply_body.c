/*
 * The body of an answer; see reply_body.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/reply_body.h"

#include <string.h>

#include "base/bounds.h"
#include "text/json.h"

static enum failure_status
say_text(struct reply_body *body)
{
	enum failure_status status = FAILURE_NONE;

	if (body->text.size > BOUND_LLM_REPLY_BYTES - body->said)
		status = failure_set(body->failure, FAILURE_TOO_LONG, "the reply is over %d bytes",
		                     BOUND_LLM_REPLY_BYTES);
	else if (body->text.size > 0 && !body->say(body->context, body->text.data, body->text.size))
		status = failure_set(body->failure, FAILURE_OUTPUT,
		                     "the reply cannot be written: nobody takes it");
	else
		body->said += body->text.size;
	body->text.size = 0;
	return status;
}

static enum failure_status
take_json(struct reply_body *body, const char *json, size_t size)
{
	enum failure_status status =
		answer_read(json, size, &body->text, &body->finish, body->failure);

	return status == FAILURE_NONE ? say_text(body) : status;
}

static enum failure_status
take_event(void *context, enum event_form form, const char *data, size_t size)
{
	struct reply_body *body = context;

	body->event_count++;
	if (body->is_over)
		return FAILURE_NONE;
	if (form == EVENT_ERROR) {
		struct buf words;
		buf_init(&words, BOUND_LLM_EVENT_BYTES);
		answer_append_error(&words, data, size);
		failure_set(body->failure, FAILURE_REPORTED, "the server reports an error: %.*s",
		            (int)words.size, words.size > 0 ? words.data : "");
		buf_fini(&words);
		return FAILURE_REPORTED;
	}
	if (size == strlen("[DONE]") && memcmp(data, "[DONE]", size) == 0) {
		body->is_over = true;
		return FAILURE_NONE;
	}
	return take_json(body, data, size);
}

void
reply_body_init(struct reply_body *body, reply_body_say_function say, void *context,
                struct failure *failure)
{
	*body = (struct reply_body){ .say = say, .context = context, .failure = failure };
	event_stream_init(&body->events, take_event, body);
	buf_init(&body->document, BOUND_LLM_EVENT_BYTES);
	buf_init(&body->text, BOUND_LLM_REPLY_BYTES);
}

void
reply_body_fini(struct reply_body *body)
{
	event_stream_fini(&body->events);
	buf_fini(&body->document);
	buf_fini(&body->text);
}

/* No line of an event stream that means anything begins with a bracket; a JSON document does. */
static enum reply_body_form
form_of(const char *bytes, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		if (strchr(" \t\r\n", bytes[at]) == NULL)
			return bytes[at] == '{' || bytes[at] == '[' ? BODY_DOCUMENT : BODY_EVENTS;
	}
	return BODY_UNDECIDED;
}

static enum failure_status
too_large(struct reply_body *body)
{
	return failure_set(body->failure, FAILURE_PROTOCOL,
	                   "more than %d bytes in one piece from the server",
	                   BOUND_LLM_EVENT_BYTES);
}

static enum failure_status
feed_events(struct reply_body *body, const char *bytes, size_t size)
{
	enum failure_status status = event_stream_feed(&body->events, bytes, size);

	return status != FAILURE_NONE && body->failure->status == FAILURE_NONE ? too_large(body)
	                                                                       : status;
}

enum failure_status
reply_body_feed(struct reply_body *body, const char *bytes, size_t size)
{
	enum failure_status status = FAILURE_NONE;

	if (body->form == BODY_UNDECIDED) {
		body->form = form_of(bytes, size);
		if (body->form == BODY_EVENTS && body->document.size > 0)
			status = feed_events(body, body->document.data, body->document.size);
	}
	if (status != FAILURE_NONE)
		return status;
	if (body->form == BODY_EVENTS)
		return feed_events(body, bytes, size);
	return buf_append(&body->document, bytes, size) == ERR_NONE ? FAILURE_NONE
	                                                            : too_large(body);
}

static enum failure_status
read_rest(struct reply_body *body)
{
	if (body->form == BODY_DOCUMENT)
		return take_json(body, body->document.data, body->document.size);
	enum failure_status status = event_stream_end(&body->events);
	return status != FAILURE_NONE && body->failure->status == FAILURE_NONE ? too_large(body)
	                                                                       : status;
}

enum failure_status
reply_body_end(struct reply_body *body, bool is_whole)
{
	struct failure *failure = body->failure;

	/* A document that is complete was not cut. */
	if (body->form == BODY_DOCUMENT && !is_whole)
		is_whole = json_gate(body->document.data, body->document.size, BOUND_LLM_JSON_DEPTH)
		                   .fault == JSON_FINE;
	if (failure->status == FAILURE_NONE && is_whole && !body->is_over &&
	    read_rest(body) != FAILURE_NONE)
		return failure->status;
	if (failure->status != FAILURE_NONE)
		return failure->status;
	if (body->finish == ANSWER_FILTERED)
		return failure_set(failure, FAILURE_FILTERED,
		                   "the provider's content filter has withheld the rest");
	bool is_finished = body->is_over || body->finish != ANSWER_UNFINISHED;
	if (!is_finished && !is_whole)
		return failure_set(failure, FAILURE_TRUNCATED,
		                   "the connection ended in the middle, after %zu bytes of text",
		                   body->said);
	if (body->form == BODY_EVENTS && body->event_count == 0)
		return failure_set(failure, FAILURE_PROTOCOL,
		                   "neither events nor JSON from the server");
	if (body->said == 0)
		return failure_set(failure, FAILURE_EMPTY, "the reply is empty%s",
		                   body->finish == ANSWER_LENGTH
		                           ? ": the maximum of tokens was reached before any text"
		                           : "");
	return FAILURE_NONE;
}
