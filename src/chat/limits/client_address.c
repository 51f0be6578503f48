/*
 * A client's address as it is counted: an IPv4 address, the upper half of an IPv6 one, or zeros.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/limits/client_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/hash.h"

struct client_address
client_address_read(const char *text)
{
	/* ::ffff:0:0/96, as servers that listen on IPv6 alone show IPv4 (RFC 4291, 2.5.5.2). */
	static const unsigned char ipv4_within[12] = { [10] = 0xff, [11] = 0xff };
	struct client_address address = { { 0 } };
	unsigned char *bytes = address.bytes;

	if (inet_pton(AF_INET, text, bytes) == 1)
		return address;
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return (struct client_address){ { 0 } };
	if (memcmp(bytes, ipv4_within, sizeof(ipv4_within)) == 0) {
		memcpy(bytes, bytes + 12, 4);
		memset(bytes + 4, 0, 12);
	} else {
		memset(bytes + 8, 0, 8);
	}
	return address;
}

bool
client_address_is(const struct client_address *one, const struct client_address *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

uint32_t
client_address_hash(const struct client_address *address)
{
	return hash_bytes(address->bytes, sizeof(address->bytes));
}
