/*
 * News. Which rooms have changed the database tells. That something has tells the lock file, which
 * is written to after each commit: a thread watches it by inotify(7), as long as it is the one that
 * the next writer will take.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/sqlite/store_sqlite.h"

/* How soon to look again for a file that the first writer will make. */
#define RETRY_MS 50

/* How soon it is noticed that the file is another one where nothing tells of it: its folder, or one
 * above, was renamed. */
#define CHECK_MS 2500

struct store_watch {
	struct store *store; /* a handle of its own, since what has changed is told to a handle */
	int64_t mark;        /* of the changes that were told; -1: none yet */
	store_look_function look;
	void *context;

	/* the thread's, if there is one */
	bool has_thread;
	pthread_t thread;
	int stop_fd;
	int inotify_fd;
	int descriptor; /* of the watched file; -1: it is not watched */
	dev_t device;   /* of that file */
	ino_t inode;
	bool is_watch_lost; /* it cannot be watched, which was logged */
};

/* --- the thread --- */

static void
note_lost(struct store_watch *watch, int error)
{
	if (!watch->is_watch_lost)
		log_event(LOG_WARN, "watch_failed",
		          LOG_FIELDS(log_text("path", watch->store->lock_path),
		                     log_text("error", strerror(error))));
	watch->is_watch_lost = true;
}

static void
begin_watching(struct store_watch *watch)
{
	const uint32_t events = IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
	const char *path = watch->store->lock_path;
	struct stat status;

	/* Where it is replaced in between, the next check sees that. */
	if (stat(path, &status) != 0 ||
	    (watch->descriptor = inotify_add_watch(watch->inotify_fd, path, events)) < 0) {
		if (errno != ENOENT)
			note_lost(watch, errno);
		return;
	}
	watch->device = status.st_dev;
	watch->inode = status.st_ino;
	watch->is_watch_lost = false;
	/* What was written before it was watched. */
	watch->look(watch->context);
}

/* Whoever writes makes the file anew where it was removed, and then the old one tells nothing. */
static void
check_watched(struct store_watch *watch)
{
	const char *path = watch->store->lock_path;
	struct stat status;

	if (watch->descriptor >= 0 && stat(path, &status) == 0 && status.st_dev == watch->device &&
	    status.st_ino == watch->inode)
		return;
	if (watch->descriptor >= 0) {
		log_event(LOG_WARN, "watched_file_replaced", LOG_FIELDS(log_text("path", path)));
		(void)inotify_rm_watch(watch->inotify_fd, watch->descriptor);
		watch->descriptor = -1;
	}
	begin_watching(watch);
}

/* Takes what there is to be read; false if there is nothing. */
static bool
drain(int fd)
{
	_Alignas(struct inotify_event) char bytes[4096];
	bool has_read = false;

	while (read(fd, bytes, sizeof(bytes)) > 0)
		has_read = true;
	return has_read;
}

static void *
run(void *context)
{
	struct store_watch *watch = context;
	struct pollfd fds[] = { { .fd = watch->stop_fd, .events = POLLIN },
		                { .fd = watch->inotify_fd, .events = POLLIN } };

	/* Whatever was there before the watch was opened. */
	watch->look(watch->context);
	while (fds[0].revents == 0) {
		check_watched(watch);
		bool is_slow = watch->descriptor >= 0 || watch->is_watch_lost;
		fds[0].revents = fds[1].revents = 0;
		if (poll(fds, 2, is_slow ? CHECK_MS : RETRY_MS) < 0)
			continue;
		if (fds[1].revents != 0 && drain(watch->inotify_fd))
			watch->look(watch->context);
	}
	return NULL;
}

/* --- opening and closing --- */

static int
start_thread(struct store_watch *watch)
{
	sigset_t all;
	sigset_t before;

	watch->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch->stop_fd = watch->inotify_fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
	if (watch->stop_fd < 0)
		return errno;
	/* Signals are for the thread that opens the watch. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&watch->thread, NULL, run, watch);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	watch->has_thread = error == 0;
	return error;
}

enum err
store_watch_begin(struct store *store, store_look_function look, void *context,
                  struct store_watch **result)
{
	struct store_watch *watch = must_allocate(sizeof(*watch));
	int error = 0;

	*watch = (struct store_watch){ .store = store,
		                       .mark = -1,
		                       .look = look,
		                       .context = context,
		                       .stop_fd = -1,
		                       .inotify_fd = -1,
		                       .descriptor = -1 };
	if (look != NULL)
		error = start_thread(watch);
	*result = watch;
	if (error == 0)
		return ERR_NONE;
	note_lost(watch, error);
	return ERR_SYSTEM;
}

struct store *
store_watch_end(struct store_watch *watch)
{
	struct store *store = watch->store;

	if (watch->has_thread) {
		(void)!write(watch->stop_fd, &(uint64_t){ 1 }, sizeof(uint64_t));
		pthread_join(watch->thread, NULL);
	}
	if (watch->stop_fd >= 0)
		close(watch->stop_fd);
	if (watch->inotify_fd >= 0)
		close(watch->inotify_fd);
	free(watch);
	return store;
}

/* --- which rooms --- */

enum err
store_sqlite_find_news(struct store_watch *watch, store_news_function function, void *context)
{
	bool is_first = watch->mark < 0;

	enum err err = store_sqlite_changed_rooms(watch->store, watch->mark, function, context,
	                                          &watch->mark);
	if (err == ERR_NONE && is_first)
		function(context, NULL);
	return err;
}
