/*
 * The store in memory: the table of operations, and of these opening, transactions and what is
 * asked of the store as a whole.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store/memory/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/memory/memory.h"

/* --- handles --- */

static enum err
memory_open(const struct store_settings *settings, bool can_write, struct store **result)
{
	struct store *store = must_allocate(sizeof(*store));
	struct memory *memory = memory_find(settings->folder);

	*store = (struct store){ .memory = memory,
		                 .number = memory_next_number(),
		                 .can_write = can_write,
		                 .lease_ms = settings->lease_ms };
	pthread_mutex_lock(&memory->lock);
	memory->is_made |= can_write;
	store->next = memory->handles;
	memory->handles = store;
	pthread_mutex_unlock(&memory->lock);
	*result = store;
	return ERR_NONE;
}

static bool
memory_exists(const struct store_settings *settings)
{
	struct memory *memory = memory_find(settings->folder);

	pthread_mutex_lock(&memory->lock);
	bool is_made = memory->is_made;
	pthread_mutex_unlock(&memory->lock);
	return is_made;
}

/* --- transactions --- */

/* With the lock. */
static void
end_writing(struct store *store)
{
	store->is_writing = false;
	store->memory->writer = NULL;
	state_fini(&store->draft);
	pthread_cond_signal(&store->memory->is_free);
}

static void
memory_rollback(struct store *store)
{
	pthread_mutex_lock(&store->memory->lock);
	if (store->is_writing)
		end_writing(store);
	pthread_mutex_unlock(&store->memory->lock);
}

static void
memory_close(struct store *store)
{
	struct memory *memory = store->memory;

	memory_rollback(store);
	pthread_mutex_lock(&memory->lock);
	struct store **link = &memory->handles;
	while (*link != store)
		link = &(*link)->next;
	*link = store->next;
	pthread_mutex_unlock(&memory->lock);
	free(store);
}

static enum err
memory_begin(struct store *store)
{
	struct memory *memory = store->memory;
	struct timespec until;
	int failed = 0;

	if (!store->can_write || store->is_writing)
		return memory_fail("begin", "not a writer, or twice");
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += BOUND_STORE_WAIT_SECONDS;
	pthread_mutex_lock(&memory->lock);
	while (memory->writer != NULL && failed == 0)
		failed = pthread_cond_timedwait(&memory->is_free, &memory->lock, &until);
	if (memory->writer == NULL) {
		memory->writer = store;
		store->is_writing = true;
		store->draft = state_share(&memory->committed);
	}
	pthread_mutex_unlock(&memory->lock);
	return store->is_writing ? ERR_NONE : memory_fail("begin", strerror(failed));
}

static enum err
memory_commit(struct store *store)
{
	struct memory *memory = store->memory;

	if (!store->is_writing)
		return memory_fail("commit", "no transaction");
	pthread_mutex_lock(&memory->lock);
	for (size_t i = 0; i < store->draft.rooms.count; i++)
		(*AT(&store->draft.rooms, struct room *, i))->is_draft = false;
	struct rooms_state before = memory->committed;
	memory->committed = store->draft;
	store->draft = before;
	end_writing(store);
	memory_tell_watches(memory);
	pthread_mutex_unlock(&memory->lock);
	return ERR_NONE;
}

static uint64_t
memory_epoch(struct store *store)
{
	return store->memory->epoch;
}

/* What was deleted is overwritten when the last reader has let it go. */
static bool
memory_is_erased(struct store *store)
{
	(void)store;
	return true;
}

static enum err
memory_check(struct store *store)
{
	(void)store;
	return ERR_NONE;
}

/* --- for tests --- */

void
store_in_memory_reset(const char *folder, uint64_t epoch)
{
	struct memory *memory = memory_find(folder);

	pthread_mutex_lock(&memory->lock);
	state_fini(&memory->committed);
	memory->is_made = false;
	memory->epoch = epoch;
	memory->moved_ms = 0;
	pthread_mutex_unlock(&memory->lock);
}

void
store_in_memory_move_clock(const char *folder, int64_t ms)
{
	struct memory *memory = memory_find(folder);

	pthread_mutex_lock(&memory->lock);
	memory->moved_ms += ms;
	pthread_mutex_unlock(&memory->lock);
}

const struct store_engine store_in_memory = {
	.open = memory_open,
	.close = memory_close,
	.exists = memory_exists,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.epoch = memory_epoch,
	.is_erased = memory_is_erased,
	.append_message = memory_append_message,
	.append_part = memory_append_part,
	.finish_message = memory_finish_message,
	.renew_lease = memory_renew_lease,
	.fail_abandoned = memory_fail_abandoned,
	.delete_message = memory_delete_message,
	.find_key = memory_find_key,
	.add_key = memory_add_key,
	.trim = memory_trim,
	.judge_clock = memory_judge_clock,
	.count_bytes = memory_count_bytes,
	.next_reply = memory_next_reply,
	.next_room = memory_next_room,
	.read = memory_read,
	.get = memory_get,
	.count_streaming = memory_count_streaming,
	.check = memory_check,
	.watch_open = memory_watch_open,
	.watch_close = memory_watch_close,
	.find_news = memory_find_news,
};
