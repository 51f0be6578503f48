/*
 * What happens where SQLite writes into files that were removed (store_sqlite_files.c). What is in
 * a log that was removed is moved into the database while it is still open here; then all
 * connections of the process are closed, which share what they know of the index, and opened anew.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <time.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/sqlite/store_sqlite.h"

/* The open handles of the process; guarded by the lock. */
static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *handles;

void
store_add_handle(struct store *store)
{
	pthread_mutex_init(&store->use, NULL);
	pthread_mutex_lock(&handles_lock);
	store->next_handle = handles;
	handles = store;
	pthread_mutex_unlock(&handles_lock);
}

void
store_remove_handle(struct store *store)
{
	pthread_mutex_lock(&handles_lock);
	struct store **link = &handles;
	while (*link != store)
		link = &(*link)->next_handle;
	*link = store->next_handle;
	pthread_mutex_unlock(&handles_lock);
	pthread_mutex_destroy(&store->use);
}

/* Only while nobody else has begun with other files: what he has written must not be undone. */
enum err
store_rescue_log(struct store *store)
{
	const struct side_file log = store_find_side_file(store, "-wal");
	const struct side_file index = store_find_side_file(store, "-shm");
	bool is_index_ours = index.inode == 0 || store_is_same_file(&index, &store->index_file);
	bool is_log_ours = log.size == 0 || store_is_same_file(&log, &store->log_file);

	log_event(LOG_WARN, "store_file_replaced",
	          LOG_FIELDS(log_text("file", store_is_same_file(&log, &store->log_file)
	                                              ? "plainchat.db-shm"
	                                              : "plainchat.db-wal"),
	                     log_text("path", store->database_path)));
	/* What it had is gone, and where it grows again its pages are read as zeros. */
	if (store_is_same_file(&log, &store->log_file) && store_is_log_cut_off(store))
		return store_fail_because(store, "rescue", "the log was cut off");
	if (!is_index_ours || !is_log_ours)
		return store_fail_because(store, "rescue", "another program has begun anew");
	store->deadline_us = clock_now_us() + (int64_t)BOUND_STORE_TRUNCATE_MS * 1000;
	int code = sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	                                     NULL, NULL);
	return code == SQLITE_OK ? ERR_NONE : store_fail(store, "rescue", code);
}

/* False: one is in use for long. */
static bool
disconnect_others(const struct store *store)
{
	bool is_done = true;

	pthread_mutex_lock(&handles_lock);
	for (struct store *other = handles; other != NULL; other = other->next_handle) {
		struct timespec until;
		if (other == store || strcmp(other->database_path, store->database_path) != 0)
			continue;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		if (pthread_mutex_timedlock(&other->use, &until) != 0) {
			is_done = false;
			continue;
		}
		store_disconnect(other);
		pthread_mutex_unlock(&other->use);
	}
	pthread_mutex_unlock(&handles_lock);
	return is_done;
}

enum err
store_recover_files(struct store *store)
{
	/* Where that is not possible what is there is taken as it is, and a new life begins if
	 * something is missing. */
	(void)!store_rescue_log(store);
	store_disconnect(store);
	store->is_failed = false;
	if (!disconnect_others(store))
		return store_fail_because(store, "recover", "a connection is in use");
	return ERR_NONE;
}
