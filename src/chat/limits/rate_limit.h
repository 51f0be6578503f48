/*
 * How much each client's address may do: a token bucket per address, so many in a burst and then so
 * many per second. Of posts, each is one, taken before it is looked at; of reads each kibibyte is
 * one, charged when it is known how many there were. In memory, per process, and bounded. Callable
 * on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_RATE_LIMIT_H
#define PLAINCHAT_CHAT_LIMITS_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct client_address;
struct rate_limit;

/* Both at least 1; `per_second` at most a million. Freed by rate_limit_free. */
struct rate_limit *
rate_limit_new(unsigned burst, unsigned per_second);

void
rate_limit_free(struct rate_limit *limit);

/* Takes one from the bucket of the address (see client_address.h) at `now_us` of clock_now_us().
 * False: it is empty, and *wait_seconds (at least 1) is when there will be one again. */
bool
rate_limit_take(struct rate_limit *limit, const char *address, int64_t now_us,
                unsigned *wait_seconds);

/* Microseconds until there is one in the bucket of the client; 0: there is. */
int64_t
rate_limit_wait_us(struct rate_limit *limit, const struct client_address *client, int64_t now_us);

/* Takes so many, also where there are fewer: then it is the longer until there is one again. */
void
rate_limit_charge(struct rate_limit *limit, const struct client_address *client, unsigned count,
                  int64_t now_us);

#endif
