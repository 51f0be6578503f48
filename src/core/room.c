/*
 * Saying something: the message goes to the responder, its parts are gathered, and at the end the
 * caller is told. No thread waits in between.
 *
 * SPDX-License-Identifier: MIT
 */
#include "core/room.h"

#include <stdlib.h>

#include "base/buf.h"

/* A reply in the making; freed when it ends. */
struct reply {
	struct buf text;
	room_said_function said;
	void *context;
};

static enum err
reply_part(void *context, const char *text, size_t size)
{
	struct reply *reply = context;

	return buf_append(&reply->text, text, size);
}

static void
reply_end(void *context, enum reply_state state)
{
	struct reply *reply = context;
	const struct said said = {
		.state = state,
		.reply = reply->text.data == NULL ? "" : reply->text.data,
		.reply_size = reply->text.size,
	};

	reply->said(reply->context, &said);
	buf_fini(&reply->text);
	free(reply);
}

void
room_say(const struct rooms *rooms, const struct say *say, room_said_function said, void *context)
{
	struct reply *reply = must_allocate(sizeof(*reply));
	const struct question question = { say->message, say->message_size };
	const struct reply_sink sink = { reply_part, reply_end, reply };

	buf_init(&reply->text, rooms->reply_bytes_max);
	reply->said = said;
	reply->context = context;
	rooms->responder->start(rooms->responder, &question, &sink);
}
