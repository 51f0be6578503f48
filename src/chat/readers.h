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

struct readers;

/* Freed by readers_free, when no handle is out. Both pointers must outlive it. Opens nothing yet.
 */
struct readers *
readers_new(const struct store_engine *engine, const struct store_settings *settings);

void
readers_free(struct readers *readers);

/* Takes a handle, which the caller gives back by readers_give. Never NULL: where the store cannot
 * be opened, reading says so. Callable on any thread. */
struct store *
readers_take(struct readers *readers);

void
readers_give(struct readers *readers, struct store *store);

/* Whether there is a store: see struct store_engine. */
bool
readers_exist(const struct readers *readers);

/* The engine that the handles are of. */
const struct store_engine *
readers_engine(const struct readers *readers);

#endif
