/*
 * Which life of the store this is: a number made by chance, which cursors carry. While it is the
 * same, the log only grows, and a position means what it meant. A copy that is put back carries the
 * number of the life that it was taken from, so the number counts only where the copy cannot have:
 *
 *	in the file it was made for	the time at which the file system says that it was made, or
 *					else its inode, is beside the number in the database
 *	at the position it has reached	the lock file has number and position after each commit, and
 *					when the database was written, but while it is: a copy put
 *					over the file is behind, or was written since
 *
 * Otherwise a new life begins with the next transaction. That does no harm where nothing was
 * exchanged: clients read the newest page again.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_birth.h"
#include "base/log.h"
#include "store/sqlite/store_sqlite.h"

/* Seconds within which two times of one writing may lie: file systems over a network are not
 * exact, and a copy is put back later than that. */
#define TIME_TOLERANCE_S 3

/* What stands in the lock file behind its mark. */
#define RECORD_FORMAT " %016" PRIx64 " %019" PRId64 " %019" PRId64 "\n"
#define RECORD_BYTES (1 + 1 + 16 + 1 + 19 + 1 + 19 + 1)

void
store_identify(struct store *store)
{
	store->born = file_birth_ns(store->database_path);
}

static bool
is_same_file(const struct store *store, const struct life *life)
{
	if (store->born != 0 && life->born != 0)
		return store->born == life->born;
	return (int64_t)store->inode == life->inode;
}

/* What the lock file says; false: nothing. */
static bool
read_record(const struct store *store, struct life *record, int64_t *time_s)
{
	char text[RECORD_BYTES + 1] = "";

	if (store->lock_size < RECORD_BYTES)
		return false;
	memcpy(text, store->lock_text, RECORD_BYTES);
	return sscanf(text + 1, " %16" SCNx64 " %19" SCNd64 " %19" SCNd64, &record->epoch,
	              &record->change, time_s) == 3;
}

/* Why the life that the database speaks of is over; NULL: it is not. */
static const char *
find_end(const struct store *store, const struct life *there)
{
	struct life record = store->life;
	int64_t time_s = 0;

	if (!is_same_file(store, there))
		return "the file is another one";
	bool is_recorded = read_record(store, &record, &time_s);
	if (record.epoch != there->epoch)
		return is_recorded ? "it is of another life" : "nothing says how far it was";
	if (record.change > there->change)
		return "something that was in it is missing";
	/* Where it is ahead, a writer was killed before it could note that. */
	if (is_recorded && record.change == there->change && time_s != 0 &&
	    llabs(store->written_s - time_s) > TIME_TOLERANCE_S)
		return "it was written by somebody else";
	return NULL;
}

static enum err
read_life(struct store *store, struct life *life)
{
	struct query query = query_begin(store, STATEMENT_LIFE, "read_life");
	bool is_row;
	enum err err = query_next(&query, &is_row);

	*life = (struct life){ 0 };
	if (err == ERR_NONE && !is_row)
		err = store_fail(store, "read_life", SQLITE_CORRUPT);
	if (err == ERR_NONE)
		*life = (struct life){ (uint64_t)query_number(&query, 0), query_number(&query, 1),
			               query_number(&query, 2), query_number(&query, 3) };
	query_end(&query);
	return err;
}

enum err
store_read_epoch(struct store *store, uint64_t *epoch, int64_t *change)
{
	struct life life;
	enum err err = read_life(store, &life);

	*epoch = life.epoch;
	*change = life.change;
	return err;
}

static enum err
begin_life(struct store *store, struct life *life)
{
	sqlite3_randomness(sizeof(life->epoch), &life->epoch);
	life->epoch = (life->epoch & STORE_EPOCH_MAX) | 1;
	life->inode = (int64_t)store->inode;
	life->born = store->born;
	struct query query = query_begin(store, STATEMENT_LIFE_BEGIN, "begin_life");
	query_bind_number(&query, 1, (int64_t)life->epoch);
	query_bind_number(&query, 2, life->inode);
	query_bind_number(&query, 3, life->born);
	return query_run(&query);
}

enum err
store_check_life(struct store *store)
{
	struct life life;

	enum err err = read_life(store, &life);
	if (err != ERR_NONE)
		return err;
	store->last_change = life.change;
	const char *end = life.epoch == 0 ? "it is new" : find_end(store, &life);
	if (end != NULL) {
		bool is_new = life.epoch == 0;
		err = begin_life(store, &life);
		if (err == ERR_NONE && !is_new)
			log_event(LOG_WARN, "store_exchanged",
			          LOG_FIELDS(log_text("reason", end),
			                     log_text("path", store->database_path)));
	}
	store->life = life;
	return err;
}

int
store_format_record(const struct store *store, char *text, size_t size)
{
	return snprintf(text, size, RECORD_FORMAT, store->life.epoch, store->life.change,
	                store->is_moving ? 0 : store->written_s);
}
