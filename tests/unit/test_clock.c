/*
 * base/clock: microseconds that only go forward.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <time.h>

#include "base/clock.h"

static void
time_only_goes_forward(void **state)
{
	(void)state;
	int64_t before = clock_now_us();
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_now_us();
		assert_true(now >= before);
		before = now;
	}
}

static void
it_counts_microseconds(void **state)
{
	struct timespec low;
	struct timespec high;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &low);
	int64_t now = clock_now_us();
	clock_gettime(CLOCK_MONOTONIC, &high);
	assert_true(now >= (int64_t)low.tv_sec * 1000000 + low.tv_nsec / 1000);
	assert_true(now <= (int64_t)high.tv_sec * 1000000 + high.tv_nsec / 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_only_goes_forward),
		cmocka_unit_test(it_counts_microseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
