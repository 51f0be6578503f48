/*
 * Fills a room of a store with messages, for pages.sh and fairness.sh:
 * `fill_store FOLDER ROOM COUNT [BYTES]`, each with so many bytes of text. It goes through the
 * store's own operations, so what is there is what posting would have left.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/sqlite/engine.h"

#define MESSAGES_PER_TRANSACTION 10000

/* The messages `first` to `last` in one transaction. */
static enum err
append(struct store *store, const char *room, long first, long last, long bytes)
{
	const struct store_engine *engine = &store_sqlite;

	if (engine->begin(store) != ERR_NONE)
		return ERR_STORE;
	for (long number = first; number <= last; number++) {
		static char text[32 * 1024];
		int size = snprintf(text, sizeof(text),
		                    "This is message %ld, and it is about as long as what people "
		                    "say to each other.",
		                    number);
		for (; size < bytes && size < (int)sizeof(text); size++)
			text[size] = 'x';
		const struct store_message message = {
			.role = ROLE_USER,
			.name = "somebody",
			.author = "nobody",
			.text = text,
			.text_size = (size_t)size,
			.time_ms = 1700000000000 + number * 1000,
			.state = STATE_DONE,
		};
		int64_t seq;
		if (engine->append_message(store, room, &message, &seq) != ERR_NONE) {
			engine->rollback(store);
			return ERR_STORE;
		}
	}
	return engine->commit(store);
}

int
main(int argc, char *argv[])
{
	struct store *store;
	long count = argc >= 4 ? strtol(argv[3], NULL, 10) : 0;
	long bytes = argc == 5 ? strtol(argv[4], NULL, 10) : 0;

	if (count <= 0) {
		fprintf(stderr, "Usage: fill_store FOLDER ROOM COUNT [BYTES]\n");
		return 2;
	}
	const struct store_settings settings = { .folder = argv[1], .is_wal = true };
	enum err err = store_sqlite.open(&settings, true, &store);
	for (long first = 1; err == ERR_NONE && first <= count; first += MESSAGES_PER_TRANSACTION) {
		long last = first + MESSAGES_PER_TRANSACTION - 1;
		err = append(store, argv[2], first, last < count ? last : count, bytes);
	}
	store_sqlite.close(store);
	return err == ERR_NONE ? 0 : 1;
}
