/*
 * Fills a store with rooms of a few messages and has one round of trimming go through them:
 * `trim_rooms FOLDER ROOMS PERCENT`, of which PERCENT are old and go. Prints what the round took,
 * the pauses between its steps left out, and the longest step, for which others wait.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/trimming.h"
#include "store/sqlite/engine.h"

#define ROOMS_PER_TRANSACTION 5000
#define MESSAGES 4
#define DAY_MS (24 * 3600 * INT64_C(1000))

static enum err
fill(struct store *store, long first, long last, long percent)
{
	const struct store_engine *engine = &store_sqlite;
	char room[32];
	int64_t seq;

	enum err err = engine->begin(store);
	for (long number = first; number < last && err == ERR_NONE; number++) {
		struct store_message message = {
			.role = ROLE_USER,
			.name = "somebody",
			.author = "nobody",
			.text = "This is about as long as what people say to each other, or is it?",
			.text_size = 65,
			.time_ms = clock_unix_ms() - (number % 100 < percent ? 40 : 1) * DAY_MS,
			.state = STATE_DONE,
		};
		snprintf(room, sizeof(room), "~%08lx", number * 2654435761L & 0xffffffffL);
		for (int i = 0; i < MESSAGES && err == ERR_NONE; i++)
			err = engine->append_message(store, room, &message, &seq);
	}
	if (err == ERR_NONE)
		return engine->commit(store);
	engine->rollback(store);
	return err;
}

int
main(int argc, char *argv[])
{
	struct store *store;
	long rooms = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	struct trimming trimming = { .limits = { .age_max_ms = 30 * DAY_MS,
		                                 .idle_max_ms = 30 * DAY_MS } };
	int64_t all_us = 0;
	int64_t longest_us = 0;
	unsigned steps = 0;

	if (rooms <= 0) {
		fprintf(stderr, "Usage: trim_rooms FOLDER ROOMS PERCENT\n");
		return 2;
	}
	const struct store_settings settings = { .folder = argv[1],
		                                 .is_wal = true,
		                                 .is_power_safe = true };
	enum err err = store_sqlite.open(&settings, true, &store);
	for (long first = 0; err == ERR_NONE && first < rooms; first += ROOMS_PER_TRANSACTION)
		err = fill(store, first,
		           first + ROOMS_PER_TRANSACTION < rooms ? first + ROOMS_PER_TRANSACTION
		                                                 : rooms,
		           strtol(argv[3], NULL, 10));
	if (err == ERR_NONE) {
		do {
			int64_t began_us = clock_now_us();
			trimming_step(&trimming, &store_sqlite, store);
			int64_t took_us = clock_now_us() - began_us;
			all_us += took_us;
			longest_us = took_us > longest_us ? took_us : longest_us;
			steps++;
		} while (!trimming_is_at_rest(&trimming));
		printf("%ld rooms: %u steps, %.1f s of work and %.1f s of pauses, longest step "
		       "%.0f "
		       "ms, %llu events and %llu rooms removed\n",
		       rooms, steps, (double)all_us / 1e6, steps * BOUND_TRIM_PAUSE_US / 1e6,
		       (double)longest_us / 1e3, (unsigned long long)trimming.events,
		       (unsigned long long)trimming.rooms);
	}
	store_sqlite.close(store);
	return err == ERR_NONE ? 0 : 1;
}
