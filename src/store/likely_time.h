/*
 * What times are worth: the same for every engine. The order of events is certain, their times are
 * what a clock said that may have been wrong by years, either way, when they were stored; and so
 * may be the clock that says what is old now. So retention believes
 *
 *	an event	unless most of those that follow it are before it: it is no younger than
 *			they
 *	a time that cannot be
 *			not at all: a day ahead of a clock that can be believed, or from before
 *			there was this program. The event is from now, then: it is no younger
 *	the clock	as far as it agrees with what the store has seen. That time follows a clock
 *			that was set, but slowly: one that is wrong for an hour makes messages a
 *			day older, not years. How long an hour is says the machine's own count,
 *			which nobody sets.
 *
 * Pure functions; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_LIKELY_TIME_H
#define PLAINCHAT_STORE_LIKELY_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* How many of the events that follow one say how old it can be. */
#define STORE_FOLLOWING 15

/* 2023-01-01, in Unix time: clocks that nobody has set begin with 1970, 1980 or 2000. */
#define STORE_EARLIEST_MS (INT64_C(19358) * 24 * 3600 * 1000)

/* How far ahead of a clock that can be believed a time may be. */
#define STORE_AHEAD_MS (INT64_C(24) * 3600 * 1000)

/* When an event has happened that says `time_ms`, as far as those that follow it do not contradict:
 * `times` are their `count`, of which STORE_FOLLOWING are looked at. */
int64_t
store_likely_time(int64_t time_ms, const int64_t *times, size_t count);

/* Whether a clock that can be believed and says `now_ms` (0: there is none) rules out the time. */
bool
store_is_impossible(int64_t time_ms, int64_t now_ms);

/* What a clock that says `now_ms` is worth, where the store trusted `noted_ms` (0: it has seen none
 * yet) `passed_ms` ago by the machine's own count (0: that is not known). *note_ms is what it is to
 * note then. */
struct store_time
store_judge(int64_t now_ms, int64_t noted_ms, int64_t passed_ms, int64_t *note_ms);

#endif
