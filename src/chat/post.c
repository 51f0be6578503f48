/*
 * Posting a message: room_post. Where the responder answers at once, message and reply are
 * committed together. Where it takes its time, the message and an empty reply that streams are, and
 * the reply begins (replies.c) after that. No thread waits in between.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "chat/committer.h"
#include "chat/news.h"
#include "chat/replies/replies.h"
#include "chat/room.h"
#include "responder/responder.h"

/* A message on its way; freed when its caller has been told. */
struct post_job {
	struct commit_job commit; /* first, so that it is the post_job */
	const struct rooms *rooms;
	const struct responder *responder; /* NULL: nobody answers */
	struct reply_listener *listener;
	room_posted_function result;
	void *context;

	char *room; /* copies of what is said; "" for no room */
	char *room_name;
	char *name;
	char *author;
	char *address;
	char *key;
	char *message; /* to be answered: with `regenerate` as it was posted then */
	size_t message_size;
	uint64_t body_hash;
	int64_t regenerate;
	int64_t time_ms;

	bool is_new;          /* written by the last try */
	bool has_asked_again; /* whether it was stored */
	bool has_slot;        /* among the replies that stream */
	unsigned queued;
	bool has_reply;
	enum message_state reply_state;
	enum event_cause reply_cause;
	struct buf reply;
	enum post_outcome outcome;
	int64_t seq;
	int64_t reply_seq;
};

static bool
takes_time(const struct post_job *job)
{
	return job->responder != NULL && job->responder->start != NULL;
}

static void
post_job_free(struct post_job *job)
{
	free(job->room);
	free(job->room_name);
	free(job->name);
	free(job->author);
	free(job->address);
	free(job->key);
	free(job->message);
	buf_fini(&job->reply);
	free(job);
}

/* Tells the caller, and lets the reply begin if there is one to be made. */
static void
finish(struct post_job *job, enum post_outcome outcome)
{
	const struct post_result result = {
		.outcome = outcome,
		.has_reply = job->has_reply,
		.reply_state = job->reply_state,
		.reply_cause = job->reply_cause,
		.reply = buf_text(&job->reply),
		.reply_size = job->reply.size,
		.seq = job->seq,
		.reply_seq = job->reply_seq,
		.epoch = job->commit.epoch,
		.time_ms = job->time_ms,
		.queued = job->queued,
	};

	job->result(job->context, &result);
	if (outcome == POST_UNDER_WAY) {
		const struct reply_order order = {
			.responder = job->responder,
			.room_key = job->room[0] == '\0' ? NULL : job->room,
			.room_name = job->room_name,
			.name = job->name,
			.address = job->address,
			.message = job->message,
			.message_size = job->message_size,
			.message_seq = job->seq,
			.reply_seq = job->reply_seq,
			.listener = job->listener,
		};
		replies_begin(job->rooms->replies, &order);
	} else if (job->has_slot) {
		replies_leave(job->rooms->replies, job->address);
	}
	post_job_free(job);
}

/* --- an answer at once --- */

static enum err
reply_part(void *context, const char *text, size_t size)
{
	struct post_job *job = context;

	return buf_append(&job->reply, text, size);
}

static void
reply_end(void *context, enum reply_state state)
{
	struct post_job *job = context;

	job->has_reply = state == REPLY_DONE;
}

/* False: the responder has failed. */
static bool
answer_at_once(struct post_job *job)
{
	const struct question question = {
		.room = job->room_name,
		.name = job->name,
		.message = job->message,
		.message_size = job->message_size,
	};
	const struct reply_sink sink = { .part = reply_part, .end = reply_end, .context = job };

	job->reply.size = 0;
	job->reply_state = STATE_DONE;
	job->responder->answer(job->responder, &question, &sink);
	return job->has_reply;
}

/* --- in the committer's transaction --- */

static void
take_stored_reply(void *context, const struct event *event)
{
	struct post_job *job = context;

	job->reply_state = event->state;
	job->reply_cause = event->cause;
	if (event->text != NULL &&
	    buf_append(&job->reply, event->text, event->text_size) != ERR_NONE)
		abort();
}

/* The key is known: the answer is the one that was given first. */
static enum err
repeat(struct post_job *job, const struct store_key_result *first,
       const struct store_engine *engine, struct store *store)
{
	bool is_there;

	job->seq = first->seq;
	job->reply_seq = first->reply_seq;
	job->has_reply = first->reply_seq != 0;
	job->reply_state = STATE_DONE;
	job->queued = 0;
	/* What may be stored may have been larger then than what may be said now. */
	buf_fini(&job->reply);
	buf_init(&job->reply, BOUND_REPLY_BYTES_MAX);
	if (!job->has_reply)
		return ERR_NONE;
	return engine->get(store, job->room, job->reply_seq, take_stored_reply, job, &is_there);
}

static void
take_message(void *context, const struct event *event)
{
	struct post_job *job = context;

	if (event->kind != EVENT_MESSAGE || event->role != ROLE_USER || event->state != STATE_DONE)
		return;
	free(job->message);
	free(job->name);
	job->message = must_copy(event->text, event->text_size);
	job->message_size = event->text_size;
	job->name = must_copy_text(event->name);
	job->seq = event->seq;
}

static void
note_state(void *context, const struct event *event)
{
	enum message_state *state = context;

	*state = event->state;
}

/* Looks up the message that is to be answered again, and whether it may be. */
static enum err
find_message(struct post_job *job, const struct store_engine *engine, struct store *store)
{
	bool is_there;
	int64_t reply = 0;

	job->seq = 0;
	enum err err = engine->get(store, job->room, job->regenerate, take_message, job, &is_there);
	if (err == ERR_NONE && job->seq == 0)
		job->outcome = POST_UNKNOWN;
	while (err == ERR_NONE && job->outcome == POST_DONE) {
		enum message_state state = STATE_DONE;
		err = engine->next_reply(store, job->room, job->regenerate, reply, &reply);
		if (err != ERR_NONE || reply == 0)
			break;
		err = engine->get(store, job->room, reply, note_state, &state, &is_there);
		if (state == STATE_STREAMING)
			job->outcome = POST_REPLY_UNDER_WAY;
	}
	return err;
}

/* Whether there is room for one more reply, here and in all processes together. */
static enum err
check_capacity(struct post_job *job, const struct store_engine *engine, struct store *store)
{
	unsigned count;

	if (!job->has_slot) {
		job->outcome = POST_TOO_MANY;
		return ERR_NONE;
	}
	enum err err = engine->fail_abandoned(store, job->time_ms, &count);
	if (err == ERR_NONE && count >= replies_capacity(job->rooms->replies))
		job->outcome = POST_TOO_MANY;
	return err;
}

static enum err
append_message(struct post_job *job, const struct store_engine *engine, struct store *store)
{
	const struct store_message message = {
		.role = ROLE_USER,
		.name = job->name,
		.author = job->author,
		.text = job->message,
		.text_size = job->message_size,
		.time_ms = job->time_ms,
		.state = STATE_DONE,
	};

	if (job->regenerate != 0)
		return ERR_NONE;
	return news_append_message(job->commit.news, engine, store, job->room, &message, &job->seq);
}

static enum err
append_reply(struct post_job *job, const struct store_engine *engine, struct store *store)
{
	const struct store_message reply = {
		.role = ROLE_ASSISTANT,
		.name = "",
		/* Whoever deletes the message takes the reply, which may repeat it, with it. */
		.author = job->author,
		.text = buf_text(&job->reply),
		.text_size = job->reply.size,
		.time_ms = job->time_ms,
		.ref = job->seq,
		.state = job->reply_state,
	};

	if (!job->has_reply)
		return ERR_NONE;
	return news_append_message(job->commit.news, engine, store, job->room, &reply,
	                           &job->reply_seq);
}

/* What is written where the key, if there is one, is new. */
static enum err
write_new(struct post_job *job, const struct store_engine *engine, struct store *store)
{
	struct store_key_result result;
	enum err err = ERR_NONE;

	if (job->commit.is_full) {
		job->outcome = POST_FULL;
		return ERR_NONE;
	}
	/* First, since it ends what was abandoned: that is under way no more. */
	if (takes_time(job))
		err = check_capacity(job, engine, store);
	if (err == ERR_NONE && job->outcome == POST_DONE && job->regenerate != 0)
		err = find_message(job, engine, store);
	if (err != ERR_NONE || job->outcome != POST_DONE)
		return err;
	if (job->regenerate != 0 && !takes_time(job) && !answer_at_once(job)) {
		job->outcome = POST_NO_REPLY;
		return ERR_NONE;
	}
	job->is_new = true;
	err = append_message(job, engine, store);
	if (err == ERR_NONE)
		err = append_reply(job, engine, store);
	if (err != ERR_NONE)
		return err;
	if (takes_time(job))
		job->outcome = POST_UNDER_WAY;
	if (job->key[0] == '\0')
		return ERR_NONE;
	result = (struct store_key_result){ job->seq, job->reply_seq };
	return engine->add_key(store, job->room, job->key, job->body_hash, &result, job->time_ms);
}

static enum err
write_post_job(struct commit_job *commit, const struct store_engine *engine, struct store *store)
{
	struct post_job *job = (struct post_job *)commit;
	struct store_key_result result;
	bool is_known = false;
	bool is_same = false;
	/* By a try of which it was not known whether it was stored: the reply is to be made. */
	bool was_new = job->is_new;
	bool is_ours = false;
	enum err err = ERR_NONE;

	job->outcome = POST_DONE;
	job->is_new = false;
	if (job->key[0] != '\0')
		err = engine->find_key(store, job->room, job->key, job->body_hash, &is_known,
		                       &is_same, &result);
	if (err != ERR_NONE)
		return err;
	if (is_known && !is_same) {
		job->outcome = POST_KEY_REUSED;
		return ERR_NONE;
	}
	if (!is_known)
		return write_new(job, engine, store);
	if (was_new && takes_time(job) && result.seq == job->seq &&
	    result.reply_seq == job->reply_seq) {
		err = engine->renew_lease(store, job->room, result.reply_seq, &is_ours);
		job->outcome = POST_UNDER_WAY;
	}
	if (err != ERR_NONE || is_ours)
		return err;
	job->outcome = POST_DONE;
	return repeat(job, &result, engine, store);
}

/* Where it is not known whether it was stored the key tells, if the store answers now. */
static bool
ask_again(struct post_job *job)
{
	if (job->has_asked_again || job->key[0] == '\0')
		return false;
	job->has_asked_again = true;
	committer_submit(job->rooms->committer, &job->commit);
	return true;
}

static void
post_job_written(struct commit_job *commit, enum err err)
{
	struct post_job *job = (struct post_job *)commit;

	if (err == ERR_UNKNOWN_COMMIT && ask_again(job))
		return;
	if (err == ERR_UNKNOWN_COMMIT || (err == ERR_STORE && job->has_asked_again))
		finish(job, POST_UNCERTAIN);
	else
		finish(job, err == ERR_NONE ? job->outcome : POST_NOT_STORED);
}

/* --- the beginning --- */

static struct post_job *
post_job_new(const struct rooms *rooms, const struct post *post, room_posted_function result,
             void *context)
{
	struct post_job *job = must_allocate(sizeof(*job));

	job->commit = (struct commit_job){ .write = write_post_job, .done = post_job_written };
	job->rooms = rooms;
	job->responder = post->room.responder;
	job->listener = post->listener;
	job->result = result;
	job->context = context;
	job->room = must_copy_text(post->room.key == NULL ? "" : post->room.key);
	job->room_name = must_copy_text(post->room_name);
	job->name = must_copy_text(post->name);
	job->author = must_copy_text(post->author);
	job->address = must_copy_text(post->address);
	job->key = must_copy_text(post->key);
	job->message = must_copy(post->message, post->message_size);
	job->message_size = post->message_size;
	job->body_hash = post->body_hash;
	job->regenerate = post->regenerate;
	job->time_ms = clock_unix_ms();
	buf_init(&job->reply, rooms->reply_bytes_max);
	return job;
}

void
room_post(const struct rooms *rooms, const struct post *post, room_posted_function result,
          void *context)
{
	struct post_job *job = post_job_new(rooms, post, result, context);
	bool is_kept = job->room[0] != '\0';

	if (takes_time(job)) {
		job->has_slot = replies_enter(rooms->replies, job->address, &job->queued);
		job->has_reply = true;
		job->reply_state = STATE_STREAMING;
		/* With a key it may have been answered already, which takes no place. */
		if (!job->has_slot && (!is_kept || job->key[0] == '\0')) {
			finish(job, POST_TOO_MANY);
			return;
		}
		if (!is_kept) {
			finish(job, POST_UNDER_WAY);
			return;
		}
	} else if (job->responder == NULL && job->regenerate != 0) {
		finish(job, POST_NOBODY_ANSWERS);
		return;
	} else if (job->responder != NULL && job->regenerate == 0 && !answer_at_once(job)) {
		finish(job, POST_NO_REPLY);
		return;
	}
	if (is_kept)
		committer_submit(rooms->committer, &job->commit);
	else
		finish(job, POST_DONE);
}
