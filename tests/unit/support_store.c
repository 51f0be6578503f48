/*
 * A store in memory; see support_store.h. A transaction works on a copy of everything, which
 * becomes the store when it is committed: nothing can be left behind by one that is not.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bounds.h"
#include "base/buf.h"

#define PATIENCE_SECONDS 30

/* An event that never changes, shared by the copies; behind it text, name and author. */
struct item {
	unsigned references;
	struct event event;
	char *author;
};

struct key {
	char text[BOUND_KEY_BYTES + 1];
	uint64_t body_hash;
	struct store_key_result result;
	int64_t time_ms;
};

struct memory_room {
	char name[BOUND_ROOM_BYTES];
	int64_t first_seq; /* of the log; events before it were trimmed */
	struct item **items;
	size_t count;
	struct key *keys;
	size_t key_count;
	int64_t changed_at; /* the commit that changed it last */
};

struct content {
	struct memory_room *rooms;
	size_t count;
};

struct store {
	bool can_write;
	bool is_in_transaction;
};

const struct store_settings store_memory_settings = { .folder = "memory" };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct content committed;
	struct content draft; /* the transaction's */
	bool is_in_transaction;
	int64_t commits; /* also the mark and the version */
	unsigned open_handles;
	unsigned failures[MEMORY_OPERATION_COUNT];
	unsigned calls[MEMORY_OPERATION_COUNT];
	unsigned transactions;
	unsigned rollbacks;
	char refused[64];
	bool is_held;
	unsigned held;
	char trims[4096];
	char pending_trim[BOUND_ROOM_BYTES + 32];
	char watched[256];
} memory = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
	.watched = "/nonexistent/store",
};

static void
must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "the store's user broke its contract: %s\n", what);
	abort();
}

/* --- content --- */

static struct item *
item_new(const struct event *event, const char *author)
{
	struct item *item = must_allocate(sizeof(*item));

	item->references = 1;
	item->event = *event;
	item->event.name = must_copy(event->name, strlen(event->name));
	item->event.text = event->text == NULL ? NULL : must_copy(event->text, event->text_size);
	item->author = must_copy(author, strlen(author));
	return item;
}

static void
item_release(struct item *item)
{
	if (--item->references > 0)
		return;
	free((char *)(uintptr_t)item->event.name);
	free((char *)(uintptr_t)item->event.text);
	free(item->author);
	free(item);
}

static void *
grow(void *array, size_t count, size_t size)
{
	void *grown = realloc(array, (count + 1) * size);

	if (grown == NULL)
		abort();
	return grown;
}

static void
content_free(struct content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		struct memory_room *room = &content->rooms[i];
		for (size_t j = 0; j < room->count; j++)
			item_release(room->items[j]);
		free(room->items);
		free(room->keys);
	}
	free(content->rooms);
	*content = (struct content){ .count = 0 };
}

static struct content
content_copy(const struct content *from)
{
	struct content to = { .count = from->count };

	to.rooms = must_allocate(from->count * sizeof(*to.rooms) + 1);
	for (size_t i = 0; i < from->count; i++) {
		struct memory_room *room = &to.rooms[i];
		*room = from->rooms[i];
		room->items = must_allocate(room->count * sizeof(*room->items) + 1);
		room->keys = must_allocate(room->key_count * sizeof(*room->keys) + 1);
		for (size_t j = 0; j < room->count; j++) {
			room->items[j] = from->rooms[i].items[j];
			room->items[j]->references++;
		}
		for (size_t j = 0; j < room->key_count; j++)
			room->keys[j] = from->rooms[i].keys[j];
	}
	return to;
}

static struct memory_room *
find_room(const struct content *content, const char *name)
{
	for (size_t i = 0; i < content->count; i++) {
		if (strcmp(content->rooms[i].name, name) == 0)
			return &content->rooms[i];
	}
	return NULL;
}

static struct memory_room *
need_room(struct content *content, const char *name)
{
	struct memory_room *room = find_room(content, name);

	if (room != NULL)
		return room;
	must(strlen(name) < BOUND_ROOM_BYTES && name[0] != '\0', "a room's name");
	content->rooms = grow(content->rooms, content->count, sizeof(*content->rooms));
	room = &content->rooms[content->count++];
	*room = (struct memory_room){ .first_seq = 1 };
	strcpy(room->name, name);
	return room;
}

static int64_t
last_seq(const struct memory_room *room)
{
	return room->first_seq - 1 + (int64_t)room->count;
}

static int64_t
add_item(struct memory_room *room, struct event *event, const char *author)
{
	event->seq = last_seq(room) + 1;
	room->items = grow(room->items, room->count, sizeof(*room->items));
	room->items[room->count++] = item_new(event, author);
	room->changed_at = memory.commits + 1;
	return event->seq;
}

/* What the handle sees. */
static struct content *
seen_by(const struct store *store)
{
	return store->is_in_transaction ? &memory.draft : &memory.committed;
}

/* --- operations; each takes the lock --- */

static void
lock(void)
{
	pthread_mutex_lock(&memory.lock);
}

static enum err
unlock(enum err err)
{
	pthread_mutex_unlock(&memory.lock);
	return err;
}

/* Takes the lock, counts the call, and says whether it is one that fails. */
static bool
lock_and_fail(enum memory_operation operation)
{
	lock();
	memory.calls[operation]++;
	if (memory.failures[operation] == 0)
		return false;
	memory.failures[operation]--;
	return true;
}

static enum err
memory_open(const struct store_settings *settings, bool can_write, struct store **store)
{
	must(settings == &store_memory_settings, "settings");
	*store = must_allocate(sizeof(**store));
	(*store)->can_write = can_write;
	bool fails = lock_and_fail(MEMORY_OPEN);
	memory.open_handles++;
	return unlock(fails ? ERR_STORE : ERR_NONE);
}

static void
end_transaction(struct store *store)
{
	store->is_in_transaction = false;
	memory.is_in_transaction = false;
	memory.pending_trim[0] = '\0';
	content_free(&memory.draft);
	pthread_cond_broadcast(&memory.changed);
}

static void
memory_close(struct store *store)
{
	lock();
	must(!store->is_in_transaction, "close within a transaction");
	memory.open_handles--;
	(void)unlock(ERR_NONE);
	free(store);
}

static enum err
memory_begin(struct store *store)
{
	bool fails = lock_and_fail(MEMORY_BEGIN);

	must(store->can_write && !store->is_in_transaction, "begin");
	if (fails)
		return unlock(ERR_STORE);
	memory.held++;
	pthread_cond_broadcast(&memory.changed);
	while (memory.is_held || memory.is_in_transaction)
		pthread_cond_wait(&memory.changed, &memory.lock);
	memory.held--;
	memory.is_in_transaction = true;
	store->is_in_transaction = true;
	memory.draft = content_copy(&memory.committed);
	return unlock(ERR_NONE);
}

static enum err
memory_commit(struct store *store)
{
	bool fails = lock_and_fail(MEMORY_COMMIT);

	must(store->is_in_transaction, "commit without begin");
	if (!fails) {
		struct content before = memory.committed;
		memory.committed = memory.draft;
		memory.draft = before;
		memory.commits++;
		memory.transactions += memory.pending_trim[0] == '\0';
		size_t size = strlen(memory.trims);
		snprintf(memory.trims + size, sizeof(memory.trims) - size, "%s",
		         memory.pending_trim);
	}
	end_transaction(store);
	return unlock(fails ? ERR_STORE : ERR_NONE);
}

static void
memory_rollback(struct store *store)
{
	lock();
	if (store->is_in_transaction) {
		memory.rollbacks++;
		end_transaction(store);
	}
	(void)unlock(ERR_NONE);
}

static bool
memory_is_erased(struct store *store)
{
	bool fails = lock_and_fail(MEMORY_IS_ERASED);

	must(store->can_write && !store->is_in_transaction, "is_erased after a commit");
	(void)unlock(ERR_NONE);
	return !fails;
}

static enum err
memory_append_message(struct store *store, const char *room, const struct store_message *message,
                      int64_t *seq)
{
	struct event event = {
		.kind = EVENT_MESSAGE,
		.time_ms = message->time_ms,
		.ref = message->ref,
		.role = message->role,
		.state = message->state,
		.name = message->name,
		.text = message->text,
		.text_size = message->text_size,
	};

	lock();
	must(store->is_in_transaction, "append without begin");
	must(strlen(message->text) == message->text_size, "a text with its size");
	if (memory.refused[0] != '\0' && strcmp(message->text, memory.refused) == 0)
		return unlock(ERR_STORE);
	*seq = add_item(need_room(&memory.draft, room), &event, message->author);
	return unlock(ERR_NONE);
}

static enum store_outcome
judge(const struct memory_room *room, int64_t seq, const char *author)
{
	if (room == NULL || seq < room->first_seq || seq > last_seq(room))
		return STORE_NOT_FOUND;
	const struct item *item = room->items[seq - room->first_seq];
	if (item->event.kind != EVENT_MESSAGE)
		return STORE_NOT_FOUND;
	if (item->event.state == STATE_DELETED)
		return STORE_ALREADY_DELETED;
	return author[0] != '\0' && strcmp(item->author, author) == 0 ? STORE_DELETED
	                                                              : STORE_NOT_THE_AUTHOR;
}

static enum err
memory_delete_message(struct store *store, const char *name, int64_t seq, const char *author,
                      int64_t time_ms, enum store_outcome *outcome, int64_t *event_seq)
{
	struct event deletion = {
		.kind = EVENT_DELETE, .time_ms = time_ms, .ref = seq, .name = ""
	};

	lock();
	must(store->is_in_transaction, "delete without begin");
	struct memory_room *room = find_room(&memory.draft, name);
	*outcome = judge(room, seq, author);
	*event_seq = 0;
	if (*outcome == STORE_DELETED) {
		struct item **item = &room->items[seq - room->first_seq];
		struct event deleted = (*item)->event;
		deleted.state = STATE_DELETED;
		deleted.name = "";
		deleted.text = NULL;
		deleted.text_size = 0;
		struct item *replaced = *item;
		*item = item_new(&deleted, "");
		item_release(replaced);
		*event_seq = add_item(room, &deletion, "");
	}
	return unlock(ERR_NONE);
}

static enum err
memory_find_key(struct store *store, const char *name, const char *key, uint64_t body_hash,
                bool *is_known, bool *is_same, struct store_key_result *result)
{
	lock();
	const struct memory_room *room = find_room(seen_by(store), name);
	*is_known = false;
	*is_same = false;
	for (size_t i = 0; room != NULL && i < room->key_count; i++) {
		if (strcmp(room->keys[i].text, key) != 0)
			continue;
		*is_known = true;
		*is_same = room->keys[i].body_hash == body_hash;
		*result = room->keys[i].result;
	}
	return unlock(ERR_NONE);
}

static enum err
memory_add_key(struct store *store, const char *name, const char *key, uint64_t body_hash,
               const struct store_key_result *result, int64_t time_ms)
{
	lock();
	must(store->is_in_transaction, "add_key without begin");
	must(key[0] != '\0' && strlen(key) <= BOUND_KEY_BYTES, "a key");
	struct memory_room *room = need_room(&memory.draft, name);
	room->keys = grow(room->keys, room->key_count, sizeof(*room->keys));
	struct key *added = &room->keys[room->key_count++];
	*added = (struct key){ .body_hash = body_hash, .result = *result, .time_ms = time_ms };
	strcpy(added->text, key);
	return unlock(ERR_NONE);
}

/* Takes the oldest `count` items away. */
static void
forget(struct memory_room *room, size_t count)
{
	for (size_t i = 0; i < count; i++)
		item_release(room->items[i]);
	memmove(room->items, room->items + count, (room->count - count) * sizeof(*room->items));
	room->count -= count;
	room->first_seq += (int64_t)count;
}

static enum err
memory_trim(struct store *store, const char *name, int64_t messages_max, int64_t oldest_ms,
            int64_t oldest_key_ms, unsigned step, struct store_trimmed *trimmed)
{
	bool fails = lock_and_fail(MEMORY_TRIM);
	int64_t messages = 0;

	must(store->is_in_transaction, "trim without begin");
	*trimmed = (struct store_trimmed){ 0 };
	if (fails)
		return unlock(ERR_STORE);
	struct memory_room *room = find_room(&memory.draft, name);
	for (size_t i = 0; room != NULL && i < room->count; i++)
		messages += room->items[i]->event.kind == EVENT_MESSAGE;
	while (room != NULL && trimmed->events < step && trimmed->events < room->count) {
		const struct event *oldest = &room->items[trimmed->events]->event;
		bool is_many = messages_max > 0 && messages > messages_max;
		if (!is_many && (oldest_ms == 0 || oldest->time_ms >= oldest_ms))
			break;
		messages -= oldest->kind == EVENT_MESSAGE;
		trimmed->events++;
	}
	if (room != NULL)
		forget(room, trimmed->events);
	for (size_t i = 0; room != NULL && trimmed->keys < step && i < room->key_count;) {
		if (room->keys[i].time_ms < oldest_key_ms) {
			room->keys[i] = room->keys[--room->key_count];
			trimmed->keys++;
		} else {
			i++;
		}
	}
	snprintf(memory.pending_trim, sizeof(memory.pending_trim), "%s:%u ", name, trimmed->events);
	return unlock(ERR_NONE);
}

static enum err
memory_next_room(struct store *store, const char *room, char *next, size_t next_size)
{
	const char *found = NULL;

	lock();
	const struct content *content = seen_by(store);
	for (size_t i = 0; i < content->count; i++) {
		const char *name = content->rooms[i].name;
		if (strcmp(name, room) > 0 && (found == NULL || strcmp(name, found) < 0))
			found = name;
	}
	if (found != NULL && strlen(found) >= next_size)
		return unlock(ERR_TOO_LARGE);
	if (found == NULL)
		strcpy(memory.pending_trim, "end ");
	strcpy(next, found == NULL ? "" : found);
	return unlock(ERR_NONE);
}

/* Gives the items [from, to) of the room. */
static void
give(const struct memory_room *room, size_t from, size_t to, bool only_messages,
     store_event_function function, void *context)
{
	for (size_t i = from; i < to; i++) {
		const struct event *event = &room->items[i]->event;
		if (!only_messages || event->kind == EVENT_MESSAGE)
			function(context, event);
	}
}

static void
read_after(const struct memory_room *room, const struct store_range *range,
           store_event_function function, void *context, struct store_page *page)
{
	if (range->after < room->first_seq - 1 || range->after > last_seq(room)) {
		page->is_reset = true;
		return;
	}
	size_t from = (size_t)(range->after - room->first_seq + 1);
	size_t to = room->count - from > range->limit ? from + range->limit : room->count;
	give(room, from, to, false, function, context);
	page->next = room->first_seq - 1 + (int64_t)to;
	page->more = to < room->count;
}

static void
read_page(const struct memory_room *room, const struct store_range *range,
          store_event_function function, void *context, struct store_page *page)
{
	size_t to = room->count;
	unsigned messages = 0;

	if (range->before > 0 && range->before <= last_seq(room))
		to = range->before <= room->first_seq ? 0
		                                      : (size_t)(range->before - room->first_seq);
	size_t from = to;
	while (from > 0 && messages < range->limit)
		messages += room->items[--from]->event.kind == EVENT_MESSAGE;
	give(room, from, to, true, function, context);
	for (size_t i = 0; i < from; i++)
		page->more |= room->items[i]->event.kind == EVENT_MESSAGE;
}

static enum err
memory_read(struct store *store, const struct store_range *range, store_event_function function,
            void *context, struct store_page *page)
{
	bool fails = lock_and_fail(MEMORY_READ);

	must(range->limit >= 1, "a limit");
	*page = (struct store_page){ .next = 0 };
	if (fails)
		return unlock(ERR_STORE);
	const struct memory_room *room = find_room(seen_by(store), range->room);
	if (room == NULL) {
		page->is_reset = range->after > 0;
		return unlock(ERR_NONE);
	}
	page->next = last_seq(room);
	if (range->after >= 0)
		read_after(room, range, function, context, page);
	else
		read_page(room, range, function, context, page);
	return unlock(ERR_NONE);
}

static enum err
memory_version(struct store *store, int64_t *version)
{
	(void)store;
	bool fails = lock_and_fail(MEMORY_VERSION);
	*version = memory.commits;
	return unlock(fails ? ERR_STORE : ERR_NONE);
}

static enum err
memory_changed_rooms(struct store *store, int64_t since,
                     void (*function)(void *context, const char *room), void *context,
                     int64_t *until)
{
	(void)store;
	if (lock_and_fail(MEMORY_CHANGED_ROOMS))
		return unlock(ERR_STORE);
	for (size_t i = 0; since >= 0 && i < memory.committed.count; i++) {
		if (memory.committed.rooms[i].changed_at > since)
			function(context, memory.committed.rooms[i].name);
	}
	*until = memory.commits;
	return unlock(ERR_NONE);
}

static enum err
memory_check(struct store *store)
{
	(void)store;
	return unlock(lock_and_fail(MEMORY_CHECK) ? ERR_STORE : ERR_NONE);
}

static const char *
memory_watched_path(struct store *store)
{
	(void)store;
	return memory.watched;
}

const struct store_engine store_memory = {
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.is_erased = memory_is_erased,
	.append_message = memory_append_message,
	.delete_message = memory_delete_message,
	.find_key = memory_find_key,
	.add_key = memory_add_key,
	.trim = memory_trim,
	.next_room = memory_next_room,
	.read = memory_read,
	.version = memory_version,
	.changed_rooms = memory_changed_rooms,
	.check = memory_check,
	.watched_path = memory_watched_path,
};

/* --- for tests --- */

void
store_memory_reset(void)
{
	lock();
	must(memory.open_handles == 0, "handles that are not closed");
	content_free(&memory.committed);
	memory.commits = 0;
	memory.transactions = 0;
	memory.rollbacks = 0;
	memory.refused[0] = '\0';
	memory.is_held = false;
	memory.trims[0] = '\0';
	strcpy(memory.watched, "/nonexistent/store");
	memset(memory.failures, 0, sizeof(memory.failures));
	memset(memory.calls, 0, sizeof(memory.calls));
	(void)unlock(ERR_NONE);
}

void
store_memory_fail(enum memory_operation operation, unsigned count)
{
	lock();
	memory.failures[operation] = count;
	(void)unlock(ERR_NONE);
}

void
store_memory_refuse(const char *text)
{
	lock();
	snprintf(memory.refused, sizeof(memory.refused), "%s", text);
	(void)unlock(ERR_NONE);
}

void
store_memory_hold(void)
{
	lock();
	memory.is_held = true;
	(void)unlock(ERR_NONE);
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
	(void)unlock(ERR_NONE);
	return is_held;
}

void
store_memory_release(void)
{
	lock();
	memory.is_held = false;
	pthread_cond_broadcast(&memory.changed);
	(void)unlock(ERR_NONE);
}

unsigned
store_memory_calls(enum memory_operation operation)
{
	lock();
	unsigned calls = memory.calls[operation];
	(void)unlock(ERR_NONE);
	return calls;
}

unsigned
store_memory_transactions(void)
{
	lock();
	unsigned transactions = memory.transactions;
	(void)unlock(ERR_NONE);
	return transactions;
}

unsigned
store_memory_rollbacks(void)
{
	lock();
	unsigned rollbacks = memory.rollbacks;
	(void)unlock(ERR_NONE);
	return rollbacks;
}

const char *
store_memory_trims(void)
{
	static char copy[sizeof(memory.trims)];

	lock();
	strcpy(copy, memory.trims);
	(void)unlock(ERR_NONE);
	return copy;
}

size_t
store_memory_events(void)
{
	size_t count = 0;

	lock();
	for (size_t i = 0; i < memory.committed.count; i++)
		count += memory.committed.rooms[i].count;
	(void)unlock(ERR_NONE);
	return count;
}

unsigned
store_memory_keys(const char *room)
{
	lock();
	const struct memory_room *found = find_room(&memory.committed, room);
	unsigned count = found == NULL ? 0 : (unsigned)found->key_count;
	(void)unlock(ERR_NONE);
	return count;
}

void
store_memory_watch(const char *path)
{
	lock();
	snprintf(memory.watched, sizeof(memory.watched), "%s", path);
	(void)unlock(ERR_NONE);
}

int64_t
store_memory_say(const char *room, const char *text)
{
	struct event event = { .kind = EVENT_MESSAGE,
		               .role = ROLE_USER,
		               .state = STATE_DONE,
		               .time_ms = 1,
		               .name = "ann",
		               .text = text,
		               .text_size = strlen(text) };

	lock();
	must(!memory.is_in_transaction, "saying during a transaction");
	int64_t seq = add_item(need_room(&memory.committed, room), &event, "ann");
	memory.commits++;
	(void)unlock(ERR_NONE);
	return seq;
}

void
store_memory_forget(const char *room, int64_t first_seq)
{
	lock();
	must(!memory.is_in_transaction, "forgetting during a transaction");
	struct memory_room *found = need_room(&memory.committed, room);
	forget(found, (size_t)(first_seq - found->first_seq));
	memory.commits++;
	(void)unlock(ERR_NONE);
}
