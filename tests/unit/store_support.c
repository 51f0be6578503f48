/*
 * See store_support.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/memory/engine.h"
#include "store/sqlite/engine.h"

#define SQLITE(power_safe, wal)                                                                    \
	{                                                                                          \
		.engine = &store_sqlite,                                                           \
		.settings = { .is_power_safe = (power_safe),                                       \
			      .is_wal = (wal),                                                     \
			      .lease_ms = LEASE_MS },                                              \
	}

struct ground grounds[5] = {
	SQLITE(true, true),
	SQLITE(false, true),
	SQLITE(true, false),
	SQLITE(false, false),
	{ .engine = &store_in_memory,
	  .settings = { .lease_ms = LEASE_MS },
	  .pass = store_in_memory_move_clock },
};

int
ground_set_up(void **state)
{
	static unsigned count;
	struct ground *ground = *state;

	snprintf(ground->folder, sizeof(ground->folder), "%s/store%u", scratch_folder(), count++);
	ground->settings.folder = ground->folder;
	return 0;
}

int
ground_tear_down(void **state)
{
	const struct ground *ground = *state;
	struct dirent *entry;

	if (ground->engine == &store_in_memory)
		store_in_memory_reset(ground->folder, 1);
	DIR *folder = opendir(ground->folder);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		(void)unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder != NULL)
		closedir(folder);
	(void)rmdir(ground->folder);
	return 0;
}

struct store *
open_writer(const struct ground *ground)
{
	struct store *store;

	assert_int_equal(ground->engine->open(&ground->settings, true, &store), ERR_NONE);
	return store;
}

struct store *
open_reader(const struct ground *ground)
{
	struct store *store;

	assert_int_equal(ground->engine->open(&ground->settings, false, &store), ERR_NONE);
	return store;
}

struct store_message
message_of(const char *text)
{
	return (struct store_message){ .role = ROLE_USER,
		                       .name = "ann",
		                       .author = "ann",
		                       .text = text,
		                       .text_size = strlen(text),
		                       .time_ms = 1000,
		                       .state = STATE_DONE };
}

void
begin(const struct ground *ground, struct store *store)
{
	assert_int_equal(ground->engine->begin(store), ERR_NONE);
}

void
commit(const struct ground *ground, struct store *store)
{
	assert_int_equal(ground->engine->commit(store), ERR_NONE);
}

int64_t
append(const struct ground *ground, struct store *store, const char *room, const char *text)
{
	struct store_message message = message_of(text);
	int64_t seq;

	assert_int_equal(ground->engine->append_message(store, room, &message, &seq), ERR_NONE);
	return seq;
}

int64_t
say(const struct ground *ground, struct store *store, const char *room, const char *text)
{
	begin(ground, store);
	int64_t seq = append(ground, store, room, text);
	commit(ground, store);
	return seq;
}

int64_t
try_to_say(const struct ground *ground, struct store *store, const char *room, const char *text)
{
	struct store_message message = message_of(text);
	int64_t seq;

	if (ground->engine->begin(store) != ERR_NONE)
		return 0;
	if (ground->engine->append_message(store, room, &message, &seq) != ERR_NONE) {
		ground->engine->rollback(store);
		return 0;
	}
	return ground->engine->commit(store) == ERR_NONE ? seq : 0;
}

enum store_outcome
take_back(const struct ground *ground, struct store *store, const char *room, int64_t seq,
          const char *author)
{
	enum store_outcome outcome;
	int64_t event_seq;

	begin(ground, store);
	assert_int_equal(ground->engine->delete_message(store, room, seq, author, 2000, &outcome,
	                                                &event_seq),
	                 ERR_NONE);
	commit(ground, store);
	assert_int_equal(outcome == STORE_DELETED, event_seq > 0);
	return outcome;
}

struct store_trimmed
trim(const struct ground *ground, struct store *store, const char *room, int64_t messages_max,
     int64_t oldest_ms, int64_t oldest_key_ms, unsigned step)
{
	const struct store_retention retention = {
		.messages_max = messages_max,
		.oldest_ms = oldest_ms,
		.oldest_key_ms = oldest_key_ms,
	};
	struct store_trimmed trimmed;

	begin(ground, store);
	assert_int_equal(ground->engine->trim(store, room, &retention, step, &trimmed), ERR_NONE);
	commit(ground, store);
	return trimmed;
}

/* --- messages that stream --- */

int64_t
begin_reply(const struct ground *ground, struct store *store, const char *room, int64_t ref)
{
	struct store_message message = message_of("");
	int64_t seq;

	message.role = ROLE_ASSISTANT;
	message.name = "bot";
	message.ref = ref;
	message.state = STATE_STREAMING;
	begin(ground, store);
	assert_int_equal(ground->engine->append_message(store, room, &message, &seq), ERR_NONE);
	commit(ground, store);
	return seq;
}

int64_t
add_part(const struct ground *ground, struct store *store, const char *room, int64_t ref,
         int64_t offset, const char *text)
{
	const struct store_part part = { .ref = ref,
		                         .text = text,
		                         .text_size = strlen(text),
		                         .offset = offset,
		                         .time_ms = 1500 };
	int64_t seq;

	begin(ground, store);
	assert_int_equal(ground->engine->append_part(store, room, &part, &seq), ERR_NONE);
	commit(ground, store);
	return seq;
}

int64_t
finish_reply(const struct ground *ground, struct store *store, const char *room, int64_t ref,
             enum message_state state, const char *text)
{
	const struct store_ending ending = { .ref = ref,
		                             .state = state,
		                             .text = text,
		                             .text_size = text == NULL ? 0 : strlen(text),
		                             .time_ms = 1800 };
	int64_t seq;

	begin(ground, store);
	assert_int_equal(ground->engine->finish_message(store, room, &ending, &seq), ERR_NONE);
	commit(ground, store);
	return seq;
}

unsigned
fail_abandoned(const struct ground *ground, struct store *store)
{
	unsigned count;

	begin(ground, store);
	assert_int_equal(ground->engine->fail_abandoned(store, 1900, &count), ERR_NONE);
	commit(ground, store);
	return count;
}

static unsigned
count_streaming_rows(const struct ground *ground, struct store *store, unsigned *abandoned)
{
	unsigned count;

	assert_int_equal(ground->engine->count_streaming(store, &count, abandoned), ERR_NONE);
	return count;
}

unsigned
count_streaming(const struct ground *ground, struct store *store)
{
	unsigned abandoned;

	return count_streaming_rows(ground, store, &abandoned);
}

unsigned
count_abandoned(const struct ground *ground, struct store *store)
{
	unsigned abandoned;

	(void)count_streaming_rows(ground, store, &abandoned);
	return abandoned;
}

/* --- reading --- */

void
keep_event(void *context, const struct event *event)
{
	struct seen *seen = context;
	struct event *events = reallocarray(seen->events, seen->count + 1, sizeof(seen->events[0]));

	assert_non_null(events);
	seen->events = events;
	events[seen->count] = *event;
	if (event->name != NULL)
		events[seen->count].name = must_copy_text(event->name);
	if (event->text != NULL)
		events[seen->count].text = must_copy(event->text, event->text_size);
	events[seen->count].thought = must_copy(event->thought, event->thought_size);
	seen->count++;
}

void
seen_fini(struct seen *seen)
{
	for (size_t i = 0; i < seen->count; i++) {
		free((char *)(uintptr_t)seen->events[i].name);
		free((char *)(uintptr_t)seen->events[i].text);
		free((char *)(uintptr_t)seen->events[i].thought);
	}
	free(seen->events);
	*seen = (struct seen){ 0 };
}

enum err
try_to_see(const struct ground *ground, struct store *store, const struct store_range *range,
           struct seen *seen)
{
	seen_fini(seen);
	return ground->engine->read(store, range, keep_event, seen, &seen->page);
}

void
see_page(const struct ground *ground, struct store *store, const char *room, int64_t before,
         unsigned limit, struct seen *seen)
{
	const struct store_range range = { room, -1, before, limit, 0 };

	assert_int_equal(try_to_see(ground, store, &range, seen), ERR_NONE);
}

void
see_after(const struct ground *ground, struct store *store, const char *room, int64_t after,
          unsigned limit, struct seen *seen)
{
	const struct store_range range = { room, after, 0, limit, 0 };

	assert_int_equal(try_to_see(ground, store, &range, seen), ERR_NONE);
}

void
assert_gapless(const struct ground *ground, struct store *store, const char *room, int64_t last)
{
	struct seen seen = { 0 };
	int64_t at = 0;

	do {
		see_after(ground, store, room, at, 100, &seen);
		assert_false(seen.page.is_reset);
		for (size_t i = 0; i < seen.count; i++)
			assert_int_equal(seen.events[i].seq, ++at);
		assert_int_equal(seen.page.next, at);
	} while (seen.page.more);
	assert_int_equal(at, last);
	seen_fini(&seen);
}

/* --- files --- */

/* By another program: if this process closed one of the files, SQLite's locks on it would go. */
bool
is_in_files(const struct ground *ground, const char *text)
{
	int status;

	if (access(ground->folder, F_OK) != 0)
		return false;
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		execlp("grep", "grep", "-r", "-q", "-a", "-F", "-e", text, ground->folder, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

const char *
lock_path(const struct ground *ground)
{
	static char path[sizeof(ground->folder) + 16];

	snprintf(path, sizeof(path), "%s/plainchat.lock", ground->folder);
	return path;
}
