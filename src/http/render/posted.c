/*
 * The answer to a POST.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/posted.h"

#include <json-c/json_object.h>
#include <stdlib.h>

#include "base/buf.h"
#include "http/render/json_response.h"
#include "http/response.h"
#include "text/cursor.h"
#include "text/json.h"
#include "text/sse.h"

/* --- as JSON --- */

static void
add_number(struct json_object *document, const char *name, int64_t number)
{
	if (number != 0)
		json_add(document, name, json_object_new_int64(number));
}

static void
add_ending(struct json_object *document, const struct posted *posted)
{
	const char *reason = event_reason_name(posted->cause);

	if (posted->state != STATE_DONE)
		json_add(document, "state",
		         json_object_new_string(event_state_name(posted->state)));
	if (posted->cause == CAUSE_LENGTH)
		json_add(document, "cut", json_object_new_string("length"));
	if (reason != NULL)
		json_add(document, "reason", json_object_new_string(reason));
}

struct response *
posted_response(const struct posted *posted)
{
	bool is_streaming = posted->state == STATE_STREAMING;
	struct json_object *document = json_object_new_object();

	if (posted->has_reply && !is_streaming)
		json_add(document, "message",
		         json_object_new_string_len(posted->reply, (int)posted->reply_size));
	if (posted->room != NULL)
		json_add(document, "room", json_object_new_string(posted->room));
	add_number(document, "seq", posted->seq);
	add_number(document, "reply_seq", posted->reply_seq);
	if (posted->has_reply)
		add_ending(document, posted);
	if (is_streaming)
		add_number(document, "queued", posted->queued);
	return json_response(is_streaming ? 202 : 200, "application/json", document);
}

/* --- as events --- */

void
posted_append_beginning(const struct posted *posted, struct buf *out)
{
	const struct event message = {
		.seq = posted->seq,
		.epoch = posted->epoch,
		.kind = EVENT_MESSAGE,
		.role = ROLE_USER,
		.name = posted->name,
		.text = posted->message,
		.text_size = posted->message_size,
		.time_ms = posted->time_ms,
		.state = STATE_DONE,
	};
	const struct event reply = {
		.seq = posted->reply_seq,
		.epoch = posted->epoch,
		.kind = EVENT_MESSAGE,
		.role = ROLE_ASSISTANT,
		.text = "",
		.time_ms = posted->time_ms,
		.ref = posted->seq,
		.state = STATE_STREAMING,
	};
	int64_t first = posted->message != NULL ? posted->seq : posted->reply_seq;
	const struct cursor cursor = { first > 0 ? first - 1 : 0, posted->epoch };

	enum err err = sse_append_hello(out, cursor);
	if (err == ERR_NONE && posted->room != NULL && posted->message != NULL)
		err = sse_append_event(out, &message);
	if (err == ERR_NONE && posted->reply_seq != 0)
		err = sse_append_event(out, &reply);
	if (err == ERR_NONE && posted->queued > 0)
		err = sse_append_queued(out, posted->reply_seq, posted->queued);
	if (err != ERR_NONE)
		abort();
}

struct response *
posted_events_response(const struct posted *posted)
{
	struct response *response = response_new(200, "text/event-stream");
	const struct event done = {
		.kind = EVENT_DONE,
		.ref = posted->reply_seq,
		.state = posted->state,
		.cause = posted->cause,
		.text = posted->reply,
		.text_size = posted->reply_size,
	};

	posted_append_beginning(posted, &response->body);
	if (posted->has_reply && sse_append_event(&response->body, &done) != ERR_NONE)
		abort();
	return response;
}
