/*
 * What the JSON of an OpenAI-compatible chat endpoint says; see answer.h. Lenient about what is
 * not needed, strict about the JSON itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/answer.h"

#include <stdlib.h>
#include <string.h>

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

	struct json_verdict verdict = json_parse(body, size, BOUND_LLM_JSON_DEPTH, &value);
	struct json_object *message = find_message(value);
	enum err err = verdict.fault == JSON_FINE && message != NULL ? append_string(out, message)
	                                                             : buf_append(out, body, size);
	if (err != ERR_NONE)
		(void)!buf_append_text(out, "(too long to be told)");
	json_object_put(value);
}

/* vLLM of old sends {"object":"error",...} in place of a chunk. */
static bool
is_error(struct json_object *value)
{
	struct json_object *object = member_text(value, "object");

	return member(value, "error") != NULL ||
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
	} else if (http_status >= 400) {
		status = FAILURE_REQUEST;
		meaning = "the request was refused";
	} else if (http_status >= 300) {
		status = FAILURE_REDIRECT;
		meaning = "it sends us elsewhere, where we do not go";
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

/* `content` is a text; with some (Mistral) a list of parts, of which those of type text count. */
static enum err
append_content(struct buf *text, struct json_object *content)
{
	enum err err = ERR_NONE;

	switch (json_object_get_type(content)) {
	case json_type_null: return ERR_NONE;
	case json_type_string: return append_string(text, content);
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(content) && err == ERR_NONE; i++) {
			struct json_object *part =
				member_text(json_object_array_get_idx(content, i), "text");
			if (part != NULL)
				err = append_string(text, part);
		}
		return err;
	default: return ERR_SYNTAX;
	}
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
	struct json_object *reason = member_text(choice, "finish_reason");
	const char *word = reason == NULL ? "" : json_object_get_string(reason);

	/* Some send an empty reason as long as there is none. */
	if (word[0] == '\0')
		return;
	if (strcmp(word, "length") == 0)
		*finish = ANSWER_LENGTH;
	else if (strcmp(word, "content_filter") == 0)
		*finish = ANSWER_FILTERED;
	else
		*finish = ANSWER_FINISHED;
}

static enum err
read_choice(struct json_object *choice, struct buf *text, enum answer_finish *finish)
{
	struct json_object *said = member(choice, "delta");

	if (said == NULL)
		said = member(choice, "message");
	read_finish(choice, finish);
	struct json_object *content = member(said, "content");
	/* What OpenAI's models say in place of the content, where they will not give it. */
	return append_content(text, content != NULL ? content : member_text(said, "refusal"));
}

enum failure_status
answer_read(const char *json, size_t size, struct buf *text, enum answer_finish *finish,
            struct failure *failure)
{
	enum failure_status status = FAILURE_NONE;
	struct json_object *value;

	struct json_verdict verdict = json_parse(json, size, BOUND_LLM_JSON_DEPTH, &value);
	if (verdict.fault != JSON_FINE)
		return failure_set(failure, FAILURE_PROTOCOL,
		                   "malformed JSON from the server (%s): %.*s",
		                   json_fault_text(verdict.fault), (int)size, json);
	struct json_object *choices = member(value, "choices");
	if (is_error(value)) {
		struct buf words;
		buf_init(&words, BOUND_LLM_EVENT_BYTES);
		answer_append_error(&words, json, size);
		status = failure_set(failure, FAILURE_REPORTED, "the server reports an error: %.*s",
		                     (int)words.size, words.size > 0 ? words.data : "");
		buf_fini(&words);
	} else if (!json_object_is_type(value, json_type_object) ||
	           (choices != NULL && !json_object_is_type(choices, json_type_array))) {
		status =
			failure_set(failure, FAILURE_PROTOCOL,
		                    "not a chat completion from the server: %.*s", (int)size, json);
	} else if (choices != NULL) {
		switch (read_choice(first_choice(choices), text, finish)) {
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
