/*
 * Time that only goes forward, for deadlines and durations. Callable on every thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_CLOCK_H
#define PLAINCHAT_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since some fixed moment. */
int64_t
clock_now_us(void);

#endif
