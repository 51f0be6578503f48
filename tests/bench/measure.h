/*
 * What the measuring programs of `make bench` share: a clock, percentiles, and an end where
 * something cannot be done.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BENCH_MEASURE_H
#define PLAINCHAT_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* A monotonic clock, in microseconds; the same for all processes. */
int64_t
measure_now_us(void);

/* The value below which that part of them is, in milliseconds, of times in microseconds; sorts
 * them. */
double
measure_percentile(uint32_t *times, size_t count, double part);

/* Says what failed, and ends the program. */
_Noreturn void
measure_fail(const char *what, int error);

#endif
