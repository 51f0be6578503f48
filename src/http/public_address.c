/*
 * The address at which visitors see the page.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/public_address.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

/* The size of the host at the beginning of the text: a name, an IPv4 address, or an IPv6 address in
 * brackets. 0: there is none. */
static size_t
host_size(const char *text)
{
	if (text[0] != '[')
		return strspn(text, HOST_CHARACTERS);
	size_t size = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
	return size > 1 && text[size] == ']' ? size + 1 : 0;
}

bool
public_address_read(const char *text, struct public_address *address)
{
	*address = (struct public_address){ .is_secure = false };
	if (text[0] == '\0')
		return true;
	address->is_secure = strncasecmp(text, "https://", 8) == 0;
	if (!address->is_secure && strncasecmp(text, "http://", 7) != 0)
		return false;
	const char *host = strstr(text, "://") + 3;
	size_t size = host_size(host);
	const char *port = host + size;
	size_t port_size = port[0] == ':' ? 1 + strspn(port + 1, "0123456789") : 0;
	const char *path = port + port_size;
	if (size == 0 || size > 255 || port_size == 1 || port_size > 6 ||
	    (path[0] != '/' && path[0] != '\0') || strpbrk(path, "?# \t\\\"") != NULL)
		return false;
	/* Browsers leave out the port that the scheme has anyway. */
	const char *usual = address->is_secure ? ":443" : ":80";
	if (port_size == strlen(usual) && strncmp(port, usual, port_size) == 0)
		port_size = 0;
	snprintf(address->origin, sizeof(address->origin), "%s%.*s%.*s",
	         address->is_secure ? "https://" : "http://", (int)size, host, (int)port_size,
	         port);
	for (char *c = address->origin; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}
