/*
 * Whether SQLite still writes where others will read. It keeps the write-ahead log and its index
 * open, and goes on in files that were removed or cut off: what is committed then would be gone
 * with the process. So both are looked at before and after each transaction. What then:
 * store_sqlite_rescue.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* Where the index (https://www.sqlite.org/walformat.html) has the size of a page and the number of
 * the last frame that was committed; and what a log has in front of its frames and of each. */
#define INDEX_PAGE_BYTES_AT 14
#define INDEX_LAST_FRAME_AT 16
#define LOG_HEAD_BYTES 32
#define FRAME_HEAD_BYTES 24

bool
store_is_log_cut_off(const struct store *store)
{
	const struct side_file log = store_find_side_file(store, "-wal");
	unsigned char head[INDEX_LAST_FRAME_AT + 4] = { 0 };
	char path[4096];
	uint16_t page_bytes;
	uint32_t last_frame;

	snprintf(path, sizeof(path), "%s-shm", store->database_path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t size = pread(fd, head, sizeof(head), 0);
	close(fd);
	memcpy(&page_bytes, head + INDEX_PAGE_BYTES_AT, sizeof(page_bytes));
	memcpy(&last_frame, head + INDEX_LAST_FRAME_AT, sizeof(last_frame));
	/* 1 stands for 65536. */
	int64_t frame_bytes = FRAME_HEAD_BYTES + (page_bytes == 1 ? 65536 : page_bytes);
	return size == sizeof(head) && last_frame > 0 &&
	       log.size < LOG_HEAD_BYTES + last_frame * frame_bytes;
}

bool
store_has_lost_files(struct store *store)
{
	/* A store with a rollback journal has none of them between transactions. */
	if (store->database == NULL || store->log_file.inode == 0)
		return false;
	const struct side_file log = store_find_side_file(store, "-wal");
	const struct side_file index = store_find_side_file(store, "-shm");
	if (!store_is_same_file(&log, &store->log_file) ||
	    !store_is_same_file(&index, &store->index_file))
		return true;
	/* SQLite cuts it off too, when all of it was moved, and the index says so then. */
	bool is_shorter = log.size < store->log_file.size;
	store->log_file.size = log.size;
	return is_shorter && store_is_log_cut_off(store);
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
