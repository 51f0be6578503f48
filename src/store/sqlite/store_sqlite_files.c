/*
 * Whether SQLite still writes where others will read. It keeps the write-ahead log and its index
 * open, and goes on in files that were removed: what is committed then would be gone with the
 * process. So both are looked for before and after each transaction. What then:
 * store_sqlite_rescue.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "store/sqlite/store_sqlite.h"

struct side_file
store_find_side_file(const struct store *store, const char *suffix)
{
	char path[4096];
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", store->database_path, suffix);
	if (stat(path, &status) != 0)
		return (struct side_file){ .inode = 0 };
	return (struct side_file){ status.st_dev, status.st_ino, status.st_size };
}

bool
store_is_same_file(const struct side_file *a, const struct side_file *b)
{
	return a->inode == b->inode && a->device == b->device;
}

void
store_note_files(struct store *store)
{
	store->log_file = store_find_side_file(store, "-wal");
	store->index_file = store_find_side_file(store, "-shm");
}

bool
store_has_lost_files(const struct store *store)
{
	/* A store with a rollback journal has none of them between transactions. */
	if (store->database == NULL || store->log_file.inode == 0)
		return false;
	const struct side_file log = store_find_side_file(store, "-wal");
	const struct side_file index = store_find_side_file(store, "-shm");
	return !store_is_same_file(&log, &store->log_file) ||
	       !store_is_same_file(&index, &store->index_file);
}

bool
store_is_where_it_was(struct store *store)
{
	struct stat status;

	if (stat(store->database_path, &status) != 0)
		return false;
	store->written_s = (int64_t)status.st_ctim.tv_sec;
	return status.st_dev == store->device && status.st_ino == store->inode &&
	       status.st_size > 0;
}
