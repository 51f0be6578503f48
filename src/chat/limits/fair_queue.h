/*
 * Work that waits, by the client's address that wants it done. Addresses take turns, whatever each
 * has waiting; one that has just had more than its share (rate_limit.h), or whose answers nobody
 * takes, is passed over until that is better. For one thread at a time; takes no time itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_FAIR_QUEUE_H
#define PLAINCHAT_CHAT_LIMITS_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/limits/client_address.h"

struct fair_queue;
struct rate_limit;

/* A piece of work; the caller's, who embeds it. */
struct fair_job {
	struct client_address client;
	struct fair_job *next; /* the queue's */
};

struct fair_limits {
	unsigned waiting;            /* jobs, of all */
	unsigned waiting_per_client; /* and of one address */
	size_t held_per_client;  /* bytes of answers that were not taken, above which an address's
	                            jobs wait */
	struct rate_limit *rate; /* jobs wait while an address is above it; NULL: no such limit */
};

enum fair_outcome {
	FAIR_TAKEN,       /* the job is the queue's */
	FAIR_CLIENT_FULL, /* too many of the address wait; it is still the caller's */
	FAIR_FULL,        /* too many of all wait; it is still the caller's */
};

/* `limits` is copied; its rate must outlive the queue. Freed by fair_queue_free. */
struct fair_queue *
fair_queue_new(const struct fair_limits *limits);

/* When nothing waits. */
void
fair_queue_free(struct fair_queue *queue);

/* Puts the job behind the others of its client. */
enum fair_outcome
fair_queue_put(struct fair_queue *queue, struct fair_job *job);

/* Takes the job whose turn it is at `now_us` of clock_now_us(). NULL: there is none; *next_us, or
 * INT64_MAX, is when there may be one though nothing else happens. `is_last`: all limits are off,
 * as everything is to be done now. */
struct fair_job *
fair_queue_take(struct fair_queue *queue, int64_t now_us, bool is_last, int64_t *next_us);

/* Notes bytes of an answer to the client that it does not take, and, negative, that it has. */
void
fair_queue_hold(struct fair_queue *queue, const struct client_address *client, int64_t bytes);

#endif
