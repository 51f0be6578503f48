/*
 * The only writer of a process: group commit. The store's own lock keeps processes apart; here
 * only one thread writes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/committer.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "chat/trimming.h"

/* How often a group is looked at again, and the time between. */
#define GROWS_MAX 10
#define GROW_US 100

struct committer {
	struct committer_settings settings;
	struct store *store; /* NULL until it is needed */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct commit_job *first; /* guarded by the lock, as the next three */
	struct commit_job **last;
	unsigned count; /* of the jobs in the list */
	bool is_stopping;
	pthread_mutex_t telling;  /* held while anybody is told; guards the next */
	bool is_silent;           /* nobody is told any more */
	unsigned committed_count; /* of the last group; the committing thread's, as the next */
	struct trimming trimming;
};

/* Opens the store with the first job; one that cannot be opened tries again with each operation. */
static void
need_store(struct committer *committer)
{
	if (committer->store != NULL)
		return;
	(void)!committer->settings.engine->open(committer->settings.store, true, &committer->store);
	committer->trimming.due_us = clock_now_us() + BOUND_TRIM_FIRST_US;
}

/* Commits a list of jobs in one transaction. *has_begun: whether the store could be written to at
 * all, so that it was one of the jobs that failed, or the commit. `news`, which may be NULL, gets
 * what they write. */
static enum err
write_all(struct committer *committer, struct commit_job *jobs, bool *has_begun, struct news *news)
{
	const struct store_engine *engine = committer->settings.engine;

	need_store(committer);
	*has_begun = engine->begin(committer->store) == ERR_NONE;
	if (!*has_begun)
		return ERR_STORE;
	bool is_full = false;
	if (trimming_count(&committer->trimming, engine, committer->store, &is_full) != ERR_NONE) {
		engine->rollback(committer->store);
		return ERR_STORE;
	}
	uint64_t epoch = engine->epoch(committer->store);
	if (news != NULL)
		news->epoch = epoch;
	for (struct commit_job *job = jobs; job != NULL; job = job->next) {
		job->is_full = is_full;
		job->epoch = epoch;
		job->news = news;
		if (job->write(job, engine, committer->store) != ERR_NONE) {
			engine->rollback(committer->store);
			return ERR_STORE;
		}
	}
	return engine->commit(committer->store);
}

/* False: nobody is told any more. */
static bool
begin_telling(struct committer *committer)
{
	/* As CGI there are no others, and whoever is told may submit. */
	if (!committer->settings.has_thread)
		return true;
	pthread_mutex_lock(&committer->telling);
	if (!committer->is_silent)
		return true;
	pthread_mutex_unlock(&committer->telling);
	return false;
}

static void
end_telling(struct committer *committer)
{
	if (committer->settings.has_thread)
		pthread_mutex_unlock(&committer->telling);
}

/* Whether anybody wants to know what is committed. */
static bool
wants_news(struct committer *committer)
{
	const struct committer_settings *settings = &committer->settings;

	if (settings->wants_news == NULL || !begin_telling(committer))
		return false;
	bool is_wanted = settings->wants_news(settings->context);
	end_telling(committer);
	return is_wanted;
}

/* Tells who wants to know of the transaction; frees its news. */
static void
tell_committed(struct committer *committer, enum err err, struct news *news)
{
	const struct committer_settings *settings = &committer->settings;
	bool may_be_there = err == ERR_NONE || err == ERR_UNKNOWN_COMMIT;

	if (may_be_there && settings->committed != NULL && begin_telling(committer)) {
		settings->committed(settings->context, err == ERR_NONE ? news : NULL);
		end_telling(committer);
	}
	if (news != NULL)
		event_list_clear(&news->events);
}

static void
tell(struct committer *committer, struct commit_job *job, enum err err)
{
	if (!begin_telling(committer))
		return;
	job->done(job, err);
	end_telling(committer);
}

/* Commits a list of jobs and tells each. One that makes the store fail (a message that no longer
 * fits on the disk) must not take the others with it: then each gets a transaction of its own. */
static void
commit_jobs(struct committer *committer, struct commit_job *jobs)
{
	const struct committer_settings *settings = &committer->settings;
	struct news news = { .has_more = false };
	bool is_news = wants_news(committer);
	bool has_begun;
	enum err err = write_all(committer, jobs, &has_begun, is_news ? &news : NULL);
	/* Not where it may be there: it would be there twice. */
	bool is_retried = err == ERR_STORE && has_begun && jobs->next != NULL;
	bool is_erased = err == ERR_NONE && settings->engine->is_erased(committer->store);

	tell_committed(committer, err, is_news ? &news : NULL);
	while (jobs != NULL) {
		struct commit_job *job = jobs;
		jobs = job->next;
		job->next = NULL;
		if (is_retried) {
			commit_jobs(committer, job);
			continue;
		}
		job->is_erased = is_erased;
		tell(committer, job, err);
	}
}

/* --- trimming --- */

static void
trim(struct committer *committer)
{
	need_store(committer);
	trimming_step(&committer->trimming, committer->settings.engine, committer->store);
}

/* As CGI there is no thread that could trim: now and then a post does a few steps, from a room that
 * chance picks among the private ones or from the first on. Its visitor has the answer already. */
static void
trim_by_chance(struct committer *committer)
{
	struct trimming *trimming = &committer->trimming;
	bool is_full = trimming_is_urgent(trimming);
	unsigned chance = is_full ? 0 : randombytes_uniform(BOUND_TRIM_CGI_CHANCE * 2);
	unsigned steps = is_full ? BOUND_TRIM_CGI_STEPS_FULL : BOUND_TRIM_CGI_STEPS;

	if (chance > 1)
		return;
	if (chance == 1)
		snprintf(trimming->room, sizeof(trimming->room), "~%08x",
		         (unsigned)randombytes_random());
	for (unsigned step = 0; step < steps; step++) {
		trim(committer);
		if (trimming_is_at_rest(trimming))
			return;
	}
}

/* --- the thread --- */

/* A transaction costs much the same with one job or with thirty, and who has sent one is mostly
 * followed by others. So where the last group had several the next one grows for as long as more
 * come, a millisecond or so; one who writes alone does not wait. With the lock held. */
static void
let_group_grow(struct committer *committer)
{
	unsigned seen = 0;

	if (committer->committed_count < 2)
		return;
	for (int i = 0; i < GROWS_MAX && committer->count > seen && !committer->is_stopping; i++) {
		seen = committer->count;
		pthread_mutex_unlock(&committer->lock);
		nanosleep(&(struct timespec){ .tv_nsec = GROW_US * 1000 }, NULL);
		pthread_mutex_lock(&committer->lock);
	}
}

/* Waits for jobs, or for trimming to be due; NULL when there are none. With the lock held. */
static struct commit_job *
wait_for_jobs(struct committer *committer)
{
	int64_t trim_us = committer->trimming.due_us;
	struct timespec until = { .tv_sec = trim_us / 1000000,
		                  .tv_nsec = trim_us % 1000000 * 1000 };

	while (committer->first == NULL && !committer->is_stopping) {
		if (pthread_cond_timedwait(&committer->wake, &committer->lock, &until) == ETIMEDOUT)
			break;
	}
	let_group_grow(committer);
	struct commit_job *jobs = committer->first;
	committer->committed_count = committer->count;
	committer->count = 0;
	committer->first = NULL;
	committer->last = &committer->first;
	return jobs;
}

static void
close_store(struct committer *committer)
{
	if (committer->store != NULL)
		committer->settings.engine->close(committer->store);
	committer->store = NULL;
}

static void *
run(void *context)
{
	struct committer *committer = context;
	const struct committer_settings *settings = &committer->settings;
	bool is_over = false;

	/* What an older program has left is migrated before anybody asks for it. */
	if (settings->engine->exists(settings->store))
		need_store(committer);
	while (!is_over) {
		pthread_mutex_lock(&committer->lock);
		struct commit_job *jobs = wait_for_jobs(committer);
		is_over = committer->is_stopping && jobs == NULL;
		pthread_mutex_unlock(&committer->lock);
		if (jobs != NULL)
			commit_jobs(committer, jobs);
		/* Only where the store is in use anyway: nobody is waiting for this. */
		if (!is_over && clock_now_us() >= committer->trimming.due_us) {
			if (committer->store != NULL)
				trim(committer);
			else
				committer->trimming.due_us =
					clock_now_us() + BOUND_TRIM_SECONDS * 1000000LL;
		}
	}
	close_store(committer);
	return NULL;
}

enum err
committer_start(const struct committer_settings *settings, struct committer **committer)
{
	struct committer *started = must_allocate(sizeof(*started));
	pthread_condattr_t monotonic;

	started->settings = *settings;
	started->last = &started->first;
	started->trimming = (struct trimming){
		.limits = settings->limits,
		.due_us = clock_now_us() + BOUND_TRIM_FIRST_US,
	};
	pthread_mutex_init(&started->lock, NULL);
	pthread_mutex_init(&started->telling, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&started->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	int failed =
		settings->has_thread ? pthread_create(&started->thread, NULL, run, started) : 0;
	*committer = failed == 0 ? started : NULL;
	if (failed == 0)
		return ERR_NONE;
	log_event(LOG_ERROR, "committer_failed", LOG_FIELDS(log_text("error", strerror(failed))));
	free(started);
	return ERR_SYSTEM;
}

void
committer_submit(struct committer *committer, struct commit_job *job)
{
	job->next = NULL;
	if (!committer->settings.has_thread) {
		commit_jobs(committer, job);
		trim_by_chance(committer);
		return;
	}
	pthread_mutex_lock(&committer->lock);
	*committer->last = job;
	committer->last = &job->next;
	committer->count++;
	pthread_mutex_unlock(&committer->lock);
	/* Not with the lock, which who is woken would have to wait for. */
	pthread_cond_signal(&committer->wake);
}

/* The thread hangs in the store: what it has taken is left to it, and the rest refused. */
static void
refuse_rest(struct committer *committer)
{
	pthread_mutex_lock(&committer->lock);
	struct commit_job *jobs = committer->first;
	committer->first = NULL;
	committer->last = &committer->first;
	pthread_mutex_unlock(&committer->lock);
	while (jobs != NULL) {
		struct commit_job *job = jobs;
		jobs = job->next;
		job->done(job, ERR_STORE);
	}
	pthread_mutex_lock(&committer->telling);
	committer->is_silent = true;
	pthread_mutex_unlock(&committer->telling);
}

bool
committer_stop(struct committer *committer, int64_t end_us)
{
	if (committer->settings.has_thread) {
		pthread_mutex_lock(&committer->lock);
		committer->is_stopping = true;
		pthread_cond_signal(&committer->wake);
		pthread_mutex_unlock(&committer->lock);
		if (!thread_join_until(committer->thread, end_us)) {
			refuse_rest(committer);
			return false;
		}
	}
	close_store(committer);
	pthread_cond_destroy(&committer->wake);
	pthread_mutex_destroy(&committer->telling);
	pthread_mutex_destroy(&committer->lock);
	free(committer);
	return true;
}
