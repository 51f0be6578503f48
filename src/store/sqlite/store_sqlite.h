/*
 * What the files of the SQLite engine share; nobody else includes it.
 *
 *	store_sqlite.c         the table of operations: open, close, transactions
 *	store_sqlite_schema.c  tables, migrations, connecting and being connected to the right file
 *	store_sqlite_query.c   prepared statements, and what happens when one fails
 *	store_sqlite_lock.c    the lock file
 *	store_sqlite_files.c   the files beside the database, and whether they are still there
 *	store_sqlite_rescue.c  files that are removed while they are open
 *	store_sqlite_life.c    whether the store is still the one that it was
 *	store_sqlite_names.c   rooms' names of before they were composed
 *	store_sqlite_wal.c     the write-ahead log
 *	store_sqlite_room.c    rooms' rows
 *	store_sqlite_txn.c     where an operation begins and ends
 *	store_sqlite_body.c    private text
 *	store_sqlite_parts.c   rows of the log, and parts of messages that stream
 *	store_sqlite_write.c   appending, deleting, keys
 *	store_sqlite_streaming.c  messages that stream: how they grow and end
 *	store_sqlite_owner.c   which process makes one, and whether it still runs
 *	store_sqlite_trim.c    retention
 *	store_sqlite_clock.c   what times are worth
 *	store_sqlite_read.c    pages, following, changed rooms
 *	store_sqlite_watch.c   news
 *
 * A handle belongs to one thread, and with it everything here.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_SQLITE_STORE_SQLITE_H
#define PLAINCHAT_STORE_SQLITE_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "store/likely_time.h"
#include "store/store.h"

/* The statements; their text is in store_sqlite_query.c. */
enum statement {
	STATEMENT_BEGIN,
	STATEMENT_BEGIN_WRITING,
	STATEMENT_COMMIT,
	STATEMENT_SCHEMA_VERSION,
	STATEMENT_CHECK,
	STATEMENT_LIFE,
	STATEMENT_LIFE_BEGIN,
	STATEMENT_ROOM,
	STATEMENT_ROOM_NEXT,
	STATEMENT_ROOM_CHANGED_NEXT,
	STATEMENT_ROOM_ADD,
	STATEMENT_ROOM_SETTLE,
	STATEMENT_ROOM_TRIM,
	STATEMENT_ROOM_REMOVE,
	STATEMENT_REMOVED,
	STATEMENT_REMOVED_NOTE_SEQ,
	STATEMENT_REMOVED_NOTE_CHANGE,
	STATEMENT_CLOCK,
	STATEMENT_CLOCK_NOTE,
	STATEMENT_PAGES,
	STATEMENT_EVENT_ADD,
	STATEMENT_EVENT_FIND,
	STATEMENT_EVENTS_OLDEST,
	STATEMENT_MESSAGE_LAST,
	STATEMENT_EVENTS_DATE,
	STATEMENT_EVENT_DELETE_TEXT,
	STATEMENT_EVENT_REMOVE,
	STATEMENT_EVENT,
	STATEMENT_EVENTS_AFTER,
	STATEMENT_PAGE_START,
	STATEMENT_PAGE,
	STATEMENT_BODY_ADD,
	STATEMENT_BODY_WRITE,
	STATEMENT_BODY_CLEAR,
	STATEMENT_FREE_ADD,
	STATEMENT_FREE_ANY,
	STATEMENT_FREE_FIND,
	STATEMENT_FREE_REMOVE,
	STATEMENT_KEY_FIND,
	STATEMENT_KEY_ADD,
	STATEMENT_KEY_ANY,
	STATEMENT_KEYS_TRIM,
	STATEMENT_PART_ADD,
	STATEMENT_PART_LAST,
	STATEMENT_PARTS,
	STATEMENT_PARTS_CLEAR,
	STATEMENT_PARTS_FREE,
	STATEMENT_PARTS_REMOVE,
	STATEMENT_MAKING_ADD,
	STATEMENT_MAKING_REMOVE,
	STATEMENT_MAKING_OWNER,
	STATEMENT_MAKING_TAKE,
	STATEMENT_MAKINGS,
	STATEMENT_MAKING_NEXT,
	STATEMENT_FINISH,
	STATEMENT_REPLY_NEXT,
	STATEMENT_COUNT,
};

struct room_row {
	int64_t id; /* 0: the room is not there */
	int64_t first_seq;
	int64_t last_seq;
	int64_t message_count;
	int64_t begun_at; /* the number before the first that it was given */
};

/* What the database says of itself; see store_sqlite_life.c. */
struct life {
	uint64_t epoch; /* 0: none yet */
	int64_t inode;  /* of the file that it was made for, and when that was made, in */
	int64_t born;   /* nanoseconds of Unix time; 0: not known */
	int64_t change; /* the number of the last change of any room */
};

/* A file beside the database, as it was found; all zero: none. */
struct side_file {
	dev_t device;
	ino_t inode;
	off_t size;
};

/* As much as the lock file ever has. */
#define STORE_LOCK_BYTES 96

struct store {
	/* Held while the connection is used: another handle's thread closes it where files were
	 * lost. */
	pthread_mutex_t use;
	struct store *next_handle;
	char *folder;
	char *database_path;
	char *lock_path;
	char *queue_path;
	bool can_write;
	bool is_power_safe;
	bool is_wal;
	bool is_brief; /* so is its process */

	/* The connection; NULL: none. */
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	dev_t device; /* of the file that is connected to */
	ino_t inode;
	int64_t born;              /* when it was made; 0: not known */
	int64_t written_s;         /* when it was last written, as it was last looked at */
	struct side_file log_file; /* that the connection has open */
	struct side_file index_file;
	bool was_connected;
	bool must_reconnect;  /* before the next operation */
	int64_t deadline_us;  /* until when SQLite's own locks are waited for */
	uint64_t read_epoch;  /* of what is being read */
	uint64_t named_epoch; /* the life in which rooms that changed were last named; 0: none */

	/* The writer's. */
	int owner_fd;  /* of the file of owners; -1: not open */
	int64_t owner; /* our number there; 0: none yet */
	int lock_fd;   /* -1: none */
	struct side_file lock_file;
	char lock_text[STORE_LOCK_BYTES]; /* what was in it when the lock was taken, and ... */
	size_t lock_size;                 /* ... so many bytes of it */
	int queue_fd;                     /* so, too */
	bool is_locked;
	bool is_moving;       /* the database file itself is being written */
	bool is_writing;      /* between begin and commit or rollback */
	bool has_added;       /* the transaction has written a text */
	bool has_failed;      /* the last transaction could not be committed */
	bool is_failed;       /* the transaction cannot be committed any more */
	bool has_deleted;     /* it deletes a message */
	bool awaits_erasure;  /* and somebody waits until the text is gone, or has come for that */
	bool is_trimming;     /* the transaction trims */
	bool has_trimmed;     /* the write-ahead log may hold text that was trimmed */
	int64_t forgot_us;    /* when the log was last to be emptied for that */
	int64_t counted_us;   /* when free bodies were last counted; 0: not yet */
	int64_t free_bytes;   /* of free bodies, then */
	bool is_journal_left; /* a rollback journal with such text may come back with the power */
	bool must_truncate;   /* the write-ahead log may hold text that was deleted */
	struct life life;     /* as begin has found it, or the last commit has left it */
	int64_t last_change;  /* the number of the last change of any room */
	bool has_no_free;     /* there is no free body, as the transaction has found */
	char *advanced_room;  /* whose row is not what the database has; NULL: none */
	struct room_row advanced_row;
	struct flusher *wal_flusher; /* NULL: none yet */
	int64_t database_pages;      /* as the transaction has found it */
	int wal_pages;               /* in the write-ahead log after the last commit */
	int moved_pages;             /* when they were last moved into the database */
	int flushed_pages;           /* when it was last begun to bring them to the disk */
};

/* --- store_sqlite_query.c --- */

/* Notes that the handle has failed at the operation (a constant) and logs it, unless the same was
 * logged in the last seconds. `code` is an extended result code. Returns ERR_STORE. */
enum err
store_fail(struct store *store, const char *operation, int code);

/* The same with an errno. */
enum err
store_fail_system(struct store *store, const char *operation, int error);

/* The same in words: neither SQLite nor the system has a number for it. */
enum err
store_fail_because(struct store *store, const char *operation, const char *reason);

/* One use of a prepared statement: begin, bind, next for each row, end. Parameters count from 1,
 * columns from 0; what is bound stays the caller's until end. An error of begin or bind is that of
 * the first next. */
struct query {
	struct store *store;
	sqlite3_stmt *statement;
	const char *operation;
	int code;
};

struct query
query_begin(struct store *store, enum statement which, const char *operation);

void
query_bind_number(struct query *query, int parameter, int64_t number);

void
query_bind_text(struct query *query, int parameter, const char *text);

void
query_bind_bytes(struct query *query, int parameter, const void *bytes, size_t size);

void
query_bind_null(struct query *query, int parameter);

/* The next row, or none. ERR_STORE was logged. */
enum err MUST_CHECK
query_next(struct query *query, bool *is_row);

int64_t
query_number(const struct query *query, int column);

void
query_end(struct query *query);

/* To the end, and end. */
enum err MUST_CHECK
query_run(struct query *query);

/* A statement without parameters and rows. */
enum err MUST_CHECK
query_run_plain(struct store *store, enum statement which, const char *operation);

/* --- store_sqlite_schema.c --- */

/* Sees to it that the handle is connected to the file that is there now, with a schema that it
 * knows, and starts the waiting time anew. A writer must hold the lock, and makes what is missing.
 * *is_there is false where there is no store yet, for a reader. */
enum err MUST_CHECK
store_connect(struct store *store, bool *is_there);

void
store_disconnect(struct store *store);

/* The schema that this program makes and knows. */
int64_t
store_schema_version(void);

/* --- store_sqlite_lock.c --- */

/* Waits for the writers' lock, in turn with others who do. On ERR_NONE store->must_truncate is what
 * the last holder left. */
enum err MUST_CHECK
store_lock(struct store *store);

void
store_unlock(struct store *store);

/* Closes the lock's files. */
void
store_close_lock(struct store *store);

/* Writes store->must_truncate into the lock file, which tells whoever watches that something was
 * committed. The lock is held. Returns 0, or an errno. */
int
store_mark(struct store *store);

/* Brings to the disk which files there are in the store's folder: a file that was made, renamed or
 * removed may otherwise be as before after a power cut, whatever was synced of itself. */
enum err MUST_CHECK
store_sync_folder(struct store *store);

/* Whether the open file is the one that others will open by the path. */
bool
store_is_in_place(int fd, const char *path);

/* --- store_sqlite_names.c --- */

/* Gives the connection the functions by which a migration composes rooms' names. */
enum err MUST_CHECK
store_add_name_functions(struct store *store);

/* --- store_sqlite_files.c --- */

/* The file beside the database; all zero: there is none. */
struct side_file
store_find_side_file(const struct store *store, const char *suffix);

bool
store_is_same_file(const struct side_file *a, const struct side_file *b);

/* Notes which log and index the connection has just opened. */
void
store_note_files(struct store *store);

/* Whether others would open another log or index than the connection has, or the log was cut off.
 * Cheap. To be called while the lock is held or the handle is in use. */
bool
store_has_lost_files(struct store *store);

/* Whether the log is shorter than its index says. */
bool
store_is_log_cut_off(const struct store *store);

/* Whether the database is still the one that is connected to; store->written_s is up to date then.
 * Cheap. */
bool
store_is_where_it_was(struct store *store);

/* --- store_sqlite_rescue.c --- */

/* Makes the handle known to the others of the process, from open to close. */
void
store_add_handle(struct store *store);

void
store_remove_handle(struct store *store);

/* Moves what is in a log that was removed into the database. The lock is held. ERR_STORE: it is
 * lost. */
enum err MUST_CHECK
store_rescue_log(struct store *store);

/* The same, and closes all connections of the process to the store. The lock is held, the handle is
 * not in use. */
enum err MUST_CHECK
store_recover_files(struct store *store);

/* --- store_sqlite_life.c --- */

/* Finds out what tells the file that is connected to from a copy of it. */
void
store_identify(struct store *store);

/* Within a transaction: which life of the store this is, and the last change of any room. */
enum err MUST_CHECK
store_read_epoch(struct store *store, uint64_t *epoch, int64_t *change);

/* At the beginning of a writing transaction: fills in store->life and store->last_change, and
 * begins a new life where the store is not the one that it was, which is logged. */
enum err MUST_CHECK
store_check_life(struct store *store);

/* What the lock file is to say of store->life; as snprintf does it. */
int
store_format_record(const struct store *store, char *text, size_t size);

/* --- store_sqlite_room.c --- */

enum err MUST_CHECK
store_find_room(struct store *store, const char *room, struct room_row *row);

/* Gives the room its next number; it is made if it is not there. `messages`: how many it has more.
 */
enum err MUST_CHECK
store_advance_room(struct store *store, const char *room, int64_t messages, int64_t *id,
                   int64_t *seq);

/* Writes the row of the room that was advanced, so that the database says what the handle knows. */
enum err MUST_CHECK
store_settle_room(struct store *store);

/* Its row is not to be written: the transaction is rolled back, or has written it. */
void
store_forget_room(struct store *store);

/* --- store_sqlite_wal.c --- */

/* Moves the log into the database, or empties it, if it is time to. After a commit, or before
 * anything else was done; the lock is held. */
void
store_tend_wal(struct store *store);

/* Forgets the log of the connection that is being closed. */
void
store_close_wal(struct store *store);

/* --- store_sqlite_txn.c --- */

/* One snapshot for what is asked until store_end_reading, which is called where this gave ERR_NONE
 * and *is_there. Within a transaction it is that one's. */
enum err MUST_CHECK
store_begin_reading(struct store *store, const char *operation, bool *is_there);

/* Returns `err`. */
enum err
store_end_reading(struct store *store, enum err err);

/* Whether there is a transaction that can still be written to. */
enum err MUST_CHECK
store_check_writing(struct store *store, const char *operation);

/* --- store_sqlite_read.c --- */

enum err
store_sqlite_read(struct store *store, const struct store_range *range,
                  store_event_function function, void *context, struct store_page *page);

enum err
store_sqlite_get(struct store *store, const char *room, int64_t seq, store_event_function function,
                 void *context, bool *is_there);

/* Calls the function for each room in which anything was committed behind the mark `since` (from an
 * earlier call; -1: none, only sets *until), by any process; *until is the new mark. Cost is in
 * proportion to the rooms that it names. Where the epoch is another one than at the last call with
 * this handle it calls the function once, with NULL: any room may be another one. */
enum err
store_sqlite_changed_rooms(struct store *store, int64_t since,
                           void (*function)(void *context, const char *room), void *context,
                           int64_t *until);

enum err
store_sqlite_next_room(struct store *store, const char *room, char *next, size_t next_size);

enum err
store_sqlite_find_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                      bool *is_known, bool *is_same, struct store_key_result *result);

/* --- store_sqlite_write.c --- */

enum err
store_sqlite_append_message(struct store *store, const char *room,
                            const struct store_message *message, int64_t *seq);

enum err
store_sqlite_delete_message(struct store *store, const char *room, int64_t seq, const char *author,
                            int64_t time_ms, enum store_outcome *outcome, int64_t *event_seq);

enum err
store_sqlite_add_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                     const struct store_key_result *result, int64_t time_ms);

/* What is stored of an idempotency key: a hash, with a character in front that keys have not. Rows
 * of keys move as their tree is balanced, and copies stay behind, so the key itself must not be in
 * one: it is the client's, and is to be gone when it is removed. */
#define STORE_KEY_BYTES 34

void
store_hash_key(const char *key, char hashed[STORE_KEY_BYTES]);

/* --- store_sqlite_parts.c --- */

/* Adds a row to the log; `body` may be 0. */
enum err MUST_CHECK
store_add_event(struct store *store, int64_t room, const struct event *event, int64_t body);

/* Notes that a message just appended streams, and ours. */
enum err MUST_CHECK
store_begin_streaming(struct store *store, int64_t room, int64_t seq);

/* It is no more: its parts are gone from the log and the files, and nobody owns it. */
enum err MUST_CHECK
store_end_streaming(struct store *store, int64_t room, int64_t seq);

/* Appends to `text` what the message's parts say, to `thought` what they think; *thought_ms is for
 * how long. */
enum err MUST_CHECK
store_read_parts(struct store *store, int64_t room, int64_t seq, struct buf *text,
                 struct buf *thought, int64_t *thought_ms);

/* --- store_sqlite_streaming.c --- */

enum err
store_sqlite_append_part(struct store *store, const char *room, const struct store_part *part,
                         int64_t *seq);

enum err
store_sqlite_finish_message(struct store *store, const char *room,
                            const struct store_ending *ending, int64_t *seq);

enum err
store_sqlite_renew_lease(struct store *store, const char *room, int64_t seq, bool *is_held);

enum err
store_sqlite_fail_abandoned(struct store *store, int64_t time_ms, unsigned *count);

enum err
store_sqlite_count_streaming(struct store *store, unsigned *count, unsigned *abandoned);

enum err
store_sqlite_next_reply(struct store *store, const char *room, int64_t ref, int64_t after,
                        int64_t *reply);

/* --- store_sqlite_watch.c --- */

/* On a reader's handle, which is the watch's until store_watch_end gives it back. *watch is the
 * caller's in any case. */
enum err MUST_CHECK
store_watch_begin(struct store *store, store_look_function look, void *context,
                  struct store_watch **watch);

struct store *
store_watch_end(struct store_watch *watch);

enum err
store_sqlite_find_news(struct store_watch *watch, store_news_function function, void *context);

/* --- store_sqlite_owner.c --- */

/* The number by which other processes see that this handle is still open; *owner is not 0. */
enum err MUST_CHECK
store_own(struct store *store, int64_t *owner);

/* Whether the handle that has this number is still open, in whatever process. */
enum err MUST_CHECK
store_is_owned(struct store *store, int64_t owner, bool *is_owned);

void
store_disown(struct store *store);

/* --- store_sqlite_trim.c --- */

enum err
store_sqlite_trim(struct store *store, const char *room, const struct store_retention *retention,
                  unsigned step, struct store_trimmed *trimmed);

enum err
store_sqlite_count_bytes(struct store *store, bool is_exact, int64_t *bytes);

/* --- store_sqlite_clock.c --- */

enum err
store_sqlite_judge_clock(struct store *store, int64_t now_ms, struct store_time *time);

/* Gives `now_ms` to all events of the room whose time it rules out, `most` at a time; *count is how
 * many these were. */
enum err MUST_CHECK
store_date_events(struct store *store, int64_t room, int64_t now_ms, unsigned most,
                  unsigned *count);

/* --- store_sqlite_body.c --- */

/* What of a message is not to outlive it, in one run of bytes with zeros behind. */
struct body {
	const char *name;
	const char *author;
	const char *text;
	size_t text_size;
	/* What few have, and bodies of before this was known do not; see struct event. */
	enum event_cause cause;
	const char *thought;
	size_t thought_size;
	int64_t thought_offset;
	int64_t thought_ms;
};

/* The body's bytes with zeros up to a size that others will have too; freed by free(). */
char *
body_encode(const struct body *body, size_t *size);

/* Points *body into the bytes. False if they are none that body_encode made. */
bool MUST_CHECK
body_decode(const void *bytes, size_t size, struct body *body);

/* Keeps private text; *body is its number. */
enum err MUST_CHECK
store_add_body(struct store *store, const struct body *content, int64_t *body);

/* Overwrites a body with zeros where it stands, and leaves the room it took to others. */
enum err MUST_CHECK
store_free_body(struct store *store, int64_t body);

#endif
