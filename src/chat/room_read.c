/*
 * Rooms as they are found and read, and what of them replies need.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/room_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "chat/committer.h"
#include "chat/store_pool.h"

bool
room_find(const struct rooms *rooms, const char *name, struct room *room)
{
	for (size_t i = 0; i < rooms->shared_count; i++) {
		if (strcmp(rooms->shared[i].name, name) == 0) {
			*room = (struct room){ rooms->shared[i].name, rooms->shared[i].responder };
			return true;
		}
	}
	*room = (struct room){ name, rooms->responder };
	return rooms->is_open;
}

enum err
room_read(const struct rooms *rooms, const struct store_range *range, store_event_function function,
          void *context, struct store_page *page)
{
	struct store *store = store_pool_take(rooms->store_pool);
	enum err err =
		store_pool_engine(rooms->store_pool)->read(store, range, function, context, page);
	store_pool_give(rooms->store_pool, store);
	return err;
}

/* --- what was abandoned --- */

bool
room_has_abandoned(const struct rooms *rooms)
{
	struct store *store = store_pool_take(rooms->store_pool);
	unsigned count;
	unsigned abandoned;
	enum err err =
		store_pool_engine(rooms->store_pool)->count_streaming(store, &count, &abandoned);

	store_pool_give(rooms->store_pool, store);
	return err == ERR_NONE && abandoned > 0;
}

static enum err
write_failures(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	unsigned count;

	/* Of which rooms, the store alone knows. */
	if (job->news != NULL)
		job->news->has_more = true;
	return engine->fail_abandoned(store, clock_unix_ms(), &count);
}

static void
failures_written(struct commit_job *job, enum err err)
{
	/* The cause was logged, and it is tried again. */
	(void)err;
	free(job);
}

void
room_fail_abandoned(const struct rooms *rooms)
{
	struct commit_job *job = must_allocate(sizeof(*job));

	*job = (struct commit_job){ .write = write_failures, .done = failures_written };
	committer_submit(rooms->committer, job);
}

/* --- whether all is well --- */

struct checking {
	struct commit_job job; /* first, so that the job is this */
	const struct rooms *rooms;
	room_checked_function checked;
	void *context;
};

static enum err
check_reading(const struct rooms *rooms)
{
	struct store *store = store_pool_take(rooms->store_pool);
	enum err err = store_pool_engine(rooms->store_pool)->check(store);

	store_pool_give(rooms->store_pool, store);
	return err;
}

/* Reading too: where the store stalls it is the committer that waits, not the caller. */
static enum err
write_checking(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct checking *checking = (struct checking *)job;
	enum err err = engine->check(store);

	return err == ERR_NONE ? check_reading(checking->rooms) : err;
}

static void
checking_written(struct commit_job *job, enum err err)
{
	struct checking *checking = (struct checking *)job;

	checking->checked(checking->context, err == ERR_NONE && job->is_full ? ERR_STORE : err);
	free(checking);
}

void
room_check(const struct rooms *rooms, room_checked_function checked, void *context)
{
	if (rooms->store_pool == NULL) {
		checked(context, ERR_NONE);
		return;
	}
	/* It is not made by that, and nobody can have locked it. */
	if (!store_pool_exists(rooms->store_pool)) {
		checked(context, check_reading(rooms));
		return;
	}
	struct checking *checking = must_allocate(sizeof(*checking));
	*checking = (struct checking){
		.job = { .write = write_checking, .done = checking_written },
		.rooms = rooms,
		.checked = checked,
		.context = context,
	};
	committer_submit(rooms->committer, &checking->job);
}
