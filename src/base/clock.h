/*
 * Time that only goes forward, for deadlines and durations, and the time of day. Callable on every
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_CLOCK_H
#define PLAINCHAT_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since some fixed moment, which is another after a restart of the machine. */
int64_t
clock_now_us(void);

/* Milliseconds since 1970 (UTC). May jump, either way: for what people read. */
int64_t
clock_unix_ms(void);

#endif
