/*
 * From stdin's JSON to the request's; see prompt.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "text/excerpt.h"
#include "text/json.h"
#include "text/thought.h"

/* A message of the request. */
struct message {
	bool is_user;
	struct buf text;
};

struct messages {
	struct message *list;
	size_t count;
	bool has_names; /* several people speak: their names tell them apart */
};

/* --- what is read --- */

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

/* A list of turns; *count is 0 where there is none. False: it is something else. */
static bool
list_of(struct json_object *input, const char *name, struct json_object **list, size_t *count)
{
	*list = NULL;
	*count = 0;
	if (!json_object_is_type(input, json_type_object) ||
	    !json_object_object_get_ex(input, name, list) || *list == NULL)
		return true;
	if (!json_object_is_type(*list, json_type_array))
		return false;
	*count = json_object_array_length(*list);
	return true;
}

/* The name as it is shown; "" for none. */
static const char *
name_of(struct json_object *object)
{
	size_t size;
	const char *name = text_of(object, "name", &size);

	if (name == NULL)
		return "";
	return name[0] == '~' ? name + 1 : name;
}

static bool
is_another(const char **known, const char *name)
{
	if (name[0] == '\0')
		return false;
	if (*known == NULL)
		*known = name;
	return strcmp(*known, name) != 0;
}

static bool
are_several(struct json_object *input)
{
	static const char *const lists[] = { "history", "unanswered" };
	const char *known = NULL;
	bool is_several = is_another(&known, name_of(input));

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct json_object *list;
		size_t count;
		if (!list_of(input, lists[i], &list, &count))
			continue;
		for (size_t j = 0; j < count; j++)
			is_several |=
				is_another(&known, name_of(json_object_array_get_idx(list, j)));
	}
	return is_several;
}

/* --- turns --- */

static void
must(enum err err)
{
	if (err != ERR_NONE)
		abort();
}

static struct message *
message_for(struct messages *messages, bool is_user, size_t room)
{
	struct message *last = messages->count > 0 ? &messages->list[messages->count - 1] : NULL;

	if (last != NULL && last->is_user == is_user) {
		last->text.cap += room + 2;
		must(buf_append_text(&last->text, "\n\n"));
		return last;
	}
	last = &messages->list[messages->count++];
	last->is_user = is_user;
	buf_init(&last->text, room);
	return last;
}

static void
take_turn(struct messages *messages, bool is_user, const char *name, const char *text, size_t size)
{
	struct buf said;

	buf_init(&said, size + strlen(name) + 64);
	if (!is_user) {
		must(thought_leave_out(text, size, &said));
	} else {
		if (messages->has_names && name[0] != '\0' && size > 0)
			must(buf_append_format(&said, "%s: ", name));
		must(buf_append(&said, text, size));
	}
	/* What would come before any user is left out, as is what says nothing. */
	if (said.size > 0 && (is_user || messages->count > 0)) {
		struct message *message = message_for(messages, is_user, said.size);
		must(buf_append(&message->text, said.data, said.size));
	}
	buf_fini(&said);
}

static enum failure_status
take_list(struct messages *messages, struct json_object *input, const char *name,
          struct failure *failure)
{
	struct json_object *list;
	size_t count;

	if (!list_of(input, name, &list, &count))
		return failure_set(failure, FAILURE_INPUT, "stdin: \"%s\" must be an array", name);
	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		size_t role_size;
		size_t size;
		const char *role = text_of(entry, "role", &role_size);
		const char *text = text_of(entry, "text", &size);
		if (role == NULL || text == NULL)
			return failure_set(failure, FAILURE_INPUT,
			                   "stdin: \"%s\" must hold objects with \"role\" and "
			                   "\"text\"",
			                   name);
		bool is_user = strcmp(role, "user") == 0;
		if (!is_user && strcmp(role, "assistant") != 0)
			return failure_set(failure, FAILURE_INPUT,
			                   "stdin: a \"role\" that is neither user nor assistant");
		take_turn(messages, is_user, name_of(entry), text, size);
	}
	return FAILURE_NONE;
}

static enum failure_status
take_conversation(struct messages *messages, struct json_object *input, struct failure *failure)
{
	size_t size;
	const char *message = text_of(input, "message", &size);

	if (message == NULL || size == 0)
		return failure_set(failure, FAILURE_INPUT,
		                   "stdin: no object with a \"message\" that is a text");
	enum failure_status status = take_list(messages, input, "history", failure);
	if (status == FAILURE_NONE)
		status = take_list(messages, input, "unanswered", failure);
	if (status == FAILURE_NONE)
		take_turn(messages, true, name_of(input), message, size);
	return status;
}

/* --- fitting --- */

static size_t
bytes_of(const struct messages *messages)
{
	size_t bytes = 0;

	for (size_t i = 0; i < messages->count; i++)
		bytes += messages->list[i].text.size;
	return bytes;
}

static void
shorten(struct message *message, size_t most)
{
	struct buf text;

	buf_init(&text, most + 1);
	must(excerpt_append(&text, buf_text(&message->text), message->text.size, most));
	if (text.size == 0)
		must(buf_append_text(&text, "."));
	buf_fini(&message->text);
	message->text = text;
}

/* Drops `count` of the oldest, which go in pairs, so that a user still begins. */
static void
drop_oldest(struct messages *messages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_fini(&messages->list[i].text);
	messages->count -= count;
	memmove(messages->list, messages->list + count, messages->count * sizeof(*messages->list));
}

static void
fit(struct messages *messages, size_t bytes_max, struct prompt_size *made)
{
	size_t share = bytes_max / BOUND_HISTORY_SHARE;
	size_t all = messages->count;

	for (size_t i = 0; i + 1 < messages->count && bytes_of(messages) > bytes_max; i++) {
		if (messages->list[i].text.size > share)
			shorten(&messages->list[i], share);
	}
	while (messages->count > 2 && bytes_of(messages) > bytes_max)
		drop_oldest(messages, 2);
	made->dropped = all - messages->count;
}

/* --- what is made --- */

static struct json_object *
new_string(const char *text, size_t size)
{
	struct json_object *string = json_object_new_string_len(text, (int)size);

	if (string == NULL)
		abort();
	return string;
}

static void
add_message(struct json_object *list, const char *role, const char *text, size_t size)
{
	struct json_object *message = json_object_new_object();

	json_add(message, "role", new_string(role, strlen(role)));
	json_add(message, "content", new_string(text, size));
	if (json_object_array_add(list, message) != 0)
		abort();
}

static struct json_object *
list_messages(const struct messages *messages, const struct prompt_settings *settings)
{
	struct json_object *list = json_object_new_array();
	bool has_system = settings->system != NULL;

	if (has_system && !settings->system_as_user)
		add_message(list, "system", settings->system, strlen(settings->system));
	for (size_t i = 0; i < messages->count; i++) {
		const struct message *message = &messages->list[i];
		struct buf text;
		buf_init(&text, message->text.size + BOUND_LLM_SYSTEM_BYTES + 2);
		if (i == 0 && has_system && settings->system_as_user)
			must(buf_append_format(&text, "%s\n\n", settings->system));
		must(buf_append(&text, buf_text(&message->text), message->text.size));
		add_message(list, message->is_user ? "user" : "assistant", buf_text(&text),
		            text.size);
		buf_fini(&text);
	}
	return list;
}

bool
prompt_field_is_fine(const char *field)
{
	static const char *const ours[] = { "messages", "stream" };
	const char *end = strchr(field, '=');
	size_t size = end == NULL ? 0 : (size_t)(end - field);

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (size == strlen(ours[i]) && memcmp(field, ours[i], size) == 0)
			return false;
	}
	return size > 0;
}

/* What is JSON is meant as JSON, all else as a text. */
static void
set_field(struct json_object *request, const char *field)
{
	const char *value = strchr(field, '=') + 1;
	char *name = must_copy(field, (size_t)(value - 1 - field));
	struct json_object *parsed;

	struct json_verdict verdict =
		json_parse(value, strlen(value), BOUND_LLM_JSON_DEPTH, &parsed);
	if (verdict.fault != JSON_FINE)
		parsed = new_string(value, strlen(value));
	if (json_object_object_add(request, name, parsed) != 0)
		abort();
	free(name);
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
	for (size_t i = 0; i < settings->field_count; i++)
		set_field(request, settings->fields[i]);
}

static enum failure_status
put_request(struct buf *request, const struct messages *messages,
            const struct prompt_settings *settings, struct failure *failure)
{
	struct json_object *made = json_object_new_object();
	enum failure_status status = FAILURE_NONE;

	if (made == NULL)
		abort();
	set_settings(made, settings);
	json_add(made, "messages", list_messages(messages, settings));
	if (json_append(request, made) != ERR_NONE)
		status = failure_set(failure, FAILURE_INPUT, "stdin: too long for a request");
	json_object_put(made);
	return status;
}

/* How many messages there can be at the most. */
static size_t
count_turns(struct json_object *input)
{
	struct json_object *list;
	size_t history;
	size_t unanswered;

	(void)list_of(input, "history", &list, &history);
	(void)list_of(input, "unanswered", &list, &unanswered);
	return history + unanswered + 1;
}

enum failure_status
prompt_append(struct buf *request, const char *input, size_t size,
              const struct prompt_settings *settings, struct prompt_size *made,
              struct failure *failure)
{
	struct json_object *value;
	size_t system_size = settings->system == NULL ? 0 : strlen(settings->system);

	*made = (struct prompt_size){ 0 };
	struct json_verdict verdict = json_parse(input, size, BOUND_LLM_JSON_DEPTH, &value);
	if (verdict.fault != JSON_FINE)
		return failure_set(failure, FAILURE_INPUT, "stdin: %s, at byte %zu",
		                   json_fault_text(verdict.fault), verdict.offset);
	struct messages messages = { .has_names = are_several(value) };
	messages.list = must_allocate(count_turns(value) * sizeof(*messages.list));
	enum failure_status status = take_conversation(&messages, value, failure);
	if (status == FAILURE_NONE) {
		if (settings->bytes_max > 0)
			fit(&messages,
			    settings->bytes_max > system_size ? settings->bytes_max - system_size
			                                      : 1,
			    made);
		made->bytes = bytes_of(&messages) + system_size;
		made->turns = messages.count;
		status = put_request(request, &messages, settings, failure);
	}
	drop_oldest(&messages, messages.count);
	free(messages.list);
	json_object_put(value);
	return status;
}
