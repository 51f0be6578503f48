/*
 * How fast each client's address may post: a token bucket per address, so many in a burst and then
 * so many per second. The HTTP layer asks before it looks at a request. In memory, per process, and
 * bounded. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIMITS_POST_LIMIT_H
#define PLAINCHAT_CHAT_LIMITS_POST_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct post_limit;

/* Both at least 1. Freed by post_limit_free. */
struct post_limit *
post_limit_new(unsigned burst, unsigned per_second);

void
post_limit_free(struct post_limit *limit);

/* Takes one from the bucket of the address (see client_address.h) at `now_us` of clock_now_us().
 * False: it is empty, and *wait_seconds (at least 1) is when there will be one again. */
bool
post_limit_take(struct post_limit *limit, const char *address, int64_t now_us,
                unsigned *wait_seconds);

#endif
