/*
 * Store handles for reading. There are as many as threads have read at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/store_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"

/* Threads that receive requests and that read pages; the loop's workers, of which libuv has four;
 * live delivery and replies, which keep theirs. More than that are closed again. */
#define KEPT (BOUND_THREADS_MAX + BOUND_READ_THREADS_MAX + 4 + 2)

struct store_pool {
	const struct store_engine *engine;
	const struct store_settings *settings;
	pthread_mutex_t lock;
	struct store *kept[KEPT];
	unsigned count;
};

struct store_pool *
store_pool_new(const struct store_engine *engine, const struct store_settings *settings)
{
	struct store_pool *store_pool = must_allocate(sizeof(*store_pool));

	store_pool->engine = engine;
	store_pool->settings = settings;
	pthread_mutex_init(&store_pool->lock, NULL);
	return store_pool;
}

void
store_pool_free(struct store_pool *store_pool)
{
	while (store_pool->count > 0)
		store_pool->engine->close(store_pool->kept[--store_pool->count]);
	pthread_mutex_destroy(&store_pool->lock);
	free(store_pool);
}

struct store *
store_pool_take(struct store_pool *store_pool)
{
	struct store *store = NULL;
	pthread_mutex_lock(&store_pool->lock);
	if (store_pool->count > 0)
		store = store_pool->kept[--store_pool->count];
	pthread_mutex_unlock(&store_pool->lock);
	/* One that cannot be opened now tries again with each read. */
	if (store == NULL)
		(void)!store_pool->engine->open(store_pool->settings, false, &store);
	return store;
}

void
store_pool_give(struct store_pool *store_pool, struct store *store)
{
	pthread_mutex_lock(&store_pool->lock);
	bool is_kept = store_pool->count < KEPT;
	if (is_kept)
		store_pool->kept[store_pool->count++] = store;
	pthread_mutex_unlock(&store_pool->lock);
	if (!is_kept)
		store_pool->engine->close(store);
}

bool
store_pool_exists(const struct store_pool *store_pool)
{
	return store_pool->engine->exists(store_pool->settings);
}

struct store_watch *
store_pool_watch(const struct store_pool *store_pool, store_look_function look, void *context)
{
	struct store_watch *watch;

	return store_pool->engine->watch_open(store_pool->settings, look, context, &watch) ==
	                       ERR_NONE
	               ? watch
	               : NULL;
}

const struct store_engine *
store_pool_engine(const struct store_pool *store_pool)
{
	return store_pool->engine;
}
