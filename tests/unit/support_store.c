/*
 * The engine in memory (store/memory/), watched: what it does is counted, made to fail, and held;
 * see support_store.h. What its user must not do ends the process.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_store.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "store/memory/engine.h"
#include "store/memory/memory.h"

#define PATIENCE_SECONDS 30
#define FOLDER "memory"
#define LEASE_MS (BOUND_LEASE_SECONDS * INT64_C(1000))

const struct store_settings store_memory_settings = { .folder = FOLDER, .lease_ms = LEASE_MS };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned open_handles;
	unsigned failures[MEMORY_OPERATION_COUNT];
	unsigned calls[MEMORY_OPERATION_COUNT];
	unsigned transactions;
	unsigned rollbacks;
	char refused[64];
	bool is_held;
	unsigned held;
	char trims[4096];
	char pending_trim[4096];
	store_look_function look; /* of the watch that was opened last */
	void *look_context;
	struct store_watch *looking_watch;
} memory = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static void
must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "the store's user broke its contract: %s\n", what);
	abort();
}

static void
lock(void)
{
	pthread_mutex_lock(&memory.lock);
}

static void
unlock(void)
{
	pthread_mutex_unlock(&memory.lock);
}

/* Counts the call, and says whether it is one that fails. */
static bool
fails_next(enum memory_operation operation)
{
	lock();
	memory.calls[operation]++;
	bool fails = memory.failures[operation] > 0;
	memory.failures[operation] -= fails;
	unlock();
	return fails;
}

/* --- operations --- */

/* One that can be made to fail. */
#define FAILING(operation, name, parameters, arguments)                                            \
	static enum err failing_##name parameters                                                  \
	{                                                                                          \
		return fails_next(operation) ? ERR_STORE : store_in_memory.name arguments;         \
	}
/* And one that wants a transaction. */
#define FAILING_WRITE(operation, name, parameters, arguments)                                      \
	static enum err failing_##name parameters                                                  \
	{                                                                                          \
		must(store->is_writing, #name " without begin");                                   \
		return fails_next(operation) ? ERR_STORE : store_in_memory.name arguments;         \
	}

FAILING_WRITE(MEMORY_PART, append_part,
              (struct store * store, const char *room, const struct store_part *part, int64_t *seq),
              (store, room, part, seq))
FAILING_WRITE(MEMORY_FINISH, finish_message,
              (struct store * store, const char *room, const struct store_ending *ending,
               int64_t *seq),
              (store, room, ending, seq))
FAILING_WRITE(MEMORY_LEASE, renew_lease,
              (struct store * store, const char *room, int64_t seq, bool *is_held),
              (store, room, seq, is_held))
FAILING_WRITE(MEMORY_FAIL_ABANDONED, fail_abandoned,
              (struct store * store, int64_t time_ms, unsigned *count), (store, time_ms, count))
FAILING(MEMORY_COUNT_STREAMING, count_streaming,
        (struct store * store, unsigned *count, unsigned *abandoned), (store, count, abandoned))
FAILING(MEMORY_NEXT_REPLY, next_reply,
        (struct store * store, const char *room, int64_t ref, int64_t after, int64_t *reply),
        (store, room, ref, after, reply))
FAILING(MEMORY_READ, get,
        (struct store * store, const char *room, int64_t seq, store_event_function function,
         void *context, bool *is_there),
        (store, room, seq, function, context, is_there))
FAILING(MEMORY_CHECK, check, (struct store * store), (store))

static enum err
failing_open(const struct store_settings *settings, bool can_write, struct store **store)
{
	must(strcmp(settings->folder, FOLDER) == 0, "settings");
	enum err err = store_in_memory.open(settings, can_write, store);
	lock();
	memory.open_handles++;
	unlock();
	return fails_next(MEMORY_OPEN) ? ERR_STORE : err;
}

static void
failing_close(struct store *store)
{
	must(!store->is_writing, "close within a transaction");
	store_in_memory.close(store);
	lock();
	memory.open_handles--;
	unlock();
}

static bool
failing_exists(const struct store_settings *settings)
{
	(void)settings;
	return false;
}

static enum err
failing_begin(struct store *store)
{
	must(store->can_write && !store->is_writing, "begin");
	if (fails_next(MEMORY_BEGIN))
		return ERR_STORE;
	lock();
	memory.held++;
	pthread_cond_broadcast(&memory.changed);
	while (memory.is_held)
		pthread_cond_wait(&memory.changed, &memory.lock);
	memory.held--;
	unlock();
	enum err err = store_in_memory.begin(store);
	lock();
	memory.pending_trim[0] = '\0';
	unlock();
	return err;
}

static void
note_commit(void)
{
	lock();
	size_t size = strlen(memory.trims);

	memory.transactions += memory.pending_trim[0] == '\0';
	snprintf(memory.trims + size, sizeof(memory.trims) - size, "%s", memory.pending_trim);
	unlock();
}

static enum err
failing_commit(struct store *store)
{
	bool is_unanswered = fails_next(MEMORY_ANSWER);
	bool is_unasked = fails_next(MEMORY_QUESTION);
	bool fails = fails_next(MEMORY_COMMIT);

	must(store->is_writing, "commit without begin");
	if (fails || is_unasked) {
		store_in_memory.rollback(store);
		return is_unasked ? ERR_UNKNOWN_COMMIT : ERR_STORE;
	}
	note_commit();
	enum err err = store_in_memory.commit(store);
	return is_unanswered ? ERR_UNKNOWN_COMMIT : err;
}

static void
failing_rollback(struct store *store)
{
	lock();
	memory.rollbacks += store->is_writing;
	unlock();
	store_in_memory.rollback(store);
}

static uint64_t
failing_epoch(struct store *store)
{
	must(store->is_writing, "epoch without begin");
	return store_in_memory.epoch(store);
}

static bool
failing_is_erased(struct store *store)
{
	must(store->can_write && !store->is_writing, "is_erased after a commit");
	return !fails_next(MEMORY_IS_ERASED);
}

static enum err
failing_append_message(struct store *store, const char *room, const struct store_message *message,
                       int64_t *seq)
{
	must(store->is_writing, "append without begin");
	must(room[0] != '\0' && strlen(room) < BOUND_ROOM_BYTES, "a room's name");
	must(strlen(message->text) == message->text_size, "a text with its size");
	must(message->state != STATE_STREAMING || message->text_size == 0, "no text in the making");
	lock();
	bool fails = memory.refused[0] != '\0' && strcmp(message->text, memory.refused) == 0;
	unlock();
	return fails ? ERR_STORE : store_in_memory.append_message(store, room, message, seq);
}

static enum err
failing_delete_message(struct store *store, const char *room, int64_t seq, const char *author,
                       int64_t time_ms, enum store_outcome *outcome, int64_t *event_seq)
{
	must(store->is_writing, "delete without begin");
	return store_in_memory.delete_message(store, room, seq, author, time_ms, outcome,
	                                      event_seq);
}

static enum err
failing_find_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                 bool *is_known, bool *is_same, struct store_key_result *result)
{
	return store_in_memory.find_key(store, room, key, body_hash, is_known, is_same, result);
}

static enum err
failing_add_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                const struct store_key_result *result, int64_t time_ms)
{
	must(store->is_writing, "add_key without begin");
	must(key[0] != '\0' && strlen(key) <= BOUND_KEY_BYTES, "a key");
	return store_in_memory.add_key(store, room, key, body_hash, result, time_ms);
}

/* For store_memory_trims, if the transaction is committed. */
__attribute__((format(printf, 1, 2))) static void
note_trim(const char *format, ...)
{
	va_list arguments;

	lock();
	size_t size = strlen(memory.pending_trim);
	va_start(arguments, format);
	vsnprintf(memory.pending_trim + size, sizeof(memory.pending_trim) - size, format,
	          arguments);
	va_end(arguments);
	unlock();
}

static enum err
failing_trim(struct store *store, const char *room, const struct store_retention *retention,
             unsigned step, struct store_trimmed *trimmed)
{
	must(store->is_writing, "trim without begin");
	*trimmed = (struct store_trimmed){ 0 };
	if (fails_next(MEMORY_TRIM))
		return ERR_STORE;
	enum err err = store_in_memory.trim(store, room, retention, step, trimmed);
	note_trim("%s:%u ", room, trimmed->events);
	return err;
}

static enum err
failing_judge_clock(struct store *store, int64_t now_ms, struct store_time *time)
{
	must(store->is_writing, "judge_clock without begin");
	return store_in_memory.judge_clock(store, now_ms, time);
}

/* So that tests can reckon. */
static enum err
failing_count_bytes(struct store *store, bool is_exact, int64_t *bytes)
{
	const struct rooms_state *state =
		store->is_writing ? &store->draft : &store->memory->committed;

	(void)is_exact;
	*bytes = 0;
	pthread_mutex_lock(&store->memory->lock);
	for (size_t i = 0; i < state->rooms.count; i++)
		*bytes += 1000 * (int64_t)(*AT(&state->rooms, struct room *, i))->items.count;
	pthread_mutex_unlock(&store->memory->lock);
	return ERR_NONE;
}

static enum err
failing_next_room(struct store *store, const char *room, char *next, size_t next_size)
{
	enum err err = store_in_memory.next_room(store, room, next, next_size);

	if (err == ERR_NONE && next[0] == '\0')
		note_trim("end ");
	return err;
}

static enum err
failing_read(struct store *store, const struct store_range *range, store_event_function function,
             void *context, struct store_page *page)
{
	must(range->limit >= 1, "a limit");
	*page = (struct store_page){ .next = 0 };
	if (fails_next(MEMORY_READ))
		return ERR_STORE;
	return store_in_memory.read(store, range, function, context, page);
}

static enum err
failing_watch_open(const struct store_settings *settings, store_look_function look, void *context,
                   struct store_watch **watch)
{
	enum err err = store_in_memory.watch_open(settings, NULL, NULL, watch);

	/* Only the test gives hints. */
	lock();
	if (err == ERR_NONE && look != NULL) {
		memory.look = look;
		memory.look_context = context;
		memory.looking_watch = *watch;
	}
	unlock();
	return err;
}

static void
failing_watch_close(struct store_watch *watch)
{
	lock();
	if (memory.looking_watch == watch) {
		memory.look = NULL;
		memory.looking_watch = NULL;
	}
	unlock();
	store_in_memory.watch_close(watch);
}

static enum err
failing_find_news(struct store_watch *watch, store_news_function function, void *context)
{
	return fails_next(MEMORY_FIND_NEWS) ? ERR_STORE
	                                    : store_in_memory.find_news(watch, function, context);
}

const struct store_engine store_memory = {
	.open = failing_open,
	.close = failing_close,
	.exists = failing_exists,
	.begin = failing_begin,
	.commit = failing_commit,
	.rollback = failing_rollback,
	.epoch = failing_epoch,
	.is_erased = failing_is_erased,
	.append_message = failing_append_message,
	.append_part = failing_append_part,
	.finish_message = failing_finish_message,
	.renew_lease = failing_renew_lease,
	.fail_abandoned = failing_fail_abandoned,
	.delete_message = failing_delete_message,
	.find_key = failing_find_key,
	.add_key = failing_add_key,
	.trim = failing_trim,
	.judge_clock = failing_judge_clock,
	.count_bytes = failing_count_bytes,
	.next_reply = failing_next_reply,
	.next_room = failing_next_room,
	.read = failing_read,
	.get = failing_get,
	.count_streaming = failing_count_streaming,
	.check = failing_check,
	.watch_open = failing_watch_open,
	.watch_close = failing_watch_close,
	.find_news = failing_find_news,
};

/* --- for tests --- */

void
store_memory_reset(void)
{
	lock();
	must(memory.open_handles == 0, "handles that are not closed");
	memory.transactions = 0;
	memory.rollbacks = 0;
	memory.refused[0] = '\0';
	memory.is_held = false;
	memory.trims[0] = '\0';
	memset(memory.failures, 0, sizeof(memory.failures));
	memset(memory.calls, 0, sizeof(memory.calls));
	unlock();
	/* Cursors without an epoch are easier to compare. */
	store_in_memory_reset(FOLDER, 0);
}

void
store_memory_fail(enum memory_operation operation, unsigned count)
{
	lock();
	memory.failures[operation] = count;
	unlock();
}

void
store_memory_refuse(const char *text)
{
	lock();
	snprintf(memory.refused, sizeof(memory.refused), "%s", text);
	unlock();
}

void
store_memory_hold(void)
{
	lock();
	memory.is_held = true;
	unlock();
}

bool
store_memory_wait_held(void)
{
	struct timespec until;
	int failed = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_SECONDS;
	lock();
	while (memory.held == 0 && failed == 0)
		failed = pthread_cond_timedwait(&memory.changed, &memory.lock, &until);
	bool is_held = memory.held > 0;
	unlock();
	return is_held;
}

void
store_memory_release(void)
{
	lock();
	memory.is_held = false;
	pthread_cond_broadcast(&memory.changed);
	unlock();
}

unsigned
store_memory_calls(enum memory_operation operation)
{
	lock();
	unsigned calls = memory.calls[operation];
	unlock();
	return calls;
}

unsigned
store_memory_transactions(void)
{
	lock();
	unsigned transactions = memory.transactions;
	unlock();
	return transactions;
}

unsigned
store_memory_handles(void)
{
	lock();
	unsigned handles = memory.open_handles;
	unlock();
	return handles;
}

unsigned
store_memory_rollbacks(void)
{
	lock();
	unsigned rollbacks = memory.rollbacks;
	unlock();
	return rollbacks;
}

const char *
store_memory_trims(void)
{
	static char copy[sizeof(memory.trims)];

	lock();
	strcpy(copy, memory.trims);
	unlock();
	return copy;
}

/* The room, which nobody writes to meanwhile; NULL: it is not there. */
static const struct room *
committed_room(const char *name)
{
	return state_find(&memory_find(FOLDER)->committed, name);
}

size_t
store_memory_events(void)
{
	struct memory *stored = memory_find(FOLDER);
	size_t count = 0;

	pthread_mutex_lock(&stored->lock);
	for (size_t i = 0; i < stored->committed.rooms.count; i++)
		count += (*AT(&stored->committed.rooms, struct room *, i))->items.count;
	pthread_mutex_unlock(&stored->lock);
	return count;
}

unsigned
store_memory_keys(const char *room)
{
	struct memory *stored = memory_find(FOLDER);

	pthread_mutex_lock(&stored->lock);
	const struct room *found = committed_room(room);
	unsigned count = found == NULL ? 0 : (unsigned)found->keys.count;
	pthread_mutex_unlock(&stored->lock);
	return count;
}

void
store_memory_hint(void)
{
	lock();
	store_look_function look = memory.look;
	void *context = memory.look_context;
	unlock();
	if (look != NULL)
		look(context);
}

/* A handle of another process, in a transaction. */
static struct store *
begin_elsewhere(void)
{
	struct store *store;

	must(store_in_memory.open(&store_memory_settings, true, &store) == ERR_NONE &&
	             store_in_memory.begin(store) == ERR_NONE,
	     "no transaction elsewhere that does not end");
	return store;
}

static void
commit_elsewhere(struct store *store)
{
	must(store_in_memory.commit(store) == ERR_NONE, "a commit elsewhere");
	store_in_memory.close(store);
}

int64_t
store_memory_post(const char *room, const char *text)
{
	const struct store_message message = { .role = ROLE_USER,
		                               .name = "ann",
		                               .author = "ann",
		                               .text = text,
		                               .text_size = strlen(text),
		                               .time_ms = 1,
		                               .state = STATE_DONE };
	struct store *store = begin_elsewhere();
	int64_t seq;

	must(store_in_memory.append_message(store, room, &message, &seq) == ERR_NONE,
	     "a message elsewhere");
	commit_elsewhere(store);
	return seq;
}

void
store_memory_forget(const char *room, int64_t first_seq)
{
	struct store *store = begin_elsewhere();
	struct room *found = draft_room(store, room, false);
	size_t count = room_position(found, first_seq);

	for (size_t i = 0; i < count; i++) {
		found->message_count -= ITEM(found, i)->event.kind == EVENT_MESSAGE;
		item_release(ITEM(found, i));
	}
	array_remove(&found->items, sizeof(struct item *), 0, count);
	found->first_seq = first_seq;
	commit_elsewhere(store);
}

void
store_memory_pass(int64_t ms)
{
	store_in_memory_move_clock(FOLDER, ms);
}

void
store_memory_abandon(void)
{
	store_memory_pass(LEASE_MS);
}
