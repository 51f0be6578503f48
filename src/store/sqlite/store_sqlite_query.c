/*
 * Prepared statements of a handle, and what happens when one fails: a line in the log, but not one
 * per request while a disk is full, and a new connection for the next operation.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "store/sqlite/store_sqlite.h"

/* What a struct event is made of; take_event in store_sqlite_read.c knows the order. */
#define EVENT_COLUMNS "SELECT seq, kind, events.time, ref, role, state, off, bytes FROM events "

/* The text of `done` is its message's. */
#define JOIN_BODIES                                                                                \
	"LEFT JOIN bodies ON bodies.id = CASE kind WHEN 3 THEN"                                    \
	" (SELECT body FROM events AS message WHERE message.room = ?1 AND message.seq = "          \
	"events.ref) ELSE body END "
#define OF_PARTS "room = ?1 AND ref = ?2 AND kind = 2"

static const char *const texts[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN",
	[STATEMENT_BEGIN_WRITING] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_SCHEMA_VERSION] = "PRAGMA user_version",
	[STATEMENT_CHECK] = "SELECT id FROM rooms LIMIT 1",
	/* A room that was removed may have had the last change. */
	[STATEMENT_LIFE] = "SELECT epoch, inode, born,"
			   " max(removed_change, ifnull((SELECT max(change) FROM rooms), 0))"
			   " FROM life WHERE id = 1",
	[STATEMENT_LIFE_BEGIN] = "UPDATE life SET epoch = ?1, inode = ?2, born = ?3 WHERE id = 1",
	[STATEMENT_ROOM] =
		"SELECT id, first_seq, last_seq, messages, begun_at FROM rooms WHERE name = ?1",
	[STATEMENT_ROOM_NEXT] = "SELECT name FROM rooms WHERE name > ?1 ORDER BY name LIMIT 1",
	[STATEMENT_ROOM_CHANGED_NEXT] =
		"SELECT name, change FROM rooms "
		"WHERE change > ?1 AND change <= ?2 ORDER BY change LIMIT 1",
	[STATEMENT_ROOM_ADD] =
		"INSERT INTO rooms (name, first_seq, last_seq, messages, change, begun_at)"
		" VALUES (?1, ?2 + 1, ?2, 0, 0, ?2)",
	[STATEMENT_ROOM_SETTLE] =
		"UPDATE rooms SET last_seq = ?2, messages = ?3, change = ?4 WHERE id = ?1",
	[STATEMENT_ROOM_TRIM] =
		"UPDATE rooms SET first_seq = ?2, messages = messages - ?3 WHERE id = ?1",
	[STATEMENT_ROOM_REMOVE] = "DELETE FROM rooms WHERE id = ?1",
	[STATEMENT_REMOVED] = "SELECT removed_seq FROM retention WHERE id = 1",
	[STATEMENT_REMOVED_NOTE_SEQ] =
		"UPDATE retention SET removed_seq = max(removed_seq, ?1) WHERE id = 1",
	[STATEMENT_REMOVED_NOTE_CHANGE] =
		"UPDATE life SET removed_change = max(removed_change,"
		" (SELECT change FROM rooms WHERE rooms.id = ?1)) WHERE id = 1",
	[STATEMENT_CLOCK] = "SELECT clock, boot, boot_ms FROM retention WHERE id = 1",
	[STATEMENT_CLOCK_NOTE] =
		"UPDATE retention SET clock = ?1, boot = ?2, boot_ms = ?3 WHERE id = 1",
	[STATEMENT_PAGES] = "SELECT (page_count - freelist_count) * page_size, (SELECT "
			    "ifnull(sum(size), 0) FROM free_bodies WHERE ?1)"
			    " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
	[STATEMENT_EVENT_ADD] = "INSERT INTO events (room, seq, kind, time, ref, role, state, body)"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[STATEMENT_EVENT_FIND] =
		"SELECT kind, state, body, bytes FROM events"
		" LEFT JOIN bodies ON bodies.id = body WHERE room = ?1 AND seq = ?2",
	[STATEMENT_EVENTS_OLDEST] = "SELECT seq, kind, time, body, state FROM events WHERE room = "
				    "?1 ORDER BY seq LIMIT ?2",
	[STATEMENT_MESSAGE_LAST] = "SELECT time FROM events INDEXED BY messages"
				   " WHERE room = ?1 AND kind = 1 ORDER BY seq DESC LIMIT 1",
	[STATEMENT_EVENTS_DATE] =
		"UPDATE events SET time = ?2 WHERE room = ?1 AND seq IN (SELECT seq FROM events"
		" WHERE room = ?1 AND (time < ?3 OR time > ?4) ORDER BY seq LIMIT ?5)",
	[STATEMENT_EVENT_DELETE_TEXT] =
		"UPDATE events SET state = ?3, body = NULL WHERE room = ?1 AND seq = ?2",
	[STATEMENT_EVENT_REMOVE] = "DELETE FROM events WHERE room = ?1 AND seq = ?2",
	/* The text of `done` is the message's, so that it is gone where that is. */
	[STATEMENT_EVENT] = EVENT_COLUMNS JOIN_BODIES "WHERE room = ?1 AND seq = ?2",
	[STATEMENT_EVENTS_AFTER] =
		EVENT_COLUMNS JOIN_BODIES "WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
	[STATEMENT_PAGE_START] = "SELECT seq FROM events INDEXED BY messages"
				 " WHERE room = ?1 AND kind = 1 AND seq < ?2"
				 " ORDER BY seq DESC LIMIT 1 OFFSET ?3",
	[STATEMENT_PAGE] = EVENT_COLUMNS
	"INDEXED BY messages LEFT JOIN bodies ON bodies.id = body"
	" WHERE room = ?1 AND kind = 1 AND seq > ?2 AND seq < ?3 ORDER BY seq",
	[STATEMENT_BODY_ADD] = "INSERT INTO bodies (bytes) VALUES (?1)",
	[STATEMENT_BODY_WRITE] = "UPDATE bodies SET bytes = ?2 WHERE id = ?1",
	[STATEMENT_BODY_CLEAR] = "UPDATE bodies SET bytes = zeroblob(length(bytes)) WHERE id = ?1",
	[STATEMENT_FREE_ADD] = "INSERT INTO free_bodies (size, id)"
			       " SELECT length(bytes), id FROM bodies WHERE id = ?1",
	[STATEMENT_FREE_ANY] = "SELECT max(size) FROM free_bodies",
	[STATEMENT_FREE_FIND] = "SELECT size, id FROM free_bodies WHERE size >= ?1 AND size <= ?2"
				" ORDER BY size, id LIMIT 1",
	[STATEMENT_FREE_REMOVE] = "DELETE FROM free_bodies WHERE size = ?1 AND id = ?2",
	[STATEMENT_KEY_FIND] =
		"SELECT hash, seq, reply_seq FROM keys"
		" WHERE room = (SELECT id FROM rooms WHERE name = ?1) AND key IN (?2, ?3)",
	[STATEMENT_KEY_ADD] = "INSERT OR REPLACE INTO keys (room, key, hash, seq, reply_seq, time)"
			      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STATEMENT_PART_ADD] = "INSERT INTO events (room, seq, kind, time, ref, off, body)"
			       " VALUES (?1, ?2, 2, ?3, ?4, ?5, ?6)",
	[STATEMENT_PART_LAST] =
		"SELECT seq, off, bytes FROM events INDEXED BY parts"
		" JOIN bodies ON bodies.id = body WHERE " OF_PARTS " ORDER BY seq DESC LIMIT 1",
	[STATEMENT_PARTS] = "SELECT bytes FROM events INDEXED BY parts"
			    " JOIN bodies ON bodies.id = body WHERE " OF_PARTS " ORDER BY seq",
	[STATEMENT_PARTS_CLEAR] = "UPDATE bodies SET bytes = zeroblob(length(bytes)) WHERE id IN"
				  " (SELECT body FROM events INDEXED BY parts WHERE " OF_PARTS ")",
	[STATEMENT_PARTS_FREE] = "INSERT INTO free_bodies (size, id) SELECT length(bytes), id FROM "
				 "bodies WHERE id IN"
				 " (SELECT body FROM events INDEXED BY parts WHERE " OF_PARTS ")",
	[STATEMENT_PARTS_REMOVE] = "DELETE FROM events INDEXED BY parts WHERE " OF_PARTS,
	[STATEMENT_MAKING_ADD] = "INSERT INTO makings (room, seq, owner) VALUES (?1, ?2, ?3)",
	[STATEMENT_MAKING_REMOVE] = "DELETE FROM makings WHERE room = ?1 AND seq = ?2",
	[STATEMENT_MAKING_OWNER] = "SELECT owner FROM makings WHERE room = ?1 AND seq = ?2",
	[STATEMENT_MAKING_TAKE] = "UPDATE makings SET owner = ?3 WHERE room = ?1 AND seq = ?2",
	[STATEMENT_MAKINGS] = "SELECT owner FROM makings",
	[STATEMENT_MAKING_NEXT] = "SELECT room, seq, owner, name FROM makings"
				  " JOIN rooms ON rooms.id = room WHERE (room, seq) > (?1, ?2)"
				  " ORDER BY room, seq LIMIT 1",
	[STATEMENT_FINISH] = "UPDATE events SET state = ?3, body = ?4 WHERE room = ?1 AND seq = ?2",
	[STATEMENT_REPLY_NEXT] =
		"SELECT seq FROM events WHERE room = ?1 AND seq = ?2 + 1 AND seq > ?3"
		" AND kind = 1 AND ref = ?2 UNION ALL "
		"SELECT seq FROM events INDEXED BY later_replies WHERE room = ?1 AND ref = ?2"
		" AND kind = 1 AND ref > 0 AND seq > ref + 1 AND seq > ?3 ORDER BY seq LIMIT 1",
	[STATEMENT_KEY_ANY] = "SELECT 1 FROM keys WHERE room = ?1 LIMIT 1",
	[STATEMENT_KEYS_TRIM] = "DELETE FROM keys WHERE room = ?1 AND key IN (SELECT key FROM keys"
				" WHERE room = ?1 AND time < ?2 ORDER BY time LIMIT ?3)",
};

/* --- failing --- */

#define NAMED(code)                                                                                \
	case code: return #code

static const char *
code_name(int code)
{
	switch (code) {
		NAMED(SQLITE_BUSY);
		NAMED(SQLITE_BUSY_RECOVERY);
		NAMED(SQLITE_BUSY_SNAPSHOT);
		NAMED(SQLITE_BUSY_TIMEOUT);
		NAMED(SQLITE_CANTOPEN);
		NAMED(SQLITE_CANTOPEN_ISDIR);
		NAMED(SQLITE_CORRUPT);
		NAMED(SQLITE_CORRUPT_INDEX);
		NAMED(SQLITE_FULL);
		NAMED(SQLITE_IOERR);
		NAMED(SQLITE_IOERR_ACCESS);
		NAMED(SQLITE_IOERR_CLOSE);
		NAMED(SQLITE_IOERR_DATA);
		NAMED(SQLITE_IOERR_DELETE);
		NAMED(SQLITE_IOERR_DELETE_NOENT);
		NAMED(SQLITE_IOERR_DIR_FSYNC);
		NAMED(SQLITE_IOERR_FSTAT);
		NAMED(SQLITE_IOERR_FSYNC);
		NAMED(SQLITE_IOERR_LOCK);
		NAMED(SQLITE_IOERR_NOMEM);
		NAMED(SQLITE_IOERR_RDLOCK);
		NAMED(SQLITE_IOERR_READ);
		NAMED(SQLITE_IOERR_SHMLOCK);
		NAMED(SQLITE_IOERR_SHMMAP);
		NAMED(SQLITE_IOERR_SHMOPEN);
		NAMED(SQLITE_IOERR_SHMSIZE);
		NAMED(SQLITE_IOERR_SHORT_READ);
		NAMED(SQLITE_IOERR_TRUNCATE);
		NAMED(SQLITE_IOERR_UNLOCK);
		NAMED(SQLITE_IOERR_WRITE);
		NAMED(SQLITE_LOCKED);
		NAMED(SQLITE_NOMEM);
		NAMED(SQLITE_NOTADB);
		NAMED(SQLITE_PERM);
		NAMED(SQLITE_PROTOCOL);
		NAMED(SQLITE_READONLY);
		NAMED(SQLITE_READONLY_CANTINIT);
		NAMED(SQLITE_READONLY_CANTLOCK);
		NAMED(SQLITE_READONLY_DBMOVED);
		NAMED(SQLITE_READONLY_DIRECTORY);
		NAMED(SQLITE_READONLY_RECOVERY);
		NAMED(SQLITE_READONLY_ROLLBACK);
	default: return "other";
	}
}

/* The failures that were logged last, by any thread of the process. */
struct logged {
	const char *operation; /* NULL: none */
	int code;
	uint32_t path; /* a hash of the store's */
	int64_t time_us;
};

static pthread_mutex_t logged_lock = PTHREAD_MUTEX_INITIALIZER;
static struct logged logged[8];

/* Whether the same was not logged lately; it counts as logged then. */
static bool
is_worth_logging(const struct store *store, const char *operation, int code)
{
	int64_t now_us = clock_now_us();
	uint32_t path = hash_bytes(store->database_path, strlen(store->database_path));
	struct logged *oldest = &logged[0];
	bool is_known = false;

	pthread_mutex_lock(&logged_lock);
	for (size_t i = 0; i < sizeof(logged) / sizeof(logged[0]) && !is_known; i++) {
		struct logged *known = &logged[i];
		is_known = known->operation != NULL && known->code == code && known->path == path &&
		           strcmp(known->operation, operation) == 0 &&
		           now_us - known->time_us < (int64_t)BOUND_STORE_LOG_SECONDS * 1000000;
		if (known->operation == NULL || known->time_us < oldest->time_us)
			oldest = known;
	}
	if (!is_known)
		*oldest = (struct logged){ operation, code, path, now_us };
	pthread_mutex_unlock(&logged_lock);
	return !is_known;
}

static void
note_failure(struct store *store)
{
	store->is_failed = true;
	/* Whatever state SQLite is in after an error: the next operation has a new connection. */
	store->must_reconnect = true;
}

enum err
store_fail(struct store *store, const char *operation, int code)
{
	note_failure(store);
	if (is_worth_logging(store, operation, code)) {
		int error = store->database == NULL ? 0 : sqlite3_system_errno(store->database);
		log_event(LOG_ERROR, "store_failed",
		          LOG_FIELDS(log_text("operation", operation),
		                     log_text("code", code_name(code)), log_number("number", code),
		                     log_text("reason", sqlite3_errstr(code)),
		                     log_text("error", error == 0 ? "" : strerror(error)),
		                     log_text("path", store->database_path)));
	}
	return ERR_STORE;
}

enum err
store_fail_system(struct store *store, const char *operation, int error)
{
	note_failure(store);
	/* Negative, so that it is no code of SQLite's. */
	if (is_worth_logging(store, operation, -error)) {
		log_event(LOG_ERROR, "store_failed",
		          LOG_FIELDS(log_text("operation", operation),
		                     log_text("error", strerror(error)),
		                     log_text("path", store->folder)));
	}
	return ERR_STORE;
}

enum err
store_fail_because(struct store *store, const char *operation, const char *reason)
{
	note_failure(store);
	if (is_worth_logging(store, reason, 0)) {
		log_event(LOG_ERROR, "store_failed",
		          LOG_FIELDS(log_text("operation", operation), log_text("reason", reason),
		                     log_text("path", store->database_path)));
	}
	return ERR_STORE;
}

/* --- statements --- */

struct query
query_begin(struct store *store, enum statement which, const char *operation)
{
	struct query query = { .store = store, .operation = operation };
	sqlite3_stmt **statement = &store->statements[which];

	if (*statement == NULL)
		query.code = sqlite3_prepare_v3(store->database, texts[which], -1,
		                                SQLITE_PREPARE_PERSISTENT, statement, NULL);
	query.statement = *statement;
	return query;
}

static void
note_code(struct query *query, int code)
{
	if (query->code == SQLITE_OK)
		query->code = code;
}

void
query_bind_number(struct query *query, int parameter, int64_t number)
{
	if (query->code == SQLITE_OK)
		note_code(query, sqlite3_bind_int64(query->statement, parameter, number));
}

void
query_bind_text(struct query *query, int parameter, const char *text)
{
	if (query->code == SQLITE_OK)
		note_code(query,
		          sqlite3_bind_text(query->statement, parameter, text, -1, SQLITE_STATIC));
}

void
query_bind_bytes(struct query *query, int parameter, const void *bytes, size_t size)
{
	if (query->code == SQLITE_OK)
		note_code(query, sqlite3_bind_blob64(query->statement, parameter, bytes, size,
		                                     SQLITE_STATIC));
}

void
query_bind_null(struct query *query, int parameter)
{
	if (query->code == SQLITE_OK)
		note_code(query, sqlite3_bind_null(query->statement, parameter));
}

enum err
query_next(struct query *query, bool *is_row)
{
	int code = query->code != SQLITE_OK ? query->code : sqlite3_step(query->statement);

	*is_row = code == SQLITE_ROW;
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return ERR_NONE;
	return store_fail(query->store, query->operation, code);
}

int64_t
query_number(const struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

void
query_end(struct query *query)
{
	if (query->statement == NULL)
		return;
	/* The error that reset repeats is known already. */
	(void)sqlite3_reset(query->statement);
	(void)sqlite3_clear_bindings(query->statement);
}

enum err
query_run(struct query *query)
{
	bool is_row = true;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && is_row)
		err = query_next(query, &is_row);
	query_end(query);
	return err;
}

enum err
query_run_plain(struct store *store, enum statement which, const char *operation)
{
	struct query query = query_begin(store, which, operation);

	return query_run(&query);
}
