/*
 * See likely_time.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/likely_time.h"

#include "base/bounds.h"

#define HOUR_MS (3600 * INT64_C(1000))

/* So many that most of them are more than one; and so many that two may be wrong. */
#define FOLLOWING_LEAST 3
#define FOLLOWING_MANY 7

int64_t
store_likely_time(int64_t time_ms, const int64_t *times, size_t count)
{
	int64_t sorted[STORE_FOLLOWING];
	size_t used = 0;

	if (count > STORE_FOLLOWING)
		count = STORE_FOLLOWING;
	if (count < FOLLOWING_LEAST)
		return time_ms;
	for (; used < count; used++) {
		size_t at = used;
		for (; at > 0 && sorted[at - 1] > times[used]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = times[used];
	}
	/* Believed, unless most of them are before it. Then it is no younger than the first of
	 * them, of which a few may be wrong, too, the other way. */
	if (time_ms <= sorted[count / 2])
		return time_ms;
	return sorted[count < FOLLOWING_MANY ? 1 : 2];
}

bool
store_is_impossible(int64_t time_ms, int64_t now_ms)
{
	return now_ms != 0 && (time_ms < STORE_EARLIEST_MS || time_ms > now_ms + STORE_AHEAD_MS);
}

struct store_time
store_judge(int64_t now_ms, int64_t noted_ms, int64_t passed_ms, int64_t *note_ms)
{
	/* How far the trusted time may follow: what has passed for certain, and then some. */
	int64_t step_ms = BOUND_TRIM_CLOCK_HOURS * HOUR_MS + 24 * passed_ms;
	int64_t trusted_ms = now_ms;

	/* The first clock that it sees it has to believe. */
	if (noted_ms != 0 && now_ms > noted_ms + step_ms)
		trusted_ms = noted_ms + step_ms;
	else if (noted_ms != 0 && now_ms < noted_ms - step_ms)
		trusted_ms = noted_ms - step_ms;
	*note_ms = trusted_ms;
	return (struct store_time){
		.trusted_ms = trusted_ms < now_ms ? trusted_ms : now_ms,
		.is_credible = now_ms >= trusted_ms - STORE_AHEAD_MS,
	};
}
