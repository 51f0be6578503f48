/*
 * The store in one SQLite file, for one machine: the table of operations, and of these opening,
 * transactions and what is asked of the store as a whole. SQLite from 3.37 on.
 *
 * A writer holds the lock file from begin to commit, and moves the write-ahead log into the
 * database under it, never otherwise; readers never write.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/sqlite/store_sqlite.h"

#include <errno.h>
#include <libgen.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/sqlite/engine.h"

/* --- transactions --- */

static void
end_writing(struct store *store)
{
	/* Closing rolls back whatever there is, in whatever state it is. */
	if (store->must_reconnect)
		store_disconnect(store);
	store->is_writing = false;
	store->has_no_free = false;
	store_forget_room(store);
	pthread_mutex_unlock(&store->use);
	store_unlock(store);
}

static void
sqlite_rollback(struct store *store)
{
	if (!store->is_writing)
		return;
	store->has_failed = store->has_failed || store->is_failed;
	store->must_reconnect = store->must_reconnect || store->is_failed;
	if (!store->must_reconnect &&
	    sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		store->must_reconnect = true;
	/* What it says may have been rolled back. */
	store->life = (struct life){ 0 };
	end_writing(store);
}

/* Another program of ours may have migrated it since we connected. */
static enum err
check_version_still(struct store *store)
{
	struct query query = query_begin(store, STATEMENT_SCHEMA_VERSION, "begin");
	bool is_row;
	enum err err = query_next(&query, &is_row);
	int64_t version = err == ERR_NONE && is_row ? query_number(&query, 0) : 0;

	query_end(&query);
	if (err != ERR_NONE || version == store_schema_version())
		return err;
	return store_fail_because(store, "begin", "the schema was changed by another program");
}

static enum err
sqlite_begin(struct store *store)
{
	bool is_there;

	if (!store->can_write || store->is_writing)
		return store_fail_because(store, "begin", "not a writer, or twice");
	store->is_failed = false;
	store->has_deleted = false;
	store->has_added = false;
	store->is_trimming = false;
	store->awaits_erasure = false;
	enum err err = store_lock(store);
	if (err != ERR_NONE)
		return err;
	if (store_has_lost_files(store))
		err = store_recover_files(store);
	pthread_mutex_lock(&store->use);
	if (err == ERR_NONE)
		err = store_connect(store, &is_there);
	if (err == ERR_NONE)
		err = query_run_plain(store, STATEMENT_BEGIN_WRITING, "begin");
	if (err == ERR_NONE)
		err = check_version_still(store);
	if (err == ERR_NONE)
		err = store_check_life(store);
	store->is_writing = true;
	if (err != ERR_NONE)
		sqlite_rollback(store);
	return err;
}

/* Notes that text will have to go from the log before it is committed that it was deleted, so
 * that it is known whatever happens in between. */
static void
announce_deletion(struct store *store)
{
	store->must_truncate = store->is_wal;
	int error = store_mark(store);
	if (error == 0 && store->is_wal && fdatasync(store->lock_fd) != 0)
		error = errno;
	if (error != 0)
		(void)store_fail_system(store, "mark", error);
}

/* What was committed is answered only if it is where the next process looks for it. */
static enum err
check_committed(struct store *store)
{
	if (!store_is_where_it_was(store))
		return store_fail_because(store, "commit", "the database was exchanged meanwhile");
	if (!store_has_lost_files(store))
		return ERR_NONE;
	return store_rescue_log(store);
}

static enum err
sqlite_commit(struct store *store)
{
	if (!store->is_writing)
		return store_fail_because(store, "commit", "no transaction");
	if (store->has_deleted && !store->is_failed)
		announce_deletion(store);
	enum err err = store->is_failed ? ERR_STORE : store_settle_room(store);
	if (err == ERR_NONE && !store->is_wal) {
		store->is_moving = true;
		(void)store_mark(store);
	}
	if (err == ERR_NONE)
		err = query_run_plain(store, STATEMENT_COMMIT, "commit");
	store->is_moving = false;
	if (err == ERR_NONE)
		err = check_committed(store);
	if (err != ERR_NONE) {
		sqlite_rollback(store);
		return err;
	}
	/* One that has written no text proves nothing. */
	if (store->has_added)
		store->has_failed = false;
	store->life.change = store->last_change;
	(void)store_mark(store);
	/* A rollback journal has what was deleted. SQLite removes it, and brings that to the
	 * disk only with `durability = power`. */
	if (!store->is_wal && (store->has_deleted || store->awaits_erasure))
		store->is_journal_left = store_sync_folder(store) != ERR_NONE;
	store_tend_wal(store);
	end_writing(store);
	return ERR_NONE;
}

static uint64_t
sqlite_epoch(struct store *store)
{
	return store->life.epoch;
}

static bool
sqlite_is_erased(struct store *store)
{
	return !store->must_truncate && !store->is_journal_left;
}

/* --- opening and closing --- */

static char *
join(const char *folder, const char *name)
{
	struct buf path;

	/* SQLite would take a name that begins with "file:" for something else. */
	buf_init(&path, strlen(folder) + strlen(name) + 3);
	if (buf_append_format(&path, "%s%s/%s", folder[0] == '/' ? "" : "./", folder, name) !=
	    ERR_NONE)
		abort();
	return path.data;
}

/* SQLite counts its memory, under a lock that all threads share; nobody asks for the sum. */
static void
set_up_library(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum err
sqlite_open(const struct store_settings *settings, bool can_write, struct store **result)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct store *store = must_allocate(sizeof(*store));

	pthread_once(&once, set_up_library);
	*result = store;
	store->folder = must_copy_text(settings->folder);
	store->database_path = join(settings->folder, "plainchat.db");
	store->lock_path = join(settings->folder, "plainchat.lock");
	store->queue_path = join(settings->folder, "plainchat.queue");
	store->can_write = can_write;
	store->is_power_safe = settings->is_power_safe;
	store->is_wal = settings->is_wal;
	store->is_brief = settings->is_brief;
	store->lock_fd = -1;
	store->owner_fd = -1;
	store->queue_fd = -1;
	store_add_handle(store);
	/* A reader connects when it is asked something. */
	if (!can_write)
		return ERR_NONE;
	/* Even so: this makes what is missing, and notices what has changed while nobody wrote. */
	enum err err = sqlite_begin(store);
	return err == ERR_NONE ? sqlite_commit(store) : err;
}

static void
sqlite_close(struct store *store)
{
	if (store == NULL)
		return;
	sqlite_rollback(store);
	store_remove_handle(store);
	store_disconnect(store);
	store_close_lock(store);
	store_disown(store);
	free(store->folder);
	free(store->database_path);
	free(store->lock_path);
	free(store->queue_path);
	free(store);
}

static void
sqlite_watch_close(struct store_watch *watch)
{
	sqlite_close(store_watch_end(watch));
}

static enum err
sqlite_watch_open(const struct store_settings *settings, store_look_function look, void *context,
                  struct store_watch **watch)
{
	struct store *store;

	(void)!sqlite_open(settings, false, &store);
	enum err err = store_watch_begin(store, look, context, watch);
	if (err != ERR_NONE)
		sqlite_watch_close(*watch);
	return err;
}

/* --- the store as a whole --- */

/* Whether the first writer could make the store. */
static enum err
check_place(struct store *store)
{
	char *path = must_copy_text(store->folder);
	char *folder = path;
	bool is_usable = access(folder, W_OK | X_OK) == 0;

	/* Folders above it that are missing are made, too. */
	while (!is_usable && errno == ENOENT && strcmp(folder, "/") != 0 &&
	       strcmp(folder, ".") != 0) {
		folder = dirname(folder);
		is_usable = access(folder, W_OK | X_OK) == 0;
	}
	int error = errno;
	free(path);
	return is_usable ? ERR_NONE : store_fail_system(store, "check", error);
}

/* Whether the disk has room for a message, as far as it says. */
static enum err
check_room(struct store *store)
{
	struct statvfs status;

	if (statvfs(store->database_path, &status) != 0)
		return store_fail_system(store, "check", errno);
	if ((status.f_flag & ST_RDONLY) != 0)
		return store_fail_system(store, "check", EROFS);
	if (status.f_blocks > 0 && status.f_bavail * status.f_frsize < BOUND_STORE_FREE_BYTES)
		return store_fail_system(store, "check", ENOSPC);
	return ERR_NONE;
}

/* Whether a message could be written: its place stays for a later one. */
static enum err
try_writing(struct store *store)
{
	char *text = must_allocate(BOUND_STORE_TRIAL_BYTES);
	const struct body trial = {
		.name = "", .author = "", .text = text, .text_size = BOUND_STORE_TRIAL_BYTES
	};
	int64_t body = 0;

	enum err err = store_add_body(store, &trial, &body);
	if (err == ERR_NONE)
		err = store_free_body(store, body);
	free(text);
	return err;
}

static enum err
sqlite_check(struct store *store)
{
	bool is_there;
	enum err err = store_begin_reading(store, "check", &is_there);

	if (err != ERR_NONE)
		return err;
	if (!is_there)
		return check_place(store);
	if (store->is_writing)
		return store->has_failed ? try_writing(store) : ERR_NONE;
	err = store_end_reading(store, query_run_plain(store, STATEMENT_CHECK, "check"));
	return err == ERR_NONE ? check_room(store) : err;
}

static bool
sqlite_exists(const struct store_settings *settings)
{
	char *path = join(settings->folder, "plainchat.db");
	bool is_there = access(path, F_OK) == 0;

	free(path);
	return is_there;
}

const struct store_engine store_sqlite = {
	.open = sqlite_open,
	.close = sqlite_close,
	.exists = sqlite_exists,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.epoch = sqlite_epoch,
	.is_erased = sqlite_is_erased,
	.append_message = store_sqlite_append_message,
	.append_part = store_sqlite_append_part,
	.finish_message = store_sqlite_finish_message,
	.renew_lease = store_sqlite_renew_lease,
	.fail_abandoned = store_sqlite_fail_abandoned,
	.delete_message = store_sqlite_delete_message,
	.find_key = store_sqlite_find_key,
	.add_key = store_sqlite_add_key,
	.trim = store_sqlite_trim,
	.judge_clock = store_sqlite_judge_clock,
	.count_bytes = store_sqlite_count_bytes,
	.next_reply = store_sqlite_next_reply,
	.next_room = store_sqlite_next_room,
	.read = store_sqlite_read,
	.get = store_sqlite_get,
	.count_streaming = store_sqlite_count_streaming,
	.check = sqlite_check,
	.watch_open = sqlite_watch_open,
	.watch_close = sqlite_watch_close,
	.find_news = store_sqlite_find_news,
};
