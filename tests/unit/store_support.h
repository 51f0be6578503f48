/*
 * What the tests of the store share: an engine with its settings as the test's ground, a folder of
 * its own for each test, and short words for what the contract does. Written against struct
 * store_engine only; the files of an engine are named by the tests of faults alone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_STORE_SUPPORT_H
#define PLAINCHAT_TESTS_UNIT_STORE_SUPPORT_H

#include "support.h"

#include "store/store.h"

/* What a test runs on. */
struct ground {
	const struct store_engine *engine;
	struct store_settings settings;
	char folder[160];
	/* Lets so many milliseconds pass for leases; NULL: the engine knows for certain whether who
	 * makes a message is still there, whatever time it is. */
	void (*pass)(const char *folder, int64_t ms);
};

/* How long a lease lasts. */
#define LEASE_MS 60000

/* The contract: what holds for every engine. */
#define ON_EVERY_ENGINE(test) ON_BOTH_JOURNALS(test), ON_GROUND(test, 4, "memory")
/* Also where durability makes a difference, and so it is worth the time. */
#define ON_ALL_GROUNDS(test)                                                                       \
	ON_GROUND(test, 0, "sqlite wal power"), ON_GROUND(test, 1, "sqlite wal process"),          \
		ON_GROUND(test, 2, "sqlite delete power"),                                         \
		ON_GROUND(test, 3, "sqlite delete process"), ON_GROUND(test, 4, "memory")
/* What is SQLite's own, and what only engines have that several processes share. */
#define ON_BOTH_JOURNALS(test) ON_GROUND(test, 1, "sqlite wal"), ON_GROUND(test, 3, "sqlite delete")
#define ON_EACH_DURABILITY(test)                                                                   \
	ON_BOTH_JOURNALS(test), ON_GROUND(test, 0, "sqlite wal power"),                            \
		ON_GROUND(test, 2, "sqlite delete power")
#define ON_GROUND(test, index, words)                                                              \
	{                                                                                          \
#test ", " words, test, ground_set_up, ground_tear_down, &grounds[index]           \
	}

extern struct ground grounds[5];

int
ground_set_up(void **state);

int
ground_tear_down(void **state);

struct store *
open_writer(const struct ground *ground);

struct store *
open_reader(const struct ground *ground);

/* A message of the user "ann", who is its author too. */
struct store_message
message_of(const char *text);

/* begin, and it must succeed; so for the others. */
void
begin(const struct ground *ground, struct store *store);

void
commit(const struct ground *ground, struct store *store);

int64_t
append(const struct ground *ground, struct store *store, const char *room, const char *text);

/* All of it: a transaction with one message. Its number. */
int64_t
say(const struct ground *ground, struct store *store, const char *room, const char *text);

/* The same where it may fail: 0 then. */
int64_t
try_to_say(const struct ground *ground, struct store *store, const char *room, const char *text);

/* A transaction that deletes the message. */
enum store_outcome
take_back(const struct ground *ground, struct store *store, const char *room, int64_t seq,
          const char *author);

/* --- messages that stream --- */

/* A transaction with an assistant's message that streams, which answers `ref`; the author is ann.
 */
int64_t
begin_reply(const struct ground *ground, struct store *store, const char *room, int64_t ref);

/* A transaction with a part of it, at `offset`. Its number, or 0. */
int64_t
add_part(const struct ground *ground, struct store *store, const char *room, int64_t ref,
         int64_t offset, const char *text);

/* A transaction that finishes it; `text` may be NULL. The event's number, or 0. */
int64_t
finish_reply(const struct ground *ground, struct store *store, const char *room, int64_t ref,
             enum message_state state, const char *text);

/* A transaction that fails what was abandoned; how many stream after it. */
unsigned
fail_abandoned(const struct ground *ground, struct store *store);

unsigned
count_streaming(const struct ground *ground, struct store *store);

unsigned
count_abandoned(const struct ground *ground, struct store *store);

/* A transaction that trims. */
struct store_trimmed
trim(const struct ground *ground, struct store *store, const char *room, int64_t messages_max,
     int64_t oldest_ms, int64_t oldest_key_ms, unsigned step);

/* Events as they were read, copied. */
struct seen {
	struct event *events;
	size_t count;
	struct store_page page;
};

/* Adds a copy of the event; a store_event_function whose context is a struct seen. */
void
keep_event(void *context, const struct event *event);

/* Frees what was there before. */
enum err
try_to_see(const struct ground *ground, struct store *store, const struct store_range *range,
           struct seen *seen);

void
see_page(const struct ground *ground, struct store *store, const char *room, int64_t before,
         unsigned limit, struct seen *seen);

void
see_after(const struct ground *ground, struct store *store, const char *room, int64_t after,
          unsigned limit, struct seen *seen);

void
seen_fini(struct seen *seen);

/* Fails unless the room's log is 1 to `last`, each once. */
void
assert_gapless(const struct ground *ground, struct store *store, const char *room, int64_t last);

/* Whether the bytes stand anywhere in the store's files; false where it has none. */
bool
is_in_files(const struct ground *ground, const char *text);

/* Numbers that look random and are the same in each run. */
uint32_t
next_random(uint64_t *seed);

/* The path of SQLite's lock file, valid until the next call. */
const char *
lock_path(const struct ground *ground);

#endif
