/*
 * The address at which visitors see the page, as the owner tells it: https://example.org/talk/.
 * Pure; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_PUBLIC_ADDRESS_H
#define PLAINCHAT_HTTP_PUBLIC_ADDRESS_H

#include <stdbool.h>

/* Bytes of an origin, and a NUL: a scheme, a host (RFC 1035, 2.3.4) and a port. */
#define PUBLIC_ORIGIN_BYTES 288

struct public_address {
	char origin[PUBLIC_ORIGIN_BYTES]; /* as browsers write it: "https://example.org"; or "" */
	bool is_secure;
};

/* Reads it. "" is none. False: it is no such address: http or https, a host in ASCII, maybe a port
 * and a path; nothing else. *address is undefined then. */
bool
public_address_read(const char *text, struct public_address *address);

#endif
