/*
 * Work that waits, by client: a hash table of clients, kept while they have jobs or hold bytes, and
 * a ring of those that have jobs. Who gets a turn goes to the end of the ring.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/limits/fair_queue.h"

#include <stdlib.h>

#include "base/buf.h"
#include "chat/limits/rate_limit.h"

#define BUCKETS 256

struct client {
	struct client_address address;
	struct fair_job *first;
	struct fair_job *last;
	unsigned count;
	int64_t held;        /* bytes */
	struct client *next; /* in the bucket */
	struct client *ring_next;
	struct client *ring_previous;
};

struct fair_queue {
	struct fair_limits limits;
	unsigned count;
	struct client ring; /* the ring's end, which is no client */
	struct client *buckets[BUCKETS];
};

struct fair_queue *
fair_queue_new(const struct fair_limits *limits)
{
	struct fair_queue *queue = must_allocate(sizeof(*queue));

	queue->limits = *limits;
	queue->ring.ring_next = queue->ring.ring_previous = &queue->ring;
	return queue;
}

void
fair_queue_free(struct fair_queue *queue)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (queue->buckets[i] != NULL) {
			struct client *client = queue->buckets[i];
			queue->buckets[i] = client->next;
			free(client);
		}
	}
	free(queue);
}

/* --- clients --- */

/* Where the client is, or would be. */
static struct client **
find(struct fair_queue *queue, const struct client_address *address)
{
	struct client **link = &queue->buckets[client_address_hash(address) % BUCKETS];

	while (*link != NULL && !client_address_is(&(*link)->address, address))
		link = &(*link)->next;
	return link;
}

static struct client *
find_or_add(struct fair_queue *queue, const struct client_address *address)
{
	struct client **link = find(queue, address);

	if (*link == NULL) {
		*link = must_allocate(sizeof(**link));
		(*link)->address = *address;
	}
	return *link;
}

static void
forget_idle(struct fair_queue *queue, const struct client_address *address)
{
	struct client **link = find(queue, address);
	struct client *client = *link;

	if (client == NULL || client->count > 0 || client->held > 0)
		return;
	*link = client->next;
	free(client);
}

static void
ring_join(struct fair_queue *queue, struct client *client)
{
	client->ring_previous = queue->ring.ring_previous;
	client->ring_next = &queue->ring;
	client->ring_previous->ring_next = client;
	queue->ring.ring_previous = client;
}

static void
ring_leave(struct client *client)
{
	client->ring_previous->ring_next = client->ring_next;
	client->ring_next->ring_previous = client->ring_previous;
}

/* --- jobs --- */

enum fair_outcome
fair_queue_put(struct fair_queue *queue, struct fair_job *job)
{
	if (queue->count >= queue->limits.waiting)
		return FAIR_FULL;
	struct client *client = find_or_add(queue, &job->client);
	if (client->count >= queue->limits.waiting_per_client)
		return FAIR_CLIENT_FULL;
	job->next = NULL;
	if (client->count == 0) {
		client->first = job;
		ring_join(queue, client);
	} else {
		client->last->next = job;
	}
	client->last = job;
	client->count++;
	queue->count++;
	return FAIR_TAKEN;
}

static struct fair_job *
take_of(struct fair_queue *queue, struct client *client)
{
	struct fair_job *job = client->first;

	client->first = job->next;
	client->count--;
	queue->count--;
	ring_leave(client);
	if (client->count > 0)
		ring_join(queue, client);
	else
		forget_idle(queue, &job->client);
	return job;
}

struct fair_job *
fair_queue_take(struct fair_queue *queue, int64_t now_us, bool is_last, int64_t *next_us)
{
	const struct fair_limits *limits = &queue->limits;
	struct client *client = queue->ring.ring_next;

	*next_us = INT64_MAX;
	for (; client != &queue->ring; client = client->ring_next) {
		int64_t wait_us = 0;
		if (!is_last && client->held >= (int64_t)limits->held_per_client)
			continue;
		if (!is_last && limits->rate != NULL)
			wait_us = rate_limit_wait_us(limits->rate, &client->address, now_us);
		if (wait_us == 0)
			return take_of(queue, client);
		if (now_us + wait_us < *next_us)
			*next_us = now_us + wait_us;
	}
	return NULL;
}

void
fair_queue_hold(struct fair_queue *queue, const struct client_address *address, int64_t bytes)
{
	struct client *client = find_or_add(queue, address);

	client->held += bytes;
	forget_idle(queue, address);
}
