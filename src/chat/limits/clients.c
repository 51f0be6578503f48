/*
 * Places per client's address: a hash table from address to count, entries only while they count.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/limits/clients.h"

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

struct clients {
	pthread_mutex_t lock;
	unsigned places;
	unsigned places_per_client;
	unsigned count;
	struct client *buckets[BUCKETS];
};

/* Where the client's entry is, or would be. With the lock held. */
static struct client **
find(struct clients *clients, const struct client_address *key)
{
	struct client **link = &clients->buckets[client_address_hash(key) % BUCKETS];

	while (*link != NULL && !client_address_is(&(*link)->key, key))
		link = &(*link)->next;
	return link;
}

struct clients *
clients_new(unsigned places, unsigned places_per_client)
{
	struct clients *clients = must_allocate(sizeof(*clients));

	clients->places = places;
	clients->places_per_client = places_per_client;
	pthread_mutex_init(&clients->lock, NULL);
	return clients;
}

void
clients_free(struct clients *clients)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (clients->buckets[i] != NULL) {
			struct client *client = clients->buckets[i];
			clients->buckets[i] = client->next;
			free(client);
		}
	}
	pthread_mutex_destroy(&clients->lock);
	free(clients);
}

bool
clients_enter(struct clients *clients, const char *address, unsigned *taken)
{
	struct client_address key = client_address_read(address);

	pthread_mutex_lock(&clients->lock);
	struct client **link = find(clients, &key);
	unsigned own = *link == NULL ? 0 : (*link)->count;
	bool may_enter = clients->count < clients->places && own < clients->places_per_client;
	if (taken != NULL)
		*taken = clients->count;
	if (may_enter) {
		if (*link == NULL) {
			*link = must_allocate(sizeof(**link));
			(*link)->key = key;
		}
		(*link)->count++;
		clients->count++;
	}
	pthread_mutex_unlock(&clients->lock);
	return may_enter;
}

void
clients_leave(struct clients *clients, const char *address)
{
	struct client_address key = client_address_read(address);

	pthread_mutex_lock(&clients->lock);
	struct client **link = find(clients, &key);
	if (*link != NULL) {
		struct client *client = *link;
		clients->count--;
		if (--client->count == 0) {
			*link = client->next;
			free(client);
		}
	}
	pthread_mutex_unlock(&clients->lock);
}

unsigned
clients_count(struct clients *clients)
{
	pthread_mutex_lock(&clients->lock);
	unsigned count = clients->count;
	pthread_mutex_unlock(&clients->lock);
	return count;
}
