/*
 * Token buckets per client's address, in a table of fixed size. A bucket is the one moment at which
 * it will be full again: whoever takes from it moves that by what one takes to come back. One that
 * is full is as good as none, so it is not kept, and nothing has to be cleared away.
 *
 * Where all places for an address are taken by others, the fullest bucket makes room: who has many
 * addresses can have his limits forgotten that way, but nobody else's post refused.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/limits/rate_limit.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/limits/client_address.h"

/* Places that an address can be in. */
#define WAYS 8
#define SETS (BOUND_POSTING_CLIENTS / WAYS)

struct bucket {
	struct client_address address;
	int64_t full_us;
};

struct rate_limit {
	pthread_mutex_t lock;
	int64_t refill_us; /* in which one comes back */
	int64_t burst_us;  /* in which all do */
	struct bucket sets[SETS][WAYS];
};

struct rate_limit *
rate_limit_new(unsigned burst, unsigned per_second)
{
	struct rate_limit *limit = must_allocate(sizeof(*limit));

	limit->refill_us = 1000000 / (int64_t)per_second;
	limit->burst_us = limit->refill_us * (int64_t)burst;
	pthread_mutex_init(&limit->lock, NULL);
	return limit;
}

void
rate_limit_free(struct rate_limit *limit)
{
	pthread_mutex_destroy(&limit->lock);
	free(limit);
}

/* The address's bucket, or the fullest one in its places, which it gets. With the lock held. */
static struct bucket *
find_bucket(struct rate_limit *limit, const struct client_address *address)
{
	struct bucket *set = limit->sets[client_address_hash(address) % SETS];
	struct bucket *fullest = set;

	for (struct bucket *bucket = set; bucket < set + WAYS; bucket++) {
		if (client_address_is(&bucket->address, address))
			return bucket;
		if (bucket->full_us < fullest->full_us)
			fullest = bucket;
	}
	*fullest = (struct bucket){ .address = *address };
	return fullest;
}

/* Until there is one in the bucket; at most 0: there is. */
static int64_t
wait_us_of(const struct rate_limit *limit, const struct bucket *bucket, int64_t now_us)
{
	int64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;

	return full_us + limit->refill_us - (now_us + limit->burst_us);
}

static void
take(const struct rate_limit *limit, struct bucket *bucket, unsigned count, int64_t now_us)
{
	int64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;

	bucket->full_us = full_us + limit->refill_us * (int64_t)count;
}

bool
rate_limit_take(struct rate_limit *limit, const char *address, int64_t now_us,
                unsigned *wait_seconds)
{
	struct client_address client = client_address_read(address);

	pthread_mutex_lock(&limit->lock);
	struct bucket *bucket = find_bucket(limit, &client);
	int64_t wait_us = wait_us_of(limit, bucket, now_us);
	if (wait_us <= 0)
		take(limit, bucket, 1, now_us);
	pthread_mutex_unlock(&limit->lock);
	*wait_seconds = wait_us <= 0 ? 0 : (unsigned)((wait_us + 999999) / 1000000);
	return wait_us <= 0;
}

int64_t
rate_limit_wait_us(struct rate_limit *limit, const struct client_address *client, int64_t now_us)
{
	pthread_mutex_lock(&limit->lock);
	int64_t wait_us = wait_us_of(limit, find_bucket(limit, client), now_us);
	pthread_mutex_unlock(&limit->lock);
	return wait_us <= 0 ? 0 : wait_us;
}

void
rate_limit_charge(struct rate_limit *limit, const struct client_address *client, unsigned count,
                  int64_t now_us)
{
	pthread_mutex_lock(&limit->lock);
	take(limit, find_bucket(limit, client), count, now_us);
	pthread_mutex_unlock(&limit->lock);
}
