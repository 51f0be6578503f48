/*
 * The write-ahead log: when it is moved into the database, and emptied. All of it under the
 * writers' lock. SQLite begins the log anew by itself once all of it was moved.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "store/sqlite/flusher.h"
#include "store/sqlite/store_sqlite.h"

void
store_close_wal(struct store *store)
{
	flusher_free(store->wal_flusher);
	store->wal_flusher = NULL;
	store->wal_pages = 0;
	store->moved_pages = 0;
	store->flushed_pages = 0;
}

static void
wal_path(const struct store *store, char path[4096])
{
	snprintf(path, 4096, "%s-wal", store->database_path);
}

/* SQLite cuts the log off and does not sync that: after a power cut the file could have its old
 * length again, and with it the text. No lock is lost by the close, since SQLite has none on this
 * file. */
static bool
sync_log(struct store *store)
{
	char path[4096];

	wal_path(store, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return store_sync_folder(store) == ERR_NONE;
	bool is_synced = fd >= 0 && fsync(fd) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (!is_synced)
		(void)store_fail_system(store, "sync_log", error);
	return is_synced;
}

/* Empties the log. False: a reader has not left until the deadline, or the disk is full. */
static bool
empty_log(struct store *store)
{
	int code = sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	                                     NULL, NULL);

	if (code == SQLITE_OK)
		store->wal_pages = 0;
	else if (code != SQLITE_BUSY || store->must_truncate)
		(void)store_fail(store, "truncate", code);
	return code == SQLITE_OK;
}

/* After text was deleted: so what it was is in no file any more. The transaction is committed
 * already; where this fails, the next commit of whichever process tries again. */
static void
erase(struct store *store)
{
	if (store->awaits_erasure)
		store->deadline_us = clock_now_us() + (int64_t)BOUND_STORE_TRUNCATE_MS * 1000;
	else
		store->deadline_us = 0;
	if (empty_log(store) && sync_log(store)) {
		store->must_truncate = false;
		store->has_trimmed = false;
		(void)store_mark(store);
	}
}

/* How long the log gets: on a small disk no longer than what is stored, of which it would take the
 * place. */
static int
most_pages(const struct store *store)
{
	if (store->is_brief)
		return BOUND_STORE_WAL_PAGES_CGI;
	if (store->database_pages > BOUND_STORE_WAL_PAGES)
		return BOUND_STORE_WAL_PAGES;
	return store->database_pages < BOUND_STORE_WAL_PAGES_LEAST ? BOUND_STORE_WAL_PAGES_LEAST
	                                                           : (int)store->database_pages;
}

/* How long readers are waited for. On a busy machine one may be off the processor for longer than
 * any first guess: twice as long each time that the log has grown by `most` again. */
static int64_t
restart_wait_us(const struct store *store, int most)
{
	int64_t wait_ms = BOUND_STORE_RESTART_MS;

	for (int pages = 3 * most;
	     pages <= store->wal_pages && wait_ms < BOUND_STORE_RESTART_MS_MAX; pages += most)
		wait_ms *= 2;
	return (wait_ms < BOUND_STORE_RESTART_MS_MAX ? wait_ms : BOUND_STORE_RESTART_MS_MAX) * 1000;
}

/* The log is begun anew by the next commit if nobody reads in it then. Where that has not come
 * about for long, since there is always somebody, readers are waited for. */
static void
move_pages(struct store *store, int most)
{
	bool must_wait = store->wal_pages >= 2 * most;

	store->deadline_us = must_wait ? clock_now_us() + restart_wait_us(store, most) : 0;
	int code = sqlite3_wal_checkpoint_v2(
		store->database, NULL,
		must_wait ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	/* Readers in the way: next time, when it has grown by as much again. */
	store->moved_pages = store->wal_pages;
	if (code != SQLITE_OK && code != SQLITE_BUSY)
		(void)store_fail(store, "checkpoint", code);
}

/* Begins to bring what is new in the log to the disk. All of it must be there before pages are
 * moved, and until then nothing is committed. */
static void
flush(struct store *store)
{
	char path[4096];

	if (store->wal_flusher == NULL) {
		wal_path(store, path);
		store->wal_flusher = flusher_new(path);
	}
	flusher_flush(store->wal_flusher);
	store->flushed_pages = store->wal_pages;
}

/* What was trimmed is to go from the log, too, though nobody waits for that: when trimming has come
 * to rest, and where no reader is in the way. */
static bool
is_time_to_forget(const struct store *store)
{
	int64_t past_us = clock_now_us() - store->forgot_us;

	if (store->is_brief)
		return store->has_trimmed;
	return store->has_trimmed && !store->is_trimming &&
	       past_us > BOUND_STORE_TRIMMED_MS * INT64_C(1000);
}

static void
forget_trimmed(struct store *store)
{
	store->forgot_us = clock_now_us();
	store->deadline_us = 0;
	if (empty_log(store) && sync_log(store))
		store->has_trimmed = false;
}

/* A writer that is killed while the database is written must not look like somebody else. */
static void
announce_moving(struct store *store, bool is_moving)
{
	store->is_moving = is_moving;
	(void)store_mark(store);
}

static void
tend(struct store *store, int most)
{
	announce_moving(store, true);
	if (store->must_truncate) {
		erase(store);
	} else if (is_time_to_forget(store)) {
		forget_trimmed(store);
	} else if (store->is_brief) {
		store->deadline_us = 0;
		(void)empty_log(store);
	} else {
		move_pages(store, most);
	}
	/* Where it is not there any more the next transaction finds that. */
	(void)store_is_where_it_was(store);
	announce_moving(store, false);
}

void
store_tend_wal(struct store *store)
{
	int most = most_pages(store);

	if (!store->is_wal || store->must_reconnect)
		return;
	/* It was begun anew. */
	if (store->wal_pages < store->moved_pages)
		store->moved_pages = 0;
	if (store->wal_pages < store->flushed_pages)
		store->flushed_pages = 0;
	if (store->must_truncate || is_time_to_forget(store) ||
	    store->wal_pages - store->moved_pages >= most)
		tend(store, most);
	else if (!store->is_power_safe &&
	         store->wal_pages - store->flushed_pages >= BOUND_STORE_WAL_PAGES_FLUSHED)
		flush(store);
}
