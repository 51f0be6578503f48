/*
 * How many slots each client's address takes, and all together: a bounded number of streams, so
 * that posts always get through. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_CLIENT_SLOTS_H
#define PLAINCHAT_CHAT_LIMITS_CLIENT_SLOTS_H

#include <stdbool.h>

struct client_slots;

/* Freed by client_slots_free. */
struct client_slots *
client_slots_new(unsigned slots_max, unsigned slots_per_client);

void
client_slots_free(struct client_slots *slots);

/* Takes a slot for the address (see client_address.h). False: there is none left. *taken, unless
 * it is NULL, is how many were taken before, by all. */
bool
client_slots_enter(struct client_slots *slots, const char *address, unsigned *taken);

/* Gives back a slot that was taken for the address. */
void
client_slots_leave(struct client_slots *slots, const char *address);

/* How many slots are taken. */
unsigned
client_slots_count(struct client_slots *slots);

#endif
