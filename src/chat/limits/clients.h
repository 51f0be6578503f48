/*
 * How many places each client's address takes, and all together: a bounded number of streams, so
 * that posts always get through. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_CLIENTS_H
#define PLAINCHAT_CHAT_LIMITS_CLIENTS_H

#include <stdbool.h>

struct clients;

/* Freed by clients_free. */
struct clients *
clients_new(unsigned places, unsigned places_per_client);

void
clients_free(struct clients *clients);

/* Takes a place for the address (see client_address.h). False: there is none left. *taken, unless
 * it is NULL, is how many were taken before, by all. */
bool
clients_enter(struct clients *clients, const char *address, unsigned *taken);

void
clients_leave(struct clients *clients, const char *address);

/* How many places are taken. */
unsigned
clients_count(struct clients *clients);

#endif
