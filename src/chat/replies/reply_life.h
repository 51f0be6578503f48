/*
 * The life of one reply that streams, for replies.c, which decides when it begins. reply_life.c has
 * its beginning and its end, reply_run.c what the responder does, reply_write.c what is stored,
 * reply_tell.c what its listener hears. All of it on the loop's thread, but for reply_new.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_LIFE_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_LIFE_H

#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"
#include "chat/committer.h"
#include "chat/limits/client_address.h"
#include "chat/replies/reply_listener.h"
#include "loop/mailbox.h"

/* What a reply needs; it outlives all of them. */
struct reply_host {
	uv_loop_t *loop;
	const struct rooms *rooms;
	struct mailbox *mailbox;
	int64_t store_patience_ms; /* see struct replies_settings */
	bool is_closed;            /* there is no committer any more: nothing is written */
	/* Takes the reply, which is over, out of the list. */
	void (*over)(struct reply *reply);
	/* Gives its place back: it is freed, or given up. */
	void (*leave)(struct reply *reply);
	/* Has the store asked how the reply, whose must_poll is set, stands: reply_see is told. */
	void (*poll)(struct reply *reply);
	void *context;
};

struct history_request;
struct reply_run;
struct reply_standing;

struct reply {
	struct mail mail; /* first, so that the mail is the reply: as it comes, and when a piece of
	                     it was written */
	struct reply_host *host; /* NULL where it was given up, and its responder has not ended */
	const struct responder *responder;
	struct reply_listener *listener; /* NULL: nobody */
	char *room_key;                  /* NULL: nothing is kept */
	char *room_name;
	char *name;
	char *address;
	char *message;
	size_t message_size;
	int64_t message_seq;
	int64_t reply_seq;

	/* for replies.c */
	struct reply *next;
	bool has_begun;
	struct client_address client; /* of `address` */
	unsigned client_running;      /* replies of that address that have a place */
	uint64_t client_turn;         /* when it got its last place; 0: never */
	bool must_poll;               /* the next look asks about it, whatever was committed */
	bool has_spoken;              /* something was written since the last look */

	struct history_request *asked; /* what was said before is being read; then it is begun */
	struct reply_run *run;         /* NULL: it waits, reads, or has ended */
	enum message_state state;      /* STATE_STREAMING until it has ended */
	enum event_cause cause;
	bool is_stopped;  /* maybe before the store was told */
	bool is_closed;   /* everybody has been told that it is over */
	bool is_given_up; /* nobody knows it any more */
	struct buf text;
	size_t told_size;         /* of it, what is stored and was told */
	int64_t told_code_points; /* the same */
	struct buf thought;       /* what was thought, and of it what was told */
	size_t told_thought_size;
	int64_t told_thought_code_points;
	int64_t thought_since_us; /* when the thinking began; 0: it did not */
	int64_t thought_ms;       /* how long it took, until now or until the first word */
	uv_timer_t pause;         /* until the next piece, or the next try, is written */
	uv_timer_t patience;      /* the listener's */
	unsigned open_timers;

	/* of what is being written; the committer's until the mail comes back */
	struct commit_job job;
	bool is_writing;
	bool is_ending;           /* it is the end, not a part */
	bool must_retry;          /* it failed, and is written again after the pause */
	bool is_unsettled;        /* whether the piece was stored is not known */
	int64_t failing_since_us; /* 0: it does not fail */
	struct buf piece;
	struct buf piece_of_thought;
	int64_t piece_time_ms;
	int64_t piece_thought_ms; /* what thought_ms was then: it goes on while that is written */
	enum err written;         /* how it went, and its number */
	int64_t written_seq;
};

/* --- the beginning and the end: reply_life.c --- */

/* A reply to be made, not begun yet; freed by reply_drop. The order is copied, but for what it
 * points to as const struct, and the listener. `host` outlives it. Callable on any thread. */
struct reply *
reply_new(struct reply_host *host, const struct reply_order *order);

/* It has come to the loop: its listener is told, and how many wait with it (0: it begins at once).
 */
void
reply_open(struct reply *reply, unsigned queued);

/* It is over, and not being written: the host is told, which takes it out of its list. It is freed,
 * and its place given back, when its timers are closed. */
void
reply_drop(struct reply *reply);

/* The same for a reply that was given up, of which no host knows any more. */
void
reply_close(struct reply *reply);

/* What the responder was asked is needed no more. */
void
reply_free_question(struct reply *reply);

/* --- the responder's part: reply_run.c --- */

/* Its turn has come: what was said before is read, and then the responder begins. May end it at
 * once. */
void
reply_make(struct reply *reply);

/* A look at the store has seen how it stands, and somebody else may have ended it. */
void
reply_see(struct reply *reply, const struct reply_standing *standing);

/* Stops it, maybe before the store is told. One that was not begun never is; a place must have been
 * taken for it. Harmless where it is over. */
void
reply_stop(struct reply *reply);

/* The program ends: the reply has failed, and its responder is ended at once. As above. */
void
reply_abandon(struct reply *reply);

/* --- what is stored: reply_write.c --- */

/* As that was not done in time: its listener is told that it is late, and nothing more is stored.
 * Not while the committer has its job. Its place is free then; the memory of one whose responder
 * has not ended stays until it does. */
void
reply_give_up(struct reply *reply);

#endif
