/*
 * What whoever has asked for a reply hears of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_tell.h"

#include "chat/replies/reply_life.h"
#include "chat/replies/reply_listener.h"
#include "responder/responder.h"
#include "text/utf8.h"

void
reply_end_listening(struct reply *reply, bool is_late)
{
	struct reply_listener *listener = reply->listener;

	if (listener == NULL)
		return;
	reply->listener = NULL;
	uv_timer_stop(&reply->patience);
	listener->end(listener, is_late);
}

void
replies_forget(struct reply_listener *listener)
{
	struct reply *reply = listener->reply;

	reply->listener = NULL;
	uv_timer_stop(&reply->patience);
	if (reply->room_key != NULL)
		return;
	/* Nobody will ever read it. */
	reply->is_closed = true;
	if (reply->run != NULL)
		reply->responder->stop(reply->run, false);
}

void
reply_tell_part(struct reply *reply, size_t size, size_t thought_size, int64_t seq)
{
	const char *text = buf_text(&reply->text) + reply->told_size;
	const char *thought = buf_text(&reply->thought) + reply->told_thought_size;
	const struct event part = {
		.kind = EVENT_PART,
		.seq = seq,
		.time_ms = seq == 0 ? 0 : reply->piece_time_ms,
		.ref = reply->reply_seq,
		.offset = reply->told_code_points,
		.text = text,
		.text_size = size,
		.thought = thought,
		.thought_size = thought_size,
		.thought_offset = reply->told_thought_code_points,
		.thought_ms = reply->thought_ms,
	};

	reply->told_size += size;
	reply->told_code_points += (int64_t)utf8_count(text, size);
	reply->told_thought_size += thought_size;
	reply->told_thought_code_points += (int64_t)utf8_count(thought, thought_size);
	reply->has_spoken = true;
	if (reply->listener != NULL)
		reply->listener->event(reply->listener, &part);
}

void
reply_tell_end(struct reply *reply, int64_t seq)
{
	const struct event done = {
		.kind = EVENT_DONE,
		.seq = seq,
		.time_ms = seq == 0 ? 0 : reply->piece_time_ms,
		.ref = reply->reply_seq,
		.state = reply->state,
		.cause = reply->cause,
		.text = buf_text(&reply->text),
		.text_size = reply->text.size,
		.thought = buf_text(&reply->thought),
		.thought_size = reply->thought.size,
		.thought_ms = reply->thought_ms,
	};

	reply->is_closed = true;
	if (reply->listener != NULL)
		reply->listener->event(reply->listener, &done);
	reply_end_listening(reply, false);
}
