/*
 * A few threads of low priority that do work for clients, whose addresses take turns
 * (fair_queue.h): what takes its time, such as reading pages, so that posts never wait behind it,
 * nor one visitor behind another. What work has cost is charged to who wanted it. Callable on any
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_FAIR_POOL_H
#define PLAINCHAT_CHAT_LIMITS_FAIR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "chat/limits/fair_queue.h"

struct fair_pool;

/* A piece of work; the caller's, who embeds it. */
struct fair_work {
	struct fair_job job; /* first, so that the job is the work */
	/* Does it, on a thread of the pool; the work is not touched afterwards. Returns the bytes
	 * that were read or answered. */
	size_t (*run)(struct fair_work *work);
	/* In place of run: the program ends before its turn comes. */
	void (*refuse)(struct fair_work *work);
};

struct fair_pool_settings {
	unsigned threads; /* 0: by how many cores there are */
	unsigned waiting;
	unsigned waiting_per_client;
	size_t held_per_client;  /* see struct fair_limits */
	struct rate_limit *rate; /* of kibibytes that were read or answered; outlives the pool;
	                            NULL: no limit */
};

/* On ERR_NONE *pool is the caller's, to be stopped and freed. ERR_SYSTEM: logged. */
enum err MUST_CHECK
fair_pool_start(const struct fair_pool_settings *settings, struct fair_pool **pool);

/* Does what waits, without limits, for BOUND_STOP_SECONDS / 2 at the most, refuses the rest, and
 * ends the threads. From then on nothing is taken any more. False: some work has not ended until
 * `end_us` of clock_now_us, so that nothing that it uses may be freed. */
bool
fair_pool_stop(struct fair_pool *pool, int64_t end_us);

/* After fair_pool_stop, when nobody holds bytes any more. */
void
fair_pool_free(struct fair_pool *pool);

enum fair_pool_outcome {
	FAIR_POOL_TAKEN,       /* run or refuse will be called, once, maybe before this returns */
	FAIR_POOL_CLIENT_FULL, /* too much of the address waits: the work is still the caller's */
	FAIR_POOL_FULL,        /* too much of all waits: as above */
	FAIR_POOL_STOPPED,     /* as above: whoever wants it done does it himself */
};

/* Has the work done for the client at the address (see client_address.h). *wait_seconds, at least
 * 1: where it is refused, when to come back. */
enum fair_pool_outcome
fair_pool_submit(struct fair_pool *pool, struct fair_work *work, const char *address,
                 unsigned *wait_seconds);

/* Notes bytes of an answer that the client does not take, until fair_pool_release. */
void
fair_pool_hold(struct fair_pool *pool, const struct client_address *client, size_t bytes);

/* The client has taken so many of them, or never will. */
void
fair_pool_release(struct fair_pool *pool, const struct client_address *client, size_t bytes);

#endif
