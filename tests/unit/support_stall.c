/*
 * A store that stalls; see support_stall.h. Handles are those of the engine below.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_stall.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_SECONDS 30
#define LOOK_NS (5 * 1000 * 1000)

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const struct store_engine *engine;
	bool is_holding;
	const char *operation; /* that is held; NULL: any */
	unsigned held;
	const char *path;
	unsigned delay_ms;
	bool is_forbidden;
	pthread_t forbidden;
} stalling = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* --- waiting --- */

static void
pause_for(int64_t nanoseconds)
{
	const struct timespec pause = { .tv_sec = nanoseconds / 1000000000,
		                        .tv_nsec = nanoseconds % 1000000000 };

	nanosleep(&pause, NULL);
}

static void
check_thread(const char *operation)
{
	if (!stalling.is_forbidden || !pthread_equal(stalling.forbidden, pthread_self()))
		return;
	fprintf(stderr, "a thread that must not wait has called the store: %s\n", operation);
	abort();
}

static bool
must_wait(const char *operation)
{
	return stalling.is_holding &&
	       (stalling.operation == NULL || strcmp(stalling.operation, operation) == 0);
}

/* Waits as it is wanted. The engine whose operation this is. */
static const struct store_engine *
stall(const char *operation)
{
	pthread_mutex_lock(&stalling.lock);
	if (strcmp(operation, "close") != 0)
		check_thread(operation);
	while (must_wait(operation)) {
		stalling.held++;
		pthread_cond_broadcast(&stalling.changed);
		pthread_cond_wait(&stalling.changed, &stalling.lock);
		stalling.held--;
	}
	const struct store_engine *engine = stalling.engine;
	const char *path = stalling.path;
	unsigned delay_ms = stalling.delay_ms;
	pthread_mutex_unlock(&stalling.lock);
	while (path != NULL && access(path, F_OK) == 0)
		pause_for(LOOK_NS);
	if (delay_ms > 0)
		pause_for((int64_t)randombytes_uniform(delay_ms) * 1000000);
	return engine;
}

/* --- operations --- */

/* An operation of that name, with the parameters and the arguments after the handle. */
#define STALLING(type, name, parameters, arguments)                                                \
	static type stalling_##name parameters                                                     \
	{                                                                                          \
		return stall(#name)->name arguments;                                               \
	}

STALLING(enum err, open,
         (const struct store_settings *settings, bool can_write, struct store **store),
         (settings, can_write, store))
STALLING(enum err, begin, (struct store * store), (store))
STALLING(enum err, commit, (struct store * store), (store))
STALLING(uint64_t, epoch, (struct store * store), (store))
STALLING(bool, is_erased, (struct store * store), (store))
STALLING(enum err, append_message,
         (struct store * store, const char *room, const struct store_message *message,
          int64_t *seq),
         (store, room, message, seq))
STALLING(enum err, append_part,
         (struct store * store, const char *room, const struct store_part *part, int64_t *seq),
         (store, room, part, seq))
STALLING(enum err, finish_message,
         (struct store * store, const char *room, const struct store_ending *ending, int64_t *seq),
         (store, room, ending, seq))
STALLING(enum err, renew_lease,
         (struct store * store, const char *room, int64_t seq, bool *is_held),
         (store, room, seq, is_held))
STALLING(enum err, fail_abandoned, (struct store * store, int64_t time_ms, unsigned *count),
         (store, time_ms, count))
STALLING(enum err, delete_message,
         (struct store * store, const char *room, int64_t seq, const char *author, int64_t time_ms,
          enum store_outcome *outcome, int64_t *event_seq),
         (store, room, seq, author, time_ms, outcome, event_seq))
STALLING(enum err, find_key,
         (struct store * store, const char *room, const char *key, uint64_t body_hash,
          bool *is_known, bool *is_same, struct store_key_result *result),
         (store, room, key, body_hash, is_known, is_same, result))
STALLING(enum err, add_key,
         (struct store * store, const char *room, const char *key, uint64_t body_hash,
          const struct store_key_result *result, int64_t time_ms),
         (store, room, key, body_hash, result, time_ms))
STALLING(enum err, trim,
         (struct store * store, const char *room, const struct store_retention *retention,
          unsigned step, struct store_trimmed *trimmed),
         (store, room, retention, step, trimmed))
STALLING(enum err, judge_clock, (struct store * store, int64_t now_ms, struct store_time *time),
         (store, now_ms, time))
STALLING(enum err, count_bytes, (struct store * store, bool is_exact, int64_t *bytes),
         (store, is_exact, bytes))
STALLING(enum err, next_reply,
         (struct store * store, const char *room, int64_t ref, int64_t after, int64_t *reply),
         (store, room, ref, after, reply))
STALLING(enum err, next_room,
         (struct store * store, const char *room, char *next, size_t next_size),
         (store, room, next, next_size))
STALLING(enum err, read,
         (struct store * store, const struct store_range *range, store_event_function function,
          void *context, struct store_page *page),
         (store, range, function, context, page))
STALLING(enum err, get,
         (struct store * store, const char *room, int64_t seq, store_event_function function,
          void *context, bool *is_there),
         (store, room, seq, function, context, is_there))
STALLING(enum err, count_streaming, (struct store * store, unsigned *count, unsigned *abandoned),
         (store, count, abandoned))
STALLING(enum err, check, (struct store * store), (store))

STALLING(enum err, find_news,
         (struct store_watch * watch, store_news_function function, void *context),
         (watch, function, context))

/* Which waits for nothing. */
static enum err
stalling_watch_open(const struct store_settings *settings, store_look_function look, void *context,
                    struct store_watch **watch)
{
	return stalling.engine->watch_open(settings, look, context, watch);
}

static void
stalling_watch_close(struct store_watch *watch)
{
	stalling.engine->watch_close(watch);
}

static void
stalling_close(struct store *store)
{
	stall("close")->close(store);
}

static void
stalling_rollback(struct store *store)
{
	stall("rollback")->rollback(store);
}

/* It only looks for a name. */
static bool
stalling_exists(const struct store_settings *settings)
{
	return stalling.engine->exists(settings);
}

const struct store_engine store_stalling = {
	.open = stalling_open,
	.close = stalling_close,
	.exists = stalling_exists,
	.begin = stalling_begin,
	.commit = stalling_commit,
	.rollback = stalling_rollback,
	.epoch = stalling_epoch,
	.is_erased = stalling_is_erased,
	.append_message = stalling_append_message,
	.append_part = stalling_append_part,
	.finish_message = stalling_finish_message,
	.renew_lease = stalling_renew_lease,
	.fail_abandoned = stalling_fail_abandoned,
	.delete_message = stalling_delete_message,
	.find_key = stalling_find_key,
	.add_key = stalling_add_key,
	.trim = stalling_trim,
	.judge_clock = stalling_judge_clock,
	.count_bytes = stalling_count_bytes,
	.next_reply = stalling_next_reply,
	.next_room = stalling_next_room,
	.read = stalling_read,
	.get = stalling_get,
	.count_streaming = stalling_count_streaming,
	.check = stalling_check,
	.watch_open = stalling_watch_open,
	.watch_close = stalling_watch_close,
	.find_news = stalling_find_news,
};

/* --- for tests --- */

void
store_stalling_use(const struct store_engine *engine)
{
	pthread_mutex_lock(&stalling.lock);
	stalling.engine = engine;
	pthread_mutex_unlock(&stalling.lock);
}

void
store_stalling_hold(const char *operation)
{
	pthread_mutex_lock(&stalling.lock);
	stalling.is_holding = true;
	stalling.operation = operation;
	pthread_mutex_unlock(&stalling.lock);
}

void
store_stalling_release(void)
{
	pthread_mutex_lock(&stalling.lock);
	stalling.is_holding = false;
	pthread_cond_broadcast(&stalling.changed);
	pthread_mutex_unlock(&stalling.lock);
}

bool
store_stalling_wait_held(unsigned count)
{
	struct timespec until;
	int failed = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_SECONDS;
	pthread_mutex_lock(&stalling.lock);
	while (stalling.held < count && failed == 0)
		failed = pthread_cond_timedwait(&stalling.changed, &stalling.lock, &until);
	bool are_held = stalling.held >= count;
	pthread_mutex_unlock(&stalling.lock);
	return are_held;
}

void
store_stalling_hold_by(const char *path)
{
	pthread_mutex_lock(&stalling.lock);
	stalling.path = path;
	pthread_mutex_unlock(&stalling.lock);
}

void
store_stalling_delay(unsigned milliseconds_max)
{
	pthread_mutex_lock(&stalling.lock);
	stalling.delay_ms = milliseconds_max;
	pthread_mutex_unlock(&stalling.lock);
}

void
store_stalling_forbid(bool is_forbidden)
{
	pthread_mutex_lock(&stalling.lock);
	stalling.is_forbidden = is_forbidden;
	stalling.forbidden = pthread_self();
	pthread_mutex_unlock(&stalling.lock);
}
