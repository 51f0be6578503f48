/*
 * What the tests of replies that take their time share: a responder that says what the test says,
 * when the test says it, and the product with such replies on a loop. On the loop's thread only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_REPLY_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_REPLY_H

#include "support.h"

#include <uv.h>

#include "chat/replies/replies.h"
#include "chat/room.h"
#include "support_store.h"

struct scripted;

/* A reply that was begun. */
struct reply_run {
	struct scripted *scripted;
	struct reply_sink sink;
	/* What was asked: "ROOM|NAME|MESSAGE", and "|ROLE:TEXT" for each turn of the history. */
	struct buf question;
	bool is_over;
	unsigned stop_count;
	bool was_stopped_at_once;
};

/* The responder. */
struct scripted {
	struct responder responder; /* first, so that the responder is this */
	bool cannot_start;
	bool ignores_stop; /* else it fails soon after it was stopped */
	struct reply_run reply_runs[64];
	unsigned count;
	uv_timer_t soon;
};

void
scripted_init(struct scripted *scripted, uv_loop_t *loop);

/* Closes what is open, running the loop for it. */
void
scripted_fini(struct scripted *scripted);

/* The reply that was begun as number `index`, from 0 on, says this. */
enum err
scripted_say(struct scripted *scripted, unsigned index, const char *text);

void
scripted_end(struct scripted *scripted, unsigned index, enum reply_state state);

/* The stage with the store in memory, and one more room, "bots", where the scripted responder
 * answers, as it does in private and without a room. */
struct reply_stage {
	struct stage stage;
	struct room_rule rules[3];
	uv_loop_t loop;
	struct scripted scripted;
	struct replies *replies;
};

/* With a thread for the committer as under FastCGI, without one as a CGI program. */
void
reply_stage_open(struct reply_stage *stage, const struct replies_settings *settings,
                 bool has_thread);

/* Ends all as the program does when it ends. */
void
reply_stage_close(struct reply_stage *stage);

/* The two halves of that, for who has called replies_stop himself: what is still to be stored is,
 * then all else goes. */
void
reply_stage_close_committer(struct reply_stage *stage);

void
reply_stage_close_rest(struct reply_stage *stage);

/* Something said by ann in the room (NULL: in none), with the scripted responder where there is
 * none. */
struct post
reply_post(struct reply_stage *stage, const char *room, const char *text);

/* What room_post told. */
struct post_told {
	unsigned count;
	enum post_outcome outcome;
	bool has_reply;
	enum message_state state;
	char reply[64];
	int64_t seq;
	int64_t reply_seq;
	unsigned queued;
};

/* A room_posted_function, whose context is a struct post_told. */
void
note_told(void *context, const struct post_result *said);

/* A listener that keeps what it hears. */
struct heard {
	struct reply_listener listener; /* first, so that the listener is this */
	uv_loop_t *loop;
	unsigned begin_count;
	unsigned queued;
	/* "SEQ:part:TEXT:REF:@OFFSET " and "SEQ:done:TEXT:REF:STATE " for each event */
	char events[4096];
	unsigned beat_count;
	unsigned end_count;
	bool is_late;
	bool leaves_at_once;
};

void
heard_init(struct heard *heard, uv_loop_t *loop);

/* Whether the struct heard has heard the end: for run_until. */
bool
heard_is_over(void *heard);

/* Runs the loop until it is over, in time, and fails unless this was heard. */
void
wait_for_end(struct heard *heard, const char *events);

/* Runs the loop until just this was heard. */
void
wait_for_events(struct heard *heard, const char *events);

/* Runs the loop until so many replies have been begun. */
void
run_until_begun(struct reply_stage *stage, unsigned count);

/* Runs the loop until the room's log is this: "SEQ:KIND:TEXT:REF:STATE " for each event, and for a
 * part "SEQ:part:TEXT:REF:@OFFSET ". */
void
run_until_log(struct reply_stage *stage, const char *room, const char *expected);

/* Fails unless the room's log is this now. */
void
assert_room_log(struct reply_stage *stage, const char *room, const char *expected);

#endif
