/*
 * The responder's part in a reply: when it begins, what it says, and who ends it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/clock.h"
#include "chat/replies/history.h"
#include "chat/replies/reply_life.h"
#include "chat/replies/reply_look.h"
#include "chat/replies/reply_tell.h"
#include "chat/replies/reply_write.h"
#include "responder/responder.h"
#include "text/utf8.h"

/* --- what the responder gives --- */

static void
note_thinking_time(struct reply *reply)
{
	if (reply->thought_since_us != 0)
		reply->thought_ms = (clock_now_us() - reply->thought_since_us) / 1000;
}

static enum err
on_part(void *context, const char *text, size_t size)
{
	struct reply *reply = context;
	size_t room = reply->text.cap - reply->text.size;
	size_t fitting = size;

	if (reply->is_closed || reply->is_given_up || reply->is_stopped)
		return ERR_NONE;
	if (reply->text.size == 0)
		note_thinking_time(reply);
	/* What fits is kept, in whole characters. */
	if (size > room)
		fitting = utf8_valid_size(text, room);
	if (buf_append(&reply->text, text, fitting) != ERR_NONE)
		abort();
	reply_tell_soon(reply);
	return fitting == size ? ERR_NONE : ERR_TOO_LARGE;
}

/* Of what is thought as much is kept as fits: it is not the reply. */
static void
on_thought(void *context, const char *text, size_t size)
{
	struct reply *reply = context;
	size_t room = reply->thought.cap - reply->thought.size;

	if (reply->is_closed || reply->is_given_up || reply->is_stopped)
		return;
	if (reply->thought_since_us == 0)
		reply->thought_since_us = clock_now_us();
	if (reply->text.size == 0)
		note_thinking_time(reply);
	if (buf_append(&reply->thought, text, size > room ? utf8_valid_size(text, room) : size) !=
	    ERR_NONE)
		abort();
	reply_tell_soon(reply);
}

/* How it stands with a reply that has ended in this way. */
static void
note_end(struct reply *reply, enum reply_state state)
{
	static const struct {
		enum message_state state;
		enum event_cause cause;
	} ends[] = {
		[REPLY_DONE] = { STATE_DONE, CAUSE_NONE },
		[REPLY_CUT] = { STATE_DONE, CAUSE_LENGTH },
		[REPLY_FAILED] = { STATE_FAILED, CAUSE_NONE },
		[REPLY_UNREACHABLE] = { STATE_FAILED, CAUSE_UNREACHABLE },
		[REPLY_BUSY] = { STATE_FAILED, CAUSE_BUSY },
		[REPLY_TOO_LONG] = { STATE_FAILED, CAUSE_TOO_LONG },
	};

	reply->state = reply->is_stopped ? STATE_STOPPED : ends[state].state;
	reply->cause = reply->is_stopped ? CAUSE_NONE : ends[state].cause;
}

static void
on_end(void *context, enum reply_state state)
{
	struct reply *reply = context;

	reply->run = NULL;
	if (reply->is_given_up) {
		reply_close(reply);
		return;
	}
	if (!reply->is_closed)
		note_end(reply, state);
	reply_go_on(reply);
}

/* --- beginning --- */

/* Lets the responder begin. */
static void
start(struct reply *reply, const struct history *history)
{
	const struct reply_sink sink = {
		.part = on_part, .end = on_end, .context = reply, .thought = on_thought
	};
	const struct question question = {
		.room = reply->room_name,
		.name = reply->name,
		.message = reply->message,
		.message_size = reply->message_size,
		.history = history->turns,
		.history_count = history->count,
		.unanswered = history->unanswered,
		.unanswered_count = history->unanswered_count,
	};

	enum err err = reply->responder->start(reply->responder, &question, &sink, &reply->run);
	/* Nobody asks again, and the reply may take minutes. */
	reply_free_question(reply);
	if (err == ERR_NONE)
		return;
	reply->run = NULL;
	note_end(reply, REPLY_UNREACHABLE);
	reply_go_on(reply);
}

/* It ends without having been begun. */
static void
end_unbegun(struct reply *reply, enum reply_state state)
{
	reply_forget_history(reply);
	note_end(reply, state);
	reply_go_on(reply);
}

static void
on_history(void *context, const struct history *history)
{
	struct reply *reply = context;

	reply->asked = NULL;
	if (history == NULL)
		end_unbegun(reply, REPLY_FAILED);
	else
		start(reply, history);
}

void
reply_make(struct reply *reply)
{
	const struct history nothing = { .count = 0 };

	reply->has_begun = true;
	if (reply->listener != NULL)
		reply->listener->has_begun = true;
	if (reply->is_closed)
		reply_go_on(reply);
	else if (reply->room_key == NULL)
		start(reply, &nothing);
	else
		reply->asked = history_request(reply->host->rooms, reply->room_key,
		                               reply->message_seq, on_history, reply);
}

/* --- ending --- */

/* Whether it has been neither begun nor ended. */
static bool
is_unbegun(const struct reply *reply)
{
	return !reply->is_closed && (!reply->has_begun || reply->asked != NULL);
}

void
reply_stop(struct reply *reply)
{
	bool was_unbegun = is_unbegun(reply);

	if (reply->run == NULL && !was_unbegun)
		return;
	reply->is_stopped = true;
	reply->has_begun = true;
	if (was_unbegun)
		end_unbegun(reply, REPLY_FAILED);
	else
		reply->responder->stop(reply->run, false);
}

void
reply_abandon(struct reply *reply)
{
	if (reply->run != NULL) {
		reply->responder->stop(reply->run, true);
		return;
	}
	/* One that has ended is being written already. */
	if (reply->has_begun && reply->asked == NULL)
		return;
	reply->has_begun = true;
	end_unbegun(reply, REPLY_FAILED);
}

static void
take_text(struct buf *text, const struct buf *stored)
{
	buf_fini(text);
	buf_init(text, stored->size + 1);
	if (buf_append(text, buf_text(stored), stored->size) != ERR_NONE)
		abort();
}

void
reply_see(struct reply *reply, const struct reply_standing *standing)
{
	/* Who is writing learns it from that. */
	if (!standing->is_read || standing->state == STATE_STREAMING || reply->is_closed ||
	    reply->is_writing)
		return;
	reply->state = standing->state;
	reply->cause = standing->cause;
	reply->thought_ms = standing->thought_ms;
	take_text(&reply->text, &standing->text);
	take_text(&reply->thought, &standing->thought);
	reply_tell_end(reply, 0);
	reply_forget_history(reply);
	if (reply->run != NULL)
		reply->responder->stop(reply->run, false);
	reply_go_on(reply);
}
