/*
 * Places per client's address: a hash table from address to count, entries only while they count.
 *
 * SPDX-License-Identifier: MIT
 */
#include "core/clients.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define BUCKETS 1024

/* An address as it is counted: an IPv4 address, the upper half of an IPv6 one, or zeros. */
struct client_key {
	unsigned char bytes[16];
};

struct client {
	struct client_key key;
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

static struct client_key
key_of(const char *address)
{
	/* ::ffff:0:0/96, as servers that listen on IPv6 alone show IPv4 (RFC 4291, 2.5.5.2). */
	static const unsigned char ipv4_within[12] = { [10] = 0xff, [11] = 0xff };
	struct client_key key = { { 0 } };

	if (inet_pton(AF_INET, address, key.bytes) == 1)
		return key;
	if (inet_pton(AF_INET6, address, key.bytes) != 1)
		return (struct client_key){ { 0 } };
	if (memcmp(key.bytes, ipv4_within, sizeof(ipv4_within)) == 0) {
		memcpy(key.bytes, key.bytes + 12, 4);
		memset(key.bytes + 4, 0, 12);
	} else {
		memset(key.bytes + 8, 0, 8);
	}
	return key;
}

/* Where the client's entry is, or would be. With the lock held. */
static struct client **
find(struct clients *clients, const struct client_key *key)
{
	uint32_t hash = hash_bytes(key->bytes, sizeof(key->bytes));
	struct client **link = &clients->buckets[hash % BUCKETS];

	while (*link != NULL && memcmp(&(*link)->key, key, sizeof(*key)) != 0)
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
clients_enter(struct clients *clients, const char *address)
{
	struct client_key key = key_of(address);

	pthread_mutex_lock(&clients->lock);
	struct client **link = find(clients, &key);
	unsigned taken = *link == NULL ? 0 : (*link)->count;
	bool may_enter = clients->count < clients->places && taken < clients->places_per_client;
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
	struct client_key key = key_of(address);

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
