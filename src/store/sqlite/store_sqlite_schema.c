/*
 * The tables, how they came to be (migrations), and connecting: a handle has a connection to the
 * file that is there now, or none, and finds that out before each operation. A file that was
 * replaced or removed and a folder that is gone are noticed so.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "store/sqlite/store_sqlite.h"

/* "plch": what file(1) and we know the file by. */
#define APPLICATION_ID 0x706c6368

/* The schema is brought from version N to N + 1 by the text number N. A text that was released is
 * never changed.
 *
 *	rooms          first_seq: the log covers what is behind first_seq - 1; change: a number that
 *	               grows over all rooms, of the last event
 *	events         the log; a message's row tells what it is now. Private text is in bodies
 *	               alone, and why is told in store_sqlite_body.c
 *	messages       a page of history is a range of this, whatever lies between
 *	makings        the messages that stream; owner: see store_sqlite_owner.c
 *	parts          of a message that streams
 *	later_replies  a message's first reply is right behind it: only others need an index
 *	life           one row: see store_sqlite_life.c; removed_change: the highest change of any
 *                     room that was removed
 *	retention      one row: removed_seq: the highest number in any room that was removed, from
 *                     which new rooms count (rooms.begun_at); what else: store_sqlite_clock.c */
static const char *const migrations[] = {
	"PRAGMA application_id = 1886151528;"
	"CREATE TABLE rooms ("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_seq INTEGER NOT NULL,"
	" last_seq INTEGER NOT NULL, messages INTEGER NOT NULL, change INTEGER NOT NULL) STRICT;"
	"CREATE INDEX rooms_by_change ON rooms (change);"
	"CREATE TABLE events ("
	" room INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, time INTEGER NOT "
	"NULL,"
	" ref INTEGER NOT NULL DEFAULT 0, role INTEGER NOT NULL DEFAULT 0,"
	" state INTEGER NOT NULL DEFAULT 0, off INTEGER NOT NULL DEFAULT 0, body INTEGER,"
	" PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX messages ON events (room, seq) WHERE kind = 1;"
	"CREATE TABLE bodies (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE free_bodies ("
	" size INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (size, id)) STRICT, WITHOUT "
	"ROWID;"
	"CREATE TABLE keys ("
	" room INTEGER NOT NULL, key TEXT NOT NULL, hash INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" reply_seq INTEGER NOT NULL, time INTEGER NOT NULL,"
	" PRIMARY KEY (room, key)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX keys_by_time ON keys (room, time);",

	"CREATE TABLE makings ("
	" room INTEGER NOT NULL, seq INTEGER NOT NULL, owner INTEGER NOT NULL,"
	" PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX parts ON events (room, ref, seq) WHERE kind = 2;"
	"CREATE INDEX later_replies ON events (room, ref, seq)"
	" WHERE kind = 1 AND ref > 0 AND seq > ref + 1;",

	"CREATE TABLE life ("
	" id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, inode INTEGER NOT NULL,"
	" born INTEGER NOT NULL, removed_change INTEGER NOT NULL) STRICT;"
	"INSERT INTO life VALUES (1, 0, 0, 0, 0);",

	/* See store_sqlite_names.c. */
	"UPDATE OR IGNORE rooms SET name = composed(name) WHERE name <> composed(name);"
	"UPDATE OR IGNORE rooms SET name = renamed(composed(name) || '-' || id)"
	" WHERE name <> composed(name);",

	"ALTER TABLE rooms ADD COLUMN begun_at INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE retention ("
	" id INTEGER PRIMARY KEY, removed_seq INTEGER NOT NULL, clock INTEGER NOT NULL,"
	" boot TEXT NOT NULL, boot_ms INTEGER NOT NULL) STRICT;"
	"INSERT INTO retention VALUES (1, 0, 0, '', 0);",
};

#define NEWER "the schema is newer than this program"

#define SCHEMA_VERSION ((int64_t)(sizeof(migrations) / sizeof(migrations[0])))

int64_t
store_schema_version(void)
{
	return SCHEMA_VERSION;
}

/* --- disconnecting --- */

void
store_disconnect(struct store *store)
{
	for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
		(void)sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
	(void)sqlite3_close(store->database);
	store->database = NULL;
	store_close_wal(store);
	store->must_reconnect = false;
}

/* --- SQL that is run once per connection --- */

static enum err
run_text(struct store *store, const char *operation, const char *text)
{
	int code = sqlite3_exec(store->database, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? ERR_NONE : store_fail(store, operation, code);
}

/* Runs a statement that gives one value; `text` is filled with it. */
static enum err
ask(struct store *store, const char *question, char *text, size_t size)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->database, question, -1, &statement, NULL);

	text[0] = '\0';
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		snprintf(text, size, "%s", (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW ? ERR_NONE : store_fail(store, "connect", code);
}

static enum err
ask_number(struct store *store, const char *question, int64_t *number)
{
	char text[32];
	long long value = 0;
	enum err err = ask(store, question, text, sizeof(text));

	if (err == ERR_NONE && sscanf(text, "%lld", &value) != 1)
		err = store_fail_because(store, "connect", "no number");
	*number = value;
	return err;
}

/* Called while another connection has what we need: readers of a rollback journal, or a program
 * that is not ours and knows nothing of the lock file. */
static int
wait_for_others(void *context, int count)
{
	const struct store *store = context;

	if (clock_now_us() >= store->deadline_us)
		return 0;
	nanosleep(&(struct timespec){ .tv_nsec = count < 4 ? 500000 : 2000000 }, NULL);
	return 1;
}

static int
note_wal_pages(void *context, sqlite3 *database, const char *name, int pages)
{
	struct store *store = context;

	(void)database;
	(void)name;
	store->wal_pages = pages;
	return SQLITE_OK;
}

/* What each connection is set to. */
static enum err
configure(struct store *store)
{
	sqlite3 *database = store->database;
	const char *synchronous = "NORMAL";
	char text[512];

	(void)sqlite3_extended_result_codes(database, 1);
	(void)sqlite3_busy_handler(database, wait_for_others, store);
	/* The hook takes the place of checkpoints at any time: ours are made under the lock. */
	(void)sqlite3_wal_hook(database, note_wal_pages, store);
	(void)sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* A rollback journal that is deleted and then comes back with the power would undo the
	 * commit: EXTRA syncs the folder as well. The write-ahead log has no such moment. */
	if (store->is_power_safe)
		synchronous = store->is_wal ? "FULL" : "EXTRA";
	snprintf(text, sizeof(text),
	         "PRAGMA cache_size = -%d; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
	         "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = %s;"
	         "PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE; PRAGMA journal_size_limit = "
	         "%d;"
	         "PRAGMA query_only = %s;",
	         store->can_write ? BOUND_STORE_WRITER_CACHE_KIB : BOUND_STORE_READER_CACHE_KIB,
	         synchronous, 2 * BOUND_STORE_WAL_PAGES * 4096, store->can_write ? "OFF" : "ON");
	return run_text(store, "connect", text);
}

/* --- the schema --- */

/* All of it in one transaction. Somebody else may have done it meanwhile. */
static enum err
migrate(struct store *store)
{
	char text[64];
	int64_t version = 0;

	enum err err = store_add_name_functions(store);
	if (err == ERR_NONE)
		err = run_text(store, "migrate", "BEGIN IMMEDIATE");
	if (err == ERR_NONE)
		err = ask_number(store, "PRAGMA user_version", &version);
	if (err == ERR_NONE && version > SCHEMA_VERSION)
		return store_fail_because(store, "migrate", NEWER);
	for (; err == ERR_NONE && version < SCHEMA_VERSION; version++)
		err = run_text(store, "migrate", migrations[version]);
	snprintf(text, sizeof(text), "PRAGMA user_version = %lld", (long long)SCHEMA_VERSION);
	if (err == ERR_NONE)
		err = run_text(store, "migrate", text);
	if (err == ERR_NONE)
		err = run_text(store, "migrate", "COMMIT");
	return err;
}

/* A reader that comes first, with a new program, does it like a writer. */
static enum err
migrate_as_reader(struct store *store)
{
	enum err err = store_lock(store);
	if (err != ERR_NONE)
		return err;
	store->deadline_us = clock_now_us() + (int64_t)BOUND_STORE_WAIT_SECONDS * 1000000;
	err = run_text(store, "migrate", "PRAGMA query_only = OFF");
	if (err == ERR_NONE)
		err = migrate(store);
	if (err == ERR_NONE)
		err = run_text(store, "migrate", "PRAGMA query_only = ON");
	store_unlock(store);
	return err;
}

static enum err
set_journal(struct store *store)
{
	const char *wanted = store->is_wal ? "wal" : "delete";
	char mode[16];

	enum err err = ask(store, "PRAGMA journal_mode", mode, sizeof(mode));
	if (err != ERR_NONE || strcmp(mode, wanted) == 0)
		return err;
	if (!store->can_write) {
		/* A connection that stays would keep the writer from changing it. */
		store->must_reconnect = true;
		return ERR_NONE;
	}
	err = ask(store,
	          store->is_wal ? "PRAGMA journal_mode = wal" : "PRAGMA journal_mode = delete",
	          mode, sizeof(mode));
	if (err == ERR_NONE && strcmp(mode, wanted) != 0)
		err = store_fail_because(store, "set_journal", "another mode is in use");
	return err;
}

/* *is_there is false where a writer has yet to make the tables. */
static enum err
check_schema(struct store *store, bool *is_there)
{
	int64_t version;
	int64_t application = 0;
	int64_t tables = 0;

	*is_there = true;
	/* As it is at one time: the first writer may be making it just now. */
	enum err err = run_text(store, "connect", "BEGIN");
	if (err == ERR_NONE)
		err = ask_number(store, "PRAGMA user_version", &version);
	if (err == ERR_NONE)
		err = ask_number(store, "PRAGMA application_id", &application);
	if (err == ERR_NONE && application == 0)
		err = ask_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
	if (err == ERR_NONE)
		err = run_text(store, "connect", "COMMIT");
	if (err != ERR_NONE)
		return err;
	bool is_empty = application == 0 && version == 0 && tables == 0;
	if (application != APPLICATION_ID && !is_empty)
		return store_fail_because(store, "connect", "the file is not plainchat's");
	if (version > SCHEMA_VERSION)
		return store_fail_because(store, "connect", NEWER);
	if (store->can_write) {
		err = set_journal(store);
		return err == ERR_NONE && version < SCHEMA_VERSION ? migrate(store) : err;
	}
	*is_there = !is_empty;
	if (is_empty)
		return ERR_NONE;
	err = version < SCHEMA_VERSION ? migrate_as_reader(store) : ERR_NONE;
	return err == ERR_NONE ? set_journal(store) : err;
}

/* --- connecting --- */

/* Makes the database file, empty and for its owner only, whatever the umask is. It gets its name
 * when it is closed again: closing a file drops all locks that SQLite has on it in this process.
 * What was left by a database that was removed must not be taken for the new one's. */
static enum err
make_database(struct store *store)
{
	static const char *const leftovers[] = { "-wal", "-shm", "-journal" };
	bool has_removed = false;
	char path[4096];

	for (unsigned i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", store->database_path, leftovers[i]);
		bool is_removed = unlink(path) == 0;
		if (!is_removed && errno != ENOENT)
			return store_fail_system(store, "make_database", errno);
		has_removed = has_removed || is_removed;
	}
	/* Also after a power cut: they must be gone before the new one is there. */
	if (has_removed && store_sync_folder(store) != ERR_NONE)
		return ERR_STORE;
	snprintf(path, sizeof(path), "%s-new", store->database_path);
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return store_fail_system(store, "make_database", errno);
	bool is_made = fchmod(fd, S_IRUSR | S_IWUSR) == 0;
	is_made = close(fd) == 0 && is_made;
	if (!is_made || rename(path, store->database_path) != 0)
		return store_fail_system(store, "make_database", errno);
	return store_sync_folder(store);
}

/* Looks for the file. *is_there is false for a reader that comes before the first writer. */
static enum err
find_database(struct store *store, struct stat *status, bool *is_there)
{
	*is_there = true;
	if (stat(store->database_path, status) == 0) {
		if (status->st_size > 0 || store->database == NULL)
			return ERR_NONE;
		/* Somebody has cut it off. What is still in memory is no store any more. */
		store_disconnect(store);
		if (unlink(store->database_path) != 0)
			return store_fail_system(store, "find_database", errno);
		errno = ENOENT;
	}
	if (errno != ENOENT)
		return store_fail_system(store, "find_database", errno);
	if (store->can_write) {
		enum err err = make_database(store);
		if (err == ERR_NONE && stat(store->database_path, status) != 0)
			err = store_fail_system(store, "find_database", errno);
		return err;
	}
	*is_there = false;
	/* An empty answer would be wrong where history is only out of reach. */
	if (store->was_connected && access(store->folder, F_OK) != 0)
		return store_fail_system(store, "find_folder", errno);
	return ERR_NONE;
}

static enum err
open_database(struct store *store, bool *is_there)
{
	/* Readers too open it for writing, and are kept from it by query_only: they have to write
	 * the -shm file, and to roll back what a killed writer left in a rollback journal. */
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

	int code = sqlite3_open_v2(store->database_path, &store->database, flags, NULL);
	if (code != SQLITE_OK) {
		if (store->database != NULL)
			code = sqlite3_extended_errcode(store->database);
		return store_fail(store, "connect", code);
	}
	enum err err = configure(store);
	if (err == ERR_NONE)
		err = check_schema(store, is_there);
	/* All connections of a process share what they know of the -shm file: one that stays would
	 * keep it read-only for those that come when it can be written again. */
	if (sqlite3_db_readonly(store->database, "main") == 1)
		store->must_reconnect = true;
	return err;
}

enum err
store_connect(struct store *store, bool *is_there)
{
	struct stat status;

	store->deadline_us = clock_now_us() + (int64_t)BOUND_STORE_WAIT_SECONDS * 1000000;
	enum err err = find_database(store, &status, is_there);
	store->database_pages = err == ERR_NONE && *is_there ? status.st_size / 4096 : 0;
	store->written_s = err == ERR_NONE && *is_there ? (int64_t)status.st_ctim.tv_sec : 0;
	bool is_same = err == ERR_NONE && *is_there && status.st_dev == store->device &&
	               status.st_ino == store->inode;
	if (store->database != NULL && (!is_same || store->must_reconnect))
		store_disconnect(store);
	if (err != ERR_NONE || !*is_there || store->database != NULL)
		return err;

	store->device = status.st_dev;
	store->inode = status.st_ino;
	store->must_reconnect = false;
	store_identify(store);
	err = open_database(store, is_there);
	if (err != ERR_NONE || !*is_there) {
		store_disconnect(store);
	} else {
		store_note_files(store);
		store->was_connected = true;
	}
	return err;
}
