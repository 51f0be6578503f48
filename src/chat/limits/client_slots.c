/*
 * Places per client's address: a hash table from address to count, entries only while they count.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/limits/client_slots.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "chat/limits/client_address.h"

#define BUCKETS 1024

struct client {
	struct client_address key;
	unsigned count;
	struct client *next;
};

struct client_slots {
	pthread_mutex_t lock;
	unsigned slots_max;
	unsigned slots_per_client;
	unsigned count;
	struct client *buckets[BUCKETS];
};

/* Where the client's entry is, or would be. With the lock held. */
static struct client **
find(struct client_slots *slots, const struct client_address *key)
{
	struct client **link = &slots->buckets[client_address_hash(key) % BUCKETS];

	while (*link != NULL && !client_address_is(&(*link)->key, key))
		link = &(*link)->next;
	return link;
}

struct client_slots *
client_slots_new(unsigned slots_max, unsigned slots_per_client)
{
	struct client_slots *slots = must_allocate(sizeof(*slots));

	slots->slots_max = slots_max;
	slots->slots_per_client = slots_per_client;
	pthread_mutex_init(&slots->lock, NULL);
	return slots;
}

void
client_slots_free(struct client_slots *slots)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (slots->buckets[i] != NULL) {
			struct client *client = slots->buckets[i];
			slots->buckets[i] = client->next;
			free(client);
		}
	}
	pthread_mutex_destroy(&slots->lock);
	free(slots);
}

bool
client_slots_enter(struct client_slots *slots, const char *address, unsigned *taken)
{
	struct client_address key = client_address_read(address);

	pthread_mutex_lock(&slots->lock);
	struct client **link = find(slots, &key);
	unsigned own = *link == NULL ? 0 : (*link)->count;
	bool may_enter = slots->count < slots->slots_max && own < slots->slots_per_client;
	if (taken != NULL)
		*taken = slots->count;
	if (may_enter) {
		if (*link == NULL) {
			*link = must_allocate(sizeof(**link));
			(*link)->key = key;
		}
		(*link)->count++;
		slots->count++;
	}
	pthread_mutex_unlock(&slots->lock);
	return may_enter;
}

void
client_slots_leave(struct client_slots *slots, const char *address)
{
	struct client_address key = client_address_read(address);

	pthread_mutex_lock(&slots->lock);
	struct client **link = find(slots, &key);
	if (*link != NULL) {
		struct client *client = *link;
		slots->count--;
		if (--client->count == 0) {
			*link = client->next;
			free(client);
		}
	}
	pthread_mutex_unlock(&slots->lock);
}

unsigned
client_slots_count(struct client_slots *slots)
{
	pthread_mutex_lock(&slots->lock);
	unsigned count = slots->count;
	pthread_mutex_unlock(&slots->lock);
	return count;
}
