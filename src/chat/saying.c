/*
 * Saying something: room_say. Where the responder answers at once, message and reply are committed
 * together. Where it takes its time, the message and an empty reply in the making are, and the
 * reply begins (replies.c) after that. No thread waits in between.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "chat/committer.h"
#include "chat/replies/replies.h"
#include "chat/room.h"
#include "responder/responder.h"

/* A message on its way; freed when its caller has been told. */
struct saying {
	struct commit_job job; /* first, so that the job is the saying */
	const struct rooms *rooms;
	const struct responder *responder; /* NULL: nobody answers */
	struct reply_listener *listener;
	room_said_function said;
	void *context;

	char *room; /* copies of what is said; "" for no room */
	char *room_name;
	char *name;
	char *author;
	char *address;
	char *key;
	char *message; /* to be answered: with `again` as it was said then */
	size_t message_size;
	uint64_t body_hash;
	int64_t again;
	int64_t time_ms;

	bool has_place; /* among the replies in the making */
	unsigned queued;
	bool has_reply;
	enum message_state reply_state;
	enum event_cause reply_cause;
	struct buf reply;
	enum said_outcome outcome;
	int64_t seq;
	int64_t reply_seq;
};

static bool
takes_time(const struct saying *saying)
{
	return saying->responder != NULL && saying->responder->start != NULL;
}

static void
saying_free(struct saying *saying)
{
	free(saying->room);
	free(saying->room_name);
	free(saying->name);
	free(saying->author);
	free(saying->address);
	free(saying->key);
	free(saying->message);
	buf_fini(&saying->reply);
	free(saying);
}

/* Tells the caller, and lets the reply begin if there is one to be made. */
static void
finish(struct saying *saying, enum said_outcome outcome)
{
	const struct said said = {
		.outcome = outcome,
		.has_reply = saying->has_reply,
		.reply_state = saying->reply_state,
		.reply_cause = saying->reply_cause,
		.reply = buf_text(&saying->reply),
		.reply_size = saying->reply.size,
		.seq = saying->seq,
		.reply_seq = saying->reply_seq,
		.time_ms = saying->time_ms,
		.queued = saying->queued,
	};

	saying->said(saying->context, &said);
	if (outcome == SAID_UNDER_WAY) {
		const struct reply_order order = {
			.responder = saying->responder,
			.room_key = saying->room[0] == '\0' ? NULL : saying->room,
			.room_name = saying->room_name,
			.name = saying->name,
			.address = saying->address,
			.message = saying->message,
			.message_size = saying->message_size,
			.message_seq = saying->seq,
			.reply_seq = saying->reply_seq,
			.listener = saying->listener,
		};
		replies_begin(saying->rooms->replies, &order);
	} else if (saying->has_place) {
		replies_leave(saying->rooms->replies, saying->address);
	}
	saying_free(saying);
}

/* --- an answer at once --- */

static enum err
reply_part(void *context, const char *text, size_t size)
{
	struct saying *saying = context;

	return buf_append(&saying->reply, text, size);
}

static void
reply_end(void *context, enum reply_state state)
{
	struct saying *saying = context;

	saying->has_reply = state == REPLY_DONE;
}

/* False: the responder has failed. */
static bool
answer_at_once(struct saying *saying)
{
	const struct question question = {
		.room = saying->room_name,
		.name = saying->name,
		.message = saying->message,
		.message_size = saying->message_size,
	};
	const struct reply_sink sink = { .part = reply_part, .end = reply_end, .context = saying };

	saying->reply.size = 0;
	saying->reply_state = STATE_DONE;
	saying->responder->answer(saying->responder, &question, &sink);
	return saying->has_reply;
}

/* --- in the committer's transaction --- */

static void
take_stored_reply(void *context, const struct event *event)
{
	struct saying *saying = context;

	if (event->seq != saying->reply_seq)
		return;
	saying->reply_state = event->state;
	saying->reply_cause = event->cause;
	if (event->text != NULL &&
	    buf_append(&saying->reply, event->text, event->text_size) != ERR_NONE)
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
	saying->reply_state = STATE_DONE;
	saying->queued = 0;
	/* What may be stored may have been larger then than what may be said now. */
	buf_fini(&saying->reply);
	buf_init(&saying->reply, BOUND_REPLY_BYTES_MAX);
	if (!saying->has_reply)
		return ERR_NONE;
	return engine->read(store, &range, take_stored_reply, saying, &page);
}

static void
take_message(void *context, const struct event *event)
{
	struct saying *saying = context;

	if (event->seq != saying->again || event->kind != EVENT_MESSAGE ||
	    event->role != ROLE_USER || event->state != STATE_DONE)
		return;
	free(saying->message);
	free(saying->name);
	saying->message = must_copy(event->text, event->text_size);
	saying->message_size = event->text_size;
	saying->name = must_copy_text(event->name);
	saying->seq = event->seq;
}

static void
note_state(void *context, const struct event *event)
{
	enum message_state *state = context;

	*state = event->state;
}

/* Looks up the message that is to be answered again, and whether it may be. */
static enum err
find_message(struct saying *saying, const struct store_engine *engine, struct store *store)
{
	struct store_range range = { .room = saying->room, .after = saying->again - 1, .limit = 1 };
	struct store_page page;
	int64_t reply = 0;

	saying->seq = 0;
	enum err err = engine->read(store, &range, take_message, saying, &page);
	if (err == ERR_NONE && saying->seq == 0)
		saying->outcome = SAID_UNKNOWN;
	while (err == ERR_NONE && saying->outcome == SAID_DONE) {
		enum message_state state = STATE_DONE;
		err = engine->next_reply(store, saying->room, saying->again, reply, &reply);
		if (err != ERR_NONE || reply == 0)
			break;
		range.after = reply - 1;
		err = engine->read(store, &range, note_state, &state, &page);
		if (state == STATE_STREAMING)
			saying->outcome = SAID_REPLY_UNDER_WAY;
	}
	return err;
}

/* Whether there is room for one more reply, here and in all processes together. */
static enum err
check_capacity(struct saying *saying, const struct store_engine *engine, struct store *store)
{
	unsigned count;

	if (!saying->has_place) {
		saying->outcome = SAID_TOO_MANY;
		return ERR_NONE;
	}
	enum err err = engine->fail_abandoned(store, saying->time_ms, &count);
	if (err == ERR_NONE && count >= replies_capacity(saying->rooms->replies))
		saying->outcome = SAID_TOO_MANY;
	return err;
}

static enum err
append_message(struct saying *saying, const struct store_engine *engine, struct store *store)
{
	const struct store_message message = {
		.role = ROLE_USER,
		.name = saying->name,
		.author = saying->author,
		.text = saying->message,
		.text_size = saying->message_size,
		.time_ms = saying->time_ms,
		.state = STATE_DONE,
	};

	if (saying->again != 0)
		return ERR_NONE;
	return engine->append_message(store, saying->room, &message, &saying->seq);
}

static enum err
append_reply(struct saying *saying, const struct store_engine *engine, struct store *store)
{
	const struct store_message reply = {
		.role = ROLE_ASSISTANT,
		.name = "",
		/* Whoever takes the message back takes the reply, which may repeat it, with it. */
		.author = saying->author,
		.text = buf_text(&saying->reply),
		.text_size = saying->reply.size,
		.time_ms = saying->time_ms,
		.ref = saying->seq,
		.state = saying->reply_state,
	};

	if (!saying->has_reply)
		return ERR_NONE;
	return engine->append_message(store, saying->room, &reply, &saying->reply_seq);
}

/* What is written where the key, if there is one, is new. */
static enum err
write_new(struct saying *saying, const struct store_engine *engine, struct store *store)
{
	struct store_key_result result;
	enum err err = ERR_NONE;

	if (saying->job.is_full) {
		saying->outcome = SAID_FULL;
		return ERR_NONE;
	}
	/* First, since it ends what was abandoned: that is under way no more. */
	if (takes_time(saying))
		err = check_capacity(saying, engine, store);
	if (err == ERR_NONE && saying->outcome == SAID_DONE && saying->again != 0)
		err = find_message(saying, engine, store);
	if (err != ERR_NONE || saying->outcome != SAID_DONE)
		return err;
	if (saying->again != 0 && !takes_time(saying) && !answer_at_once(saying)) {
		saying->outcome = SAID_NO_REPLY;
		return ERR_NONE;
	}
	err = append_message(saying, engine, store);
	if (err == ERR_NONE)
		err = append_reply(saying, engine, store);
	if (err != ERR_NONE)
		return err;
	if (takes_time(saying))
		saying->outcome = SAID_UNDER_WAY;
	if (saying->key[0] == '\0')
		return ERR_NONE;
	result = (struct store_key_result){ saying->seq, saying->reply_seq };
	return engine->add_key(store, saying->room, saying->key, saying->body_hash, &result,
	                       saying->time_ms);
}

static enum err
write_saying(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct saying *saying = (struct saying *)job;
	struct store_key_result result;
	bool is_known = false;
	bool is_same = false;
	enum err err = ERR_NONE;

	saying->outcome = SAID_DONE;
	if (saying->key[0] != '\0')
		err = engine->find_key(store, saying->room, saying->key, saying->body_hash,
		                       &is_known, &is_same, &result);
	if (err != ERR_NONE)
		return err;
	if (is_known && !is_same) {
		saying->outcome = SAID_KEY_REUSED;
		return ERR_NONE;
	}
	return is_known ? repeat(saying, &result, engine, store) : write_new(saying, engine, store);
}

static void
saying_written(struct commit_job *job, enum err err)
{
	struct saying *saying = (struct saying *)job;

	finish(saying, err == ERR_NONE ? saying->outcome : SAID_NOT_STORED);
}

/* --- the beginning --- */

static struct saying *
saying_new(const struct rooms *rooms, const struct say *say, room_said_function said, void *context)
{
	struct saying *saying = must_allocate(sizeof(*saying));

	saying->job = (struct commit_job){ .write = write_saying, .done = saying_written };
	saying->rooms = rooms;
	saying->responder = say->room.responder;
	saying->listener = say->listener;
	saying->said = said;
	saying->context = context;
	saying->room = must_copy_text(say->room.key == NULL ? "" : say->room.key);
	saying->room_name = must_copy_text(say->room_name);
	saying->name = must_copy_text(say->name);
	saying->author = must_copy_text(say->author);
	saying->address = must_copy_text(say->address);
	saying->key = must_copy_text(say->key);
	saying->message = must_copy(say->message, say->message_size);
	saying->message_size = say->message_size;
	saying->body_hash = say->body_hash;
	saying->again = say->again;
	saying->time_ms = clock_unix_ms();
	buf_init(&saying->reply, rooms->reply_bytes_max);
	return saying;
}

void
room_say(const struct rooms *rooms, const struct say *say, room_said_function said, void *context)
{
	struct saying *saying = saying_new(rooms, say, said, context);
	bool is_kept = saying->room[0] != '\0';

	if (takes_time(saying)) {
		saying->has_place = replies_enter(rooms->replies, saying->address, &saying->queued);
		saying->has_reply = true;
		saying->reply_state = STATE_STREAMING;
		/* With a key it may have been answered already, which takes no place. */
		if (!saying->has_place && (!is_kept || saying->key[0] == '\0')) {
			finish(saying, SAID_TOO_MANY);
			return;
		}
		if (!is_kept) {
			finish(saying, SAID_UNDER_WAY);
			return;
		}
	} else if (saying->responder == NULL && saying->again != 0) {
		finish(saying, SAID_NOBODY_ANSWERS);
		return;
	} else if (saying->responder != NULL && saying->again == 0 && !answer_at_once(saying)) {
		finish(saying, SAID_NO_REPLY);
		return;
	}
	if (is_kept)
		committer_submit(rooms->committer, &saying->job);
	else
		finish(saying, SAID_DONE);
}
