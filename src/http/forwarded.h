/*
 * What proxies in front of the web server say of a visitor: X-Forwarded-For, X-Forwarded-Proto, and
 * Forwarded (RFC 7239). Anybody can send these headers, so they count only from proxies that the
 * owner has named. Pure; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_FORWARDED_H
#define PLAINCHAT_HTTP_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

struct request;

/* Addresses and networks that can be named. */
#define FORWARDED_NETWORKS_MAX 64

/* An address, IPv4 as ::ffff:0:0/96, of which so many bits count. */
struct network {
	unsigned char bytes[16];
	unsigned bits;
};

struct proxies {
	size_t count;
	struct network networks[FORWARDED_NETWORKS_MAX];
};

/* Reads addresses and networks ("127.0.0.1, 10.0.0.0/8, fd00::/8"), with commas or blanks between
 * them. "" is none. False: one of them is no address, or there are too many; *proxies is undefined
 * then. */
bool
proxies_read(const char *text, struct proxies *proxies);

/* Whether the address is one of them; what is no address is not. */
bool
proxies_has(const struct proxies *proxies, const char *address);

/* Where the request comes from one of the proxies, puts what that says in the place of what the web
 * server has seen: request->remote_address becomes the visitor's, the last one that no proxy of
 * ours has, and request->https the visitor's, too. Where the headers are unreadable, or contradict
 * each other, it is the proxy that is counted. */
void
forwarded_apply(const struct proxies *proxies, struct request *request);

#endif
