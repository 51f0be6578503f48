/*
 * A store that stalls: an engine over another one, each of whose operations waits before it is
 * done, until it is let go or for a time at random, as a network or a disk may have it wait. There
 * is one per process. Knows nothing of cmocka: tests/api/stalling_server uses it, too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_STALL_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_STALL_H

#include <stdbool.h>

#include "store/store.h"

extern const struct store_engine store_stalling;

/* Whose operations these are, from now on. Before any handle is opened. */
void
store_stalling_use(const struct store_engine *engine);

/* From now on each operation of that name in struct store_engine waits, NULL: each of any name,
 * until store_stalling_release. The text must last. */
void
store_stalling_hold(const char *operation);

void
store_stalling_release(void);

/* Returns when so many operations wait; false if that is not so for long. */
bool
store_stalling_wait_held(unsigned count);

/* From now on each operation waits as long as there is a file of that name, which others make and
 * remove; NULL: none. The text must last. */
void
store_stalling_hold_by(const char *path);

/* From now on each operation waits for up to so many milliseconds, at random; 0: not at all. */
void
store_stalling_delay(unsigned milliseconds_max);

/* From now on it ends the process if this thread calls an operation, but to close a handle; false:
 * it may again. */
void
store_stalling_forbid(bool is_forbidden);

#endif
