/*
 * The store: rooms as logs of events, behind a narrow table of operations that every engine has
 * (store_sqlite.c is one; nothing above this folder may know which it is). A store handle belongs
 * to one thread; each thread opens its own. One handle per process writes (the committer's), all
 * others only read.
 *
 * A room is a log: its events have gapless sequence numbers, given inside the writing transaction.
 * They begin with 1, or higher where rooms were removed, so that no number is given twice. An event
 * of kind `message` is the message's row itself and tells what the message is now, so a page of
 * history is one range read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_STORE_H
#define PLAINCHAT_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/cursor.h"
#include "text/event.h"

struct store;
struct store_watch;

/* An epoch is a number from 1 to this: which life of the store a position in a log is of. While it
 * is the same the log only grows. It is another one where a copy was put back or the store was
 * exchanged. */
#define STORE_EPOCH_MAX CURSOR_EPOCH_MAX

struct store_settings {
	const char *folder; /* where the store lives; made with mode 0700 if it is not there */
	bool is_power_safe; /* a commit survives a power cut (durability = power), else a crash */
	bool is_wal;        /* journal = wal; false: delete, for network file systems */
	int64_t lease_ms;   /* how long who makes a message keeps it without renewing that */
	bool is_brief;      /* the process ends after one request, and the next one opens it anew */
};

/* A message to be appended. Strings are NUL-terminated valid UTF-8 and stay the caller's. */
struct store_message {
	enum role role;
	const char *name;   /* "" if there is none */
	const char *author; /* who may delete it: opaque, never given to clients; "" for nobody */
	const char *text;
	size_t text_size;
	int64_t time_ms; /* Unix time */
	int64_t ref;     /* the message that it answers, or 0 */
	/* STATE_STREAMING: a message that streams. Its text is empty, parts follow. The handle that
	 * appends it makes it: it has a lease of `lease_ms`, which each part and renew_lease renew.
	 * The message is abandoned when the lease has run out or the handle is known to be gone,
	 * which an engine may know earlier, and knows when the handle is closed. An engine that can
	 * tell for certain that the handle is there may let it have the lease for longer. */
	enum message_state state;
};

/* A piece of a message that streams. */
struct store_part {
	int64_t ref; /* the message's number */
	const char *text;
	size_t text_size;
	int64_t offset; /* where it belongs in the text, in code points */
	int64_t time_ms;
	const char *thought; /* a piece of what is thought, or NULL; see struct event */
	size_t thought_size;
	int64_t thought_offset;
	int64_t thought_ms;
	/* A commit of just this part has ended with ERR_UNKNOWN_COMMIT, or a later one that was to
	 * settle it: where the part is there already it is not appended again. */
	bool may_be_there;
};

/* How a message that streams ends. */
struct store_ending {
	int64_t ref;              /* the message's number */
	enum message_state state; /* STATE_DONE, STATE_STOPPED, STATE_FAILED */
	enum event_cause cause;
	const char *text; /* the whole text; NULL: text and thought are what its parts say */
	size_t text_size;
	const char *thought; /* NULL: none */
	size_t thought_size;
	int64_t thought_ms;
	int64_t time_ms;
};

/* The answer that was given to an idempotency key. */
struct store_key_result {
	int64_t seq;
	int64_t reply_seq; /* 0 if there is none */
};

/* What a reader asks for. */
struct store_range {
	const char *room;
	int64_t after;  /* events with seq above this; -1: not asked for */
	int64_t before; /* messages with seq below this; 0: the newest page */
	unsigned limit; /* at the most, >= 1 */
	uint64_t epoch; /* of `after`; 0: it is not known, then the position alone counts */
};

/* What it got, beside the events. */
struct store_page {
	/* The cursor: whoever reads after it misses nothing and sees nothing twice. Of a page of
	 * messages, also of an older one, it is the room's last number: what those messages are at.
	 */
	int64_t next;
	uint64_t epoch; /* of that; 0: the store has none yet */
	bool more;      /* there is more in the direction that was read */
	bool is_reset;  /* `after` is not covered by the log any more, or never was, or is of
	                   another epoch: no event was given */
};

/* What is to be kept of a room. 0 in any of them: no limit. */
struct store_retention {
	int64_t messages_max;
	int64_t oldest_ms;     /* messages before this go */
	int64_t idle_ms;       /* if the last message is before this, all of the room goes */
	int64_t oldest_key_ms; /* idempotency keys noted before this go */
	/* What the clock says, where it can be believed: a message of a later day than that, or
	 * from before there was this program, was stored with a wrong clock, and is from now. */
	int64_t now_ms;
};

/* What a step of trimming has removed. */
struct store_trimmed {
	unsigned events;
	unsigned keys;
	bool is_room_removed;
	int64_t oldest_ms; /* of the room's first event that is left; 0: there is none */
};

/* What the clock is worth. */
struct store_time {
	int64_t trusted_ms; /* no later than what it says */
	bool is_credible;   /* it is not behind what the store has seen already */
};

/* What became of a message that was to be deleted. */
enum store_outcome {
	STORE_DELETED,
	STORE_ALREADY_DELETED, /* by whom is not known any more */
	STORE_NOT_FOUND,
	STORE_NOT_THE_AUTHOR,
};

/* Called for each event, ascending; the event and its strings are valid during the call only. It
 * must not use the store. */
typedef void (*store_event_function)(void *context, const struct event *event);

/* Called for each room in which something may have been committed, each once; NULL: in any room.
 * The name is valid during the call only. It may use store handles of its caller's. */
typedef void (*store_news_function)(void *context, const char *room);

/* Called where something may have been committed, by any process. On any thread, also within an
 * operation of this process: it must neither wait nor use the store, but tell somebody else. */
typedef void (*store_look_function)(void *context);

/* What holds for all operations, so that an engine may be across a network:
 *
 * Thread: any, one at a time for each handle or watch. Never the event loop's, but for watch_open
 * and watch_close.
 *
 * Time: as long as a disk or a network takes, also for what looks small; begin at most 5 s longer,
 * while another process writes. `epoch` needs neither.
 *
 * Callbacks: a function that is given events must use no handle of the store. One that is given
 * news may use any. `look` may use none.
 *
 * Order: numbers are ascending within a room, and become visible in that order, all of a
 * transaction at once. Between rooms there is no order: nobody may take one number for all.
 *
 * Failure: any operation of a transaction may fail, and with it the transaction; commit also
 * without an answer. */

/* The operations. They return ERR_NONE, or ERR_STORE where the store cannot be used: full,
 * read-only, locked for too long, corrupt, or of a newer schema; the detail is logged by the
 * engine, the same one once in 10 s at the most. After ERR_STORE inside a transaction the caller
 * calls rollback, or commit, which then fails. The same handle works again when the cause is
 * gone. */
struct store_engine {
	/* *store is the caller's in any case, for close. With `can_write` it makes the folder and
	 * the schema; a reader opens a store that exists, and reads an empty one where it does not
	 * yet. Either migrates a schema of an older program when it meets it. ERR_STORE: not now;
	 * each later operation tries again. */
	enum err (*open)(const struct store_settings *settings, bool can_write,
	                 struct store **store);
	void (*close)(struct store *store);
	/* Whether there is a store, as far as can be seen without opening it. */
	bool (*exists)(const struct store_settings *settings);

	/* --- writing: between begin and commit or rollback, one transaction at a time ---
	 * begin takes the advisory lock (several processes) and waits for it, at most 5 s; commit
	 * and rollback let it go. After commit has returned ERR_NONE all of it is there for good;
	 * after ERR_STORE nothing of it is; after ERR_UNKNOWN_COMMIT (the connection was lost
	 * meanwhile) all of it is there, or nothing, maybe only later. The transaction is over in
	 * any case. Who wants to know looks for what it has written in a later transaction: for its
	 * idempotency key. rollback without a transaction is harmless. */
	enum err (*begin)(struct store *store);
	enum err (*commit)(struct store *store);
	void (*rollback)(struct store *store);
	/* Within a transaction: of which life of the store the numbers are that it gives. No I/O.
	 */
	uint64_t (*epoch)(struct store *store);
	/* Whether, as the last commit has left it, what was deleted is in no file of the store
	 * any more. It can be otherwise where the disk is full, or a reader does not leave in time;
	 * each later commit tries again, and waits for that if a deletion is in it, be it one that
	 * finds the message deleted. */
	bool (*is_erased)(struct store *store);

	/* Appends a message to the room, which is made if it is not there. *seq is its number. */
	enum err (*append_message)(struct store *store, const char *room,
	                           const struct store_message *message, int64_t *seq);
	/* Appends an event of kind part to a message that streams; *seq is its number (where it
	 * was there already: see struct store_part), or 0 where the message is not streaming any
	 * more (finished, deleted, by whomever), and then nothing was changed. */
	enum err (*append_part)(struct store *store, const char *room,
	                        const struct store_part *part, int64_t *seq);
	/* Finishes a message that streams: its row gets text and state, its parts leave the log
	 * (which has gaps there from then on), and an event of kind done refers to it, whose text
	 * is the message's; *seq as above. */
	enum err (*finish_message)(struct store *store, const char *room,
	                           const struct store_ending *ending, int64_t *seq);
	/* Renews the lease of a message that streams. *is_held: the message is this handle's to
	 * make, also where the lease had run out and nobody has taken it. Else it does not stream
	 * any more, or another handle makes it. */
	enum err (*renew_lease)(struct store *store, const char *room, int64_t seq, bool *is_held);
	/* Finishes as failed every message that was abandoned. *count: how many messages stream
	 * after that, in all rooms and processes. */
	enum err (*fail_abandoned)(struct store *store, int64_t time_ms, unsigned *count);
	/* Deletes a message: its text, name and author are gone from the files of the store when
	 * commit has returned (a checkpoint included) and is_erased says so, its state is deleted,
	 * and an event of kind delete at `time_ms` refers to it; `author` NULL:
	 * whoever has said it. *event_seq is that event's number.
	 * *outcome says what happened; where it is not STORE_DELETED nothing was changed and
	 * *event_seq is 0. */
	enum err (*delete_message)(struct store *store, const char *room, int64_t seq,
	                           const char *author, int64_t time_ms, enum store_outcome *outcome,
	                           int64_t *event_seq);
	/* Looks for an idempotency key of a room: *is_known, and then *is_same (the same
	 * `body_hash` was noted with it) and *result. On a reader's handle and outside a
	 * transaction too. */
	enum err (*find_key)(struct store *store, const char *room, const char *key,
	                     uint64_t body_hash, bool *is_known, bool *is_same,
	                     struct store_key_result *result);
	enum err (*add_key)(struct store *store, const char *room, const char *key,
	                    uint64_t body_hash, const struct store_key_result *result,
	                    int64_t time_ms);
	/* Removes the oldest events of the room, at most `step` of them, while it has more of them
	 * than is to be kept; and at most `step` of its keys. *trimmed says how many: where either
	 * is `step`, there may be more. The log then begins later: readers whose cursor is before
	 * that get is_reset. Deleted messages count as messages. A message whose time
	 * most of those that follow it contradict counts as no younger than they: one that was
	 * stored with a wrong clock keeps no others. A room that has neither events nor keys is
	 * removed; when it is made again its numbers are higher than those that it had. */
	enum err (*trim)(struct store *store, const char *room,
	                 const struct store_retention *retention, unsigned step,
	                 struct store_trimmed *trimmed);
	/* What a clock that says `now_ms` is worth, which the store notes: the time that it trusts
	 * follows a clock that was set by at most some hours for each call, and a day for each hour
	 * that the machine has run since the last one. */
	enum err (*judge_clock)(struct store *store, int64_t now_ms, struct store_time *time);
	/* The bytes that the store takes for what it holds; unless `is_exact`, what is free in it
	 * may have been counted some seconds ago, which is cheaper. What was removed counts no
	 * more, although the files stay as they are. */
	enum err (*count_bytes)(struct store *store, bool is_exact, int64_t *bytes);
	/* The first reply behind number `after` to the message `ref`, or 0; whatever its state. On
	 * a reader's handle and outside a transaction too. */
	enum err (*next_reply)(struct store *store, const char *room, int64_t ref, int64_t after,
	                       int64_t *reply);
	/* The next room by name behind `room` ("" for the first) into *next, NUL-terminated, or ""
	 * at the end: for trimming in small steps. ERR_TOO_LARGE: it does not fit into `next_size`
	 * bytes. */
	enum err (*next_room)(struct store *store, const char *room, char *next, size_t next_size);

	/* --- reading --- */
	/* With range->after >= 0 every event behind it, else a page of messages; ascending. One
	 * consistent snapshot, and one range of one index: time does not grow with what is stored.
	 */
	enum err (*read)(struct store *store, const struct store_range *range,
	                 store_event_function function, void *context, struct store_page *page);
	/* Gives the function the event of number `seq`, as `read` would, if the log has it;
	 * *is_there says so. On a reader's handle and outside a transaction too. */
	enum err (*get)(struct store *store, const char *room, int64_t seq,
	                store_event_function function, void *context, bool *is_there);
	/* --- news: a watch, which belongs to one thread at a time --- */
	/* Opens a watch, which needs no handle. `look`, unless it is NULL, is called once soon
	 * after that, from when on nothing is missed, and then whenever something may have been
	 * committed that find_news tells; without a commit, too, and once for several. A hint: it
	 * may be late or lost where a process or a connection ends, or on a network file system, so
	 * whoever must know asks find_news now and then. The settings must outlive the watch. Waits
	 * for nothing. ERR_SYSTEM: there is no watch; logged. */
	enum err (*watch_open)(const struct store_settings *settings, store_look_function look,
	                       void *context, struct store_watch **watch);
	/* `look` is not called any more. May wait for a call that has begun. */
	void (*watch_close)(struct store_watch *watch);
	/* Calls the function for each room in which something was committed since the last call,
	 * by any process, in whatever order; the first time, and where the store is another one
	 * than it was, once with NULL: any room may be another one. May name rooms twice where it
	 * has failed in between. Cost is in proportion to the rooms that it names. */
	enum err (*find_news)(struct store_watch *watch, store_news_function function,
	                      void *context);
	/* How many messages stream, in all rooms and processes, and how many of them are
	 * abandoned (fail_abandoned would finish them). Cheap. */
	enum err (*count_streaming)(struct store *store, unsigned *count, unsigned *abandoned);
	/* Whether the store answers, and its disk has room: a trivial read; where there is none
	 * yet, whether it can be made. Inside a transaction: whether more can be written, which
	 * after a failure is tried. */
	enum err (*check)(struct store *store);
};

#endif
