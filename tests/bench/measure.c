/*
 * A clock, percentiles, and an end where something cannot be done.
 *
 * SPDX-License-Identifier: MIT
 */
#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void
measure_fail(const char *what, int error)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(error));
	exit(1);
}

int64_t
measure_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

double
measure_percentile(uint32_t *times, size_t count, double part)
{
	if (count == 0)
		return 0;
	qsort(times, count, sizeof(*times), compare_numbers);
	return times[(size_t)((double)(count - 1) * part)] / 1000.0;
}
