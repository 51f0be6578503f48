/*
 * What proxies say of a visitor.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/forwarded.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/request.h"

/* Proxies behind one another, at the most, of which the last are looked at. */
#define HOPS_MAX 16

/* Bytes of what stands for an address in a header: an address in brackets, a port, and a NUL. */
#define NODE_BYTES (INET6_ADDRSTRLEN + 8)

/* Who a proxy says has sent the request to it. */
struct hop {
	char address[INET6_ADDRSTRLEN]; /* "" where it is unknown, hidden or unreadable */
	bool has_proto;
	bool is_https;
};

/* The last ones of a header, oldest first. */
struct hops {
	struct hop hops[HOPS_MAX];
	size_t count;
};

/* --- addresses --- */

/* An address as 16 bytes, IPv4 within IPv6. */
static bool
read_address(const char *text, unsigned char bytes[16])
{
	memset(bytes, 0, 10);
	memset(bytes + 10, 0xff, 2);
	return inet_pton(AF_INET, text, bytes + 12) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* Reads "ADDRESS" or "ADDRESS/BITS". */
static bool
read_network(const char *text, size_t size, struct network *network)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = memchr(text, '/', size);
	size_t address_size = slash == NULL ? size : (size_t)(slash - text);
	unsigned bits = 0;

	if (address_size >= sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)address_size, text);
	if (!read_address(address, network->bytes))
		return false;
	bool is_ipv4 = strchr(address, ':') == NULL;
	network->bits = 128;
	if (slash == NULL)
		return true;
	size_t digits = size - address_size - 1;
	if (digits == 0 || digits > 3 || strspn(slash + 1, "0123456789") < digits)
		return false;
	for (size_t i = 1; i <= digits; i++)
		bits = bits * 10 + (unsigned)(slash[i] - '0');
	network->bits = is_ipv4 ? 96 + bits : bits;
	return bits <= (is_ipv4 ? 32U : 128U);
}

bool
proxies_read(const char *text, struct proxies *proxies)
{
	proxies->count = 0;
	for (text += strspn(text, ", \t"); *text != '\0'; text += strspn(text, ", \t")) {
		size_t size = strcspn(text, ", \t");
		if (proxies->count == FORWARDED_NETWORKS_MAX ||
		    !read_network(text, size, &proxies->networks[proxies->count]))
			return false;
		proxies->count++;
		text += size;
	}
	return true;
}

static bool
network_has(const struct network *network, const unsigned char bytes[16])
{
	unsigned whole = network->bits / 8;
	unsigned rest = network->bits % 8;
	unsigned char mask = (unsigned char)(0xff00U >> rest);

	return memcmp(network->bytes, bytes, whole) == 0 &&
	       (rest == 0 || ((network->bytes[whole] ^ bytes[whole]) & mask) == 0);
}

bool
proxies_has(const struct proxies *proxies, const char *address)
{
	unsigned char bytes[16];

	if (!read_address(address, bytes))
		return false;
	for (size_t i = 0; i < proxies->count; i++) {
		if (network_has(&proxies->networks[i], bytes))
			return true;
	}
	return false;
}

/* --- headers --- */

/* A place for one more; the oldest goes where there are too many. */
static struct hop *
add_hop(struct hops *hops)
{
	if (hops->count == HOPS_MAX)
		memmove(hops->hops, hops->hops + 1, (HOPS_MAX - 1) * sizeof(hops->hops[0]));
	else
		hops->count++;
	struct hop *hop = &hops->hops[hops->count - 1];
	*hop = (struct hop){ .has_proto = false };
	return hop;
}

/* Reads who it was: an address, maybe with a port; IPv6 maybe in brackets, with a port always. */
static void
read_node(const char *text, size_t size, struct hop *hop)
{
	char node[NODE_BYTES];
	unsigned char bytes[16];
	char *address = node;

	if (size >= sizeof(node))
		return;
	snprintf(node, sizeof(node), "%.*s", (int)size, text);
	if (node[0] == '[') {
		address = node + 1;
		address[strcspn(address, "]")] = '\0';
	} else if (strchr(node, ':') == strrchr(node, ':')) {
		node[strcspn(node, ":")] = '\0';
	}
	if (strlen(address) < sizeof(hop->address) && read_address(address, bytes))
		memcpy(hop->address, address, strlen(address) + 1);
}

/* X-Forwarded-For: addresses with commas between them, each added behind the others. */
static void
read_list(const char *header, struct hops *hops)
{
	for (hops->count = 0; *header != '\0'; header += strspn(header, ",")) {
		header += strspn(header, " \t");
		size_t size = strcspn(header, ",");
		size_t shown = size;
		while (shown > 0 && strchr(" \t", header[shown - 1]) != NULL)
			shown--;
		read_node(header, shown, add_hop(hops));
		header += size;
	}
}

/* Takes a token or a quoted string from *at (RFC 9110, 5.6.2 and 5.6.4), of which `value` gets as
 * much as it holds. False: it is neither. */
static bool
take_value(const char **at, char *value, size_t value_bytes)
{
	const char *c = *at;
	size_t size = 0;
	bool is_quoted = *c == '"';

	if (is_quoted)
		c++;
	while (*c != '\0' && (is_quoted ? *c != '"' : strchr(" \t,;=\"", *c) == NULL)) {
		if (is_quoted && *c == '\\' && c[1] != '\0')
			c++;
		if (size + 1 < value_bytes)
			value[size++] = *c;
		c++;
	}
	value[size] = '\0';
	if (is_quoted ? *c++ != '"' : c == *at)
		return false;
	*at = c;
	return true;
}

/* Takes "NAME=VALUE" from *at into the hop. */
static bool
take_pair(const char **at, struct hop *hop)
{
	char name[8];
	char value[NODE_BYTES];

	if (!take_value(at, name, sizeof(name)) || *(*at)++ != '=' ||
	    !take_value(at, value, sizeof(value)))
		return false;
	if (strcasecmp(name, "for") == 0)
		read_node(value, strlen(value), hop);
	if (strcasecmp(name, "proto") == 0) {
		hop->has_proto = true;
		hop->is_https = strcasecmp(value, "https") == 0;
	}
	return true;
}

/* Forwarded (RFC 7239, 4). What cannot be read is one hop that nobody knows. */
static void
read_forwarded(const char *header, struct hops *hops)
{
	struct hop *hop = NULL;

	for (hops->count = 0; *header != '\0';) {
		header += strspn(header, " \t");
		if (*header == ',' || *header == ';') {
			hop = *header == ',' ? NULL : hop;
			header++;
			continue;
		}
		if (*header == '\0')
			break;
		if (hop == NULL)
			hop = add_hop(hops);
		if (!take_pair(&header, hop)) {
			hops->count = 0;
			add_hop(hops);
			return;
		}
	}
}

/* --- who it is --- */

/* The visitor: goes from proxy to proxy, beginning with the nearest, as long as they are ours.
 * `nearest` where nothing is known of those behind it. */
static struct hop
find_visitor(const struct proxies *proxies, const struct hops *hops, const char *nearest)
{
	struct hop visitor = { .has_proto = false };

	snprintf(visitor.address, sizeof(visitor.address), "%s", nearest);
	for (size_t i = hops->count; i > 0 && proxies_has(proxies, visitor.address); i--) {
		if (hops->hops[i - 1].address[0] == '\0')
			break;
		visitor = hops->hops[i - 1];
	}
	return visitor;
}

/* Of several words the first is what the visitor came by. */
static bool
read_proto(const char *header, const struct hop *visitor, bool *is_https)
{
	if (header[0] == '\0') {
		*is_https = visitor->is_https;
		return visitor->has_proto;
	}
	*is_https = strcspn(header, ", \t") == 5 && strncasecmp(header, "https", 5) == 0;
	return true;
}

void
forwarded_apply(const struct proxies *proxies, struct request *request)
{
	struct hops listed;
	struct hops told;
	bool is_https;

	if (!proxies_has(proxies, request->remote_address))
		return;
	read_list(request->forwarded_for, &listed);
	read_forwarded(request->forwarded, &told);
	struct hop visitor = find_visitor(proxies, &listed, request->remote_address);
	struct hop other = find_visitor(proxies, &told, request->remote_address);
	if (read_proto(request->forwarded_proto, &other, &is_https)) {
		request->https = is_https ? "on" : "off";
		request->scheme = "";
	}
	if (listed.count == 0)
		visitor = other;
	/* A proxy that sets one header passes on what a visitor has sent as the other. */
	if (listed.count > 0 && told.count > 0 && strcmp(visitor.address, other.address) != 0)
		return;
	memcpy(request->visitor_address, visitor.address, sizeof(visitor.address));
	request->remote_address = request->visitor_address;
}
