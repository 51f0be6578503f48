/*
 * The engine that keeps everything in memory, for one process: for tests, and for trying out. What
 * it holds is gone when the process ends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_MEMORY_ENGINE_H
#define PLAINCHAT_STORE_MEMORY_ENGINE_H

#include "store/store.h"

/* Handles opened with the same folder, which is only a name, see the same store. */
extern const struct store_engine store_in_memory;

/* Forgets all that the store holds; its next life is `epoch` (0: any). No handle may be open. */
void
store_in_memory_reset(const char *folder, uint64_t epoch);

/* Moves the clock by which leases run out. Callable on any thread. */
void
store_in_memory_move_clock(const char *folder, int64_t ms);

#endif
