/*
 * The SQLite engine, for whoever chooses one; all others know store.h alone. Its operations'
 * threads are in store.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_SQLITE_ENGINE_H
#define PLAINCHAT_STORE_SQLITE_ENGINE_H

#include "store/store.h"

/* All of the contract in store.h, on a folder of the machine's own file system. */
extern const struct store_engine store_sqlite;

#endif
