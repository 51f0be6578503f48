/*
 * The small documents.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/documents.h"

#include <json-c/json_object.h>
#include <stdlib.h>

#include "http/render/json_response.h"
#include "text/json.h"

static void
add_text(struct json_object *document, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_add(document, key, json_object_new_string(text));
}

struct response *
rooms_response(const struct room_facts *rooms, size_t count)
{
	struct json_object *document = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *room = json_object_new_object();
		json_add(room, "room", json_object_new_string(rooms[i].name));
		add_text(room, "title", rooms[i].title);
		if (json_object_array_add(list, room) != 0)
			abort();
	}
	json_add(document, "rooms", list);
	return json_response(200, "application/json", document);
}

struct response *
settings_response(const struct page_settings *settings)
{
	struct json_object *document = json_object_new_object();

	add_text(document, "name", settings->name);
	add_text(document, "greeting", settings->greeting);
	add_text(document, "accent", settings->accent);
	add_text(document, "logo", settings->logo);
	return json_response(200, "application/json", document);
}

struct response *
health_response(void)
{
	struct json_object *document = json_object_new_object();

	json_add(document, "status", json_object_new_string("ok"));
	return json_response(200, "application/json", document);
}

struct response *
stopped_response(const char *room, int64_t seq, enum message_state state)
{
	struct json_object *document = json_object_new_object();

	json_add(document, "room", json_object_new_string(room));
	json_add(document, "seq", json_object_new_int64(seq));
	json_add(document, "state", json_object_new_string(event_state_name(state)));
	return json_response(200, "application/json", document);
}
