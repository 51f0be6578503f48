/*
 * One thread, one descriptor, and whether there is something to do.
 *
 * An error is not looked at: it is reported once to each descriptor (fsync(2)), so that it still
 * comes to the one whose owner has to know.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/sqlite/flusher.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

struct flusher {
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_wanted; /* guarded by the lock, as the next */
	bool is_stopping;
};

static void *
run(void *context)
{
	struct flusher *flusher = context;

	pthread_mutex_lock(&flusher->lock);
	for (;;) {
		while (!flusher->is_wanted && !flusher->is_stopping)
			pthread_cond_wait(&flusher->wake, &flusher->lock);
		if (flusher->is_stopping)
			break;
		flusher->is_wanted = false;
		pthread_mutex_unlock(&flusher->lock);
		(void)!fdatasync(flusher->fd);
		pthread_mutex_lock(&flusher->lock);
	}
	pthread_mutex_unlock(&flusher->lock);
	return NULL;
}

static void
end(struct flusher *flusher)
{
	if (flusher->fd >= 0)
		close(flusher->fd);
	pthread_cond_destroy(&flusher->wake);
	pthread_mutex_destroy(&flusher->lock);
	free(flusher);
}

struct flusher *
flusher_new(const char *path)
{
	struct flusher *flusher = must_allocate(sizeof(*flusher));

	pthread_mutex_init(&flusher->lock, NULL);
	pthread_cond_init(&flusher->wake, NULL);
	flusher->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (flusher->fd >= 0 && pthread_create(&flusher->thread, NULL, run, flusher) == 0)
		return flusher;
	end(flusher);
	return NULL;
}

static void
tell(struct flusher *flusher, bool *what)
{
	pthread_mutex_lock(&flusher->lock);
	*what = true;
	pthread_cond_signal(&flusher->wake);
	pthread_mutex_unlock(&flusher->lock);
}

void
flusher_flush(struct flusher *flusher)
{
	if (flusher != NULL)
		tell(flusher, &flusher->is_wanted);
}

void
flusher_free(struct flusher *flusher)
{
	if (flusher == NULL)
		return;
	tell(flusher, &flusher->is_stopping);
	pthread_join(flusher->thread, NULL);
	end(flusher);
}
