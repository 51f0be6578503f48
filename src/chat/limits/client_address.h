/*
 * A client's address as it is counted: what limits per client have in common. Pure
 * functions, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_CLIENT_ADDRESS_H
#define PLAINCHAT_CHAT_LIMITS_CLIENT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct client_address {
	unsigned char bytes[16];
};

/* Of an address as the web server tells it. IPv6 counts by /64, IPv4 within IPv6 is IPv4, and all
 * that is no address is one client. `text` is NUL-terminated and may be anything. */
struct client_address
client_address_read(const char *text);

/* Whether the two count as one client. */
bool
client_address_is(const struct client_address *one, const struct client_address *other);

/* For tables; see hash.h. */
uint32_t
client_address_hash(const struct client_address *address);

#endif
