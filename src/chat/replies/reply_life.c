/*
 * The life of one reply. Where it is kept it is written by jobs for the committer, one at a time:
 * pieces, merged over a while, and at last the whole text. What came is in `text`; `told_size` says
 * how much of it is stored and was told to the listener.
 *
 * Whoever finishes a reply in the store (stop, deleting; this process or another) has the last
 * word: the maker learns it from its next piece or, where the responder is silent, by looking.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_life.h"
#include "chat/news.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/replies/history.h"
#include "chat/replies/reply_look.h"
#include "chat/room_read.h"
#include "responder/responder.h"
#include "text/utf8.h"

static void
go_on(struct reply *reply);

/* --- the listener --- */

static void
end_listening(struct reply *reply, bool is_late)
{
	struct reply_listener *listener = reply->listener;

	if (listener == NULL)
		return;
	reply->listener = NULL;
	uv_timer_stop(&reply->patience);
	listener->end(listener, is_late);
}

static void
on_patience_over(uv_timer_t *timer)
{
	end_listening(timer->data, true);
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

/* Tells what comes next of text and thought. */
static void
tell_part(struct reply *reply, size_t size, size_t thought_size, int64_t seq)
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

/* Everybody is told how it ended; `seq` 0 where that is not known. */
static void
close_reply(struct reply *reply, int64_t seq)
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
	end_listening(reply, false);
}

/* --- the end --- */

static void
free_question(struct reply *reply)
{
	free(reply->room_name);
	free(reply->name);
	free(reply->message);
	reply->room_name = reply->name = reply->message = NULL;
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct reply *reply = handle->data;

	if (--reply->open_timers > 0)
		return;
	if (reply->host != NULL)
		reply->host->leave(reply);
	free(reply->room_key);
	free(reply->address);
	free_question(reply);
	buf_fini(&reply->text);
	buf_fini(&reply->piece);
	buf_fini(&reply->thought);
	buf_fini(&reply->piece_of_thought);
	free(reply);
}

static void
close_timers(struct reply *reply)
{
	uv_close((uv_handle_t *)&reply->pause, on_timer_closed);
	uv_close((uv_handle_t *)&reply->patience, on_timer_closed);
}

static void
drop(struct reply *reply)
{
	close_timers(reply);
	reply->host->over(reply);
}

/* --- what others have done --- */

/* What was being read for it is of no use any more. */
static void
forget_history(struct reply *reply)
{
	if (reply->asked != NULL)
		history_forget(reply->asked);
	reply->asked = NULL;
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
	close_reply(reply, 0);
	forget_history(reply);
	if (reply->run != NULL)
		reply->responder->stop(reply->run, false);
	go_on(reply);
}

/* --- writing --- */

static struct reply *
reply_of(struct commit_job *job)
{
	return (struct reply *)(void *)((char *)job - offsetof(struct reply, job));
}

static enum err
write_piece(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct reply *reply = reply_of(job);
	const struct store_part part = {
		.ref = reply->reply_seq,
		.text = buf_text(&reply->piece),
		.text_size = reply->piece.size,
		.offset = reply->told_code_points,
		.thought = buf_text(&reply->piece_of_thought),
		.thought_size = reply->piece_of_thought.size,
		.thought_offset = reply->told_thought_code_points,
		.thought_ms = reply->piece_thought_ms,
		.time_ms = reply->piece_time_ms,
		.may_be_there = reply->is_unsettled,
	};

	return news_append_part(job->news, engine, store, reply->room_key, &part,
	                        &reply->written_seq);
}

static enum err
write_ending(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct reply *reply = reply_of(job);
	const struct store_ending ending = {
		.ref = reply->reply_seq,
		.state = reply->state,
		.cause = reply->cause,
		.text = buf_text(&reply->text),
		.text_size = reply->text.size,
		.thought = buf_text(&reply->thought),
		.thought_size = reply->thought.size,
		.thought_ms = reply->piece_thought_ms,
		.time_ms = reply->piece_time_ms,
	};

	return news_finish_message(job->news, engine, store, reply->room_key, &ending,
	                           &reply->written_seq);
}

static void
piece_written(struct commit_job *job, enum err err)
{
	struct reply *reply = reply_of(job);

	reply->written = err;
	mailbox_post(reply->host->mailbox, &reply->mail);
}

static void
on_pause_over(uv_timer_t *timer)
{
	struct reply *reply = timer->data;

	reply->must_retry = false;
	go_on(reply);
}

static void
pause_to_retry(struct reply *reply)
{
	int64_t patience_us = reply->host->store_patience_ms * 1000;
	int64_t now_us = clock_now_us();

	if (reply->failing_since_us == 0)
		reply->failing_since_us = now_us;
	if (reply->run == NULL && patience_us > 0 &&
	    now_us - reply->failing_since_us > patience_us) {
		log_event(LOG_ERROR, "reply_not_stored",
		          LOG_FIELDS(log_number("bytes", (long long)reply->text.size)));
		reply_give_up(reply);
		return;
	}
	reply->must_retry = true;
	uv_timer_start(&reply->pause, on_pause_over, BOUND_REPLY_RETRY_MS, 0);
}

static void
on_written(struct mail *mail)
{
	struct reply *reply = (struct reply *)mail;

	reply->is_writing = false;
	if (reply->is_given_up)
		return;
	reply->is_unsettled =
		!reply->is_ending && (reply->written == ERR_UNKNOWN_COMMIT ||
	                              (reply->is_unsettled && reply->written != ERR_NONE));
	if (reply->written != ERR_NONE) {
		/* The cause was logged. What was said is still here. */
		pause_to_retry(reply);
		return;
	}
	reply->failing_since_us = 0;
	if (reply->written_seq == 0) {
		/* Somebody else has finished it. Where that cannot be read now, it is written, and
		 * then asked again. */
		pause_to_retry(reply);
		reply->must_poll = true;
		reply->host->poll(reply);
		return;
	}
	if (reply->is_ending)
		close_reply(reply, reply->written_seq);
	else
		tell_part(reply, reply->piece.size, reply->piece_of_thought.size,
		          reply->written_seq);
	go_on(reply);
}

static void
submit(struct reply *reply, bool is_ending)
{
	if (reply->host->is_closed)
		return;
	reply->is_writing = true;
	reply->is_ending = is_ending;
	reply->piece_time_ms = clock_unix_ms();
	reply->piece_thought_ms = reply->thought_ms;
	reply->mail.deliver = on_written;
	reply->job = (struct commit_job){ .write = is_ending ? write_ending : write_piece,
		                          .done = piece_written };
	committer_submit(reply->host->rooms->committer, &reply->job);
}

/* Writes what came since the last piece, and begins the pause to the next. */
static void
put_piece(struct reply *reply)
{
	const char *text = buf_text(&reply->text) + reply->told_size;
	size_t size = reply->text.size - reply->told_size;
	const char *thought = buf_text(&reply->thought) + reply->told_thought_size;
	size_t thought_size = reply->thought.size - reply->told_thought_size;

	uv_timer_start(&reply->pause, on_pause_over, BOUND_PART_MS, 0);
	if (reply->room_key == NULL) {
		tell_part(reply, size, thought_size, 0);
		return;
	}
	/* The same piece, so that it is known again where it was stored. */
	if (reply->is_unsettled) {
		submit(reply, false);
		return;
	}
	/* A copy, since more text may come and move it. */
	reply->piece.size = reply->piece_of_thought.size = 0;
	if (buf_append(&reply->piece, text, size) != ERR_NONE ||
	    buf_append(&reply->piece_of_thought, thought, thought_size) != ERR_NONE)
		abort();
	submit(reply, false);
}

static bool
has_more_to_tell(const struct reply *reply)
{
	return reply->text.size > reply->told_size ||
	       reply->thought.size > reply->told_thought_size;
}

/* Does what is to be done next; called after whatever has happened. */
static void
go_on(struct reply *reply)
{
	bool has_ended = reply->run == NULL && reply->asked == NULL &&
	                 (reply->has_begun || reply->is_closed);

	if (reply->is_writing || (reply->must_retry && !reply->is_closed))
		return;
	if (has_ended && !reply->is_closed) {
		if (reply->room_key != NULL) {
			submit(reply, true);
			return;
		}
		close_reply(reply, 0);
	}
	if (has_ended)
		drop(reply);
	else if (!reply->is_closed && has_more_to_tell(reply) &&
	         !uv_is_active((uv_handle_t *)&reply->pause))
		put_piece(reply);
}

/* --- the responder --- */

static void
note_thinking_time(struct reply *reply)
{
	if (reply->thought_since_us != 0)
		reply->thought_ms = (clock_now_us() - reply->thought_since_us) / 1000;
}

/* Not at once: what comes together is told together. */
static void
tell_soon(struct reply *reply)
{
	if (!reply->is_writing && !uv_is_active((uv_handle_t *)&reply->pause))
		uv_timer_start(&reply->pause, on_pause_over, 0, 0);
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
	tell_soon(reply);
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
	tell_soon(reply);
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
		close_timers(reply);
		return;
	}
	if (!reply->is_closed)
		note_end(reply, state);
	go_on(reply);
}

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
	free_question(reply);
	if (err == ERR_NONE)
		return;
	reply->run = NULL;
	note_end(reply, REPLY_UNREACHABLE);
	go_on(reply);
}

/* It ends without having been begun. */
static void
end_unbegun(struct reply *reply, enum reply_state state)
{
	forget_history(reply);
	note_end(reply, state);
	go_on(reply);
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
		go_on(reply);
	else if (reply->room_key == NULL)
		start(reply, &nothing);
	else
		reply->asked = history_request(reply->host->rooms, reply->room_key,
		                               reply->message_seq, on_history, reply);
}

/* Whether it has been neither begun nor ended. */
static bool
is_unbegun(const struct reply *reply)
{
	return !reply->is_closed && (!reply->has_begun || reply->asked != NULL);
}

void
reply_end(struct reply *reply)
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

void
reply_dismiss(struct reply *reply)
{
	end_listening(reply, true);
}

void
reply_give_up(struct reply *reply)
{
	reply->is_given_up = true;
	end_listening(reply, true);
	forget_history(reply);
	if (reply->run == NULL) {
		drop(reply);
		return;
	}
	/* Its program does not even end when it is killed: it is left to the end of ours, and the
	 * host may not be there any more when it ends. */
	uv_timer_stop(&reply->pause);
	reply->host->over(reply);
	reply->host->leave(reply);
	reply->host = NULL;
}

/* --- the beginning --- */

struct reply *
reply_new(struct reply_host *host, const struct reply_order *order)
{
	struct reply *reply = must_allocate(sizeof(*reply));

	reply->host = host;
	reply->responder = order->responder;
	reply->listener = order->listener;
	reply->room_key = must_copy_text(order->room_key);
	reply->room_name = must_copy_text(order->room_name);
	reply->name = must_copy_text(order->name);
	reply->address = must_copy_text(order->address);
	reply->client = client_address_read(order->address);
	reply->message = must_copy(order->message, order->message_size);
	reply->message_size = order->message_size;
	reply->message_seq = order->message_seq;
	reply->reply_seq = order->reply_seq;
	reply->state = STATE_STREAMING;
	buf_init(&reply->text, host->rooms->reply_bytes_max);
	buf_init(&reply->piece, host->rooms->reply_bytes_max);
	buf_init(&reply->thought, BOUND_THOUGHT_BYTES);
	buf_init(&reply->piece_of_thought, BOUND_THOUGHT_BYTES);
	if (reply->listener != NULL)
		reply->listener->reply = reply;
	return reply;
}

void
reply_open(struct reply *reply, unsigned queued)
{
	uv_timer_init(reply->host->loop, &reply->pause);
	uv_timer_init(reply->host->loop, &reply->patience);
	reply->pause.data = reply;
	reply->patience.data = reply;
	reply->open_timers = 2;
	if (reply->listener == NULL)
		return;
	if (reply->listener->patience_ms > 0)
		uv_timer_start(&reply->patience, on_patience_over,
		               (uint64_t)reply->listener->patience_ms, 0);
	reply->listener->begin(reply->listener, reply->host->loop, queued);
}
