/*
 * The lock file: whoever writes to the store or moves its log into the database holds it, so that
 * no two do at once, in this process or another (SQLite before 3.51.3 can lose commits then). It is
 * flock(2), which belongs to the open file: two handles of one process exclude each other too, and
 * a killed process lets go.
 *
 * Whoever waits for it holds a second file, the queue, until he has it: who has just let go of the
 * lock cannot take it again before. Without that a busy process left others none of its pauses, for
 * seconds. The queue is for fairness alone; where it cannot be had, it is done without.
 *
 * The lock file's first byte says whether text that was deleted may still be in the write-ahead
 * log; what is behind it, which life of the store it is of (store_sqlite_life.c). It is written
 * after every commit, so that the file can be watched.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"
#include "store/sqlite/store_sqlite.h"

#define MARK_CLEAN '0'
#define MARK_TRUNCATE '1'

/* How long one waits before looking again: for the lock, which one process does at a time, and for
 * a place in front of it, for which there may be many. */
#define PAUSE_US 250
#define QUEUE_PAUSE_US 1000

void
store_close_lock(struct store *store)
{
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->queue_fd >= 0)
		close(store->queue_fd);
	store->lock_fd = -1;
	store->queue_fd = -1;
}

static int
open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	struct stat status;

	/* A new one: the umask may have taken bits away. */
	if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size == 0)
		(void)!fchmod(fd, S_IRUSR | S_IWUSR);
	return fd;
}

enum err
store_sync_folder(struct store *store)
{
	int fd = open(store->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_synced = fd >= 0 && fsync(fd) == 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	return is_synced ? ERR_NONE : store_fail_system(store, "sync_folder", error);
}

static enum err
open_lock(struct store *store)
{
	struct stat status;

	/* A folder that was there and is gone is not made anew: a file system may be missing. */
	int error = store->was_connected ? 0 : folder_make(store->folder);
	if (error != 0)
		return store_fail_system(store, "make_folder", error);
	store->lock_fd = open_file(store->lock_path);
	if (store->lock_fd < 0)
		return store_fail_system(store, "open_lock", errno);
	if (fstat(store->lock_fd, &status) != 0)
		return store_fail_system(store, "open_lock", errno);
	store->lock_file = (struct side_file){ status.st_dev, status.st_ino, status.st_size };
	/* Nothing was noted in it yet. What will be must not go with its name in a power cut. */
	return status.st_size == 0 ? store_sync_folder(store) : ERR_NONE;
}

static bool
is_lock_in_place(const struct store *store)
{
	struct stat there;

	return stat(store->lock_path, &there) == 0 && there.st_dev == store->lock_file.device &&
	       there.st_ino == store->lock_file.inode;
}

bool
store_is_in_place(int fd, const char *path)
{
	struct stat here;
	struct stat there;

	return fstat(fd, &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

/* Returns 0, or an errno: ETIMEDOUT if others have it until then. */
static int
wait_for_file(int fd, long pause_us, int64_t deadline_us)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		if (clock_now_us() >= deadline_us)
			return ETIMEDOUT;
		nanosleep(&(struct timespec){ .tv_nsec = pause_us * 1000 }, NULL);
	}
	return 0;
}

static enum err
wait_for_lock(struct store *store, int64_t deadline_us)
{
	int64_t now_us = clock_now_us();

	if (store->queue_fd < 0)
		store->queue_fd = open_file(store->queue_path);
	/* One who is stopped in front of the lock must not keep others from it. */
	bool is_next =
		store->queue_fd >= 0 && wait_for_file(store->queue_fd, QUEUE_PAUSE_US,
	                                              now_us + (deadline_us - now_us) / 2) == 0;
	int error = wait_for_file(store->lock_fd, PAUSE_US, deadline_us);
	if (is_next)
		(void)flock(store->queue_fd, LOCK_UN);
	return error == 0 ? ERR_NONE : store_fail_system(store, "lock", error);
}

enum err
store_lock(struct store *store)
{
	int64_t deadline_us = clock_now_us() + (int64_t)BOUND_STORE_WAIT_SECONDS * 1000000;

	for (;;) {
		enum err err = store->lock_fd >= 0 ? ERR_NONE : open_lock(store);
		if (err == ERR_NONE)
			err = wait_for_lock(store, deadline_us);
		if (err != ERR_NONE) {
			store_close_lock(store);
			return err;
		}
		if (is_lock_in_place(store))
			break;
		/* It was removed or put back meanwhile, maybe with its folder. */
		log_event(LOG_WARN, "lock_file_replaced",
		          LOG_FIELDS(log_text("path", store->lock_path)));
		store_close_lock(store);
	}
	store->is_locked = true;
	ssize_t size = pread(store->lock_fd, store->lock_text, sizeof(store->lock_text), 0);
	store->lock_size = size > 0 ? (size_t)size : 0;
	store->must_truncate = size > 0 && store->lock_text[0] == MARK_TRUNCATE;
	return ERR_NONE;
}

void
store_unlock(struct store *store)
{
	if (!store->is_locked)
		return;
	(void)flock(store->lock_fd, LOCK_UN);
	store->is_locked = false;
}

int
store_mark(struct store *store)
{
	char text[STORE_LOCK_BYTES] = { store->must_truncate ? MARK_TRUNCATE : MARK_CLEAN };
	size_t size = 1;

	if (store->life.epoch != 0)
		size += (size_t)store_format_record(store, text + 1, sizeof(text) - 1);
	/* On a full disk the first of these fails, and all later ones overwrite. */
	return pwrite(store->lock_fd, text, size, 0) == (ssize_t)size ? 0 : errno;
}
