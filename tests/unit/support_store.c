/*
 * A store in memory; see support_store.h. A transaction works on a copy of everything, which
 * becomes the store when it is committed: nothing can be left behind by one that is not.
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

#define PATIENCE_SECONDS 30

/* An event that never changes, shared by the copies; behind it text, name and author. */
struct item {
	unsigned references;
	struct event event;
	char *author;
	const struct store *owner; /* who makes it, where it streams; NULL: abandoned */
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
	int64_t last_seq;
	struct item **items; /* ascending, with gaps where parts were dropped */
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
	char pending_trim[4096];
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
	item->event.name = must_copy_text(event->name);
	item->event.text = event->text == NULL ? NULL : must_copy(event->text, event->text_size);
	item->event.thought = must_copy(event->thought, event->thought_size);
	item->author = must_copy_text(author);
	return item;
}

static void
item_release(struct item *item)
{
	if (--item->references > 0)
		return;
	free((char *)(uintptr_t)item->event.name);
	free((char *)(uintptr_t)item->event.text);
	free((char *)(uintptr_t)item->event.thought);
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

static struct item *
add_item(struct memory_room *room, struct event *event, const char *author)
{
	event->seq = ++room->last_seq;
	room->items = grow(room->items, room->count, sizeof(*room->items));
	room->items[room->count] = item_new(event, author);
	room->changed_at = memory.commits + 1;
	return room->items[room->count++];
}

/* Where the first event is that has the number or a higher one. */
static size_t
position_of(const struct memory_room *room, int64_t seq)
{
	size_t at = 0;

	while (at < room->count && room->items[at]->event.seq < seq)
		at++;
	return at;
}

/* The message of that number, or NULL. */
static struct item **
find_message(const struct memory_room *room, int64_t seq)
{
	size_t at = room == NULL ? 0 : position_of(room, seq);

	if (room == NULL || at == room->count || room->items[at]->event.seq != seq ||
	    room->items[at]->event.kind != EVENT_MESSAGE)
		return NULL;
	return &room->items[at];
}

static void
replace_item(struct item **item, const struct event *event, const char *author)
{
	struct item *replaced = *item;

	*item = item_new(event, author);
	item_release(replaced);
}

static bool
is_streaming(const struct item *item)
{
	return item->event.kind == EVENT_MESSAGE && item->event.state == STATE_STREAMING;
}

/* Takes messages that stream from their owner (NULL: from all of them). */
static void
disown(const struct content *content, const struct store *owner)
{
	for (size_t i = 0; i < content->count; i++) {
		for (size_t j = 0; j < content->rooms[i].count; j++) {
			struct item *item = content->rooms[i].items[j];
			if (owner == NULL || item->owner == owner)
				item->owner = NULL;
		}
	}
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

/* Counts the call, and says whether it is one that fails. With the lock. */
static bool
fails_next(enum memory_operation operation)
{
	memory.calls[operation]++;
	if (memory.failures[operation] == 0)
		return false;
	memory.failures[operation]--;
	return true;
}

static bool
lock_and_fail(enum memory_operation operation)
{
	lock();
	return fails_next(operation);
}

static enum err
memory_open(const struct store_settings *settings, bool can_write, struct store **store)
{
	must(strcmp(settings->folder, store_memory_settings.folder) == 0, "settings");
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

static bool
memory_exists(const struct store_settings *settings)
{
	(void)settings;
	return false;
}

static void
memory_close(struct store *store)
{
	lock();
	must(!store->is_in_transaction, "close within a transaction");
	memory.open_handles--;
	disown(&memory.committed, store);
	disown(&memory.draft, store);
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
	lock();
	bool is_unknown = fails_next(MEMORY_ANSWER);
	bool is_lost = fails_next(MEMORY_QUESTION);
	bool fails = fails_next(MEMORY_COMMIT) || is_lost;

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
	if (is_unknown || is_lost)
		return unlock(ERR_UNKNOWN_COMMIT);
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

/* It is never exchanged. */
static uint64_t
memory_epoch(struct store *store)
{
	must(store->is_in_transaction, "epoch without begin");
	return 0;
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
	must(message->state != STATE_STREAMING || message->text_size == 0, "no text in the making");
	add_item(need_room(&memory.draft, room), &event, message->author)->owner = store;
	*seq = event.seq;
	return unlock(ERR_NONE);
}

/* Appends what the message's parts say and think. */
static void
gather_parts(const struct memory_room *room, int64_t seq, struct buf *text, struct buf *thought,
             int64_t *thought_ms)
{
	*thought_ms = 0;
	for (size_t i = position_of(room, seq); i < room->count; i++) {
		const struct event *part = &room->items[i]->event;
		if (part->kind != EVENT_PART || part->ref != seq)
			continue;
		must(buf_append(text, part->text, part->text_size) == ERR_NONE,
		     "a reply within its bound");
		must(buf_append(thought, part->thought, part->thought_size) == ERR_NONE,
		     "a thought within its bound");
		if (part->thought_size > 0)
			*thought_ms = part->thought_ms;
	}
}

static void
drop_parts(struct memory_room *room, int64_t seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < room->count; i++) {
		struct item *item = room->items[i];
		if (item->event.kind == EVENT_PART && item->event.ref == seq)
			item_release(item);
		else
			room->items[kept++] = item;
	}
	room->count = kept;
}

/* The number of the message's last part, if it is this one, else 0. */
static int64_t
find_part(const struct memory_room *room, const struct event *part)
{
	for (size_t i = room->count; i > 0; i--) {
		const struct event *last = &room->items[i - 1]->event;
		if (last->kind != EVENT_PART || last->ref != part->ref)
			continue;
		bool is_same = last->offset == part->offset && last->text_size == part->text_size &&
		               last->thought_offset == part->thought_offset &&
		               last->thought_size == part->thought_size;
		return is_same ? last->seq : 0;
	}
	return 0;
}

static enum err
memory_append_part(struct store *store, const char *name, const struct store_part *part,
                   int64_t *seq)
{
	struct event event = {
		.kind = EVENT_PART,
		.time_ms = part->time_ms,
		.ref = part->ref,
		.offset = part->offset,
		.name = "",
		.text = part->text,
		.text_size = part->text_size,
		.thought = part->thought,
		.thought_size = part->thought_size,
		.thought_offset = part->thought_offset,
		.thought_ms = part->thought_ms,
	};
	bool fails = lock_and_fail(MEMORY_PART);

	must(store->is_in_transaction, "append_part without begin");
	*seq = 0;
	if (fails)
		return unlock(ERR_STORE);
	struct memory_room *room = find_room(&memory.draft, name);
	struct item **message = find_message(room, part->ref);
	if (message != NULL && is_streaming(*message) && part->may_be_there)
		*seq = find_part(room, &event);
	if (message != NULL && is_streaming(*message) && *seq == 0)
		*seq = add_item(room, &event, "")->event.seq;
	return unlock(ERR_NONE);
}

/* Finishes the message if it streams; the number of the event, or 0. */
static int64_t
finish(struct memory_room *room, const struct store_ending *ending)
{
	struct event done = { .kind = EVENT_DONE,
		              .time_ms = ending->time_ms,
		              .ref = ending->ref,
		              .state = ending->state,
		              .name = "" };
	struct item **message = find_message(room, ending->ref);
	struct buf text;
	struct buf thought;
	int64_t thought_ms;

	if (message == NULL || !is_streaming(*message))
		return 0;
	buf_init(&text, BOUND_REPLY_BYTES_MAX);
	buf_init(&thought, BOUND_THOUGHT_BYTES);
	gather_parts(room, ending->ref, &text, &thought, &thought_ms);
	struct event finished = (*message)->event;
	finished.state = ending->state;
	finished.text = ending->text;
	finished.text_size = ending->text_size;
	finished.cause = ending->cause;
	finished.thought = ending->thought;
	finished.thought_size = ending->thought_size;
	finished.thought_ms = ending->thought_ms;
	if (ending->text == NULL) {
		finished.thought = buf_text(&thought);
		finished.thought_size = thought.size;
		finished.thought_ms = thought_ms;
		finished.text = text.size == 0 ? "" : text.data;
		finished.text_size = text.size;
	}
	replace_item(message, &finished, (*message)->author);
	buf_fini(&text);
	buf_fini(&thought);
	drop_parts(room, ending->ref);
	return add_item(room, &done, "")->event.seq;
}

static enum err
memory_finish_message(struct store *store, const char *name, const struct store_ending *ending,
                      int64_t *seq)
{
	bool fails = lock_and_fail(MEMORY_FINISH);

	must(store->is_in_transaction, "finish_message without begin");
	*seq = fails ? 0 : finish(find_room(&memory.draft, name), ending);
	return unlock(fails ? ERR_STORE : ERR_NONE);
}

/* The room's first message that was abandoned; NULL: none. */
static const struct item *
find_abandoned(const struct memory_room *room)
{
	for (size_t i = 0; i < room->count; i++) {
		if (is_streaming(room->items[i]) && room->items[i]->owner == NULL)
			return room->items[i];
	}
	return NULL;
}

static unsigned
count_streaming(const struct content *content, unsigned *abandoned)
{
	unsigned count = 0;

	*abandoned = 0;
	for (size_t i = 0; i < content->count; i++) {
		for (size_t j = 0; j < content->rooms[i].count; j++) {
			const struct item *item = content->rooms[i].items[j];
			count += is_streaming(item);
			*abandoned += is_streaming(item) && item->owner == NULL;
		}
	}
	return count;
}

static enum err
memory_fail_abandoned(struct store *store, int64_t time_ms, unsigned *count)
{
	struct store_ending ending = { .state = STATE_FAILED, .time_ms = time_ms };
	bool fails = lock_and_fail(MEMORY_FAIL_ABANDONED);
	unsigned left;

	must(store->is_in_transaction, "fail_abandoned without begin");
	*count = 0;
	if (fails)
		return unlock(ERR_STORE);
	for (size_t i = 0; i < memory.draft.count; i++) {
		const struct item *abandoned;
		while ((abandoned = find_abandoned(&memory.draft.rooms[i])) != NULL) {
			ending.ref = abandoned->event.seq;
			(void)finish(&memory.draft.rooms[i], &ending);
		}
	}
	*count = count_streaming(&memory.draft, &left);
	return unlock(ERR_NONE);
}

static enum err
memory_count_streaming(struct store *store, unsigned *count, unsigned *abandoned)
{
	bool fails = lock_and_fail(MEMORY_COUNT_STREAMING);

	*count = 0;
	*abandoned = 0;
	if (!fails)
		*count = count_streaming(seen_by(store), abandoned);
	return unlock(fails ? ERR_STORE : ERR_NONE);
}

static enum err
memory_next_reply(struct store *store, const char *name, int64_t ref, int64_t after, int64_t *reply)
{
	bool fails = lock_and_fail(MEMORY_NEXT_REPLY);
	const struct memory_room *room = find_room(seen_by(store), name);

	*reply = 0;
	for (size_t i = 0; !fails && room != NULL && i < room->count && *reply == 0; i++) {
		const struct event *event = &room->items[i]->event;
		if (event->kind == EVENT_MESSAGE && event->ref == ref && event->seq > after)
			*reply = event->seq;
	}
	return unlock(fails ? ERR_STORE : ERR_NONE);
}

static enum store_outcome
judge(const struct memory_room *room, int64_t seq, const char *author)
{
	struct item **message = find_message(room, seq);
	if (message == NULL)
		return STORE_NOT_FOUND;
	const struct item *item = *message;
	if (item->event.state == STATE_DELETED)
		return STORE_ALREADY_DELETED;
	if (author == NULL)
		return STORE_DELETED;
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
		struct item **item = find_message(room, seq);
		struct event deleted = (*item)->event;
		deleted.state = STATE_DELETED;
		deleted.name = "";
		deleted.text = NULL;
		deleted.text_size = 0;
		replace_item(item, &deleted, "");
		drop_parts(room, seq);
		*event_seq = add_item(room, &deletion, "")->event.seq;
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
	for (size_t i = 0; i < count; i++) {
		room->first_seq = room->items[i]->event.seq + 1;
		item_release(room->items[i]);
	}
	memmove(room->items, room->items + count, (room->count - count) * sizeof(*room->items));
	room->count -= count;
}

/* For store_memory_trims, if the transaction is committed. */
__attribute__((format(printf, 1, 2))) static void
note_trim(const char *format, ...)
{
	size_t size = strlen(memory.pending_trim);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(memory.pending_trim + size, sizeof(memory.pending_trim) - size, format,
	          arguments);
	va_end(arguments);
}

static enum err
memory_trim(struct store *store, const char *name, const struct store_retention *retention,
            unsigned step, struct store_trimmed *trimmed)
{
	int64_t messages_max = retention->messages_max;
	int64_t oldest_ms = retention->oldest_ms;
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
		if (is_streaming(room->items[trimmed->events]) ||
		    (!is_many && (oldest_ms == 0 || oldest->time_ms >= oldest_ms)))
			break;
		messages -= oldest->kind == EVENT_MESSAGE;
		trimmed->events++;
	}
	if (room != NULL)
		forget(room, trimmed->events);
	if (room != NULL && room->count > 0)
		trimmed->oldest_ms = room->items[0]->event.time_ms;
	for (size_t i = 0; room != NULL && trimmed->keys < step && i < room->key_count;) {
		if (room->keys[i].time_ms < retention->oldest_key_ms) {
			room->keys[i] = room->keys[--room->key_count];
			trimmed->keys++;
		} else {
			i++;
		}
	}
	note_trim("%s:%u ", name, trimmed->events);
	return unlock(ERR_NONE);
}

static enum err
memory_judge_clock(struct store *store, int64_t now_ms, struct store_time *time)
{
	must(store->is_in_transaction, "judge_clock without begin");
	*time = (struct store_time){ now_ms, true };
	return ERR_NONE;
}

static enum err
memory_count_bytes(struct store *store, bool is_exact, int64_t *bytes)
{
	(void)is_exact;
	lock();
	*bytes = 0;
	for (size_t i = 0; i < seen_by(store)->count; i++)
		*bytes += 1000 * (int64_t)seen_by(store)->rooms[i].count;
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
		note_trim("end ");
	strcpy(next, found == NULL ? "" : found);
	return unlock(ERR_NONE);
}

/* Gives the event with the text that it has now: that of a message that streams is what its parts
 * say, that of `done` is its message's. */
static void
give_event(const struct memory_room *room, const struct item *item, store_event_function function,
           void *context)
{
	struct event event = item->event;
	struct buf text;
	struct buf thought;

	buf_init(&text, BOUND_REPLY_BYTES_MAX);
	buf_init(&thought, BOUND_THOUGHT_BYTES);
	if (is_streaming(item)) {
		gather_parts(room, event.seq, &text, &thought, &event.thought_ms);
		event.thought = buf_text(&thought);
		event.thought_size = thought.size;
		event.text = text.size == 0 ? "" : text.data;
		event.text_size = text.size;
	} else if (event.kind == EVENT_DONE) {
		struct item **message = find_message(room, event.ref);
		event.text = message == NULL ? NULL : (*message)->event.text;
		event.text_size = message == NULL ? 0 : (*message)->event.text_size;
		if (message != NULL) {
			event.cause = (*message)->event.cause;
			event.thought = (*message)->event.thought;
			event.thought_size = (*message)->event.thought_size;
			event.thought_ms = (*message)->event.thought_ms;
		}
	}
	function(context, &event);
	buf_fini(&text);
	buf_fini(&thought);
}

/* Gives the items [from, to) of the room. */
static void
give(const struct memory_room *room, size_t from, size_t to, bool only_messages,
     store_event_function function, void *context)
{
	for (size_t i = from; i < to; i++) {
		if (!only_messages || room->items[i]->event.kind == EVENT_MESSAGE)
			give_event(room, room->items[i], function, context);
	}
}

static void
read_after(const struct memory_room *room, const struct store_range *range,
           store_event_function function, void *context, struct store_page *page)
{
	if (range->after < room->first_seq - 1 || range->after > room->last_seq) {
		page->is_reset = true;
		return;
	}
	size_t from = position_of(room, range->after + 1);
	size_t to = room->count - from > range->limit ? from + range->limit : room->count;
	give(room, from, to, false, function, context);
	page->more = to < room->count;
	if (page->more)
		page->next = room->items[to - 1]->event.seq;
}

static void
read_page(const struct memory_room *room, const struct store_range *range,
          store_event_function function, void *context, struct store_page *page)
{
	size_t to = range->before > 0 ? position_of(room, range->before) : room->count;
	unsigned messages = 0;

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
	page->next = room->last_seq;
	if (range->after >= 0)
		read_after(room, range, function, context, page);
	else
		read_page(room, range, function, context, page);
	return unlock(ERR_NONE);
}

static enum err
memory_get(struct store *store, const char *name, int64_t seq, store_event_function function,
           void *context, bool *is_there)
{
	bool fails = lock_and_fail(MEMORY_READ);

	*is_there = false;
	if (fails)
		return unlock(ERR_STORE);
	const struct memory_room *room = find_room(seen_by(store), name);
	size_t at = room == NULL ? 0 : position_of(room, seq);
	*is_there = room != NULL && at < room->count && room->items[at]->event.seq == seq;
	if (*is_there)
		give_event(room, room->items[at], function, context);
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
	.exists = memory_exists,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.epoch = memory_epoch,
	.is_erased = memory_is_erased,
	.append_message = memory_append_message,
	.append_part = memory_append_part,
	.finish_message = memory_finish_message,
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
	.version = memory_version,
	.changed_rooms = memory_changed_rooms,
	.count_streaming = memory_count_streaming,
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
store_memory_handles(void)
{
	lock();
	unsigned handles = memory.open_handles;
	(void)unlock(ERR_NONE);
	return handles;
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
store_memory_post(const char *room, const char *text)
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
	(void)add_item(need_room(&memory.committed, room), &event, "ann");
	memory.commits++;
	(void)unlock(ERR_NONE);
	return event.seq;
}

void
store_memory_forget(const char *room, int64_t first_seq)
{
	lock();
	must(!memory.is_in_transaction, "forgetting during a transaction");
	struct memory_room *found = need_room(&memory.committed, room);
	forget(found, position_of(found, first_seq));
	found->first_seq = first_seq;
	memory.commits++;
	(void)unlock(ERR_NONE);
}

void
store_memory_abandon(void)
{
	lock();
	disown(&memory.committed, NULL);
	disown(&memory.draft, NULL);
	(void)unlock(ERR_NONE);
}
