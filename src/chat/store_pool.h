/*
 * Store handles for reading, shared out: a handle belongs to one thread at a time, and opening one
 * costs more than a read, so they are kept.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_READERS_H
#define PLAINCHAT_CHAT_READERS_H

#include <stdbool.h>

#include "store/store.h"

struct store_pool;

/* Freed by store_pool_free, when no handle is out. Both pointers must outlive it. Opens nothing
 * yet.
 */
struct store_pool *
store_pool_new(const struct store_engine *engine, const struct store_settings *settings);

void
store_pool_free(struct store_pool *store_pool);

/* Takes a handle, which the caller gives back by store_pool_give. Never NULL: where the store
 * cannot be opened, reading says so. Callable on any thread. */
struct store *
store_pool_take(struct store_pool *store_pool);

void
store_pool_give(struct store_pool *store_pool, struct store *store);

/* Whether there is a store: see struct store_engine. */
bool
store_pool_exists(const struct store_pool *store_pool);

/* The engine that the handles are of. */
const struct store_engine *
store_pool_engine(const struct store_pool *store_pool);

#endif
