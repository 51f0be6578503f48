/*
 * The body of an answer; see reply_body.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/reply_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "text/json.h"

static enum failure_status
pass_on(struct reply_body *body, const struct buf *text)
{
	if (text->size > BOUND_LLM_REPLY_BYTES - body->said)
		return failure_set(body->failure, FAILURE_TOO_LONG, "the reply is over %d bytes",
		                   BOUND_LLM_REPLY_BYTES);
	if (text->size > 0 && !body->say(body->context, text->data, text->size))
		return failure_set(body->failure, FAILURE_OUTPUT,
		                   "the reply cannot be written: nobody takes it");
	body->said += text->size;
	return FAILURE_NONE;
}

static void
pass_on_thought(struct reply_body *body, const struct buf *thought)
{
	body->thought += thought->size;
	if (thought->size > 0 && body->think != NULL)
		(void)body->think(body->context, thought->data, thought->size);
}

/* Appends what the bytes are when they are repaired; at the end also what was held back. */
static void
repair(struct utf8_repair *repairing, const struct buf *bytes, bool is_last, struct buf *out)
{
	enum err err = utf8_repair_add(repairing, buf_text(bytes), bytes->size, out);

	if (err == ERR_NONE && is_last)
		err = utf8_repair_end(repairing, out);
	if (err != ERR_NONE)
		abort();
}

/* Says and thinks what has come, and lets go of what was held back where it is the last. */
static enum failure_status
say_texts(struct reply_body *body, bool is_last)
{
	struct answer *answer = &body->answer;
	struct buf text;
	struct buf said;
	struct buf thought;

	/* Each byte may become three. */
	buf_init(&text, 3 * answer->text.size + 64);
	buf_init(&said, text.cap + 64);
	buf_init(&thought, 3 * answer->thought.size + text.cap + 128);
	repair(&body->thought_repair, &answer->thought, is_last, &thought);
	repair(&body->said_repair, &answer->text, is_last, &text);
	enum err err =
		thought_splitter_add(&body->splitter, buf_text(&text), text.size, &thought, &said);
	if (err == ERR_NONE && is_last)
		err = thought_splitter_end(&body->splitter, &thought, &said);
	if (err != ERR_NONE)
		abort();
	answer->text.size = answer->thought.size = 0;
	pass_on_thought(body, &thought);
	enum failure_status status = pass_on(body, &said);
	buf_fini(&text);
	buf_fini(&said);
	buf_fini(&thought);
	return status;
}

/* The shortest text that is taken for a repetition: words are said twice, sentences are not. */
#define REPEATED_BYTES 16

/* Some servers have the whole message in the last chunk again. */
static bool
is_repetition(const struct reply_body *body, bool was_finished)
{
	const struct answer *answer = &body->answer;
	bool is_same =
		answer->text.size == body->whole.size &&
		memcmp(buf_text(&answer->text), buf_text(&body->whole), answer->text.size) == 0;

	if (body->whole.size == 0)
		return false;
	return answer->is_message || (is_same && answer->text.size >= REPEATED_BYTES &&
	                              !was_finished && answer->finish != ANSWER_UNFINISHED);
}

static enum failure_status
take_json(struct reply_body *body, const char *json, size_t size)
{
	struct answer *answer = &body->answer;
	bool was_finished = answer->finish != ANSWER_UNFINISHED;

	answer->is_message = false;
	enum failure_status status = answer_read(json, size, answer, body->failure);
	if (status != FAILURE_NONE)
		return status;
	if (is_repetition(body, was_finished))
		answer->text.size = 0;
	if (buf_append(&body->whole, buf_text(&answer->text), answer->text.size) != ERR_NONE)
		return failure_set(body->failure, FAILURE_TOO_LONG, "the reply is over %d bytes",
		                   BOUND_LLM_REPLY_BYTES);
	return say_texts(body, false);
}

/* What comes behind the end: counts, and whatever else; a reply that is finished does not fail. */
static void
take_epilogue(struct reply_body *body, const char *json, size_t size)
{
	enum answer_finish finish = body->answer.finish;
	struct failure ignored;

	failure_init(&ignored);
	(void)!answer_read(json, size, &body->answer, &ignored);
	failure_fini(&ignored);
	body->answer.finish = finish;
	body->answer.text.size = body->answer.thought.size = 0;
}

static enum failure_status
note_error(struct reply_body *body, const char *data, size_t size)
{
	struct buf words;
	struct context_limit limit;
	bool is_full = context_is_full(data, size, &limit);

	buf_init(&words, BOUND_LLM_EVENT_BYTES);
	answer_append_error(&words, data, size);
	body->failure->context = limit;
	enum failure_status status =
		failure_set(body->failure, is_full ? FAILURE_CONTEXT : FAILURE_REPORTED,
	                    "the server reports an error: %.*s", (int)words.size, buf_text(&words));
	buf_fini(&words);
	return status;
}

static bool
is_done(const char *data, size_t size)
{
	size_t word_size = strlen("[DONE]");

	while (size > 0 && strchr(" \t", data[size - 1]) != NULL)
		size--;
	while (size > 0 && strchr(" \t", data[0]) != NULL) {
		data++;
		size--;
	}
	return size == word_size && memcmp(data, "[DONE]", word_size) == 0;
}

static bool
is_object(const char *data, size_t size)
{
	size_t at = 0;

	while (at < size && strchr(" \t\n", data[at]) != NULL)
		at++;
	return at < size && data[at] == '{';
}

static enum failure_status
take_event(void *context, enum event_form form, const char *data, size_t size)
{
	struct reply_body *body = context;

	if (body->is_over) {
		body->event_count++;
		return FAILURE_NONE;
	}
	if (is_done(data, size)) {
		body->event_count++;
		body->is_over = true;
		return FAILURE_NONE;
	}
	if (body->answer.finish != ANSWER_UNFINISHED) {
		if (is_object(data, size))
			take_epilogue(body, data, size);
		return FAILURE_NONE;
	}
	if (form == EVENT_ERROR) {
		body->event_count++;
		return note_error(body, data, size);
	}
	/* Pings, and what else is no chunk. */
	if (!is_object(data, size))
		return FAILURE_NONE;
	body->event_count++;
	return take_json(body, data, size);
}

void
reply_body_init(struct reply_body *body, reply_body_say_function say, void *context,
                struct failure *failure)
{
	*body = (struct reply_body){ .say = say, .context = context, .failure = failure };
	event_stream_init(&body->events, take_event, body);
	buf_init(&body->document, BOUND_LLM_EVENT_BYTES);
	buf_init(&body->whole, BOUND_LLM_REPLY_BYTES);
	answer_init(&body->answer, BOUND_LLM_REPLY_BYTES);
	body->said_repair.joins_surrogates = body->thought_repair.joins_surrogates = true;
}

void
reply_body_fini(struct reply_body *body)
{
	event_stream_fini(&body->events);
	buf_fini(&body->document);
	buf_fini(&body->whole);
	answer_fini(&body->answer);
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

static bool
is_complete(const struct buf *document)
{
	struct json_object *value;
	struct json_verdict verdict = json_parse_lenient(buf_text(document), document->size,
	                                                 BOUND_LLM_JSON_DEPTH, &value);

	json_object_put(value);
	return verdict.fault == JSON_FINE;
}

static const char *
why_empty(const struct reply_body *body)
{
	if (body->answer.finish == ANSWER_LENGTH)
		return ": the maximum of tokens was reached before any text";
	return body->thought > 0 ? ": the model has only been thinking" : "";
}

static enum failure_status
judge(const struct reply_body *body, bool is_whole)
{
	struct failure *failure = body->failure;
	bool is_finished = body->is_over || body->answer.finish != ANSWER_UNFINISHED;

	if (body->answer.finish == ANSWER_FILTERED)
		return failure_set(failure, FAILURE_FILTERED,
		                   "the provider's content filter has withheld the rest");
	if (body->answer.finish == ANSWER_ABORTED)
		return failure_set(failure, FAILURE_REPORTED,
		                   "the server has given the reply up, after %zu bytes of text",
		                   body->said);
	if (!is_finished && !is_whole)
		return failure_set(failure, FAILURE_TRUNCATED,
		                   "the connection ended in the middle, after %zu bytes of text",
		                   body->said);
	if (body->form == BODY_EVENTS && body->event_count == 0)
		return failure_set(failure, FAILURE_PROTOCOL,
		                   "neither events nor JSON from the server");
	if (body->said == 0)
		return failure_set(failure, FAILURE_EMPTY, "the reply is empty%s", why_empty(body));
	return FAILURE_NONE;
}

enum failure_status
reply_body_end(struct reply_body *body, bool is_whole)
{
	struct failure *failure = body->failure;

	/* A document that is complete was not cut. */
	if (body->form == BODY_DOCUMENT && !is_whole)
		is_whole = is_complete(&body->document);
	if (failure->status == FAILURE_NONE && is_whole && !body->is_over &&
	    read_rest(body) != FAILURE_NONE)
		return failure->status;
	if (failure->status != FAILURE_NONE || say_texts(body, true) != FAILURE_NONE)
		return failure->status;
	return judge(body, is_whole);
}
