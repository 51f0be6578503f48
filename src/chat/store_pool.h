/*
 * Store handles for reading, shared out: a handle belongs to one thread at a time, and opening one
 * costs more than a read, so they are kept.
 * Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_STORE_POOL_H
#define PLAINCHAT_CHAT_STORE_POOL_H

#include <stdbool.h>

#include "store/store.h"

struct store_pool;

/* Freed by store_pool_free. Both pointers must outlive it. Opens nothing yet. */
struct store_pool *
store_pool_new(const struct store_engine *engine, const struct store_settings *settings);

/* When all handles have been given back. Closes them. */
void
store_pool_free(struct store_pool *store_pool);

/* Takes a handle, which the caller gives back by store_pool_give. Never NULL: where the store
 * cannot be opened, reading says so. */
struct store *
store_pool_take(struct store_pool *store_pool);

/* Gives a handle back. */
void
store_pool_give(struct store_pool *store_pool, struct store *store);

/* Whether there is a store: see struct store_engine. */
bool
store_pool_exists(const struct store_pool *store_pool);

/* Opens a watch of the store, which is the caller's to be closed: see struct store_engine. NULL: it
 * cannot be watched, which was logged. */
struct store_watch *
store_pool_watch(const struct store_pool *store_pool, store_look_function look, void *context);

/* The engine that the handles are of. */
const struct store_engine *
store_pool_engine(const struct store_pool *store_pool);

#endif
