/*
 * Waiting for a thread's end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/thread.h"

#include <time.h>

#include "base/clock.h"

bool
thread_join_until(pthread_t thread, int64_t end_us)
{
	struct timespec until;
	int64_t left_us = end_us - clock_now_us();

	if (end_us == INT64_MAX)
		return pthread_join(thread, NULL) == 0;
	/* By the clock that may be set: musl has no other way. */
	clock_gettime(CLOCK_REALTIME, &until);
	int64_t nanoseconds = until.tv_nsec + (left_us > 0 ? left_us : 0) % 1000000 * 1000;
	until.tv_sec += (left_us > 0 ? left_us : 0) / 1000000 + nanoseconds / 1000000000;
	until.tv_nsec = nanoseconds % 1000000000;
	if (pthread_timedjoin_np(thread, NULL, &until) == 0)
		return true;
	pthread_detach(thread);
	return false;
}
