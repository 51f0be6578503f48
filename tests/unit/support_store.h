/*
 * The engine in memory for whatever stands above a store: what it does can be counted, made to
 * fail, and held. There is one such store per process; its handles may be used on any threads.
 * Knows nothing of cmocka: fuzzers use it, too.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_STORE_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

extern const struct store_engine store_memory;
extern const struct store_settings store_memory_settings;

/* Empty, with nothing made to fail. Ends the process if a handle is still open. */
void
store_memory_reset(void);

/* --- what fails --- */

enum memory_operation {
	MEMORY_OPEN,
	MEMORY_BEGIN,
	MEMORY_COMMIT,
	MEMORY_ANSWER,    /* commit commits, but nobody is told */
	MEMORY_QUESTION,  /* commit does not, and nobody is told */
	MEMORY_IS_ERASED, /* which fails by saying no */
	MEMORY_READ,
	MEMORY_FIND_NEWS,
	MEMORY_CHECK,
	MEMORY_TRIM,
	MEMORY_PART,
	MEMORY_FINISH,
	MEMORY_LEASE,
	MEMORY_FAIL_ABANDONED,
	MEMORY_NEXT_REPLY,
	MEMORY_COUNT_STREAMING,
	MEMORY_OPERATION_COUNT
};

/* The next `count` calls of the operation fail. */
void
store_memory_fail(enum memory_operation operation, unsigned count);

/* To append a message of just this text fails, each time; "" for none. */
void
store_memory_refuse(const char *text);

/* --- what is held --- */

/* From now on whoever begins a transaction waits. */
void
store_memory_hold(void);

/* Returns when somebody waits; false if nobody does for long. */
bool
store_memory_wait_held(void);

void
store_memory_release(void);

/* --- what was done --- */

/* How often the operation was called, failed calls included. */
unsigned
store_memory_calls(enum memory_operation operation);

/* Commits that were no steps of trimming: as a CGI program, chance puts such steps in between. */
unsigned
store_memory_transactions(void);

/* Handles that are open. */
unsigned
store_memory_handles(void);

/* Rollbacks of a transaction that there was. */
unsigned
store_memory_rollbacks(void);

/* "ROOM:REMOVED " for each trimming that was committed, and "end " where there was no next room. */
const char *
store_memory_trims(void);

/* How many events there are in all rooms. */
size_t
store_memory_events(void);

/* How many keys the room has. */
unsigned
store_memory_keys(const char *room);

/* Gives the hint to whoever watches that something may have been committed; nothing else does. */
void
store_memory_hint(void);

/* Appends a message of ann's, in a transaction of its own, as another process does. Its number. */
int64_t
store_memory_post(const char *room, const char *text);

/* Removes the oldest events, as another process does, so that the log begins at `first_seq`. */
void
store_memory_forget(const char *room, int64_t first_seq);

/* Lets so much time pass for leases. */
void
store_memory_pass(int64_t ms);

/* The leases of all who make messages now run out: the messages are abandoned, as those of a handle
 * that was closed are. */
void
store_memory_abandon(void);

#endif
