/*
 * What the JSON of an OpenAI-compatible chat endpoint says; see answer.h. Lenient about what is
 * not needed, strict about the JSON itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "text/json.h"

/* The member, NULL where there is none or it is null. */
static struct json_object *
member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	return value;
}

static struct json_object *
member_text(struct json_object *object, const char *name)
{
	struct json_object *value = member(object, name);

	return json_object_is_type(value, json_type_string) ? value : NULL;
}

static enum err MUST_CHECK
append_string(struct buf *out, struct json_object *string)
{
	return buf_append(out, json_object_get_string(string),
	                  (size_t)json_object_get_string_len(string));
}

void
answer_init(struct answer *answer, size_t most)
{
	*answer = (struct answer){ .finish = ANSWER_UNFINISHED };
	buf_init(&answer->text, most);
	buf_init(&answer->thought, most);
}

void
answer_fini(struct answer *answer)
{
	buf_fini(&answer->text);
	buf_fini(&answer->thought);
}

/* --- errors --- */

/* Where the message is: {"error":{"message"}} and {"error":TEXT} (OpenAI, llama.cpp, Ollama),
 * {"message"} (vLLM of old), {"detail":TEXT} (FastAPI). NULL: in none of these. */
static struct json_object *
find_message(struct json_object *value)
{
	struct json_object *error = member(value, "error");
	struct json_object *message;

	if (json_object_is_type(error, json_type_string))
		return error;
	if ((message = member_text(error, "message")) != NULL)
		return message;
	if ((message = member_text(value, "message")) != NULL)
		return message;
	return member_text(value, "detail");
}

void
answer_append_error(struct buf *out, const char *body, size_t size)
{
	struct json_object *value;

	struct json_verdict verdict = json_parse_lenient(body, size, BOUND_LLM_JSON_DEPTH, &value);
	struct json_object *message = find_message(value);
	enum err err = verdict.fault == JSON_FINE && message != NULL ? append_string(out, message)
	                                                             : buf_append(out, body, size);
	if (err != ERR_NONE)
		(void)!buf_append_text(out, "(too long to be told)");
	json_object_put(value);
}

/* Some send an empty text, or false, where there is no error. */
static bool
is_told(struct json_object *error)
{
	return error != NULL &&
	       (!json_object_is_type(error, json_type_string) ||
	        json_object_get_string_len(error) > 0) &&
	       (!json_object_is_type(error, json_type_boolean) || json_object_get_boolean(error));
}

/* What the words of an error mean, wherever they come. */
static enum failure_status
judge_words(const char *body, size_t size, enum failure_status status, struct failure *failure)
{
	struct context_limit limit;

	failure->is_busy |= context_has_words(body, size, "overloaded") ||
	                    context_has_words(body, size, "rate limit") ||
	                    context_has_words(body, size, "too many requests");
	if (!context_is_full(body, size, &limit))
		return status;
	failure->context = limit;
	return FAILURE_CONTEXT;
}

/* vLLM of old sends {"object":"error",...} in place of a chunk. */
static bool
is_error(struct json_object *value)
{
	struct json_object *object = member_text(value, "object");

	return is_told(member(value, "error")) ||
	       (object != NULL && strcmp(json_object_get_string(object), "error") == 0);
}

enum failure_status
answer_explain_status(long http_status, const char *body, size_t size, const char *where,
                      struct failure *failure)
{
	enum failure_status status = FAILURE_PROTOCOL;
	const char *meaning = "no answer to a chat request";
	struct buf words;

	if (http_status == 401 || http_status == 403) {
		status = FAILURE_KEY;
		meaning = "the key is missing or refused";
	} else if (http_status == 404) {
		status = FAILURE_NOT_FOUND;
		meaning = "no such model or path";
	} else if (http_status == 429) {
		status = FAILURE_RATE;
		meaning = "too many requests, or no credit";
	} else if (http_status >= 500) {
		status = FAILURE_SERVER;
		meaning = "the server failed";
		failure->is_busy = http_status == 503 || http_status == 529;
		failure->is_loading = http_status == 503 && context_is_loading(body, size);
	} else if (http_status >= 400) {
		status = FAILURE_REQUEST;
		meaning = "the request was refused";
	} else if (http_status >= 300) {
		status = FAILURE_REDIRECT;
		meaning = "it sends us elsewhere, where we do not go";
	}
	if (status == FAILURE_REQUEST || status == FAILURE_SERVER) {
		status = judge_words(body, size, status, failure);
		if (status == FAILURE_CONTEXT)
			meaning = "the conversation is too long for the model";
	}
	buf_init(&words, BOUND_LLM_EVENT_BYTES);
	answer_append_error(&words, body, size);
	/* What matters first: plainchat's log has room for a line, not more. */
	failure_set(failure, status, "status %ld, %s%s%.*s (%s)", http_status, meaning,
	            words.size > 0 ? ": " : "", (int)words.size, words.size > 0 ? words.data : "",
	            where);
	buf_fini(&words);
	return status;
}

/* --- text --- */

/* The texts of a list of parts; of those that think (Mistral) to `thought`. */
static enum err
append_parts(struct answer *answer, struct buf *text, struct json_object *parts)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < json_object_array_length(parts) && err == ERR_NONE; i++) {
		struct json_object *part = json_object_array_get_idx(parts, i);
		struct json_object *thinking = member(part, "thinking");
		struct json_object *said = member_text(part, "text");
		if (json_object_is_type(thinking, json_type_array) && text != &answer->thought)
			err = append_parts(answer, &answer->thought, thinking);
		else if (json_object_is_type(thinking, json_type_string))
			err = append_string(&answer->thought, thinking);
		else if (said != NULL)
			err = append_string(text, said);
	}
	return err;
}

/* `content` is a text; with some a list of parts. */
static enum err
append_content(struct answer *answer, struct json_object *content)
{
	switch (json_object_get_type(content)) {
	case json_type_null: return ERR_NONE;
	case json_type_string: return append_string(&answer->text, content);
	case json_type_array: return append_parts(answer, &answer->text, content);
	default: return ERR_SYNTAX;
	}
}

/* vLLM has both of these names for the same. */
static enum err
append_thought(struct answer *answer, struct json_object *said)
{
	struct json_object *thought = member_text(said, "reasoning_content");

	if (thought == NULL)
		thought = member_text(said, "reasoning");
	return thought == NULL ? ERR_NONE : append_string(&answer->thought, thought);
}

/* The choice with index 0 or without one; NULL if there is none. */
static struct json_object *
first_choice(struct json_object *choices)
{
	for (size_t i = 0; i < json_object_array_length(choices); i++) {
		struct json_object *choice = json_object_array_get_idx(choices, i);
		struct json_object *index = member(choice, "index");
		if (choice != NULL && (index == NULL || json_object_get_int64(index) == 0))
			return choice;
	}
	return NULL;
}

static void
read_finish(struct json_object *choice, enum answer_finish *finish)
{
	static const struct {
		const char *word;
		enum answer_finish finish;
	} finishes[] = {
		{ "length", ANSWER_LENGTH },       { "max_tokens", ANSWER_LENGTH },
		{ "model_length", ANSWER_LENGTH }, { "content_filter", ANSWER_FILTERED },
		{ "abort", ANSWER_ABORTED },       { "error", ANSWER_ABORTED },
		{ "cancelled", ANSWER_ABORTED },
	};
	struct json_object *reason = member_text(choice, "finish_reason");
	const char *word = reason == NULL ? "" : json_object_get_string(reason);

	/* Some send an empty reason as long as there is none. */
	if (word[0] == '\0')
		return;
	*finish = ANSWER_FINISHED;
	for (size_t i = 0; i < sizeof(finishes) / sizeof(finishes[0]); i++) {
		if (strcasecmp(word, finishes[i].word) == 0)
			*finish = finishes[i].finish;
	}
}

static enum err
read_choice(struct json_object *choice, struct answer *answer)
{
	struct json_object *said = member(choice, "delta");

	if (said == NULL) {
		said = member(choice, "message");
		answer->is_message |= said != NULL;
	}
	read_finish(choice, &answer->finish);
	struct json_object *content = member(said, "content");
	enum err err = append_thought(answer, said);
	if (err != ERR_NONE)
		return err;
	/* What OpenAI's models say in place of the content, where they will not give it. */
	return append_content(answer, content != NULL ? content : member_text(said, "refusal"));
}

static void
read_number(struct json_object *object, const char *name, double *number)
{
	struct json_object *value = member(object, name);

	if (json_object_is_type(value, json_type_int) ||
	    json_object_is_type(value, json_type_double))
		*number = json_object_get_double(value);
}

/* OpenAI's usage; llama.cpp's timings. */
static void
read_counts(struct json_object *value, struct answer *answer)
{
	struct json_object *usage = member(value, "usage");
	struct json_object *timings = member(value, "timings");

	read_number(timings, "prompt_n", &answer->prompt_tokens);
	read_number(timings, "predicted_n", &answer->reply_tokens);
	read_number(timings, "predicted_per_second", &answer->tokens_per_second);
	read_number(usage, "prompt_tokens", &answer->prompt_tokens);
	read_number(usage, "completion_tokens", &answer->reply_tokens);
}

static enum failure_status
note_error(const char *json, size_t size, struct failure *failure)
{
	struct buf words;

	buf_init(&words, BOUND_LLM_EVENT_BYTES);
	answer_append_error(&words, json, size);
	enum failure_status status =
		failure_set(failure, judge_words(json, size, FAILURE_REPORTED, failure),
	                    "the server reports an error: %.*s", (int)words.size, buf_text(&words));
	buf_fini(&words);
	return status;
}

enum failure_status
answer_read(const char *json, size_t size, struct answer *answer, struct failure *failure)
{
	enum failure_status status = FAILURE_NONE;
	struct json_object *value;

	struct json_verdict verdict = json_parse_lenient(json, size, BOUND_LLM_JSON_DEPTH, &value);
	if (verdict.fault != JSON_FINE)
		return failure_set(failure, FAILURE_PROTOCOL,
		                   "malformed JSON from the server (%s): %.*s",
		                   json_fault_text(verdict.fault), (int)size, json);
	struct json_object *choices = member(value, "choices");
	if (is_error(value)) {
		status = note_error(json, size, failure);
	} else if (!json_object_is_type(value, json_type_object) ||
	           (choices != NULL && !json_object_is_type(choices, json_type_array))) {
		status =
			failure_set(failure, FAILURE_PROTOCOL,
		                    "not a chat completion from the server: %.*s", (int)size, json);
	} else {
		read_counts(value, answer);
		switch (choices == NULL ? ERR_NONE : read_choice(first_choice(choices), answer)) {
		case ERR_NONE: break;
		case ERR_TOO_LARGE:
			status = failure_set(failure, FAILURE_TOO_LONG,
			                     "the reply is over %d bytes", BOUND_LLM_REPLY_BYTES);
			break;
		default:
			status = failure_set(failure, FAILURE_PROTOCOL,
			                     "content that is no text from the server: %.*s",
			                     (int)size, json);
		}
	}
	json_object_put(value);
	return status;
}
