/*
 * What is stored of a reply, and what is to be done next with it. Where it is kept it is written by
 * jobs for the committer, one at a time: pieces, merged over a while, and at last the whole text.
 * What came is in `text`; `told_size` says how much of it is stored and was told to the listener.
 *
 * Whoever finishes a reply in the store (stop, deleting; this process or another) has the last
 * word: the maker learns it from its next piece or, where the responder is silent, by a look
 * (reply_look.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_write.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/news.h"
#include "chat/replies/history.h"
#include "chat/replies/reply_life.h"
#include "chat/replies/reply_tell.h"
#include "chat/room_read.h"

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
	reply_go_on(reply);
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
		reply_tell_end(reply, reply->written_seq);
	else
		reply_tell_part(reply, reply->piece.size, reply->piece_of_thought.size,
		                reply->written_seq);
	reply_go_on(reply);
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
		reply_tell_part(reply, size, thought_size, 0);
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

void
reply_go_on(struct reply *reply)
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
		reply_tell_end(reply, 0);
	}
	if (has_ended)
		reply_drop(reply);
	else if (!reply->is_closed && has_more_to_tell(reply) &&
	         !uv_is_active((uv_handle_t *)&reply->pause))
		put_piece(reply);
}

void
reply_tell_soon(struct reply *reply)
{
	if (!reply->is_writing && !uv_is_active((uv_handle_t *)&reply->pause))
		uv_timer_start(&reply->pause, on_pause_over, 0, 0);
}

/* --- giving up --- */

void
reply_forget_history(struct reply *reply)
{
	if (reply->asked != NULL)
		history_forget(reply->asked);
	reply->asked = NULL;
}

void
reply_give_up(struct reply *reply)
{
	reply->is_given_up = true;
	reply_end_listening(reply, true);
	reply_forget_history(reply);
	if (reply->run == NULL) {
		reply_drop(reply);
		return;
	}
	/* Its program does not even end when it is killed: it is left to the end of ours, and the
	 * host may not be there any more when it ends. */
	uv_timer_stop(&reply->pause);
	reply->host->over(reply);
	reply->host->leave(reply);
	reply->host = NULL;
}
