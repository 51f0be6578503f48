/*
 * Events as JSON. json-c does the writing; here is which member belongs to which kind.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/event.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "text/json.h"

const char *
event_kind_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_MESSAGE: return "message";
	case EVENT_PART: return "part";
	case EVENT_DONE: return "done";
	case EVENT_DELETE: return "delete";
	}
	return "unknown";
}

const char *
event_role_name(enum role role)
{
	return role == ROLE_ASSISTANT ? "assistant" : "user";
}

const char *
event_state_name(enum message_state state)
{
	switch (state) {
	case STATE_DONE: return "done";
	case STATE_STREAMING: return "streaming";
	case STATE_STOPPED: return "stopped";
	case STATE_FAILED: return "failed";
	case STATE_DELETED: return "deleted";
	}
	return "unknown";
}

const char *
event_reason_name(enum event_cause cause)
{
	switch (cause) {
	case CAUSE_UNREACHABLE: return "unreachable";
	case CAUSE_BUSY: return "busy";
	case CAUSE_TOO_LONG: return "too_long";
	case CAUSE_NONE:
	case CAUSE_LENGTH: break;
	}
	return NULL;
}

static void
add(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add_ex(object, name, value,
	                          JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

static void
add_text(struct json_object *object, const struct event *event)
{
	const char *text = event->text == NULL ? "" : event->text;
	size_t size = event->text == NULL ? 0 : event->text_size;

	add(object, "text", json_object_new_string_len(text, (int)size));
}

/* RFC 3339, in UTC, with milliseconds. */
static void
add_time(struct json_object *object, int64_t time_ms)
{
	int64_t milliseconds = time_ms % 1000;
	if (milliseconds < 0)
		milliseconds += 1000;
	time_t seconds = (time_t)((time_ms - milliseconds) / 1000);
	struct tm utc;
	char text[64];

	if (gmtime_r(&seconds, &utc) == NULL)
		return;
	size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + size, sizeof(text) - size, ".%03dZ", (int)milliseconds);
	add(object, "time", json_object_new_string(text));
}

static void
add_cause(struct json_object *object, enum event_cause cause)
{
	const char *reason = event_reason_name(cause);

	if (cause == CAUSE_LENGTH)
		add(object, "cut", json_object_new_string("length"));
	if (reason != NULL)
		add(object, "reason", json_object_new_string(reason));
}

static void
add_thought(struct json_object *object, const struct event *event)
{
	if (event->thought_size == 0)
		return;
	add(object, "thought",
	    json_object_new_string_len(event->thought, (int)event->thought_size));
	if (event->kind == EVENT_PART)
		add(object, "thought_off", json_object_new_int64(event->thought_offset));
	add(object, "thought_ms", json_object_new_int64(event->thought_ms));
}

enum err
event_append(struct buf *out, const struct event *event)
{
	struct json_object *object = json_object_new_object();
	bool is_message = event->kind == EVENT_MESSAGE;
	bool is_deleted = is_message && event->state == STATE_DELETED;

	if (event->seq != 0)
		add(object, "seq", json_object_new_int64(event->seq));
	add(object, "kind", json_object_new_string(event_kind_name(event->kind)));
	if (is_message)
		add(object, "role", json_object_new_string(event_role_name(event->role)));
	if (is_message && !is_deleted && event->name != NULL && event->name[0] != '\0')
		add(object, "name", json_object_new_string(event->name));
	if (!is_deleted && event->kind != EVENT_DELETE)
		add_text(object, event);
	if (event->time_ms != 0)
		add_time(object, event->time_ms);
	if (event->ref != 0)
		add(object, "ref", json_object_new_int64(event->ref));
	if (is_message || event->kind == EVENT_DONE)
		add(object, "state", json_object_new_string(event_state_name(event->state)));
	if (event->kind == EVENT_PART)
		add(object, "off", json_object_new_int64(event->offset));
	if (!is_deleted)
		add_cause(object, event->cause);
	if (!is_deleted)
		add_thought(object, event);

	enum err err = json_append(out, object);
	json_object_put(object);
	return err;
}
