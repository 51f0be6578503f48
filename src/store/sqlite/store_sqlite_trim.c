/*
 * Retention: the oldest events of a room go, one after the other from the log's beginning, a
 * limited number per transaction; and a room that has nothing any more goes itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "store/sqlite/store_sqlite.h"

struct old {
	int64_t seq;
	int64_t kind;
	int64_t body; /* 0: none */
	bool is_streaming;
};

/* The first events of a room. */
struct oldest {
	struct old *events;
	int64_t *times; /* as many, apart from them, since they are looked at together */
	size_t count;
};

static enum err
find_oldest(struct store *store, int64_t room, size_t most, struct oldest *oldest)
{
	struct query query = query_begin(store, STATEMENT_EVENTS_OLDEST, "find_oldest");
	bool is_row;
	enum err err;

	oldest->events = must_allocate(most * sizeof(*oldest->events));
	oldest->times = must_allocate(most * sizeof(*oldest->times));
	oldest->count = 0;
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, (int64_t)most);
	while ((err = query_next(&query, &is_row)) == ERR_NONE && is_row) {
		oldest->times[oldest->count] = query_number(&query, 2);
		oldest->events[oldest->count++] = (struct old){
			.seq = query_number(&query, 0),
			.kind = query_number(&query, 1),
			.body = query_number(&query, 3),
			.is_streaming = query_number(&query, 4) == STATE_STREAMING,
		};
	}
	query_end(&query);
	return err;
}

static void
oldest_fini(struct oldest *oldest)
{
	free(oldest->events);
	free(oldest->times);
}

static int64_t
likely_time(const struct oldest *oldest, size_t at)
{
	return store_likely_time(oldest->times[at], oldest->times + at + 1, oldest->count - at - 1);
}

/* *time_ms is 0 where there is no message. */
static enum err
find_last_message(struct store *store, int64_t room, int64_t *time_ms)
{
	struct query query = query_begin(store, STATEMENT_MESSAGE_LAST, "find_last_message");
	bool is_row;

	query_bind_number(&query, 1, room);
	enum err err = query_next(&query, &is_row);
	*time_ms = err == ERR_NONE && is_row ? query_number(&query, 0) : 0;
	query_end(&query);
	return err;
}

/* --- removing --- */

/* A statement about a room. */
static enum err
run_on(struct store *store, enum statement which, int64_t number)
{
	struct query query = query_begin(store, which, "trim");

	query_bind_number(&query, 1, number);
	return query_run(&query);
}

static enum err
remove_event(struct store *store, int64_t room, const struct old *event)
{
	enum err err = event->body == 0 ? ERR_NONE : store_free_body(store, event->body);
	if (err != ERR_NONE)
		return err;
	store->has_trimmed = true;
	store->is_trimming = true;
	struct query query = query_begin(store, STATEMENT_EVENT_REMOVE, "remove_event");
	query_bind_number(&query, 1, room);
	query_bind_number(&query, 2, event->seq);
	return query_run(&query);
}

static enum err
trim_room(struct store *store, const struct room_row *room, int64_t first_seq, int64_t messages)
{
	struct query query = query_begin(store, STATEMENT_ROOM_TRIM, "trim_room");

	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, first_seq);
	query_bind_number(&query, 3, messages);
	return query_run(&query);
}

/* What makes an event go. */
struct limits {
	int64_t messages_max; /* 0: no limit, as the next */
	int64_t oldest_ms;
	bool is_all;
};

/* `left`: how many messages the room has still. */
static bool
is_to_go(const struct oldest *oldest, size_t at, int64_t left, const struct limits *limits)
{
	/* A message that streams is not old yet: it is trimmed when it is finished. */
	if (oldest->events[at].is_streaming)
		return false;
	return limits->is_all || (limits->messages_max > 0 && left > limits->messages_max) ||
	       (limits->oldest_ms > 0 && likely_time(oldest, at) < limits->oldest_ms);
}

static enum err
trim_events(struct store *store, const struct room_row *room, const struct oldest *oldest,
            const struct limits *limits, unsigned step, struct store_trimmed *trimmed,
            bool *is_empty)
{
	int64_t messages = 0;
	enum err err = ERR_NONE;
	size_t at = 0;

	while (err == ERR_NONE && at < oldest->count && at < step &&
	       is_to_go(oldest, at, room->message_count - messages, limits)) {
		messages += oldest->events[at].kind == EVENT_MESSAGE;
		err = remove_event(store, room->id, &oldest->events[at++]);
	}
	trimmed->events = (unsigned)at;
	*is_empty = at == oldest->count;
	trimmed->oldest_ms = *is_empty ? 0 : likely_time(oldest, at);
	if (err == ERR_NONE && at > 0)
		err = trim_room(store, room, oldest->events[at - 1].seq + 1, messages);
	return err;
}

static enum err
trim_keys(struct store *store, const struct room_row *room, int64_t oldest_key_ms, unsigned step,
          unsigned *removed)
{
	struct query query = query_begin(store, STATEMENT_KEYS_TRIM, "trim_keys");

	query_bind_number(&query, 1, room->id);
	query_bind_number(&query, 2, oldest_key_ms);
	query_bind_number(&query, 3, step);
	enum err err = query_run(&query);
	if (err == ERR_NONE)
		*removed = (unsigned)sqlite3_changes(store->database);
	return err;
}

/* A key that is remembered keeps its room: it says that something was stored there. */
static enum err
remove_room(struct store *store, const struct room_row *room, bool *is_removed)
{
	struct query query = query_begin(store, STATEMENT_KEY_ANY, "remove_room");
	bool has_key;

	query_bind_number(&query, 1, room->id);
	enum err err = query_next(&query, &has_key);
	query_end(&query);
	if (err != ERR_NONE || has_key)
		return err;
	err = run_on(store, STATEMENT_REMOVED_NOTE_SEQ, room->last_seq);
	if (err == ERR_NONE)
		err = run_on(store, STATEMENT_REMOVED_NOTE_CHANGE, room->id);
	if (err == ERR_NONE)
		err = run_on(store, STATEMENT_ROOM_REMOVE, room->id);
	*is_removed = err == ERR_NONE;
	return err;
}

/* --- a step --- */

/* Puts right what times in the room cannot be. */
static enum err
check_times(struct store *store, const struct room_row *room, int64_t now_ms, unsigned step,
            struct oldest *oldest, int64_t *last_ms)
{
	unsigned dated;

	if (oldest->count == 0 || (!store_is_impossible(likely_time(oldest, 0), now_ms) &&
	                           (*last_ms == 0 || !store_is_impossible(*last_ms, now_ms))))
		return ERR_NONE;
	enum err err = store_date_events(store, room->id, now_ms, 4 * step, &dated);
	if (err != ERR_NONE || dated == 0)
		return err;
	oldest_fini(oldest);
	err = find_oldest(store, room->id, 1 + STORE_FOLLOWING, oldest);
	return err == ERR_NONE ? find_last_message(store, room->id, last_ms) : err;
}

/* Of most rooms nothing is to go, which the first events tell. */
static enum err
look_and_trim(struct store *store, const struct room_row *room,
              const struct store_retention *retention, unsigned step, struct store_trimmed *trimmed,
              bool *is_empty)
{
	struct limits limits = { retention->messages_max, retention->oldest_ms, false };
	struct oldest oldest;
	int64_t last_ms = 0;

	enum err err = find_oldest(store, room->id, 1 + STORE_FOLLOWING, &oldest);
	if (err == ERR_NONE)
		err = find_last_message(store, room->id, &last_ms);
	if (err == ERR_NONE)
		err = check_times(store, room, retention->now_ms, step, &oldest, &last_ms);
	limits.is_all = retention->idle_ms > 0 && last_ms < retention->idle_ms;
	if (err == ERR_NONE && oldest.count == 1 + STORE_FOLLOWING &&
	    is_to_go(&oldest, 0, room->message_count, &limits)) {
		oldest_fini(&oldest);
		err = find_oldest(store, room->id, (size_t)step + STORE_FOLLOWING, &oldest);
	}
	if (err == ERR_NONE)
		err = trim_events(store, room, &oldest, &limits, step, trimmed, is_empty);
	oldest_fini(&oldest);
	return err;
}

enum err
store_sqlite_trim(struct store *store, const char *room, const struct store_retention *retention,
                  unsigned step, struct store_trimmed *trimmed)
{
	struct room_row row;
	bool is_empty = false;

	*trimmed = (struct store_trimmed){ 0 };
	enum err err = store_check_writing(store, "trim");
	if (err == ERR_NONE)
		err = store_settle_room(store);
	if (err == ERR_NONE)
		err = store_find_room(store, room, &row);
	if (err != ERR_NONE || row.id == 0)
		return err;
	err = look_and_trim(store, &row, retention, step, trimmed, &is_empty);
	if (err == ERR_NONE && retention->oldest_key_ms > 0)
		err = trim_keys(store, &row, retention->oldest_key_ms, step, &trimmed->keys);
	if (err == ERR_NONE && is_empty)
		err = remove_room(store, &row, &trimmed->is_room_removed);
	return err;
}

/* --- what it holds --- */

/* Free bodies are counted one by one, and so not each time. */
enum err
store_sqlite_count_bytes(struct store *store, bool is_exact, int64_t *bytes)
{
	int64_t now_us = clock_now_us();
	int64_t age_us = now_us - store->counted_us;
	bool must_count =
		is_exact || store->counted_us == 0 || age_us > BOUND_STORE_COUNT_MS * INT64_C(1000);
	bool is_there;
	bool is_row;

	*bytes = 0;
	enum err err = store_begin_reading(store, "count_bytes", &is_there);
	if (err != ERR_NONE || !is_there)
		return err;
	struct query query = query_begin(store, STATEMENT_PAGES, "count_bytes");
	query_bind_number(&query, 1, must_count);
	err = query_next(&query, &is_row);
	if (err == ERR_NONE && is_row) {
		if (must_count) {
			store->counted_us = now_us;
			store->free_bytes = query_number(&query, 1);
		}
		*bytes = query_number(&query, 0) - store->free_bytes;
	}
	query_end(&query);
	return store_end_reading(store, err);
}
