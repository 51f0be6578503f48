/*
 * Saying something: the message goes to the responder, its parts are gathered, message and reply
 * are committed together, and the caller is told. No thread waits in between.
 *
 * SPDX-License-Identifier: MIT
 */
#include "core/room.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/committer.h"
#include "core/readers.h"

/* A message on its way; freed when its caller has been told. */
struct saying {
	struct commit_job job; /* first, so that the job is the saying */
	const struct rooms *rooms;
	room_said_function said;
	void *context;

	char *room; /* copies of what is said; "" for no room */
	char *name;
	char *author;
	char *key;
	char *message;
	size_t message_size;
	uint64_t body_hash;
	int64_t time_ms;

	bool has_reply;
	struct buf reply;
	bool is_key_reused;
	int64_t seq;
	int64_t reply_seq;
};

static char *
copy_text(const char *text)
{
	return must_copy(text, strlen(text));
}

static void
finish(struct saying *saying, enum said_outcome outcome)
{
	const struct said said = {
		.outcome = outcome,
		.has_reply = saying->has_reply,
		.reply = saying->reply.data == NULL ? "" : saying->reply.data,
		.reply_size = saying->reply.size,
		.seq = saying->seq,
		.reply_seq = saying->reply_seq,
	};

	saying->said(saying->context, &said);
	free(saying->room);
	free(saying->name);
	free(saying->author);
	free(saying->key);
	free(saying->message);
	buf_fini(&saying->reply);
	free(saying);
}

/* --- in the committer's transaction --- */

static void
take_stored_reply(void *context, const struct event *event)
{
	struct saying *saying = context;

	if (event->seq != saying->reply_seq)
		return;
	saying->reply.size = 0;
	if (buf_append(&saying->reply, event->text, event->text_size) != ERR_NONE)
		abort();
}

/* The key is known: the answer is the one that was given first. */
static enum err
repeat(struct saying *saying, const struct store_key_result *first,
       const struct store_engine *engine, struct store *store)
{
	struct store_page page;
	const struct store_range range = {
		.room = saying->room,
		.after = first->reply_seq - 1,
		.limit = 1,
	};

	saying->seq = first->seq;
	saying->reply_seq = first->reply_seq;
	saying->has_reply = first->reply_seq != 0;
	saying->reply.size = 0;
	if (!saying->has_reply)
		return ERR_NONE;
	return engine->read(store, &range, take_stored_reply, saying, &page);
}

static enum err
append_both(struct saying *saying, const struct store_engine *engine, struct store *store)
{
	struct store_message message = {
		.role = ROLE_USER,
		.name = saying->name,
		.author = saying->author,
		.text = saying->message,
		.text_size = saying->message_size,
		.time_ms = saying->time_ms,
		.state = STATE_DONE,
	};

	enum err err = engine->append_message(store, saying->room, &message, &saying->seq);
	if (err != ERR_NONE || !saying->has_reply)
		return err;
	message.role = ROLE_ASSISTANT;
	/* Whoever takes the message back takes the reply, which may repeat it, with it. */
	message.name = "";
	message.text = saying->reply.data == NULL ? "" : saying->reply.data;
	message.text_size = saying->reply.size;
	message.ref = saying->seq;
	return engine->append_message(store, saying->room, &message, &saying->reply_seq);
}

static enum err
write_saying(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct saying *saying = (struct saying *)job;
	struct store_key_result result;
	bool is_known = false;
	bool is_same = false;
	enum err err = ERR_NONE;

	if (saying->key[0] != '\0')
		err = engine->find_key(store, saying->room, saying->key, saying->body_hash,
		                       &is_known, &is_same, &result);
	if (err != ERR_NONE)
		return err;
	saying->is_key_reused = is_known && !is_same;
	if (is_known)
		return is_same ? repeat(saying, &result, engine, store) : ERR_NONE;

	err = append_both(saying, engine, store);
	if (err != ERR_NONE || saying->key[0] == '\0')
		return err;
	result = (struct store_key_result){ saying->seq, saying->reply_seq };
	return engine->add_key(store, saying->room, saying->key, saying->body_hash, &result,
	                       saying->time_ms);
}

static void
saying_written(struct commit_job *job, enum err err)
{
	struct saying *saying = (struct saying *)job;

	if (err != ERR_NONE)
		finish(saying, SAID_NOT_STORED);
	else
		finish(saying, saying->is_key_reused ? SAID_KEY_REUSED : SAID_DONE);
}

/* --- the reply --- */

static enum err
reply_part(void *context, const char *text, size_t size)
{
	struct saying *saying = context;

	return buf_append(&saying->reply, text, size);
}

static void
store_or_finish(struct saying *saying)
{
	if (saying->room[0] != '\0')
		committer_submit(saying->rooms->committer, &saying->job);
	else
		finish(saying, SAID_DONE);
}

static void
reply_end(void *context, enum reply_state state)
{
	struct saying *saying = context;

	saying->has_reply = state == REPLY_DONE;
	if (saying->has_reply)
		store_or_finish(saying);
	else
		finish(saying, SAID_NO_REPLY);
}

void
room_say(const struct rooms *rooms, const struct say *say, room_said_function said, void *context)
{
	struct saying *saying = must_allocate(sizeof(*saying));
	const struct question question = { say->message, say->message_size };
	const struct reply_sink sink = { reply_part, reply_end, saying };

	saying->job = (struct commit_job){ .write = write_saying, .done = saying_written };
	saying->rooms = rooms;
	saying->said = said;
	saying->context = context;
	saying->room = copy_text(say->room.key == NULL ? "" : say->room.key);
	saying->name = copy_text(say->name);
	saying->author = copy_text(say->author);
	saying->key = copy_text(say->key);
	saying->message = must_copy(say->message, say->message_size);
	saying->message_size = say->message_size;
	saying->body_hash = say->body_hash;
	saying->time_ms = clock_unix_ms();
	buf_init(&saying->reply, rooms->reply_bytes_max);
	if (say->room.responder != NULL)
		say->room.responder->start(say->room.responder, &question, &sink);
	else
		store_or_finish(saying);
}

/* --- taking back --- */

struct taking_back {
	struct commit_job job; /* first, so that the job is this */
	char *room;
	char *author;
	int64_t seq;
	int64_t reply_seq; /* 0: there is no reply */
	enum store_outcome outcome;
	room_taken_back_function taken_back;
	void *context;
};

/* Notes the reply to the message, if that is the event. */
static void
note_reply(void *context, const struct event *event)
{
	struct taking_back *taking = context;

	if (event->kind == EVENT_MESSAGE && event->role == ROLE_ASSISTANT &&
	    event->ref == taking->seq)
		taking->reply_seq = event->seq;
}

static enum err
write_taking_back(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct taking_back *taking = (struct taking_back *)job;
	/* The reply was appended together with the message, right behind it. */
	const struct store_range behind = { .room = taking->room,
		                            .after = taking->seq,
		                            .limit = 1 };
	enum store_outcome reply_outcome;
	struct store_page page;
	int64_t event_seq;

	enum err err = engine->delete_message(store, taking->room, taking->seq, taking->author,
	                                      clock_unix_ms(), &taking->outcome, &event_seq);
	if (err != ERR_NONE || taking->outcome != STORE_DELETED)
		return err;
	taking->reply_seq = 0;
	err = engine->read(store, &behind, note_reply, taking, &page);
	if (err != ERR_NONE || taking->reply_seq == 0)
		return err;
	return engine->delete_message(store, taking->room, taking->reply_seq, taking->author,
	                              clock_unix_ms(), &reply_outcome, &event_seq);
}

static void
taking_back_written(struct commit_job *job, enum err err)
{
	struct taking_back *taking = (struct taking_back *)job;
	bool is_deleted =
		taking->outcome == STORE_DELETED || taking->outcome == STORE_ALREADY_DELETED;

	if (err == ERR_NONE && is_deleted && !job->is_erased)
		err = ERR_NOT_ERASED;
	taking->taken_back(taking->context, err, taking->outcome);
	free(taking->room);
	free(taking->author);
	free(taking);
}

void
room_take_back(const struct rooms *rooms, const char *room_key, int64_t seq, const char *author,
               room_taken_back_function taken_back, void *context)
{
	struct taking_back *taking = must_allocate(sizeof(*taking));

	taking->job =
		(struct commit_job){ .write = write_taking_back, .done = taking_back_written };
	taking->room = copy_text(room_key);
	taking->author = copy_text(author);
	taking->seq = seq;
	taking->taken_back = taken_back;
	taking->context = context;
	committer_submit(rooms->committer, &taking->job);
}

/* --- reading --- */

enum err
room_read(const struct rooms *rooms, const struct store_range *range, store_event_function function,
          void *context, struct store_page *page)
{
	struct store *store = readers_take(rooms->readers);
	enum err err = readers_engine(rooms->readers)->read(store, range, function, context, page);
	readers_give(rooms->readers, store);
	return err;
}

enum err
room_check(const struct rooms *rooms)
{
	if (rooms->readers == NULL)
		return ERR_NONE;
	struct store *store = readers_take(rooms->readers);
	enum err err = readers_engine(rooms->readers)->check(store);
	readers_give(rooms->readers, store);
	return err;
}

bool
room_find(const struct rooms *rooms, const char *name, struct room *room)
{
	for (size_t i = 0; i < rooms->shared_count; i++) {
		if (strcmp(rooms->shared[i].name, name) == 0) {
			*room = (struct room){ rooms->shared[i].name, rooms->shared[i].responder };
			return true;
		}
	}
	*room = (struct room){ name, rooms->responder };
	return rooms->is_open;
}
