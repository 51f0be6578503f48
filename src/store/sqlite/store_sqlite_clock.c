/*
 * The clock that the store has seen, and times that it rules out (likely_time.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/sqlite/store_sqlite.h"

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

/* How long ago that was, if this is still the same run; 0: it is not known. */
static int64_t
passed_since(const char *boot, int64_t boot_ms, const char *last_boot, int64_t last_boot_ms)
{
	bool is_same_boot = boot[0] != '\0' && strcmp(boot, last_boot) == 0;

	return is_same_boot && boot_ms > last_boot_ms ? boot_ms - last_boot_ms : 0;
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
	int64_t trusted_ms;
	*time = store_judge(now_ms, clock_ms, passed_since(boot, boot_ms, last_boot, last_boot_ms),
	                    &trusted_ms);
	query = query_begin(store, STATEMENT_CLOCK_NOTE, "judge_clock");
	query_bind_number(&query, 1, trusted_ms);
	query_bind_text(&query, 2, boot);
	query_bind_number(&query, 3, boot_ms);
	return query_run(&query);
}

enum err
store_date_events(struct store *store, int64_t room, int64_t now_ms, unsigned most, unsigned *count)
{
	struct query query = query_begin(store, STATEMENT_EVENTS_DATE, "date_events");

	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, now_ms);
	query_bind_number(&query, 3, STORE_EARLIEST_MS);
	query_bind_number(&query, 4, now_ms + STORE_AHEAD_MS);
	query_bind_number(&query, 5, most);
	enum err err = query_run(&query);
	*count = err == ERR_NONE ? (unsigned)sqlite3_changes(store->database) : 0;
	return err;
}
