/*
 * The stores of the process, and what of one a handle sees.
 *
 * SPDX-License-Identifier: MIT
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/memory/memory.h"

static pthread_mutex_t stores_lock = PTHREAD_MUTEX_INITIALIZER;
static struct memory *stores;

/* --- stores --- */

struct memory *
memory_find(const char *folder)
{
	pthread_condattr_t monotonic;

	pthread_mutex_lock(&stores_lock);
	struct memory *memory = stores;
	while (memory != NULL && strcmp(memory->folder, folder) != 0)
		memory = memory->next;
	if (memory == NULL) {
		memory = must_allocate(sizeof(*memory));
		*memory = (struct memory){ .next = stores, .folder = must_copy_text(folder) };
		memory->epoch = 1 + randombytes_uniform(STORE_EPOCH_MAX < UINT32_MAX
		                                                ? (uint32_t)STORE_EPOCH_MAX
		                                                : UINT32_MAX);
		pthread_mutex_init(&memory->lock, NULL);
		pthread_condattr_init(&monotonic);
		pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
		pthread_cond_init(&memory->is_free, &monotonic);
		pthread_condattr_destroy(&monotonic);
		stores = memory;
	}
	pthread_mutex_unlock(&stores_lock);
	return memory;
}

uint64_t
memory_next_number(void)
{
	static uint64_t last;

	pthread_mutex_lock(&stores_lock);
	uint64_t number = ++last;
	pthread_mutex_unlock(&stores_lock);
	return number;
}

int64_t
memory_now_ms(const struct memory *memory)
{
	return clock_now_us() / 1000 + memory->moved_ms;
}

/* A handle that was closed makes nothing any more, whatever the clock says. */
bool
memory_is_owned(const struct memory *memory, const struct lease *lease)
{
	const struct store *handle = memory->handles;

	while (handle != NULL && handle->number != lease->owner)
		handle = handle->next;
	return handle != NULL && memory_now_ms(memory) < lease->until_ms;
}

/* --- what handles see --- */

enum err
memory_fail(const char *operation, const char *reason)
{
	log_event(LOG_ERROR, "store_failed",
	          LOG_FIELDS(log_text("operation", operation), log_text("error", reason)));
	return ERR_STORE;
}

enum err
memory_check_writing(const struct store *store)
{
	return store->is_writing ? ERR_NONE : memory_fail("write", "no transaction");
}

struct room *
memory_take_room(struct store *store, const char *name)
{
	/* Nobody else sees a draft. */
	if (store->is_writing)
		return state_find(&store->draft, name);
	pthread_mutex_lock(&store->memory->lock);
	struct room *room = state_find(&store->memory->committed, name);
	if (room != NULL)
		room->references++;
	pthread_mutex_unlock(&store->memory->lock);
	return room;
}

void
memory_give_room(struct store *store, struct room *room)
{
	if (room == NULL || store->is_writing)
		return;
	pthread_mutex_lock(&store->memory->lock);
	room_release(room);
	pthread_mutex_unlock(&store->memory->lock);
}
