/*
 * The header Accept (RFC 9110, 12.5.1): how much a client wants a media type. Pure; callable on any
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_ACCEPT_H
#define PLAINCHAT_HTTP_ACCEPT_H

/* How much a client wants a type. */
struct preference {
	unsigned weight; /* thousandths, 0-1000; 0: not at all */
	/* How closely the range that says so names the type: 2 by its name, 1 by its first half, 0
	 * by asterisks alone. -1: no range has it, and the weight is 0. */
	int closeness;
};

/* What `accept`, the header's value, says of `media_type` ("text/plain"). The closest range counts,
 * of several the greatest weight. Parameters other than q are ignored. A weight that cannot be read
 * counts as 1; what is no media range is skipped. */
struct preference
accept_preference(const char *accept, const char *media_type);

#endif
