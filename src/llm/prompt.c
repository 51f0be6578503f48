/*
 * From stdin's JSON to the request's; see prompt.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "text/json.h"

/* The messages as they are put together. */
struct messages {
	struct json_object *list;
	bool alternate;
	const char *last_role; /* a constant; NULL before the first of the conversation */
	struct buf last_text;  /* with `alternate`: held back, since more may be joined to it */
};

static struct json_object *
new_string(const char *text, size_t size)
{
	struct json_object *string = json_object_new_string_len(text, (int)size);

	if (string == NULL)
		abort();
	return string;
}

static void
add_message(struct messages *messages, const char *role, const char *text, size_t size)
{
	struct json_object *message = json_object_new_object();

	json_add(message, "role", new_string(role, strlen(role)));
	json_add(message, "content", new_string(text, size));
	if (json_object_array_add(messages->list, message) != 0)
		abort();
}

/* Adds the message that was held back, if there is one. */
static void
add_last(struct messages *messages)
{
	if (messages->last_role != NULL)
		add_message(messages, messages->last_role,
		            messages->last_text.size > 0 ? messages->last_text.data : "",
		            messages->last_text.size);
	messages->last_text.size = 0;
}

static void
take_turn(struct messages *messages, const char *role, const char *text, size_t size)
{
	enum err err = ERR_NONE;

	if (!messages->alternate) {
		add_message(messages, role, text, size);
		return;
	}
	if (messages->last_role == NULL && strcmp(role, "assistant") == 0)
		return;
	if (messages->last_role != NULL && strcmp(messages->last_role, role) == 0)
		err = buf_append_text(&messages->last_text, "\n\n");
	else
		add_last(messages);
	messages->last_role = role;
	if (err != ERR_NONE || buf_append(&messages->last_text, text, size) != ERR_NONE)
		abort();
}

/* The text of a member that must be a string; NULL if it is not. */
static const char *
text_of(struct json_object *object, const char *name, size_t *size)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	*size = (size_t)json_object_get_string_len(value);
	return json_object_get_string(value);
}

static enum failure_status
take_history(struct messages *messages, struct json_object *history, struct failure *failure)
{
	if (history == NULL)
		return FAILURE_NONE;
	if (!json_object_is_type(history, json_type_array))
		return failure_set(failure, FAILURE_INPUT, "stdin: \"history\" must be an array");
	for (size_t i = 0; i < json_object_array_length(history); i++) {
		struct json_object *entry = json_object_array_get_idx(history, i);
		size_t role_size;
		size_t size;
		const char *role = text_of(entry, "role", &role_size);
		const char *text = text_of(entry, "text", &size);
		if (role == NULL || text == NULL)
			return failure_set(failure, FAILURE_INPUT,
			                   "stdin: \"history\" must hold objects with \"role\" and "
			                   "\"text\"");
		if (strcmp(role, "user") == 0)
			take_turn(messages, "user", text, size);
		else if (strcmp(role, "assistant") == 0)
			take_turn(messages, "assistant", text, size);
		else
			return failure_set(failure, FAILURE_INPUT,
			                   "stdin: a \"role\" that is neither user nor assistant");
	}
	return FAILURE_NONE;
}

static enum failure_status
take_conversation(struct messages *messages, struct json_object *input, struct failure *failure)
{
	struct json_object *history = NULL;
	size_t size;
	const char *message = text_of(input, "message", &size);

	if (message == NULL || size == 0)
		return failure_set(failure, FAILURE_INPUT,
		                   "stdin: no object with a \"message\" that is a text");
	json_object_object_get_ex(input, "history", &history);
	enum failure_status status = take_history(messages, history, failure);
	if (status == FAILURE_NONE) {
		take_turn(messages, "user", message, size);
		if (messages->alternate)
			add_last(messages);
	}
	return status;
}

static void
set_settings(struct json_object *request, const struct prompt_settings *settings)
{
	if (settings->model != NULL)
		json_add(request, "model", new_string(settings->model, strlen(settings->model)));
	json_add(request, "stream", json_object_new_boolean(1));
	if (settings->temperature != NULL)
		json_add(request, "temperature",
		         json_object_new_double_s(strtod(settings->temperature, NULL),
		                                  settings->temperature));
	if (settings->max_tokens > 0)
		json_add(request, settings->max_tokens_name,
		         json_object_new_int64(settings->max_tokens));
}

enum failure_status
prompt_append(struct buf *request, const char *input, size_t size,
              const struct prompt_settings *settings, struct failure *failure)
{
	struct json_object *value;
	struct json_object *made = json_object_new_object();
	struct messages messages = {
		.list = json_object_new_array(),
		.alternate = settings->alternate,
	};

	if (made == NULL || messages.list == NULL)
		abort();
	buf_init(&messages.last_text, 2 * size + 2);
	set_settings(made, settings);
	json_add(made, "messages", messages.list);
	if (settings->system != NULL)
		add_message(&messages, "system", settings->system, strlen(settings->system));
	struct json_verdict verdict = json_parse(input, size, BOUND_LLM_JSON_DEPTH, &value);
	enum failure_status status;
	if (verdict.fault != JSON_FINE)
		status = failure_set(failure, FAILURE_INPUT, "stdin: %s, at byte %zu",
		                     json_fault_text(verdict.fault), verdict.offset);
	else
		status = take_conversation(&messages, value, failure);
	if (status == FAILURE_NONE && json_append(request, made) != ERR_NONE)
		status = failure_set(failure, FAILURE_INPUT, "stdin: too long for a request");
	buf_fini(&messages.last_text);
	json_object_put(value);
	json_object_put(made);
	return status;
}
