/*
 * chat/room: what is said is replied to once, whole, now or later, and kept with its reply.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "chat/room.h"
#include "support_reply.h"
#include "support_store.h"

/* What room_post told us. */
struct told {
	unsigned count;
	enum post_outcome outcome;
	bool has_reply;
	char reply[64];
	size_t reply_size;
	int64_t seq;
	int64_t reply_seq;
};

static void
note(void *context, const struct post_result *said)
{
	struct told *told = context;

	told->count++;
	told->outcome = said->outcome;
	told->has_reply = said->has_reply;
	told->reply_size = said->reply_size;
	told->seq = said->seq;
	told->reply_seq = said->reply_seq;
	/* Not NULL, even if it is empty. */
	memcpy(told->reply, said->reply, said->reply_size);
	told->reply[said->reply_size] = '\0';
}

/* What the responder of a test says, and how it ends. */
static struct {
	const char *parts[4];
	enum reply_state state;
	enum err err; /* of the last part */
} script;

static void
play(const struct responder *self, const struct question *question, const struct reply_sink *sink)
{
	(void)self;
	assert_int_equal(question->message_size, 6);
	assert_memory_equal(question->message, "django", 6);
	for (size_t i = 0; script.parts[i] != NULL; i++)
		script.err = sink->part(sink->context, script.parts[i], strlen(script.parts[i]));
	sink->end(sink->context, script.err == ERR_NONE ? script.state : REPLY_FAILED);
}

static const struct responder player = { .answer = play };

/* A message that is not kept. */
static struct post
django(const struct responder *responder)
{
	return (struct post){ .room = { NULL, responder },
		              .room_name = "",
		              .message = "django",
		              .message_size = 6,
		              .name = "",
		              .author = "",
		              .address = "",
		              .key = "" };
}

static struct told
say_django(size_t reply_bytes_max)
{
	const struct rooms rooms = { .reply_bytes_max = reply_bytes_max };
	const struct post say = django(&player);
	struct told told = { .count = 0 };

	room_post(&rooms, &say, note, &told);
	assert_int_equal(told.count, 1);
	return told;
}

static int
clear_script(void **state)
{
	(void)state;
	script.parts[0] = NULL;
	script.state = REPLY_DONE;
	script.err = ERR_NONE;
	return 0;
}

static void
the_echo_answers_at_once(void **state)
{
	struct told told = { .count = 0 };

	(void)state;
	const struct post say = django(&stage.echo.responder);
	room_post(&stage.rooms, &say, note, &told);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.outcome, POST_DONE);
	assert_true(told.has_reply);
	assert_string_equal(told.reply, "received django");
	assert_int_equal(told.seq, 0);
	assert_int_equal(told.reply_seq, 0);
}

static void
parts_are_gathered_until_the_reply_ends(void **state)
{
	(void)state;
	script.parts[0] = "I ";
	script.parts[1] = "";
	script.parts[2] = "heard you";
	script.parts[3] = NULL;
	struct told told = say_django(60);
	assert_int_equal(told.outcome, POST_DONE);
	assert_string_equal(told.reply, "I heard you");
	assert_int_equal(told.reply_size, 11);
}

static void
a_reply_may_be_empty(void **state)
{
	(void)state;
	struct told told = say_django(60);
	assert_int_equal(told.outcome, POST_DONE);
	assert_true(told.has_reply);
	assert_int_equal(told.reply_size, 0);
}

static void
a_failed_reply_is_told_as_failed(void **state)
{
	(void)state;
	script.parts[0] = "half";
	script.parts[1] = NULL;
	script.state = REPLY_FAILED;
	struct told told = say_django(60);
	assert_int_equal(told.outcome, POST_NO_REPLY);
	assert_false(told.has_reply);
}

static void
a_reply_has_a_limit(void **state)
{
	(void)state;
	script.parts[0] = "12345";
	script.parts[1] = NULL;
	assert_int_equal(say_django(5).outcome, POST_DONE);
	script.parts[1] = "6";
	script.parts[2] = NULL;
	assert_int_equal(say_django(5).outcome, POST_NO_REPLY);
	assert_int_equal(script.err, ERR_TOO_LARGE);
}

static void
without_a_responder_nobody_replies(void **state)
{
	struct rooms rooms = { .reply_bytes_max = 60 };
	struct told told = { .count = 0 };
	const struct post say = django(NULL);

	(void)state;
	room_post(&rooms, &say, note, &told);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.outcome, POST_DONE);
	assert_false(told.has_reply);
}

/* --- kept --- */

/* Says it in the room as ann, who is "~a" to the store. */
static struct told
tell(const char *room, const char *message, const char *key, uint64_t body_hash)
{
	struct told told = { .count = 0 };
	struct post say = { .room_name = room,
		            .message = message,
		            .message_size = strlen(message),
		            .name = "ann",
		            .author = "~a",
		            .address = "",
		            .key = key,
		            .body_hash = body_hash };

	assert_true(room_find(&stage.rooms, room, &say.room));
	room_post(&stage.rooms, &say, note, &told);
	assert_int_equal(told.count, 1);
	return told;
}

static void
append_event(void *context, const struct event *event)
{
	struct buf *log = context;

	assert_int_equal(buf_append_format(log, "%d:%s:%s:%s:%d:%d ", (int)event->seq,
	                                   event_kind_name(event->kind),
	                                   event->name == NULL ? "" : event->name,
	                                   event->text == NULL ? "" : event->text, (int)event->ref,
	                                   event->kind == EVENT_MESSAGE ? (int)event->role : 0),
	                 ERR_NONE);
}

/* Fails unless the room's log is this: "SEQ:KIND:NAME:TEXT:REF:ROLE " for each event. */
static void
assert_log(const char *room, const char *expected)
{
	const struct store_range range = { .room = room, .limit = 200 };
	struct store_page page;
	struct buf log;

	buf_init(&log, 10000);
	assert_int_equal(room_read(&stage.rooms, &range, append_event, &log, &page), ERR_NONE);
	assert_string_equal(log.size == 0 ? "" : log.data, expected);
	buf_fini(&log);
}

static void
message_and_reply_are_stored_in_one_transaction(void **state)
{
	(void)state;
	struct told told = tell("lobby", "django", "", 0);
	assert_int_equal(told.outcome, POST_DONE);
	assert_string_equal(told.reply, "received django");
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 2);
	assert_int_equal(store_memory_transactions(), 1);
	assert_log("lobby", "1:message:ann:django:0:1 2:message::received django:1:2 ");
}

static void
where_nobody_replies_the_message_alone_is_stored(void **state)
{
	(void)state;
	struct told told = tell("people", "django", "", 0);
	assert_int_equal(told.outcome, POST_DONE);
	assert_false(told.has_reply);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 0);
	assert_log("people", "1:message:ann:django:0:1 ");
}

/* What is told of it comes later: see test_replies.c. */
static void
a_message_whose_reply_takes_its_time_is_stored_with_an_empty_one(void **state)
{
	static struct reply_stage reply_run;
	struct told told = { .count = 0 };

	(void)state;
	stage_close_store(&stage);
	reply_stage_open(&reply_run, &(const struct replies_settings){ 1, 0, 0, 0 }, false);
	struct post say = django(&reply_run.scripted.responder);
	say.room.key = "bots";
	room_post(&reply_run.stage.rooms, &say, note, &told);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.outcome, POST_UNDER_WAY);
	assert_true(told.has_reply);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 2);
	assert_int_equal(store_memory_transactions(), 1);
	run_until_begun(&reply_run, 1);
	assert_int_equal(scripted_say(&reply_run.scripted, 0, "later"), ERR_NONE);
	assert_int_equal(store_memory_post("bots", "meanwhile"), 3);
	scripted_end(&reply_run.scripted, 0, REPLY_DONE);
	run_until_log(&reply_run, "bots",
	              "1:message:django:0:done 2:message:later:1:done 3:message:meanwhile:0:done "
	              "4:done:later:2:done ");
	reply_stage_close(&reply_run);
	stage_open_store(&stage, false);
}

static void
without_a_reply_nothing_is_stored(void **state)
{
	(void)state;
	stage.rooms.reply_bytes_max = 8;
	struct told told = tell("lobby", "django", "k", 1);
	assert_int_equal(told.outcome, POST_NO_REPLY);
	assert_log("lobby", "");
	assert_int_equal(store_memory_keys("lobby"), 0);
}

static void
what_the_store_refuses_is_not_said(void **state)
{
	(void)state;
	store_memory_refuse("received django");
	struct told told = tell("lobby", "django", "k", 1);
	assert_int_equal(told.outcome, POST_NOT_STORED);
	assert_log("lobby", "");
	assert_int_equal(store_memory_keys("lobby"), 0);
	store_memory_refuse("");
	store_memory_fail(MEMORY_BEGIN, 1);
	told = tell("lobby", "django", "k", 1);
	assert_int_equal(told.outcome, POST_NOT_STORED);
	store_memory_fail(MEMORY_COMMIT, 1);
	told = tell("lobby", "django", "k", 1);
	assert_int_equal(told.outcome, POST_NOT_STORED);
	assert_log("lobby", "");
	told = tell("lobby", "django", "k", 1);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.seq, 1);
}

static void
post_uncertainly(enum memory_operation operation)
{
	store_memory_fail(operation, 1);
	struct told told = tell("lobby", "django", "k", 1);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.seq, 1);
	assert_string_equal(told.reply, "received django");
	assert_log("lobby", "1:message:ann:django:0:1 2:message::received django:1:2 ");
	store_memory_fail(operation, 2);
	told = tell("people", "django", "k", 1);
	assert_int_equal(told.outcome, POST_UNCERTAIN);
	told = tell("people", "django", "k", 1);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.seq, 1);
	assert_log("people", "1:message:ann:django:0:1 ");
}

static void
a_post_with_a_key_is_stored_once_where_the_store_has_stored_and_not_said_so(void **state)
{
	(void)state;
	post_uncertainly(MEMORY_ANSWER);
}

static void
a_post_with_a_key_is_stored_once_where_the_store_has_not_stored_and_not_said_so(void **state)
{
	(void)state;
	post_uncertainly(MEMORY_QUESTION);
}

static void
a_post_without_a_key_may_be_there_where_the_store_has_not_said_so(void **state)
{
	(void)state;
	store_memory_fail(MEMORY_ANSWER, 1);
	assert_int_equal(tell("lobby", "django", "", 0).outcome, POST_UNCERTAIN);
	assert_log("lobby", "1:message:ann:django:0:1 2:message::received django:1:2 ");
}

static void
the_same_key_gives_the_first_result(void **state)
{
	(void)state;
	store_memory_post("lobby", "before");
	tell("lobby", "django", "k", 17);
	tell("lobby", "other", "", 0);
	struct told told = tell("lobby", "django", "k", 17);
	assert_int_equal(told.outcome, POST_DONE);
	assert_true(told.has_reply);
	assert_string_equal(told.reply, "received django");
	assert_int_equal(told.seq, 2);
	assert_int_equal(told.reply_seq, 3);
	assert_int_equal(store_memory_keys("lobby"), 1);
	assert_log("lobby", "1:message:ann:before:0:1 2:message:ann:django:0:1 "
	                    "3:message::received django:2:2 4:message:ann:other:0:1 "
	                    "5:message::received other:4:2 ");
}

/* As a program may: it does not say the same twice. */
static void
the_same_key_gives_the_first_reply(void **state)
{
	(void)state;
	tell("lobby", "django", "k", 17);
	echo_init(&stage.echo, "I have changed my mind");
	struct told told = tell("lobby", "django", "k", 17);
	assert_string_equal(told.reply, "received django");
}

static void
the_same_key_gives_the_first_result_without_a_reply(void **state)
{
	(void)state;
	tell("people", "django", "k", 17);
	struct told told = tell("people", "django", "k", 17);
	assert_int_equal(told.outcome, POST_DONE);
	assert_false(told.has_reply);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 0);
	assert_log("people", "1:message:ann:django:0:1 ");
}

static void
the_same_key_with_another_body_stores_nothing(void **state)
{
	(void)state;
	tell("people", "django", "k", 17);
	struct told told = tell("people", "other", "k", 18);
	assert_int_equal(told.outcome, POST_KEY_REUSED);
	assert_log("people", "1:message:ann:django:0:1 ");
	/* The key is the room's own. */
	told = tell("lobby", "other", "k", 18);
	assert_int_equal(told.outcome, POST_DONE);
}

/* --- one key at once --- */

struct sayer {
	pthread_t thread;
	struct told told;
};

static void *
say_once(void *context)
{
	struct sayer *sayer = context;
	struct post say = django(&stage.echo.responder);

	say.room.key = "lobby";
	say.key = "k";
	room_post(&stage.rooms, &say, note, &sayer->told);
	return NULL;
}

static void
one_key_at_once_is_one_message(void **state)
{
	struct sayer sayers[3] = { { .told = { .count = 0 } } };

	(void)state;
	stage_close_store(&stage);
	stage_open_store(&stage, true);
	store_memory_hold();
	for (size_t i = 0; i < COUNT(sayers); i++)
		assert_int_equal(pthread_create(&sayers[i].thread, NULL, say_once, &sayers[i]), 0);
	assert_true(store_memory_wait_held());
	for (size_t i = 0; i < COUNT(sayers); i++)
		assert_int_equal(pthread_join(sayers[i].thread, NULL), 0);
	store_memory_release();
	stage_close_store(&stage);
	for (size_t i = 0; i < COUNT(sayers); i++) {
		assert_int_equal(sayers[i].told.count, 1);
		assert_int_equal(sayers[i].told.outcome, POST_DONE);
		assert_int_equal(sayers[i].told.seq, 1);
		assert_int_equal(sayers[i].told.reply_seq, 2);
		assert_string_equal(sayers[i].told.reply, "received django");
	}
	stage_open_store(&stage, false);
}

/* --- deleting --- */

struct taken {
	unsigned count;
	enum err err;
	enum store_outcome outcome;
};

static void
note_taken(void *context, enum err err, enum store_outcome outcome)
{
	struct taken *taken = context;

	taken->count++;
	taken->err = err;
	taken->outcome = outcome;
}

static void
assert_deletion(int64_t seq, const char *author, enum err err, enum store_outcome outcome)
{
	struct taken taken = { .count = 0 };

	room_delete(&stage.rooms, "lobby", seq, author, note_taken, &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.err, err);
	if (err == ERR_NONE)
		assert_int_equal(taken.outcome, outcome);
}

static void
a_message_is_taken_back_with_its_reply(void **state)
{
	(void)state;
	tell("lobby", "django", "", 0);
	tell("lobby", "other", "", 0);
	assert_deletion(1, "~a", ERR_NONE, STORE_DELETED);
	/* Three, and what chance may have trimmed. */
	assert_true(store_memory_calls(MEMORY_COMMIT) >= 3);
	assert_log("lobby", "1:message:::0:1 2:message:::1:2 3:message:ann:other:0:1 "
	                    "4:message::received other:3:2 5:delete:::1:0 6:delete:::2:0 ");
	assert_deletion(1, "~a", ERR_NONE, STORE_ALREADY_DELETED);
}

static void
a_text_that_is_not_gone_yet_is_told_and_asked_for_again(void **state)
{
	(void)state;
	tell("lobby", "django", "", 0);
	store_memory_fail(MEMORY_IS_ERASED, 2);
	assert_deletion(1, "~a", ERR_NOT_ERASED, STORE_DELETED);
	assert_log("lobby", "1:message:::0:1 2:message:::1:2 3:delete:::1:0 4:delete:::2:0 ");
	assert_deletion(1, "~a", ERR_NOT_ERASED, STORE_ALREADY_DELETED);
	assert_deletion(1, "~a", ERR_NONE, STORE_ALREADY_DELETED);
	/* Others have nothing to do with it. */
	store_memory_fail(MEMORY_IS_ERASED, 2);
	tell("lobby", "other", "", 0);
	assert_deletion(5, "~b", ERR_NONE, STORE_NOT_THE_AUTHOR);
}

static void
only_the_author_takes_a_message_back(void **state)
{
	(void)state;
	tell("lobby", "django", "", 0);
	assert_deletion(1, "~b", ERR_NONE, STORE_NOT_THE_AUTHOR);
	assert_deletion(1, "", ERR_NONE, STORE_NOT_THE_AUTHOR);
	assert_deletion(3, "~a", ERR_NONE, STORE_NOT_FOUND);
	assert_deletion(0, "~a", ERR_NONE, STORE_NOT_FOUND);
	assert_log("lobby", "1:message:ann:django:0:1 2:message::received django:1:2 ");
}

static void
what_nobody_has_said_nobody_takes_back(void **state)
{
	const struct post say = { .room = { "lobby", NULL },
		                  .room_name = "lobby",
		                  .message = "x",
		                  .message_size = 1,
		                  .name = "",
		                  .author = "",
		                  .address = "",
		                  .key = "" };
	struct told told = { .count = 0 };

	(void)state;
	room_post(&stage.rooms, &say, note, &told);
	assert_deletion(1, "", ERR_NONE, STORE_NOT_THE_AUTHOR);
}

static void
the_message_behind_is_not_mistaken_for_the_reply(void **state)
{
	(void)state;
	tell("people", "first", "", 0);
	tell("people", "second", "", 0);
	struct taken taken = { .count = 0 };
	room_delete(&stage.rooms, "people", 1, "~a", note_taken, &taken);
	assert_int_equal(taken.outcome, STORE_DELETED);
	assert_log("people", "1:message:::0:1 2:message:ann:second:0:1 3:delete:::1:0 ");
}

static void
a_store_that_fails_takes_nothing_back(void **state)
{
	static const enum memory_operation operations[] = { MEMORY_BEGIN, MEMORY_NEXT_REPLY,
		                                            MEMORY_COMMIT };

	(void)state;
	tell("lobby", "django", "", 0);
	for (size_t i = 0; i < COUNT(operations); i++) {
		store_memory_fail(operations[i], 1);
		assert_deletion(1, "~a", ERR_STORE, STORE_DELETED);
		assert_log("lobby", "1:message:ann:django:0:1 2:message::received django:1:2 ");
	}
	assert_deletion(1, "~a", ERR_NONE, STORE_DELETED);
}

static void
a_key_of_a_message_that_was_taken_back_still_stores_nothing(void **state)
{
	(void)state;
	tell("lobby", "django", "k", 17);
	assert_deletion(1, "~a", ERR_NONE, STORE_DELETED);
	struct told told = tell("lobby", "django", "k", 17);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.seq, 1);
	assert_int_equal(told.reply_seq, 2);
	assert_string_equal(told.reply, "");
	assert_log("lobby", "1:message:::0:1 2:message:::1:2 3:delete:::1:0 4:delete:::2:0 ");
}

static void
a_key_whose_messages_were_trimmed_still_stores_nothing(void **state)
{
	(void)state;
	tell("lobby", "django", "k", 17);
	tell("lobby", "other", "", 0);
	store_memory_forget("lobby", 3);
	struct told told = tell("lobby", "django", "k", 17);
	assert_int_equal(told.outcome, POST_DONE);
	assert_int_equal(told.seq, 1);
	assert_int_equal(tell("people", "x", "", 0).seq, 1);
	assert_int_equal(store_memory_post("lobby", "next"), 5);
}

/* --- finding, checking --- */

static void
a_shared_room_has_its_own_responder(void **state)
{
	struct room room;

	(void)state;
	assert_true(room_find(&stage.rooms, "lobby", &room));
	assert_ptr_equal(room.responder, &stage.echo.responder);
	assert_true(room_find(&stage.rooms, "people", &room));
	assert_null(room.responder);
	assert_false(room_find(&stage.rooms, "attic", &room));
	stage.rooms.is_open = true;
	assert_true(room_find(&stage.rooms, "attic", &room));
	assert_string_equal(room.key, "attic");
	assert_ptr_equal(room.responder, &stage.echo.responder);
}

static void
note_check(void *context, enum err err)
{
	*(enum err *)context = err;
}

static enum err
check(void)
{
	enum err err = ERR_SYSTEM;

	room_check(&stage.rooms, note_check, &err);
	return err;
}

static void
a_store_that_cannot_be_read_is_told(void **state)
{
	const struct store_range range = { .room = "lobby", .limit = 1 };
	struct store_page page;

	(void)state;
	assert_int_equal(check(), ERR_NONE);
	store_memory_fail(MEMORY_CHECK, 1);
	assert_int_equal(check(), ERR_STORE);
	assert_int_equal(check(), ERR_NONE);
	store_memory_fail(MEMORY_READ, 1);
	assert_int_equal(room_read(&stage.rooms, &range, append_event, NULL, &page), ERR_STORE);
}

#define KEEPING(test) WITH_STORE(test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STAGE(the_echo_answers_at_once),
		cmocka_unit_test_setup(parts_are_gathered_until_the_reply_ends, clear_script),
		cmocka_unit_test_setup(a_reply_may_be_empty, clear_script),
		cmocka_unit_test_setup(a_failed_reply_is_told_as_failed, clear_script),
		cmocka_unit_test_setup(a_reply_has_a_limit, clear_script),
		cmocka_unit_test(without_a_responder_nobody_replies),
		KEEPING(message_and_reply_are_stored_in_one_transaction),
		KEEPING(where_nobody_replies_the_message_alone_is_stored),
		KEEPING(a_message_whose_reply_takes_its_time_is_stored_with_an_empty_one),
		KEEPING(without_a_reply_nothing_is_stored),
		KEEPING(what_the_store_refuses_is_not_said),
		KEEPING(a_post_with_a_key_is_stored_once_where_the_store_has_stored_and_not_said_so),
		KEEPING(a_post_with_a_key_is_stored_once_where_the_store_has_not_stored_and_not_said_so),
		KEEPING(a_post_without_a_key_may_be_there_where_the_store_has_not_said_so),
		KEEPING(the_same_key_gives_the_first_result),
		KEEPING(the_same_key_gives_the_first_reply),
		KEEPING(the_same_key_gives_the_first_result_without_a_reply),
		KEEPING(the_same_key_with_another_body_stores_nothing),
		KEEPING(one_key_at_once_is_one_message),
		KEEPING(a_message_is_taken_back_with_its_reply),
		KEEPING(a_text_that_is_not_gone_yet_is_told_and_asked_for_again),
		KEEPING(only_the_author_takes_a_message_back),
		KEEPING(what_nobody_has_said_nobody_takes_back),
		KEEPING(the_message_behind_is_not_mistaken_for_the_reply),
		KEEPING(a_store_that_fails_takes_nothing_back),
		KEEPING(a_key_of_a_message_that_was_taken_back_still_stores_nothing),
		KEEPING(a_key_whose_messages_were_trimmed_still_stores_nothing),
		KEEPING(a_shared_room_has_its_own_responder),
		KEEPING(a_store_that_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
