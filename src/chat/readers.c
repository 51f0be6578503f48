/*
 * Store handles for reading. There are as many as threads have read at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/readers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"

/* Threads that receive requests and that read pages; live delivery and replies, which keep theirs.
 * More than that are closed again. */
#define KEPT (BOUND_THREADS_MAX + BOUND_READ_THREADS_MAX + 2)

struct readers {
	const struct store_engine *engine;
	const struct store_settings *settings;
	pthread_mutex_t lock;
	struct store *kept[KEPT];
	unsigned count;
};

struct readers *
readers_new(const struct store_engine *engine, const struct store_settings *settings)
{
	struct readers *readers = must_allocate(sizeof(*readers));

	readers->engine = engine;
	readers->settings = settings;
	pthread_mutex_init(&readers->lock, NULL);
	return readers;
}

void
readers_free(struct readers *readers)
{
	while (readers->count > 0)
		readers->engine->close(readers->kept[--readers->count]);
	pthread_mutex_destroy(&readers->lock);
	free(readers);
}

struct store *
readers_take(struct readers *readers)
{
	struct store *store = NULL;
	pthread_mutex_lock(&readers->lock);
	if (readers->count > 0)
		store = readers->kept[--readers->count];
	pthread_mutex_unlock(&readers->lock);
	/* One that cannot be opened now tries again with each read. */
	if (store == NULL)
		(void)!readers->engine->open(readers->settings, false, &store);
	return store;
}

void
readers_give(struct readers *readers, struct store *store)
{
	pthread_mutex_lock(&readers->lock);
	bool is_kept = readers->count < KEPT;
	if (is_kept)
		readers->kept[readers->count++] = store;
	pthread_mutex_unlock(&readers->lock);
	if (!is_kept)
		readers->engine->close(store);
}

bool
readers_exist(const struct readers *readers)
{
	return readers->engine->exists(readers->settings);
}

const struct store_engine *
readers_engine(const struct readers *readers)
{
	return readers->engine;
}
