/*
 * A few threads that do work for clients. There is one lock, held for some instructions; work is
 * done without it.
 *
 * The threads have a lower priority than those that take posts: where cores are short, who posts
 * waits less, and who reads a little longer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/limits/fair_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "chat/limits/rate_limit.h"

struct fair_pool {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something may be done that could not before */
	struct fair_queue *queue;
	struct rate_limit *rate; /* NULL: no limit */
	bool is_stopping;
	int64_t end_us; /* with that: when the rest is refused */
	pthread_t threads[BOUND_READ_THREADS_MAX];
	unsigned thread_count;
};

/* Until something changes, or `until_us`. With the lock held. */
static void
wait_for_change(struct fair_pool *pool, int64_t until_us)
{
	struct timespec until = { .tv_sec = until_us / 1000000,
		                  .tv_nsec = until_us % 1000000 * 1000 };

	if (until_us == INT64_MAX)
		pthread_cond_wait(&pool->changed, &pool->lock);
	else
		pthread_cond_timedwait(&pool->changed, &pool->lock, &until);
}

/* The next piece of work; waits for one. NULL: there is none, and never will be. */
static struct fair_work *
take_work(struct fair_pool *pool, bool *is_refused)
{
	int64_t next_us;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		int64_t now_us = clock_now_us();
		struct fair_job *job =
			fair_queue_take(pool->queue, now_us, pool->is_stopping, &next_us);
		if (job != NULL || pool->is_stopping) {
			*is_refused = pool->is_stopping && now_us >= pool->end_us;
			pthread_mutex_unlock(&pool->lock);
			return (struct fair_work *)job;
		}
		wait_for_change(pool, next_us);
	}
}

static void
charge(struct fair_pool *pool, const struct client_address *client, size_t cost)
{
	/* To ask at all costs something, too. */
	unsigned kib = BOUND_READ_LEAST_KIB + (unsigned)(cost / 1024);

	if (pool->rate != NULL)
		rate_limit_charge(pool->rate, client, kib, clock_now_us());
}

static void *
run_thread(void *context)
{
	struct fair_pool *pool = context;
	struct fair_work *work;
	bool is_refused;

	/* Of this thread alone, as Linux has it. */
	(void)setpriority(PRIO_PROCESS, 0, BOUND_READ_NICE);
	while ((work = take_work(pool, &is_refused)) != NULL) {
		struct client_address client = work->job.client;
		if (is_refused)
			work->refuse(work);
		else
			charge(pool, &client, work->run(work));
	}
	return NULL;
}

/* --- starting and stopping --- */

static unsigned
thread_count_of(const struct fair_pool_settings *settings)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = settings->threads;

	/* Half of the cores are for others. */
	if (count == 0)
		count = cores < 4 ? 1 : (unsigned)cores / 2;
	return count < BOUND_READ_THREADS_MAX ? count : BOUND_READ_THREADS_MAX;
}

static void
init_sync(struct fair_pool *pool)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

enum err
fair_pool_start(const struct fair_pool_settings *settings, struct fair_pool **result)
{
	struct fair_pool *pool = must_allocate(sizeof(*pool));
	unsigned count = thread_count_of(settings);

	init_sync(pool);
	pool->rate = settings->rate;
	pool->queue = fair_queue_new(&(const struct fair_limits){
		.waiting = settings->waiting,
		.waiting_per_client = settings->waiting_per_client,
		.held_per_client = settings->held_per_client,
		.rate = pool->rate,
	});
	while (pool->thread_count < count) {
		errno = pthread_create(&pool->threads[pool->thread_count], NULL, run_thread, pool);
		if (errno != 0) {
			log_event(LOG_ERROR, "thread_failed",
			          LOG_FIELDS(log_text("error", strerror(errno))));
			(void)fair_pool_stop(pool, INT64_MAX);
			fair_pool_free(pool);
			return ERR_SYSTEM;
		}
		pool->thread_count++;
	}
	*result = pool;
	return ERR_NONE;
}

/* Those hang who would have. */
static void
refuse_rest(struct fair_pool *pool)
{
	struct fair_work *work;
	bool is_refused;

	while ((work = take_work(pool, &is_refused)) != NULL)
		work->refuse(work);
}

bool
fair_pool_stop(struct fair_pool *pool, int64_t end_us)
{
	bool is_over = true;

	pthread_mutex_lock(&pool->lock);
	pool->is_stopping = true;
	pool->end_us = clock_now_us() + BOUND_STOP_SECONDS * 1000000 / 2;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	while (pool->thread_count > 0)
		is_over &= thread_join_until(pool->threads[--pool->thread_count], end_us);
	if (!is_over)
		refuse_rest(pool);
	return is_over;
}

void
fair_pool_free(struct fair_pool *pool)
{
	fair_queue_free(pool->queue);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* --- from other threads --- */

/* When one who is refused may come back: when the address is within its rate again. */
static unsigned
seconds_until_free(const struct fair_pool *pool, const struct client_address *client)
{
	int64_t wait_us =
		pool->rate == NULL ? 0 : rate_limit_wait_us(pool->rate, client, clock_now_us());

	return 1 + (unsigned)(wait_us / 1000000);
}

enum fair_pool_outcome
fair_pool_submit(struct fair_pool *pool, struct fair_work *work, const char *address,
                 unsigned *wait_seconds)
{
	struct client_address client = client_address_read(address);
	enum fair_pool_outcome outcome = FAIR_POOL_STOPPED;

	work->job.client = client;
	pthread_mutex_lock(&pool->lock);
	if (!pool->is_stopping) {
		enum fair_outcome put = fair_queue_put(pool->queue, &work->job);
		outcome = put == FAIR_TAKEN         ? FAIR_POOL_TAKEN
		          : put == FAIR_CLIENT_FULL ? FAIR_POOL_CLIENT_FULL
		                                    : FAIR_POOL_FULL;
		if (put == FAIR_TAKEN)
			pthread_cond_signal(&pool->changed);
	}
	pthread_mutex_unlock(&pool->lock);
	*wait_seconds = outcome == FAIR_POOL_TAKEN ? 0 : seconds_until_free(pool, &client);
	return outcome;
}

static void
change_held(struct fair_pool *pool, const struct client_address *client, int64_t bytes)
{
	pthread_mutex_lock(&pool->lock);
	fair_queue_hold(pool->queue, client, bytes);
	if (bytes < 0)
		pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

void
fair_pool_hold(struct fair_pool *pool, const struct client_address *client, size_t bytes)
{
	change_held(pool, client, (int64_t)bytes);
}

void
fair_pool_release(struct fair_pool *pool, const struct client_address *client, size_t bytes)
{
	change_held(pool, client, -(int64_t)bytes);
}
