/*
 * The only writer of a process. Jobs from any thread are gathered: all that wait go into one
 * transaction, and each is told after the commit, on the committer's thread, which then sends the
 * answers. As a CGI program there is no thread: a job is committed before submit returns.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_COMMITTER_H
#define PLAINCHAT_CHAT_COMMITTER_H

#include <stdbool.h>

#include "base/err.h"
#include "chat/news.h"
#include "chat/trimming.h"
#include "store/store.h"

struct committer;

/* Something to be written. It is the submitter's, embedded in a struct of its own, and must live
 * until `done` has been called. */
struct commit_job {
	/* Writes inside the transaction. ERR_STORE: the store failed, nothing of the transaction
	 * counts. Whatever else may go wrong is the job's own to remember; it then must not have
	 * written anything. May be called again, in another transaction, if the first one failed.
	 */
	enum err (*write)(struct commit_job *job, const struct store_engine *engine,
	                  struct store *store);
	/* Called once, after the commit: ERR_NONE; ERR_STORE, and nothing was written; or
	 * ERR_UNKNOWN_COMMIT, and whether it was is not known. It may submit the job again, which
	 * then begins anew. Not called at all where the program ends while the store hangs: see
	 * committer_stop. */
	void (*done)(struct commit_job *job, enum err err);
	/* Set before `done`, and meaningful with ERR_NONE: what was deleted is in no file of the
	 * store any more. Where it is not, it was written all the same. */
	bool is_erased;
	/* Set before `write`: the store holds more than it may, and nothing is to be added to it
	 * that can be refused. */
	bool is_full;
	/* Set before `write`: what the numbers that it gets are of; see struct store_engine. */
	uint64_t epoch;
	/* Set before `write`, for what the job writes (see news.h); NULL: nobody wants to know. */
	struct news *news;
	struct commit_job *next; /* the committer's */
};

/* Called after each transaction of jobs that was committed, or may have been, before they are told,
 * on the thread that committed; in the order of the transactions. Not for trimming, which is
 * nothing new. `news`: what was committed, whose events the function may take; NULL where that is
 * not known, or nobody wanted to know when the transaction began. */
typedef void (*committer_committed_function)(void *context, struct news *news);

struct committer_settings {
	const struct store_engine *engine;
	const struct store_settings *store; /* must outlive the committer */
	bool has_thread;                    /* false: as a CGI program */
	struct trimming_limits limits;      /* what is kept; trimmed in small steps between jobs */
	committer_committed_function committed; /* NULL: nobody is to be told */
	bool (*wants_news)(void *context);      /* asked as each transaction begins; NULL: no */
	void *context;
};

/* On ERR_NONE *committer is the caller's, to be ended by committer_stop. The store is opened with
 * the first job, and again after it has failed: a store that cannot be opened is no error here. */
enum err MUST_CHECK
committer_start(const struct committer_settings *settings, struct committer **committer);

/* Gives a job away. Callable on any thread, that of `done` included. */
void
committer_submit(struct committer *committer, struct commit_job *job);

/* Commits what waits, ends the thread, and frees. Nobody may submit any more. Where the store does
 * not answer until `end_us` of clock_now_us, returns false: what waits behind it was told
 * ERR_STORE; what it hangs in is told nothing any more, though it may yet be committed, and neither
 * the committer nor those jobs may be freed: the process must end by _exit. */
bool MUST_CHECK
committer_stop(struct committer *committer, int64_t end_us);

#endif
