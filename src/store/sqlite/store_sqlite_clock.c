/*
 * What times are worth. The order of events is certain, their times are what a clock said that may
 * have been wrong by years, either way, when they were stored; and so may be the clock that says
 * what is old now. So retention believes
 *
 *	an event	unless most of those that follow it are before it: it is no younger than
 *they a time that cannot be not at all: a day ahead of a clock that can be believed, or from before
 *			there was this program. The event is from now, then: it is no younger
 *	the clock	as far as it agrees with what the store has seen. That time follows a clock
 *			that was set, but slowly: one that is wrong for an hour makes messages a
 *			day older, not years. How long an hour is says the machine's own count,
 *			which nobody sets.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bounds.h"
#include "store/sqlite/store_sqlite.h"

#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)

/* 2023-01-01: clocks that nobody has set begin with 1970, 1980 or 2000. */
#define EARLIEST_MS (19358 * DAY_MS)

/* So many that most of them are more than one; and so many that two may be wrong. */
#define FOLLOWING_LEAST 3
#define FOLLOWING_MANY 7

#define BOOT_BYTES 40

/* Which run of the machine this is, and for how long it has been running. */
static int64_t
since_boot(char boot[BOOT_BYTES])
{
	struct timespec since;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, boot, BOOT_BYTES - 1);

	if (fd >= 0)
		close(fd);
	boot[size < 0 ? 0 : size] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	clock_gettime(CLOCK_BOOTTIME, &since);
	return (int64_t)since.tv_sec * 1000 + since.tv_nsec / 1000000;
}

/* How far the trusted time may follow: what has passed for certain, and then some. */
static int64_t
most_step(const char *boot, int64_t boot_ms, const char *last_boot, int64_t last_boot_ms)
{
	bool is_same_boot = boot[0] != '\0' && strcmp(boot, last_boot) == 0;
	int64_t passed_ms = is_same_boot && boot_ms > last_boot_ms ? boot_ms - last_boot_ms : 0;

	return BOUND_TRIM_CLOCK_HOURS * HOUR_MS + 24 * passed_ms;
}

enum err
store_sqlite_judge_clock(struct store *store, int64_t now_ms, struct store_time *time)
{
	char boot[BOOT_BYTES] = "";
	char last_boot[BOOT_BYTES] = "";
	int64_t clock_ms = 0;
	int64_t last_boot_ms = 0;
	bool is_row;

	*time = (struct store_time){ .trusted_ms = now_ms };
	enum err err = store_check_writing(store, "judge_clock");
	if (err != ERR_NONE)
		return err;
	struct query query = query_begin(store, STATEMENT_CLOCK, "judge_clock");
	err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row) {
		const char *text = (const char *)sqlite3_column_text(query.statement, 1);
		clock_ms = query_number(&query, 0);
		strncpy(last_boot, text == NULL ? "" : text, BOOT_BYTES - 1);
		last_boot_ms = query_number(&query, 2);
	}
	query_end(&query);
	if (err != ERR_NONE)
		return err;
	int64_t boot_ms = since_boot(boot);
	int64_t step_ms = most_step(boot, boot_ms, last_boot, last_boot_ms);
	/* The first clock that it sees it has to believe. */
	int64_t trusted_ms = now_ms;
	if (clock_ms != 0 && now_ms > clock_ms + step_ms)
		trusted_ms = clock_ms + step_ms;
	else if (clock_ms != 0 && now_ms < clock_ms - step_ms)
		trusted_ms = clock_ms - step_ms;
	time->trusted_ms = trusted_ms < now_ms ? trusted_ms : now_ms;
	time->is_credible = now_ms >= trusted_ms - DAY_MS;
	query = query_begin(store, STATEMENT_CLOCK_NOTE, "judge_clock");
	query_bind_number(&query, 1, trusted_ms);
	query_bind_text(&query, 2, boot);
	query_bind_number(&query, 3, boot_ms);
	return query_run(&query);
}

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
	return now_ms != 0 && (time_ms < EARLIEST_MS || time_ms > now_ms + DAY_MS);
}

enum err
store_date_events(struct store *store, int64_t room, int64_t now_ms, unsigned most, unsigned *count)
{
	struct query query = query_begin(store, STATEMENT_EVENTS_DATE, "date_events");

	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, now_ms);
	query_bind_number(&query, 3, EARLIEST_MS);
	query_bind_number(&query, 4, now_ms + DAY_MS);
	query_bind_number(&query, 5, most);
	enum err err = query_run(&query);
	*count = err == ERR_NONE ? (unsigned)sqlite3_changes(store->database) : 0;
	return err;
}
