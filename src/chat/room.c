/*
 * What rooms do but for posting (post.c): deleting, stopping a reply.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/room.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "chat/committer.h"
#include "chat/news.h"
#include "chat/replies/replies.h"

/* --- deleting --- */

struct delete_job {
	struct commit_job job; /* first, so that the job is this */
	const struct rooms *rooms;
	char *room;
	char *author;
	int64_t seq;
	enum store_outcome outcome;
	room_deleted_function deleted;
	void *context;
};

static enum err
delete_one(const struct delete_job *deletion, int64_t seq, const char *author,
           const struct store_engine *engine, struct store *store, enum store_outcome *outcome)
{
	return news_delete_message(deletion->job.news, engine, store, deletion->room, seq, author,
	                           clock_unix_ms(), outcome);
}

static enum err
write_delete_job(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct delete_job *deletion = (struct delete_job *)job;
	enum store_outcome reply_outcome;
	int64_t reply = 0;

	enum err err = delete_one(deletion, deletion->seq, deletion->author, engine, store,
	                          &deletion->outcome);
	if (err != ERR_NONE || deletion->outcome != STORE_DELETED)
		return err;
	do {
		err = engine->next_reply(store, deletion->room, deletion->seq, reply, &reply);
		if (err == ERR_NONE && reply != 0)
			err = delete_one(deletion, reply, NULL, engine, store, &reply_outcome);
	} while (err == ERR_NONE && reply != 0);
	return err;
}

static void
delete_job_written(struct commit_job *job, enum err err)
{
	struct delete_job *deletion = (struct delete_job *)job;
	bool is_deleted =
		deletion->outcome == STORE_DELETED || deletion->outcome == STORE_ALREADY_DELETED;

	/* A reply that streams may have gone with it. */
	if (deletion->rooms->replies != NULL)
		replies_poll(deletion->rooms->replies);
	if (err == ERR_NONE && is_deleted && !job->is_erased)
		err = ERR_NOT_ERASED;
	deletion->deleted(deletion->context, err, deletion->outcome);
	free(deletion->room);
	free(deletion->author);
	free(deletion);
}

void
room_delete(const struct rooms *rooms, const char *room_key, int64_t seq, const char *author,
            room_deleted_function deleted, void *context)
{
	struct delete_job *deletion = must_allocate(sizeof(*deletion));

	deletion->job =
		(struct commit_job){ .write = write_delete_job, .done = delete_job_written };
	deletion->rooms = rooms;
	deletion->room = must_copy_text(room_key);
	deletion->author = must_copy_text(author);
	deletion->seq = seq;
	deletion->deleted = deleted;
	deletion->context = context;
	committer_submit(rooms->committer, &deletion->job);
}

/* --- stopping --- */

struct stopping {
	struct commit_job job; /* first, so that the job is this */
	const struct rooms *rooms;
	char *room;
	int64_t seq;
	bool is_known;
	enum message_state state;
	room_stopped_function stopped;
	void *context;
};

static void
note_state(void *context, const struct event *event)
{
	struct stopping *stopping = context;

	stopping->is_known = event->kind == EVENT_MESSAGE && event->role == ROLE_ASSISTANT;
	stopping->state = event->state;
}

static enum err
write_stopping(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct stopping *stopping = (struct stopping *)job;
	const struct store_ending ending = { .ref = stopping->seq,
		                             .state = STATE_STOPPED,
		                             .time_ms = clock_unix_ms() };
	bool is_there;
	int64_t event_seq;

	stopping->is_known = false;
	enum err err =
		engine->get(store, stopping->room, stopping->seq, note_state, stopping, &is_there);
	if (err != ERR_NONE || !stopping->is_known || stopping->state != STATE_STREAMING)
		return err;
	stopping->state = STATE_STOPPED;
	return news_finish_message(job->news, engine, store, stopping->room, &ending, &event_seq);
}

static void
stopping_written(struct commit_job *job, enum err err)
{
	struct stopping *stopping = (struct stopping *)job;

	if (stopping->rooms->replies != NULL)
		replies_poll(stopping->rooms->replies);
	stopping->stopped(stopping->context, err, stopping->is_known, stopping->state);
	free(stopping->room);
	free(stopping);
}

void
room_stop_reply(const struct rooms *rooms, const char *room_key, int64_t seq,
                room_stopped_function stopped, void *context)
{
	struct stopping *stopping = must_allocate(sizeof(*stopping));

	stopping->job = (struct commit_job){ .write = write_stopping, .done = stopping_written };
	stopping->rooms = rooms;
	stopping->room = must_copy_text(room_key);
	stopping->seq = seq;
	stopping->stopped = stopped;
	stopping->context = context;
	/* The program is not to go on until the store has taken it. */
	if (rooms->replies != NULL)
		replies_stop_reply(rooms->replies, room_key, seq);
	committer_submit(rooms->committer, &stopping->job);
}
