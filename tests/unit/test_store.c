/*
 * The contract of a store, for every engine and journal: what struct store_engine promises while
 * nothing goes wrong. test_store_faults.c has the rest.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- numbers --- */

static void
numbers_are_gapless_in_every_room(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	int64_t last[5] = { 0 };
	uint64_t seed = 1;

	for (unsigned i = 0; i < 60; i++) {
		int64_t expected[5];
		char room[8];
		memcpy(expected, last, sizeof(last));
		begin(ground, store);
		for (unsigned n = next_random(&seed) % 5; n > 0; n--) {
			unsigned which = next_random(&seed) % 5;
			snprintf(room, sizeof(room), "r%u", which);
			assert_int_equal(append(ground, store, room, "text"), ++expected[which]);
		}
		if (next_random(&seed) % 3 == 0) {
			ground->engine->rollback(store);
		} else {
			commit(ground, store);
			memcpy(last, expected, sizeof(last));
		}
	}
	for (unsigned i = 0; i < 5; i++) {
		char room[8];
		snprintf(room, sizeof(room), "r%u", i);
		assert_true(last[i] > 0);
		assert_gapless(ground, store, room, last[i]);
	}
	ground->engine->close(store);
}

static void
a_transaction_of_many_messages_sees_what_it_has_written(void **state)
{
	const struct ground *ground = *state;
	const struct store_key_result result = { 1, 2 };
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };
	struct store_key_result found;
	enum store_outcome outcome;
	int64_t seq;
	bool is_known;
	bool is_same;

	begin(ground, store);
	for (int64_t i = 1; i <= 5; i++) {
		assert_int_equal(append(ground, store, "lobby", "text"), i);
		assert_int_equal(append(ground, store, "attic", "text"), i);
	}
	assert_int_equal(append(ground, store, "attic", "text"), 6);
	see_page(ground, store, "attic", 0, 10, &seen);
	assert_int_equal(seen.count, 6);
	assert_int_equal(ground->engine->add_key(store, "attic", "k", 1, &result, 1000), ERR_NONE);
	assert_int_equal(
		ground->engine->find_key(store, "attic", "k", 1, &is_known, &is_same, &found),
		ERR_NONE);
	assert_true(is_known);
	assert_int_equal(
		ground->engine->delete_message(store, "attic", 2, "ann", 1000, &outcome, &seq),
		ERR_NONE);
	assert_int_equal(seq, 7);
	const struct store_retention retention = { .messages_max = 4 };
	struct store_trimmed trimmed;
	assert_int_equal(ground->engine->trim(store, "attic", &retention, 10, &trimmed), ERR_NONE);
	assert_int_equal(trimmed.events, 2);
	assert_int_equal(append(ground, store, "attic", "text"), 8);
	commit(ground, store);
	assert_gapless(ground, store, "lobby", 5);
	see_after(ground, store, "attic", 2, 10, &seen);
	assert_int_equal(seen.count, 6);
	assert_int_equal(seen.events[0].seq, 3);
	assert_int_equal(say(ground, store, "attic", "text"), 9);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
numbers_that_were_rolled_back_are_given_again(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	begin(ground, store);
	assert_int_equal(append(ground, store, "lobby", "text"), 2);
	assert_int_equal(append(ground, store, "attic", "text"), 1);
	ground->engine->rollback(store);
	assert_int_equal(say(ground, store, "attic", "text"), 1);
	assert_int_equal(say(ground, store, "lobby", "text"), 2);
	assert_gapless(ground, store, "lobby", 2);
	ground->engine->close(store);
}

static void
a_handle_that_is_closed_rolls_back(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	begin(ground, store);
	append(ground, store, "lobby", "lost");
	ground->engine->close(store);
	store = open_writer(ground);
	assert_int_equal(say(ground, store, "lobby", "kept"), 1);
	assert_false(is_in_files(ground, "lost"));
	ground->engine->close(store);
}

static void
rolling_back_nothing_is_harmless(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	ground->engine->rollback(store);
	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	ground->engine->rollback(store);
	assert_gapless(ground, store, "lobby", 1);
	ground->engine->close(store);
}

static void
writing_wants_a_transaction(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct store_message message = message_of("text");
	const struct store_part part = {
		.ref = 1, .text = "text", .text_size = 4, .offset = 0, .time_ms = 1500
	};
	const struct store_ending ending = {
		.ref = 1, .state = STATE_DONE, .text = NULL, .text_size = 0, .time_ms = 1800
	};
	int64_t seq;
	unsigned count;

	log_watch_begin();
	assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq), ERR_STORE);
	assert_int_equal(ground->engine->append_part(store, "lobby", &part, &seq), ERR_STORE);
	assert_int_equal(ground->engine->finish_message(store, "lobby", &ending, &seq), ERR_STORE);
	assert_int_equal(ground->engine->fail_abandoned(store, 1900, &count), ERR_STORE);
	assert_int_equal(ground->engine->commit(store), ERR_STORE);
	assert_int_equal(ground->engine->begin(reader), ERR_STORE);
	log_watch_end();
	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	ground->engine->close(reader);
	ground->engine->close(store);
}

/* --- what was written is what is read --- */

static void
a_message_is_read_as_it_was_written(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };
	struct store_message message = { .role = ROLE_ASSISTANT,
		                         .name = "J\xc3\xbcrgen",
		                         .author = "a",
		                         .text = "line\nline\0behind \xf0\x9f\x99\x82",
		                         .text_size = 21,
		                         .time_ms = 1234567890123,
		                         .ref = 7,
		                         .state = STATE_FAILED };
	int64_t seq;

	begin(ground, store);
	assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq), ERR_NONE);
	commit(ground, store);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 1);
	const struct event *event = &seen.events[0];
	assert_int_equal(event->seq, 1);
	assert_int_equal(event->kind, EVENT_MESSAGE);
	assert_int_equal(event->role, ROLE_ASSISTANT);
	assert_int_equal(event->state, STATE_FAILED);
	assert_int_equal(event->time_ms, 1234567890123);
	assert_int_equal(event->ref, 7);
	assert_string_equal(event->name, message.name);
	assert_int_equal(event->text_size, message.text_size);
	assert_memory_equal(event->text, message.text, message.text_size);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
texts_of_every_size_are_kept(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };
	char *text = must_allocate(BOUND_REPLY_BYTES + 1);

	memset(text, 'x', BOUND_REPLY_BYTES);
	begin(ground, store);
	for (size_t size = 0; size <= BOUND_REPLY_BYTES; size = size < 700 ? size + 1 : size * 2) {
		struct store_message message = message_of(text);
		int64_t seq;
		message.text_size = size;
		assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq),
		                 ERR_NONE);
	}
	commit(ground, store);
	int64_t at = 0;
	size_t size = 0;
	do {
		see_after(ground, store, "lobby", at, 100, &seen);
		for (size_t i = 0; i < seen.count; i++) {
			assert_int_equal(seen.events[i].text_size, size);
			assert_memory_equal(seen.events[i].text, text, size);
			size = size < 700 ? size + 1 : size * 2;
		}
		at = seen.page.next;
	} while (seen.page.more);
	assert_true(size > BOUND_REPLY_BYTES);
	seen_fini(&seen);
	free(text);
	ground->engine->close(store);
}

/* --- pages --- */

static void
assert_seen(const struct seen *seen, int64_t first, size_t count, bool more, int64_t next)
{
	assert_int_equal(seen->count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(seen->events[i].seq, first + (int64_t)i);
	assert_int_equal(seen->page.more, more);
	assert_int_equal(seen->page.next, next);
	assert_false(seen->page.is_reset);
}

static void
pages_go_from_the_newest_back_to_the_first(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	begin(ground, store);
	for (unsigned i = 0; i < 25; i++) {
		append(ground, store, "lobby", "text");
		append(ground, store, "another", "text");
	}
	commit(ground, store);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 16, 10, true, 25);
	see_page(ground, store, "lobby", 16, 10, &seen);
	assert_seen(&seen, 6, 10, true, 25);
	see_page(ground, store, "lobby", 6, 10, &seen);
	assert_seen(&seen, 1, 5, false, 25);
	see_page(ground, store, "lobby", 6, 5, &seen);
	assert_seen(&seen, 1, 5, false, 25);
	see_page(ground, store, "lobby", 1, 5, &seen);
	assert_seen(&seen, 1, 0, false, 25);
	see_page(ground, store, "lobby", 1000, 1, &seen);
	assert_seen(&seen, 25, 1, true, 25);
	see_page(ground, store, "lobby", 0, 200, &seen);
	assert_seen(&seen, 1, 25, false, 25);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
catching_up_gives_every_event_behind_the_cursor(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	for (unsigned i = 0; i < 7; i++)
		say(ground, store, "lobby", "text");
	see_after(ground, store, "lobby", 0, 3, &seen);
	assert_seen(&seen, 1, 3, true, 3);
	see_after(ground, store, "lobby", 3, 4, &seen);
	assert_seen(&seen, 4, 4, false, 7);
	see_after(ground, store, "lobby", 7, 4, &seen);
	assert_seen(&seen, 8, 0, false, 7);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
a_room_that_is_not_there_is_empty(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 0, false, 0);
	see_after(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 0, false, 0);
	see_after(ground, store, "lobby", 1, 10, &seen);
	assert_true(seen.page.is_reset);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
a_cursor_from_the_future_is_reset(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	say(ground, store, "lobby", "text");
	see_after(ground, store, "lobby", 2, 10, &seen);
	assert_true(seen.page.is_reset);
	assert_int_equal(seen.count, 0);
	assert_int_equal(seen.page.next, 1);
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- deleting --- */

static void
only_the_author_takes_a_message_back_and_once(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	say(ground, store, "lobby", "first");
	say(ground, store, "lobby", "second");
	assert_int_equal(take_back(ground, store, "lobby", 1, "bob"), STORE_NOT_THE_AUTHOR);
	assert_int_equal(take_back(ground, store, "lobby", 1, ""), STORE_NOT_THE_AUTHOR);
	assert_int_equal(take_back(ground, store, "lobby", 9, "ann"), STORE_NOT_FOUND);
	assert_int_equal(take_back(ground, store, "nowhere", 1, "ann"), STORE_NOT_FOUND);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 2, false, 2);
	assert_int_equal(take_back(ground, store, "lobby", 1, "ann"), STORE_DELETED);
	assert_int_equal(take_back(ground, store, "lobby", 1, "ann"), STORE_ALREADY_DELETED);
	/* An event that is no message. */
	assert_int_equal(take_back(ground, store, "lobby", 3, "ann"), STORE_NOT_FOUND);

	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 2, false, 3);
	assert_int_equal(seen.events[0].state, STATE_DELETED);
	assert_null(seen.events[0].text);
	assert_null(seen.events[0].name);
	assert_string_equal(seen.events[1].text, "second");
	see_after(ground, store, "lobby", 2, 10, &seen);
	assert_seen(&seen, 3, 1, false, 3);
	assert_int_equal(seen.events[0].kind, EVENT_DELETE);
	assert_int_equal(seen.events[0].ref, 1);
	assert_int_equal(seen.events[0].time_ms, 2000);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
what_nobody_wrote_nobody_takes_back(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store_message message = message_of("text");
	int64_t seq;

	message.author = "";
	begin(ground, store);
	assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq), ERR_NONE);
	commit(ground, store);
	assert_int_equal(take_back(ground, store, "lobby", seq, ""), STORE_NOT_THE_AUTHOR);
	ground->engine->close(store);
}

/* --- retention --- */

static void
a_room_is_trimmed_by_count_in_steps(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	for (unsigned i = 0; i < 10; i++)
		say(ground, store, "lobby", "text");
	assert_int_equal(trim(ground, store, "lobby", 10, 0, 0, 4).events, 0);
	assert_int_equal(trim(ground, store, "lobby", 0, 0, 0, 4).events, 0);
	assert_int_equal(trim(ground, store, "nowhere", 1, 0, 0, 4).events, 0);
	assert_int_equal(trim(ground, store, "lobby", 3, 0, 0, 4).events, 4);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 5, 6, false, 10);
	assert_int_equal(trim(ground, store, "lobby", 3, 0, 0, 4).events, 3);
	assert_int_equal(trim(ground, store, "lobby", 3, 0, 0, 4).events, 0);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 8, 3, false, 10);
	assert_int_equal(say(ground, store, "lobby", "text"), 11);
	assert_int_equal(trim(ground, store, "lobby", 3, 0, 0, 4).events, 1);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
a_room_is_trimmed_by_age(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	begin(ground, store);
	for (unsigned i = 1; i <= 10; i++) {
		struct store_message message = message_of("text");
		int64_t seq;
		message.time_ms = 100 * i;
		assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq),
		                 ERR_NONE);
	}
	commit(ground, store);
	assert_int_equal(trim(ground, store, "lobby", 0, 100, 0, 100).events, 0);
	assert_int_equal(trim(ground, store, "lobby", 0, 301, 0, 100).events, 3);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 4, 7, false, 10);
	/* All of it: the numbers go on all the same. */
	assert_int_equal(trim(ground, store, "lobby", 0, 5000, 0, 100).events, 7);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 0, false, 10);
	see_after(ground, store, "lobby", 10, 10, &seen);
	assert_seen(&seen, 11, 0, false, 10);
	assert_int_equal(say(ground, store, "lobby", "text"), 11);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
a_cursor_that_was_trimmed_over_is_reset(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	for (unsigned i = 0; i < 10; i++)
		say(ground, store, "lobby", "text");
	assert_int_equal(trim(ground, store, "lobby", 6, 0, 0, 100).events, 4);
	see_after(ground, store, "lobby", 4, 100, &seen);
	assert_seen(&seen, 5, 6, false, 10);
	see_after(ground, store, "lobby", 3, 100, &seen);
	assert_true(seen.page.is_reset);
	assert_int_equal(seen.count, 0);
	see_after(ground, store, "lobby", 0, 100, &seen);
	assert_true(seen.page.is_reset);
	assert_int_equal(take_back(ground, store, "lobby", 4, "ann"), STORE_NOT_FOUND);
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- keys --- */

static void
find_key(const struct ground *ground, struct store *store, const char *room, const char *key,
         uint64_t hash, bool is_known, bool is_same)
{
	struct store_key_result result;
	bool known;
	bool same;

	assert_int_equal(ground->engine->find_key(store, room, key, hash, &known, &same, &result),
	                 ERR_NONE);
	assert_int_equal(known, is_known);
	assert_int_equal(same, is_same);
	assert_int_equal(result.seq, is_known ? 5 : 0);
	assert_int_equal(result.reply_seq, is_known ? 6 : 0);
}

static void
a_key_is_known_until_it_is_trimmed(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const struct store_key_result result = { 5, 6 };
	const uint64_t hash = UINT64_MAX - 3;

	find_key(ground, store, "lobby", "k", hash, false, false);
	begin(ground, store);
	append(ground, store, "lobby", "text");
	append(ground, store, "another", "text");
	find_key(ground, store, "lobby", "k", hash, false, false);
	assert_int_equal(ground->engine->add_key(store, "lobby", "k", hash, &result, 1000),
	                 ERR_NONE);
	find_key(ground, store, "lobby", "k", hash, true, true);
	commit(ground, store);
	find_key(ground, store, "lobby", "k", hash, true, true);
	find_key(ground, store, "lobby", "k", 7, true, false);
	find_key(ground, store, "lobby", "K", hash, false, false);
	find_key(ground, store, "another", "k", hash, false, false);
	struct store *reader = open_reader(ground);
	find_key(ground, reader, "lobby", "k", hash, true, true);

	(void)trim(ground, store, "lobby", 0, 0, 0, 100);
	(void)trim(ground, store, "another", 0, 0, 5000, 100);
	(void)trim(ground, store, "lobby", 0, 0, 1000, 100);
	find_key(ground, store, "lobby", "k", hash, true, true);
	(void)trim(ground, store, "lobby", 0, 0, 1001, 100);
	find_key(ground, store, "lobby", "k", hash, false, false);
	find_key(ground, reader, "lobby", "k", hash, false, false);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
keys_are_trimmed_in_steps(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const struct store_key_result result = { 5, 6 };
	char key[16];

	begin(ground, store);
	append(ground, store, "lobby", "text");
	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		assert_int_equal(ground->engine->add_key(store, "lobby", key, 7, &result, 1000 + i),
		                 ERR_NONE);
	}
	commit(ground, store);
	assert_int_equal(trim(ground, store, "lobby", 0, 0, 1009, 4).keys, 4);
	find_key(ground, store, "lobby", "key 4", 8, true, false);
	find_key(ground, store, "lobby", "key 3", 8, false, false);
	assert_int_equal(trim(ground, store, "lobby", 0, 0, 1009, 4).keys, 4);
	assert_int_equal(trim(ground, store, "lobby", 0, 0, 1009, 4).keys, 1);
	find_key(ground, store, "lobby", "key 9", 8, true, false);
	assert_int_equal(trim(ground, store, "lobby", 0, 0, 1009, 4).keys, 0);
	assert_int_equal(trim(ground, store, "nowhere", 0, 0, 1009, 4).keys, 0);
	ground->engine->close(store);
}

static void
a_key_goes_with_its_transaction(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const struct store_key_result result = { 5, 6 };

	begin(ground, store);
	append(ground, store, "lobby", "text");
	assert_int_equal(ground->engine->add_key(store, "lobby", "k", 1, &result, 1000), ERR_NONE);
	ground->engine->rollback(store);
	find_key(ground, store, "lobby", "k", 1, false, false);
	ground->engine->close(store);
}

/* --- the store as a whole --- */

static void
rooms_are_walked_by_name(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	char room[16] = "";

	assert_int_equal(ground->engine->next_room(store, room, room, sizeof(room)), ERR_NONE);
	assert_string_equal(room, "");
	say(ground, store, "lobby", "text");
	say(ground, store, "attic", "text");
	say(ground, store, "a_room_of_a_long_name", "text");
	char small[6] = "b";
	assert_int_equal(ground->engine->next_room(store, small, small, sizeof(small)), ERR_NONE);
	assert_string_equal(small, "lobby");
	assert_int_equal(ground->engine->next_room(store, "", room, sizeof(room)), ERR_TOO_LARGE);
	assert_int_equal(ground->engine->next_room(store, "ab", room, sizeof(room)), ERR_NONE);
	assert_string_equal(room, "attic");
	assert_int_equal(ground->engine->next_room(store, "lobby", room, sizeof(room)), ERR_NONE);
	assert_string_equal(room, "");
	ground->engine->close(store);
}

static void
a_reader_may_come_before_the_first_writer(void **state)
{
	const struct ground *ground = *state;
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 0, false, 0);
	assert_int_equal(ground->engine->check(reader), ERR_NONE);
	assert_int_equal(access(ground->folder, F_OK), -1);
	struct store *store = open_writer(ground);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 0, false, 0);
	say(ground, store, "lobby", "text");
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_seen(&seen, 1, 1, false, 1);
	assert_int_equal(ground->engine->check(reader), ERR_NONE);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

/* --- whoever applies the events to a page has the room --- */

struct copy {
	char texts[600][16]; /* by number; "" is no message, "-" one that was deleted */
	int64_t cursor;      /* -1: no page was read yet */
};

static void
apply(struct copy *copy, const struct event *event)
{
	assert_true(event->seq < (int64_t)COUNT(copy->texts));
	if (event->kind == EVENT_MESSAGE)
		snprintf(copy->texts[event->seq], sizeof(copy->texts[0]), "%s",
		         event->state == STATE_DELETED ? "-" : event->text);
	else if (event->kind == EVENT_DELETE && copy->texts[event->ref][0] != '\0')
		snprintf(copy->texts[event->ref], sizeof(copy->texts[0]), "-");
}

/* All pages, from the newest to the first. */
static void
copy_pages(const struct ground *ground, struct store *store, unsigned limit, struct copy *copy)
{
	struct seen seen = { 0 };
	int64_t before = 0;

	*copy = (struct copy){ .cursor = -1 };
	do {
		see_page(ground, store, "lobby", before, limit, &seen);
		for (size_t i = 0; i < seen.count; i++)
			apply(copy, &seen.events[i]);
		if (copy->cursor < 0)
			copy->cursor = seen.page.next;
		before = seen.count > 0 ? seen.events[0].seq : before;
	} while (seen.page.more);
	seen_fini(&seen);
}

/* False if the log does not reach back to the copy any more. */
static bool
catch_up(const struct ground *ground, struct store *store, unsigned limit, struct copy *copy)
{
	struct seen seen = { 0 };
	bool is_reset;

	do {
		see_after(ground, store, "lobby", copy->cursor, limit, &seen);
		for (size_t i = 0; i < seen.count; i++)
			apply(copy, &seen.events[i]);
		copy->cursor = seen.page.next;
		is_reset = seen.page.is_reset;
	} while (seen.page.more);
	seen_fini(&seen);
	return !is_reset;
}

/* What was trimmed stays in a copy that was made before. */
static void
assert_same_room(const struct copy *copy, const struct copy *room)
{
	size_t first = 0;

	assert_int_equal(copy->cursor, room->cursor);
	while (first < COUNT(room->texts) && room->texts[first][0] == '\0')
		first++;
	for (size_t i = first; i < COUNT(room->texts); i++)
		assert_string_equal(copy->texts[i], room->texts[i]);
}

static void
do_something(const struct ground *ground, struct store *store, uint64_t *seed, int64_t *last)
{
	char text[16];
	enum store_outcome outcome = STORE_NOT_FOUND;

	switch (next_random(seed) % 8) {
	case 0:
		if (*last > 0)
			outcome = take_back(ground, store, "lobby",
			                    1 + next_random(seed) % (uint32_t)*last, "ann");
		*last += outcome == STORE_DELETED;
		break;
	case 1:
		(void)trim(ground, store, "lobby", 15 + next_random(seed) % 20, 0, 0,
		           1 + next_random(seed) % 40);
		break;
	default:
		snprintf(text, sizeof(text), "t%x", next_random(seed));
		assert_int_equal(say(ground, store, "lobby", text), ++*last);
		break;
	}
}

static void
events_applied_to_a_page_are_the_room(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	static struct copy copies[4];
	static struct copy room;
	uint64_t seed = 11;
	int64_t last = 0;
	unsigned resets = 0;

	for (unsigned i = 0; i < COUNT(copies); i++)
		copies[i] = (struct copy){ 0 };
	for (unsigned round = 0; round < 500; round++) {
		do_something(ground, store, &seed, &last);
		unsigned which = next_random(&seed) % (4 * COUNT(copies));
		if (which >= COUNT(copies))
			continue;
		copy_pages(ground, reader, 1 + next_random(&seed) % 12, &room);
		assert_int_equal(room.cursor, last);
		if (!catch_up(ground, reader, 1 + next_random(&seed) % 12, &copies[which])) {
			resets++;
			copies[which] = room;
		}
		assert_same_room(&copies[which], &room);
	}
	assert_in_range(resets, 5, 100);
	ground->engine->close(reader);
	ground->engine->close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ALL_GROUNDS(numbers_are_gapless_in_every_room),
		ON_EVERY_ENGINE(a_transaction_of_many_messages_sees_what_it_has_written),
		ON_EVERY_ENGINE(numbers_that_were_rolled_back_are_given_again),
		ON_EVERY_ENGINE(a_handle_that_is_closed_rolls_back),
		ON_EVERY_ENGINE(rolling_back_nothing_is_harmless),
		ON_EVERY_ENGINE(writing_wants_a_transaction),
		ON_EVERY_ENGINE(a_message_is_read_as_it_was_written),
		ON_EVERY_ENGINE(texts_of_every_size_are_kept),
		ON_EVERY_ENGINE(pages_go_from_the_newest_back_to_the_first),
		ON_EVERY_ENGINE(catching_up_gives_every_event_behind_the_cursor),
		ON_EVERY_ENGINE(a_room_that_is_not_there_is_empty),
		ON_EVERY_ENGINE(a_cursor_from_the_future_is_reset),
		ON_EVERY_ENGINE(only_the_author_takes_a_message_back_and_once),
		ON_EVERY_ENGINE(what_nobody_wrote_nobody_takes_back),
		ON_EVERY_ENGINE(a_room_is_trimmed_by_count_in_steps),
		ON_EVERY_ENGINE(a_room_is_trimmed_by_age),
		ON_EVERY_ENGINE(a_cursor_that_was_trimmed_over_is_reset),
		ON_EVERY_ENGINE(a_key_is_known_until_it_is_trimmed),
		ON_EVERY_ENGINE(keys_are_trimmed_in_steps),
		ON_EVERY_ENGINE(a_key_goes_with_its_transaction),
		ON_EVERY_ENGINE(rooms_are_walked_by_name),
		ON_EVERY_ENGINE(a_reader_may_come_before_the_first_writer),
		ON_EVERY_ENGINE(events_applied_to_a_page_are_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
