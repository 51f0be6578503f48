/*
 * A question as JSON, for programs that answer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "responder/question.h"

#include <json-c/json_object.h>
#include <stdlib.h>
#include <string.h>

#include "responder/responder.h"
#include "text/json.h"

static struct json_object *
text_of(const char *text, size_t size)
{
	return json_object_new_string_len(text, (int)size);
}

/* Takes the value. */
static void
append(struct buf *out, const char *before, struct json_object *value)
{
	if (buf_append_text(out, before) != ERR_NONE || json_append(out, value) != ERR_NONE)
		abort();
	json_object_put(value);
}

static void
append_turns(struct buf *out, const char *before, const struct turn *turns, size_t count)
{
	if (buf_append_text(out, before) != ERR_NONE)
		abort();
	for (size_t i = 0; i < count; i++) {
		const struct turn *turn = &turns[i];
		struct json_object *said = json_object_new_object();
		json_add(said, "role", json_object_new_string(event_role_name(turn->role)));
		if (turn->role == ROLE_USER && turn->name != NULL && turn->name[0] != '\0')
			json_add(said, "name", text_of(turn->name, strlen(turn->name)));
		json_add(said, "text", text_of(turn->text, turn->text_size));
		append(out, i == 0 ? "" : ",", said);
	}
	if (buf_append_text(out, "]") != ERR_NONE)
		abort();
}

/* Value by value: as one object of json-c's it would need several times its size, and leave memory
 * in pieces behind. */
void
question_append(struct buf *out, const struct question *question)
{
	append(out, "{\"room\":", text_of(question->room, strlen(question->room)));
	append(out, ",\"name\":", text_of(question->name, strlen(question->name)));
	append(out, ",\"message\":", text_of(question->message, question->message_size));
	append_turns(out, ",\"history\":[", question->history, question->history_count);
	if (question->unanswered_count > 0)
		append_turns(out, ",\"unanswered\":[", question->unanswered,
		             question->unanswered_count);
	if (buf_append_text(out, "}\n") != ERR_NONE)
		abort();
}
