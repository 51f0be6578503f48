/*
 * Messages that stream, for every engine: parts, endings, who makes them, and what they leave in
 * the log. test_store.c has what holds for all messages, test_store_faults.c what goes wrong.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- what is read --- */

static void
assert_message(const struct event *event, int64_t seq, enum message_state state, const char *text)
{
	assert_int_equal(event->seq, seq);
	assert_int_equal(event->kind, EVENT_MESSAGE);
	assert_int_equal(event->state, state);
	assert_int_equal(event->text_size, strlen(text));
	assert_memory_equal(event->text, text, strlen(text));
}

static void
assert_part(const struct event *event, int64_t seq, int64_t ref, int64_t offset, const char *text)
{
	assert_int_equal(event->seq, seq);
	assert_int_equal(event->kind, EVENT_PART);
	assert_int_equal(event->ref, ref);
	assert_int_equal(event->offset, offset);
	assert_int_equal(event->time_ms, 1500);
	assert_string_equal(event->text, text);
}

static void
assert_done(const struct event *event, int64_t seq, int64_t ref, enum message_state state,
            const char *text)
{
	assert_int_equal(event->seq, seq);
	assert_int_equal(event->kind, EVENT_DONE);
	assert_int_equal(event->ref, ref);
	assert_int_equal(event->state, state);
	assert_int_equal(event->time_ms, 1800);
	assert_string_equal(event->text, text);
}

/* A question, a reply that streams to it, and two parts: numbers 1 to 4. */
static void
ask_and_begin(const struct ground *ground, struct store *store, const char *room)
{
	assert_int_equal(say(ground, store, room, "question"), 1);
	assert_int_equal(begin_reply(ground, store, room, 1), 2);
	assert_int_equal(add_part(ground, store, room, 2, 0, "J\xc3\xbcrgen"), 3);
	assert_int_equal(add_part(ground, store, room, 2, 6, " says"), 4);
}

static void
a_message_in_the_making_is_read_with_the_text_so_far(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	assert_int_equal(say(ground, store, "lobby", "question"), 1);
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 2);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_message(&seen.events[1], 2, STATE_STREAMING, "");
	assert_string_equal(seen.events[1].name, "bot");
	assert_int_equal(seen.events[1].role, ROLE_ASSISTANT);
	assert_int_equal(seen.events[1].ref, 1);
	assert_int_equal(add_part(ground, store, "lobby", 2, 0, "J\xc3\xbcrgen"), 3);
	assert_int_equal(say(ground, store, "lobby", "between"), 4);
	assert_int_equal(add_part(ground, store, "lobby", 2, 6, " says"), 5);

	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 3);
	assert_message(&seen.events[1], 2, STATE_STREAMING, "J\xc3\xbcrgen says");
	assert_message(&seen.events[2], 4, STATE_DONE, "between");
	assert_int_equal(seen.page.next, 5);
	see_page(ground, reader, "lobby", 4, 1, &seen);
	assert_int_equal(seen.count, 1);
	assert_message(&seen.events[0], 2, STATE_STREAMING, "J\xc3\xbcrgen says");
	assert_true(seen.page.more);
	see_after(ground, reader, "lobby", 1, 10, &seen);
	assert_int_equal(seen.count, 4);
	assert_message(&seen.events[0], 2, STATE_STREAMING, "J\xc3\xbcrgen says");
	assert_part(&seen.events[1], 3, 2, 0, "J\xc3\xbcrgen");
	assert_message(&seen.events[2], 4, STATE_DONE, "between");
	assert_part(&seen.events[3], 5, 2, 6, " says");
	/* A follower that has the first part gets the second. */
	see_after(ground, reader, "lobby", 4, 10, &seen);
	assert_int_equal(seen.count, 1);
	assert_part(&seen.events[0], 5, 2, 6, " says");
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
assert_thought(const struct event *event, const char *thought, int64_t thought_ms)
{
	assert_int_equal(event->thought_size, strlen(thought));
	assert_memory_equal(event->thought, thought, event->thought_size);
	assert_int_equal(event->thought_ms, thought_ms);
}

static void
thoughts_are_kept_beside_the_text_and_so_is_why_it_ended(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const struct store_part parts[] = {
		{ .ref = 1,
		  .text = "",
		  .time_ms = 1500,
		  .thought = "안",
		  .thought_size = 3,
		  .thought_ms = 10 },
		{ .ref = 1,
		  .text = "Hi",
		  .text_size = 2,
		  .time_ms = 1500,
		  .thought = "녕",
		  .thought_size = 3,
		  .thought_offset = 1,
		  .thought_ms = 20 },
		{ .ref = 1, .text = "!", .text_size = 1, .offset = 2, .time_ms = 1500 },
	};
	const struct store_ending ending = { .ref = 1,
		                             .state = STATE_DONE,
		                             .cause = CAUSE_LENGTH,
		                             .text = "Hi!",
		                             .text_size = 3,
		                             .thought = "안녕!",
		                             .thought_size = 7,
		                             .thought_ms = 30,
		                             .time_ms = 1800 };
	const struct store_ending stopping = { .ref = 2, .state = STATE_STOPPED, .time_ms = 1800 };
	struct seen seen = { 0 };
	int64_t seq;

	assert_int_equal(begin_reply(ground, store, "lobby", 0), 1);
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 2);
	assert_int_equal(ground->engine->begin(store), ERR_NONE);
	for (size_t i = 0; i < COUNT(parts); i++)
		assert_int_equal(ground->engine->append_part(store, "lobby", &parts[i], &seq),
		                 ERR_NONE);
	struct store_part second = parts[0];
	second.ref = 2;
	assert_int_equal(ground->engine->append_part(store, "lobby", &second, &seq), ERR_NONE);
	assert_int_equal(ground->engine->commit(store), ERR_NONE);
	see_after(ground, store, "lobby", 0, 10, &seen);
	assert_message(&seen.events[0], 1, STATE_STREAMING, "Hi!");
	assert_thought(&seen.events[0], "안녕", 20);
	assert_thought(&seen.events[2], "안", 10);
	assert_thought(&seen.events[3], "녕", 20);
	assert_int_equal(seen.events[3].thought_offset, 1);
	assert_thought(&seen.events[4], "", 0);
	assert_int_equal(ground->engine->begin(store), ERR_NONE);
	assert_int_equal(ground->engine->finish_message(store, "lobby", &ending, &seq), ERR_NONE);
	assert_int_equal(ground->engine->finish_message(store, "lobby", &stopping, &seq), ERR_NONE);
	assert_int_equal(ground->engine->commit(store), ERR_NONE);
	see_after(ground, store, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 4);
	assert_message(&seen.events[0], 1, STATE_DONE, "Hi!");
	assert_message(&seen.events[1], 2, STATE_STOPPED, "");
	for (size_t i = 0; i < seen.count; i += 2) {
		assert_thought(&seen.events[i], "안녕!", 30);
		assert_int_equal(seen.events[i].cause, CAUSE_LENGTH);
		assert_thought(&seen.events[i + 1], "안", 10);
		assert_int_equal(seen.events[i + 1].cause, CAUSE_NONE);
	}
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
two_messages_in_the_making_keep_their_parts_apart(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	assert_int_equal(begin_reply(ground, store, "lobby", 0), 1);
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 2);
	assert_int_equal(begin_reply(ground, store, "attic", 0), 1);
	assert_int_equal(add_part(ground, store, "lobby", 1, 0, "a"), 3);
	assert_int_equal(add_part(ground, store, "lobby", 2, 0, "b"), 4);
	assert_int_equal(add_part(ground, store, "attic", 1, 0, "c"), 2);
	assert_int_equal(add_part(ground, store, "lobby", 1, 1, "a"), 5);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_message(&seen.events[0], 1, STATE_STREAMING, "aa");
	assert_message(&seen.events[1], 2, STATE_STREAMING, "b");
	assert_int_equal(finish_reply(ground, store, "lobby", 1, STATE_DONE, NULL), 6);
	see_after(ground, store, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 4);
	assert_message(&seen.events[0], 1, STATE_DONE, "aa");
	assert_message(&seen.events[1], 2, STATE_STREAMING, "b");
	assert_part(&seen.events[2], 4, 2, 0, "b");
	assert_done(&seen.events[3], 6, 1, STATE_DONE, "aa");
	see_page(ground, store, "attic", 0, 10, &seen);
	assert_message(&seen.events[0], 1, STATE_STREAMING, "c");
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- endings --- */

static void
finishing_drops_the_parts_and_leaves_the_whole_text(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	ask_and_begin(ground, store, "lobby");
	assert_int_equal(
		finish_reply(ground, store, "lobby", 2, STATE_DONE, "J\xc3\xbcrgen says no"), 5);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_message(&seen.events[1], 2, STATE_DONE, "J\xc3\xbcrgen says no");
	assert_string_equal(seen.events[1].name, "bot");
	assert_int_equal(seen.page.next, 5);
	see_after(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 3);
	assert_message(&seen.events[1], 2, STATE_DONE, "J\xc3\xbcrgen says no");
	assert_done(&seen.events[2], 5, 2, STATE_DONE, "J\xc3\xbcrgen says no");
	/* From the middle of the parts, too, and the numbers go on. */
	for (int64_t after = 2; after < 5; after++) {
		see_after(ground, reader, "lobby", after, 10, &seen);
		assert_int_equal(seen.count, 1);
		assert_done(&seen.events[0], 5, 2, STATE_DONE, "J\xc3\xbcrgen says no");
	}
	assert_int_equal(say(ground, store, "lobby", "text"), 6);
	assert_int_equal(take_back(ground, store, "lobby", 2, "ann"), STORE_DELETED);
	/* What `done` said is gone with the message. */
	see_after(ground, reader, "lobby", 4, 1, &seen);
	assert_int_equal(seen.events[0].kind, EVENT_DONE);
	assert_int_equal(seen.events[0].text_size, 0);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
without_a_text_of_its_own_an_ending_takes_the_parts(void **state)
{
	static const enum message_state states[] = { STATE_DONE, STATE_STOPPED, STATE_FAILED };
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };
	char room[8];

	for (unsigned i = 0; i < COUNT(states); i++) {
		snprintf(room, sizeof(room), "r%u", i);
		ask_and_begin(ground, store, room);
		assert_int_equal(finish_reply(ground, store, room, 2, states[i], NULL), 5);
		assert_int_equal(begin_reply(ground, store, room, 1), 6);
		assert_int_equal(finish_reply(ground, store, room, 6, states[i], NULL), 7);
		see_after(ground, store, room, 1, 10, &seen);
		assert_int_equal(seen.count, 4);
		assert_message(&seen.events[0], 2, states[i], "J\xc3\xbcrgen says");
		assert_done(&seen.events[1], 5, 2, states[i], "J\xc3\xbcrgen says");
		assert_message(&seen.events[2], 6, states[i], "");
		assert_done(&seen.events[3], 7, 6, states[i], "");
	}
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
a_reply_of_the_greatest_size_is_kept(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };
	const size_t step = 1000;
	char *text = must_allocate(BOUND_REPLY_BYTES);

	for (size_t i = 0; i < BOUND_REPLY_BYTES; i++)
		text[i] = (char)('a' + i % 23);
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 1);
	begin(ground, store);
	for (size_t at = 0; at < BOUND_REPLY_BYTES; at += step) {
		size_t size = BOUND_REPLY_BYTES - at < step ? BOUND_REPLY_BYTES - at : step;
		const struct store_part part = { .ref = 1,
			                         .text = text + at,
			                         .text_size = size,
			                         .offset = (int64_t)at,
			                         .time_ms = 1500 };
		int64_t seq;
		assert_int_equal(ground->engine->append_part(store, "lobby", &part, &seq),
		                 ERR_NONE);
	}
	commit(ground, store);
	for (unsigned i = 0; i < 2; i++) {
		see_page(ground, store, "lobby", 0, 10, &seen);
		assert_int_equal(seen.events[0].text_size, BOUND_REPLY_BYTES);
		assert_memory_equal(seen.events[0].text, text, BOUND_REPLY_BYTES);
		int64_t seq = finish_reply(ground, store, "lobby", 1, STATE_DONE, NULL);
		assert_int_equal(seq > 0, i == 0);
	}
	seen_fini(&seen);
	free(text);
	ground->engine->close(store);
}

static void
only_what_is_in_the_making_takes_parts_and_endings(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen before = { 0 };
	struct seen after = { 0 };

	ask_and_begin(ground, store, "lobby");
	assert_int_equal(finish_reply(ground, store, "lobby", 2, STATE_STOPPED, NULL), 5);
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 6);
	assert_int_equal(take_back(ground, store, "lobby", 6, "ann"), STORE_DELETED);
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 8);
	assert_int_equal(add_part(ground, store, "lobby", 8, 0, "part"), 9);
	see_after(ground, store, "lobby", 0, 100, &before);
	/* A user's, a finished one, a part dropped, `done`, one deleted, `delete`, a part, and
	 * numbers that there are not. */
	static const int64_t others[] = { 1, 2, 3, 5, 6, 7, 9, 10, 0, -1 };
	for (unsigned i = 0; i < COUNT(others); i++) {
		assert_int_equal(add_part(ground, store, "lobby", others[i], 0, "late"), 0);
		assert_int_equal(
			finish_reply(ground, store, "lobby", others[i], STATE_DONE, "late"), 0);
	}
	assert_int_equal(add_part(ground, store, "nowhere", 8, 0, "late"), 0);
	assert_int_equal(finish_reply(ground, store, "nowhere", 8, STATE_DONE, NULL), 0);
	see_after(ground, store, "lobby", 0, 100, &after);
	assert_int_equal(after.page.next, 9);
	assert_int_equal(after.count, before.count);
	for (size_t i = 0; i < after.count; i++) {
		assert_int_equal(after.events[i].seq, before.events[i].seq);
		assert_int_equal(after.events[i].state, before.events[i].state);
		assert_int_equal(after.events[i].text_size, before.events[i].text_size);
	}
	see_page(ground, store, "nowhere", 0, 10, &after);
	assert_int_equal(after.page.next, 0);
	assert_int_equal(count_streaming(ground, store), 1);
	seen_fini(&before);
	seen_fini(&after);
	ground->engine->close(store);
}

static void
what_is_rolled_back_was_never_made(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	const struct store_part part = {
		.ref = 2, .text = "lost", .text_size = 4, .offset = 11, .time_ms = 1500
	};
	const struct store_ending ending = { .ref = 2, .state = STATE_DONE, .time_ms = 1800 };
	struct seen seen = { 0 };
	int64_t seq;

	ask_and_begin(ground, store, "lobby");
	begin(ground, store);
	assert_int_equal(ground->engine->append_part(store, "lobby", &part, &seq), ERR_NONE);
	assert_int_equal(seq, 5);
	/* The transaction itself sees it. */
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_message(&seen.events[1], 2, STATE_STREAMING, "J\xc3\xbcrgen sayslost");
	assert_int_equal(ground->engine->finish_message(store, "lobby", &ending, &seq), ERR_NONE);
	assert_int_equal(seq, 6);
	assert_int_equal(count_streaming(ground, store), 0);
	ground->engine->rollback(store);
	assert_gapless(ground, store, "lobby", 4);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_message(&seen.events[1], 2, STATE_STREAMING, "J\xc3\xbcrgen says");
	assert_int_equal(count_streaming(ground, store), 1);
	assert_int_equal(add_part(ground, store, "lobby", 2, 11, "!"), 5);
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- deleting --- */

static void
one_in_the_making_is_taken_back_with_its_parts(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	ask_and_begin(ground, store, "lobby");
	assert_int_equal(take_back(ground, store, "lobby", 2, "bob"), STORE_NOT_THE_AUTHOR);
	assert_int_equal(count_streaming(ground, store), 1);
	assert_int_equal(take_back(ground, store, "lobby", 3, "ann"), STORE_NOT_FOUND);
	assert_int_equal(take_back(ground, store, "lobby", 2, "ann"), STORE_DELETED);
	assert_int_equal(count_streaming(ground, store), 0);
	see_after(ground, store, "lobby", 1, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.events[0].state, STATE_DELETED);
	assert_null(seen.events[0].text);
	assert_int_equal(seen.events[1].seq, 5);
	assert_int_equal(seen.events[1].kind, EVENT_DELETE);
	assert_int_equal(seen.events[1].ref, 2);
	assert_int_equal(fail_abandoned(ground, store), 0);
	assert_int_equal(take_back(ground, store, "lobby", 2, "ann"), STORE_ALREADY_DELETED);
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- replies --- */

static int64_t
next_reply(const struct ground *ground, struct store *store, const char *room, int64_t ref,
           int64_t after)
{
	int64_t reply;

	assert_int_equal(ground->engine->next_reply(store, room, ref, after, &reply), ERR_NONE);
	return reply;
}

static void
replies_are_found_in_order_whatever_their_state(void **state)
{
	const struct ground *ground = *state;
	struct store *reader = open_reader(ground);
	assert_int_equal(next_reply(ground, reader, "lobby", 1, 0), 0);
	struct store *store = open_writer(ground);

	say(ground, store, "lobby", "first");                             /* 1 */
	say(ground, store, "lobby", "second");                            /* 2 */
	assert_int_equal(begin_reply(ground, store, "lobby", 2), 3);      /* at once */
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 4);      /* later */
	assert_int_equal(add_part(ground, store, "lobby", 4, 0, "p"), 5); /* no reply */
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 6);
	assert_int_equal(begin_reply(ground, store, "lobby", 2), 7);
	assert_int_equal(begin_reply(ground, store, "attic", 0), 1);
	assert_int_equal(finish_reply(ground, store, "lobby", 6, STATE_FAILED, NULL), 8);
	assert_int_equal(take_back(ground, store, "lobby", 3, "ann"), STORE_DELETED); /* 9 */
	struct store *const handles[] = { store, reader };
	for (unsigned i = 0; i < COUNT(handles); i++) {
		assert_int_equal(next_reply(ground, handles[i], "lobby", 1, 0), 4);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 1, 4), 6);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 1, 6), 0);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 2, 0), 3);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 2, 3), 7);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 2, 7), 0);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 3, 0), 0);
		assert_int_equal(next_reply(ground, handles[i], "lobby", 6, 0), 0);
		assert_int_equal(next_reply(ground, handles[i], "nowhere", 1, 0), 0);
	}
	begin(ground, store);
	assert_int_equal(next_reply(ground, store, "lobby", 2, 3), 7);
	ground->engine->rollback(store);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
those_in_the_making_are_counted_in_all_rooms(void **state)
{
	const struct ground *ground = *state;
	struct store *reader = open_reader(ground);
	assert_int_equal(count_streaming(ground, reader), 0);
	struct store *store = open_writer(ground);
	struct store *second = open_writer(ground);

	assert_int_equal(count_streaming(ground, reader), 0);
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 1);
	assert_int_equal(begin_reply(ground, second, "lobby", 0), 2);
	assert_int_equal(begin_reply(ground, store, "attic", 0), 1);
	assert_int_equal(count_streaming(ground, reader), 3);
	assert_int_equal(count_streaming(ground, store), 3);
	/* Whoever finishes it. */
	assert_int_equal(finish_reply(ground, second, "attic", 1, STATE_STOPPED, NULL), 2);
	assert_int_equal(count_streaming(ground, reader), 2);
	assert_int_equal(fail_abandoned(ground, store), 2);
	ground->engine->close(second);
	ground->engine->close(reader);
	ground->engine->close(store);
}

/* --- owners --- */

static void
a_message_whose_handle_was_closed_is_abandoned(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *gone = open_writer(ground);
	struct store *alive = open_writer(ground);
	struct seen seen = { 0 };

	assert_int_equal(begin_reply(ground, gone, "lobby", 0), 1);
	assert_int_equal(begin_reply(ground, alive, "lobby", 0), 2);
	assert_int_equal(add_part(ground, gone, "lobby", 1, 0, "so far"), 3);
	assert_int_equal(begin_reply(ground, gone, "attic", 0), 1);
	assert_int_equal(begin_reply(ground, store, "attic", 0), 2);
	assert_int_equal(fail_abandoned(ground, store), 4);
	assert_int_equal(fail_abandoned(ground, gone), 4);
	assert_int_equal(count_abandoned(ground, store), 0);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_int_equal(seen.page.next, 3);

	ground->engine->close(gone);
	assert_int_equal(count_streaming(ground, store), 4);
	assert_int_equal(count_abandoned(ground, store), 2);
	assert_int_equal(fail_abandoned(ground, store), 2);
	assert_int_equal(count_streaming(ground, store), 2);
	see_after(ground, store, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 3);
	assert_message(&seen.events[0], 1, STATE_FAILED, "so far");
	assert_message(&seen.events[1], 2, STATE_STREAMING, "");
	assert_int_equal(seen.events[2].kind, EVENT_DONE);
	assert_int_equal(seen.events[2].state, STATE_FAILED);
	assert_int_equal(seen.events[2].time_ms, 1900);
	assert_string_equal(seen.events[2].text, "so far");
	see_page(ground, store, "attic", 0, 10, &seen);
	assert_message(&seen.events[0], 1, STATE_FAILED, "");
	assert_message(&seen.events[1], 2, STATE_STREAMING, "");
	assert_int_equal(fail_abandoned(ground, store), 2);
	/* Nothing is written where nothing was abandoned. */
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_int_equal(seen.page.next, 4);
	seen_fini(&seen);
	ground->engine->close(alive);
	ground->engine->close(store);
}

/* Begins a reply with a part, says so, and waits to be killed, or for the test to end. */
static void
make_until_killed(const struct ground *ground, int said, int go)
{
	struct store_message message = message_of("");
	const struct store_part part = {
		.ref = 1, .text = "so far", .text_size = 6, .offset = 0, .time_ms = 1500
	};
	struct store *store;
	int64_t seq;

	message.state = STATE_STREAMING;
	if (ground->engine->open(&ground->settings, true, &store) == ERR_NONE &&
	    ground->engine->begin(store) == ERR_NONE &&
	    ground->engine->append_message(store, "lobby", &message, &seq) == ERR_NONE &&
	    ground->engine->append_part(store, "lobby", &part, &seq) == ERR_NONE &&
	    ground->engine->commit(store) == ERR_NONE)
		(void)!write(said, &(char){ '+' }, 1);
	(void)!read(go, &(char){ 0 }, 1);
	_exit(1);
}

static void
a_message_whose_process_was_killed_is_abandoned(void **state)
{
	const struct ground *ground = *state;
	struct seen seen = { 0 };
	int said[2];
	int go[2];
	int status;
	char byte = '-';

	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(go[1]);
		make_until_killed(ground, said[1], go[0]);
	}
	close(said[1]);
	close(go[0]);
	bool is_made = read(said[0], &byte, 1) == 1 && byte == '+';
	close(said[0]);
	struct store *store = open_writer(ground);
	unsigned before = fail_abandoned(ground, store);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(go[1]);
	assert_true(is_made);
	assert_int_equal(before, 1);
	assert_int_equal(count_streaming(ground, store), 1);
	assert_int_equal(fail_abandoned(ground, store), 0);
	see_page(ground, store, "lobby", 0, 10, &seen);
	assert_message(&seen.events[0], 1, STATE_FAILED, "so far");
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- gaps --- */

static void
trimming_stops_at_a_message_in_the_making(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	ask_and_begin(ground, store, "lobby");
	for (unsigned i = 0; i < 4; i++)
		say(ground, store, "lobby", "text");
	assert_int_equal(trim(ground, store, "lobby", 1, 5000, 0, 100).events, 1);
	assert_int_equal(trim(ground, store, "lobby", 1, 5000, 0, 100).events, 0);
	see_after(ground, store, "lobby", 1, 100, &seen);
	assert_false(seen.page.is_reset);
	assert_int_equal(seen.count, 7);
	assert_message(&seen.events[0], 2, STATE_STREAMING, "J\xc3\xbcrgen says");
	assert_int_equal(finish_reply(ground, store, "lobby", 2, STATE_DONE, NULL), 9);
	/* It, and then what lies behind the gap. */
	assert_int_equal(trim(ground, store, "lobby", 4, 0, 0, 100).events, 1);
	see_after(ground, store, "lobby", 2, 100, &seen);
	assert_false(seen.page.is_reset);
	assert_int_equal(seen.events[0].seq, 5);
	see_after(ground, store, "lobby", 1, 100, &seen);
	assert_true(seen.page.is_reset);
	assert_int_equal(trim(ground, store, "lobby", 3, 0, 0, 100).events, 1);
	see_after(ground, store, "lobby", 4, 100, &seen);
	assert_true(seen.page.is_reset);
	see_after(ground, store, "lobby", 5, 100, &seen);
	assert_int_equal(seen.count, 4);
	/* The end of a message that is not there any more tells nothing of it. */
	assert_int_equal(seen.events[3].kind, EVENT_DONE);
	assert_int_equal(seen.events[3].text_size, 0);
	assert_int_equal(trim(ground, store, "lobby", 0, 5000, 0, 100).events, 4);
	see_after(ground, store, "lobby", 9, 100, &seen);
	assert_false(seen.page.is_reset);
	assert_int_equal(say(ground, store, "lobby", "text"), 10);
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
pages_and_cursors_step_over_the_gaps(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	/* 1, 2, done 5; 6, 7, done 10 and so on: the parts between are gone. */
	for (int64_t first = 1; first <= 16; first += 5) {
		assert_int_equal(say(ground, store, "lobby", "question"), first);
		assert_int_equal(begin_reply(ground, store, "lobby", first), first + 1);
		add_part(ground, store, "lobby", first + 1, 0, "a");
		add_part(ground, store, "lobby", first + 1, 1, "b");
		assert_int_equal(finish_reply(ground, store, "lobby", first + 1, STATE_DONE, NULL),
		                 first + 4);
	}
	for (int64_t before = 8; before <= 11; before++) {
		see_page(ground, store, "lobby", before, 3, &seen);
		assert_int_equal(seen.count, 3);
		assert_int_equal(seen.events[0].seq, 2);
		assert_int_equal(seen.events[2].seq, 7);
		assert_true(seen.page.more);
		assert_int_equal(seen.page.next, 20);
	}
	see_page(ground, store, "lobby", 4, 2, &seen);
	assert_int_equal(seen.count, 2);
	assert_false(seen.page.more);
	int64_t at = 0;
	unsigned count = 0;
	do {
		see_after(ground, store, "lobby", at, 1, &seen);
		assert_int_equal(seen.count, 1);
		assert_true(seen.events[0].seq > at);
		at = seen.page.next;
		assert_int_equal(at, seen.events[0].seq);
		count++;
	} while (seen.page.more);
	assert_int_equal(count, 12);
	assert_int_equal(at, 20);
	/* A page that ends in a gap has everything behind it still to come, or nothing. */
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 21);
	add_part(ground, store, "lobby", 21, 0, "a");
	assert_int_equal(take_back(ground, store, "lobby", 21, "ann"), STORE_DELETED);
	see_after(ground, store, "lobby", 20, 1, &seen);
	assert_int_equal(seen.page.next, 21);
	assert_true(seen.page.more);
	see_after(ground, store, "lobby", 22, 1, &seen);
	assert_int_equal(seen.page.next, 23);
	assert_false(seen.page.more);
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- whoever applies the events to a page has the room --- */

enum { NUMBER_MAX = 260, TEXT_MAX = 64 };

/* What a client knows, and what the test knows. */
struct room_copy {
	struct {
		enum message_state state; /* 0: no message that is known */
		char text[TEXT_MAX];
	} messages[NUMBER_MAX];
};

/* What the test has done. */
struct model {
	struct room_copy room;
	enum event_kind kinds[NUMBER_MAX]; /* 0: dropped, trimmed, not given yet */
	int64_t refs[NUMBER_MAX];
	int64_t last;
	int64_t first;
};

static size_t
code_points_of(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

static const char *
skip_code_points(const char *text, size_t count)
{
	for (; count > 0; count--) {
		do
			text++;
		while ((*text & 0xc0) == 0x80);
	}
	return text;
}

/* As doc/api.md tells clients to do it. */
static void
apply(struct room_copy *copy, const struct event *event)
{
	int64_t number = event->kind == EVENT_MESSAGE ? event->seq : event->ref;
	const char *text = event->text == NULL ? "" : event->text;

	assert_in_range(number, 1, NUMBER_MAX - 1);
	char *known = copy->messages[number].text;
	if (event->kind != EVENT_MESSAGE && copy->messages[number].state == 0)
		return;
	switch (event->kind) {
	case EVENT_MESSAGE:
	case EVENT_DONE:
		copy->messages[number].state = event->state;
		snprintf(known, TEXT_MAX, "%s", text);
		break;
	case EVENT_PART: {
		size_t have = code_points_of(known);
		size_t offset = (size_t)event->offset;
		/* Nothing may be missing in between. */
		assert_in_range(offset, 0, have);
		if (have - offset < code_points_of(text))
			strcat(known, skip_code_points(text, have - offset));
		break;
	}
	case EVENT_DELETE:
		copy->messages[number].state = STATE_DELETED;
		known[0] = '\0';
		break;
	}
}

static void
copy_room(const struct ground *ground, struct store *store, unsigned limit, struct room_copy *copy,
          int64_t *cursor)
{
	struct seen seen = { 0 };
	int64_t before = 0;

	memset(copy, 0, sizeof(*copy));
	*cursor = -1;
	do {
		see_page(ground, store, "lobby", before, limit, &seen);
		for (size_t i = 0; i < seen.count; i++)
			apply(copy, &seen.events[i]);
		if (*cursor < 0)
			*cursor = seen.page.next;
		before = seen.count > 0 ? seen.events[0].seq : before;
	} while (seen.page.more);
	seen_fini(&seen);
}

/* What was trimmed may stay in a copy. */
static void
assert_has_room(const struct room_copy *copy, const struct model *model)
{
	for (int64_t i = model->first; i < NUMBER_MAX; i++) {
		assert_int_equal(copy->messages[i].state, model->room.messages[i].state);
		assert_string_equal(copy->messages[i].text, model->room.messages[i].text);
	}
}

static int64_t
add_to_model(struct model *model, enum event_kind kind, int64_t ref)
{
	model->last++;
	assert_in_range(model->last, 1, NUMBER_MAX - 1);
	model->kinds[model->last] = kind;
	model->refs[model->last] = ref;
	return model->last;
}

static void
drop_parts_from_model(struct model *model, int64_t ref)
{
	for (int64_t i = 1; i <= model->last; i++) {
		if (model->kinds[i] == EVENT_PART && model->refs[i] == ref)
			model->kinds[i] = 0;
	}
}

/* A message at random of the state (0: any); 0 if there is none. */
static int64_t
pick(const struct model *model, uint64_t *seed, enum message_state state)
{
	int64_t found[NUMBER_MAX];
	uint32_t count = 0;

	for (int64_t i = 1; i <= model->last; i++) {
		if (model->kinds[i] == EVENT_MESSAGE &&
		    (state == 0 || model->room.messages[i].state == state))
			found[count++] = i;
	}
	return count == 0 ? 0 : found[next_random(seed) % count];
}

static void
do_message(const struct ground *ground, struct store *store, struct model *model, uint64_t *seed)
{
	struct store_message message = message_of("said");
	int64_t seq;

	if (next_random(seed) % 2 == 0) {
		message = message_of("");
		message.state = STATE_STREAMING;
		message.ref = pick(model, seed, STATE_DONE);
	}
	assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq), ERR_NONE);
	assert_int_equal(seq, add_to_model(model, EVENT_MESSAGE, 0));
	model->room.messages[seq].state = message.state;
	strcpy(model->room.messages[seq].text, message.text);
}

static void
do_part(const struct ground *ground, struct store *store, struct model *model, uint64_t *seed)
{
	static const char *const pieces[] = { "a", "\xc3\xbc", "\xea\xb0\x80", "\xf0\x9f\x99\x82",
		                              "" };
	struct store_part part = { .ref = pick(model, seed, STATE_STREAMING), .time_ms = 1500 };
	char text[20] = "";
	int64_t seq;

	char *known = model->room.messages[part.ref].text;
	if (part.ref == 0 || strlen(known) > TEXT_MAX - 2 * sizeof(text))
		return;
	for (unsigned i = next_random(seed) % 5; i > 0; i--)
		strcat(text, pieces[next_random(seed) % COUNT(pieces)]);
	part.text = text;
	part.text_size = strlen(text);
	part.offset = (int64_t)code_points_of(known);
	assert_int_equal(ground->engine->append_part(store, "lobby", &part, &seq), ERR_NONE);
	assert_int_equal(seq, add_to_model(model, EVENT_PART, part.ref));
	strcat(known, text);
}

static void
do_ending(const struct ground *ground, struct store *store, struct model *model, uint64_t *seed)
{
	static const enum message_state states[] = { STATE_DONE, STATE_STOPPED, STATE_FAILED };
	struct store_ending ending = { .ref = pick(model, seed, STATE_STREAMING),
		                       .state = states[next_random(seed) % COUNT(states)] };
	int64_t seq;

	if (ending.ref == 0)
		return;
	char *known = model->room.messages[ending.ref].text;
	if (next_random(seed) % 2 == 0) {
		strcat(known, "\xe2\x80\xa6");
		ending.text = known;
		ending.text_size = strlen(known);
	}
	assert_int_equal(ground->engine->finish_message(store, "lobby", &ending, &seq), ERR_NONE);
	drop_parts_from_model(model, ending.ref);
	assert_int_equal(seq, add_to_model(model, EVENT_DONE, ending.ref));
	model->room.messages[ending.ref].state = ending.state;
}

static void
do_deletion(const struct ground *ground, struct store *store, struct model *model, uint64_t *seed)
{
	enum store_outcome outcome;
	int64_t ref = pick(model, seed, 0);
	int64_t seq;

	assert_int_equal(
		ground->engine->delete_message(store, "lobby", ref, "ann", 2000, &outcome, &seq),
		ERR_NONE);
	if (outcome != STORE_DELETED)
		return;
	drop_parts_from_model(model, ref);
	assert_int_equal(seq, add_to_model(model, EVENT_DELETE, ref));
	model->room.messages[ref].state = STATE_DELETED;
	model->room.messages[ref].text[0] = '\0';
}

static void
do_trimming(const struct ground *ground, struct store *store, struct model *model, uint64_t *seed)
{
	const int64_t messages_max = 10 + next_random(seed) % 10;
	const unsigned step = 1 + next_random(seed) % 12;
	int64_t messages = 0;
	unsigned expected = 0;
	struct store_trimmed trimmed;

	const struct store_retention retention = { .messages_max = messages_max };
	assert_int_equal(ground->engine->trim(store, "lobby", &retention, step, &trimmed),
	                 ERR_NONE);
	for (int64_t i = 1; i <= model->last; i++)
		messages += model->kinds[i] == EVENT_MESSAGE;
	for (int64_t i = 1; i <= model->last && expected < step && messages > messages_max; i++) {
		if (model->kinds[i] == 0)
			continue;
		if (model->room.messages[i].state == STATE_STREAMING)
			break;
		messages -= model->kinds[i] == EVENT_MESSAGE;
		model->kinds[i] = 0;
		model->room.messages[i].state = 0;
		model->room.messages[i].text[0] = '\0';
		model->first = i + 1;
		expected++;
	}
	assert_int_equal(trimmed.events, expected);
}

/* A transaction of a few things; sometimes it is rolled back. */
static void
do_something(const struct ground *ground, struct store *store, struct model *model, uint64_t *seed)
{
	static struct model before;

	before = *model;
	begin(ground, store);
	for (unsigned i = 1 + next_random(seed) % 3; i > 0; i--) {
		unsigned what = next_random(seed) % 16;
		if (what < 4)
			do_message(ground, store, model, seed);
		else if (what < 10)
			do_part(ground, store, model, seed);
		else if (what < 13)
			do_ending(ground, store, model, seed);
		else if (what < 14)
			do_deletion(ground, store, model, seed);
		else
			do_trimming(ground, store, model, seed);
	}
	if (next_random(seed) % 8 > 0) {
		commit(ground, store);
	} else {
		ground->engine->rollback(store);
		*model = before;
	}
}

/* Reads behind the cursor, `limit` events at a time, and applies them; false for a reset. What the
 * client has after each time is noted among the copies, where they are given. */
static bool
follow(const struct ground *ground, struct store *store, unsigned limit, struct room_copy *copy,
       int64_t cursor, struct room_copy *copies, bool *is_noted)
{
	struct seen seen = { 0 };
	bool is_reset;

	do {
		see_after(ground, store, "lobby", cursor, limit, &seen);
		for (size_t i = 0; i < seen.count; i++)
			apply(copy, &seen.events[i]);
		is_reset = seen.page.is_reset;
		cursor = seen.page.next;
		if (copies != NULL && !is_reset) {
			copies[cursor] = *copy;
			is_noted[cursor] = true;
		}
	} while (seen.page.more);
	seen_fini(&seen);
	return !is_reset;
}

static void
events_applied_at_any_cursor_are_the_room(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	static struct room_copy copies[NUMBER_MAX]; /* what a client had at that cursor */
	static struct model model;
	static struct room_copy copy;
	bool is_noted[NUMBER_MAX] = { [0] = true };
	uint64_t seed = 31;
	unsigned resets = 0;
	int64_t cursor;

	memset(copies, 0, sizeof(copies));
	model = (struct model){ .first = 1 };
	while (model.last < NUMBER_MAX - 10) {
		int64_t before = model.last;
		do_something(ground, store, &model, &seed);
		copy_room(ground, reader, 1 + next_random(&seed) % 12, &copy, &cursor);
		assert_int_equal(cursor, model.last);
		assert_has_room(&copy, &model);
		/* Who followed to here goes on event by event, and who comes now begins here. */
		struct room_copy follower = copies[before];
		(void)follow(ground, reader, 1, &follower, before, copies, is_noted);
		if (next_random(&seed) % 2 == 0)
			copies[model.last] = copy;
		for (int64_t i = 0; i <= model.last; i++) {
			if (!is_noted[i])
				continue;
			copy = copies[i];
			bool is_followed = follow(ground, reader, 1 + next_random(&seed) % 40,
			                          &copy, i, NULL, NULL);
			assert_int_equal(is_followed, i >= model.first - 1);
			if (is_followed)
				assert_has_room(&copy, &model);
			resets += !is_followed;
		}
	}
	assert_true(resets > 0);
	assert_int_equal(count_streaming(ground, reader) > 0,
	                 pick(&model, &seed, STATE_STREAMING) > 0);
	ground->engine->close(reader);
	ground->engine->close(store);
}

/* --- one event --- */

static void
get_event(const struct ground *ground, struct store *store, int64_t seq, struct seen *seen)
{
	bool is_there;

	seen_fini(seen);
	assert_int_equal(ground->engine->get(store, "lobby", seq, keep_event, seen, &is_there),
	                 ERR_NONE);
	assert_int_equal(seen->count, is_there);
}

static void
one_event_is_got_by_its_number_as_it_is_now(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	get_event(ground, reader, 1, &seen);
	assert_int_equal(seen.count, 0);
	ask_and_begin(ground, store, "lobby");
	get_event(ground, reader, 2, &seen);
	assert_int_equal(seen.count, 1);
	assert_message(&seen.events[0], 2, STATE_STREAMING, "J\xc3\xbcrgen says");
	get_event(ground, reader, 4, &seen);
	assert_part(&seen.events[0], 4, 2, 6, " says");
	assert_int_equal(finish_reply(ground, store, "lobby", 2, STATE_DONE, "hello"), 5);
	get_event(ground, reader, 2, &seen);
	assert_message(&seen.events[0], 2, STATE_DONE, "hello");
	get_event(ground, reader, 5, &seen);
	assert_done(&seen.events[0], 5, 2, STATE_DONE, "hello");
	/* A part has left the log, and there is no such number, nor such a room. */
	get_event(ground, reader, 3, &seen);
	assert_int_equal(seen.count, 0);
	get_event(ground, reader, 6, &seen);
	assert_int_equal(seen.count, 0);
	begin(ground, store);
	int64_t seq = append(ground, store, "lobby", "not committed");
	get_event(ground, reader, seq, &seen);
	assert_int_equal(seen.count, 0);
	get_event(ground, store, seq, &seen);
	assert_message(&seen.events[0], seq, STATE_DONE, "not committed");
	ground->engine->rollback(store);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

/* Appends the part, where it may be there. Its number. */
static int64_t
add_part_again(const struct ground *ground, struct store *store, int64_t offset, const char *text,
               const char *thought)
{
	const struct store_part part = { .ref = 2,
		                         .text = text,
		                         .text_size = strlen(text),
		                         .offset = offset,
		                         .time_ms = 1500,
		                         .thought = thought,
		                         .thought_size = strlen(thought),
		                         .may_be_there = true };
	int64_t seq;

	begin(ground, store);
	assert_int_equal(ground->engine->append_part(store, "lobby", &part, &seq), ERR_NONE);
	commit(ground, store);
	return seq;
}

static void
a_part_that_may_be_there_is_there_once(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct seen seen = { 0 };

	ask_and_begin(ground, store, "lobby");
	assert_int_equal(add_part_again(ground, store, 6, " says", ""), 4);
	assert_int_equal(add_part_again(ground, store, 11, "!", ""), 5);
	assert_int_equal(add_part_again(ground, store, 11, "!", ""), 5);
	assert_int_equal(add_part_again(ground, store, 12, "", "hm"), 6);
	assert_int_equal(add_part_again(ground, store, 12, "", "hm"), 6);
	get_event(ground, store, 2, &seen);
	assert_message(&seen.events[0], 2, STATE_STREAMING, "J\xc3\xbcrgen says!");
	assert_int_equal(finish_reply(ground, store, "lobby", 2, STATE_DONE, NULL), 7);
	assert_int_equal(add_part_again(ground, store, 12, "", "hm"), 0);
	seen_fini(&seen);
	ground->engine->close(store);
}

/* --- leases --- */

static bool
renew(const struct ground *ground, struct store *store, int64_t seq)
{
	bool is_held;

	begin(ground, store);
	assert_int_equal(ground->engine->renew_lease(store, "lobby", seq, &is_held), ERR_NONE);
	commit(ground, store);
	return is_held;
}

static void
pass(const struct ground *ground, int64_t ms)
{
	if (ground->pass != NULL)
		ground->pass(ground->folder, ms);
}

static void
who_renews_the_lease_or_goes_on_keeps_the_message(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *other = open_writer(ground);

	ask_and_begin(ground, store, "lobby");
	for (unsigned i = 0; i < 4; i++) {
		pass(ground, LEASE_MS * 3 / 4);
		assert_true(renew(ground, store, 2));
		pass(ground, LEASE_MS * 3 / 4);
		assert_true(add_part(ground, store, "lobby", 2, 11 + i, "!") > 0);
		assert_int_equal(fail_abandoned(ground, other), 1);
		assert_int_equal(count_abandoned(ground, other), 0);
	}
	assert_true(finish_reply(ground, store, "lobby", 2, STATE_DONE, NULL) > 0);
	/* There is nothing to be held any more, nor what never streamed, nor a room that is not. */
	assert_false(renew(ground, store, 2));
	assert_false(renew(ground, store, 1));
	assert_false(renew(ground, store, 99));
	ground->engine->close(other);
	ground->engine->close(store);
}

static void
a_lease_that_has_run_out_can_be_renewed_until_somebody_has_ended_the_message(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *other = open_writer(ground);
	/* Not where the engine knows better. */
	bool runs_out = ground->pass != NULL;

	ask_and_begin(ground, store, "lobby");
	pass(ground, LEASE_MS + 1);
	assert_int_equal(count_abandoned(ground, other), runs_out);
	assert_true(renew(ground, store, 2));
	assert_int_equal(count_abandoned(ground, other), 0);
	pass(ground, LEASE_MS + 1);
	assert_int_equal(fail_abandoned(ground, other), !runs_out);
	assert_int_equal(renew(ground, store, 2), !runs_out);
	assert_int_equal(add_part(ground, store, "lobby", 2, 11, "late") > 0, !runs_out);
	ground->engine->close(other);
	ground->engine->close(store);
}

static void
a_lease_is_of_one_handle_and_of_another_when_that_is_gone(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *other = open_writer(ground);

	ask_and_begin(ground, store, "lobby");
	assert_false(renew(ground, other, 2));
	assert_true(renew(ground, store, 2));
	ground->engine->close(store);
	assert_int_equal(count_abandoned(ground, other), 1);
	assert_true(renew(ground, other, 2));
	assert_int_equal(count_abandoned(ground, other), 0);
	assert_int_equal(fail_abandoned(ground, other), 1);
	assert_true(finish_reply(ground, other, "lobby", 2, STATE_DONE, NULL) > 0);
	ground->engine->close(other);
}

static void
a_renewal_that_was_rolled_back_renews_nothing(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *other = open_writer(ground);
	bool is_held;

	ask_and_begin(ground, store, "lobby");
	ground->engine->close(store);
	begin(ground, other);
	assert_int_equal(ground->engine->renew_lease(other, "lobby", 2, &is_held), ERR_NONE);
	assert_true(is_held);
	ground->engine->rollback(other);
	assert_int_equal(count_abandoned(ground, other), 1);
	assert_int_equal(fail_abandoned(ground, other), 0);
	ground->engine->close(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EVERY_ENGINE(a_part_that_may_be_there_is_there_once),
		ON_EVERY_ENGINE(one_event_is_got_by_its_number_as_it_is_now),
		ON_EVERY_ENGINE(a_message_in_the_making_is_read_with_the_text_so_far),
		ON_EVERY_ENGINE(thoughts_are_kept_beside_the_text_and_so_is_why_it_ended),
		ON_EVERY_ENGINE(two_messages_in_the_making_keep_their_parts_apart),
		ON_EVERY_ENGINE(finishing_drops_the_parts_and_leaves_the_whole_text),
		ON_EVERY_ENGINE(without_a_text_of_its_own_an_ending_takes_the_parts),
		ON_EVERY_ENGINE(a_reply_of_the_greatest_size_is_kept),
		ON_EVERY_ENGINE(only_what_is_in_the_making_takes_parts_and_endings),
		ON_EVERY_ENGINE(what_is_rolled_back_was_never_made),
		ON_EVERY_ENGINE(one_in_the_making_is_taken_back_with_its_parts),
		ON_EVERY_ENGINE(replies_are_found_in_order_whatever_their_state),
		ON_EVERY_ENGINE(those_in_the_making_are_counted_in_all_rooms),
		ON_EVERY_ENGINE(a_message_whose_handle_was_closed_is_abandoned),
		ON_BOTH_JOURNALS(a_message_whose_process_was_killed_is_abandoned),
		ON_EVERY_ENGINE(who_renews_the_lease_or_goes_on_keeps_the_message),
		ON_EVERY_ENGINE(
			a_lease_that_has_run_out_can_be_renewed_until_somebody_has_ended_the_message),
		ON_EVERY_ENGINE(a_lease_is_of_one_handle_and_of_another_when_that_is_gone),
		ON_EVERY_ENGINE(a_renewal_that_was_rolled_back_renews_nothing),
		ON_EVERY_ENGINE(trimming_stops_at_a_message_in_the_making),
		ON_EVERY_ENGINE(pages_and_cursors_step_over_the_gaps),
		ON_EVERY_ENGINE(events_applied_at_any_cursor_are_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
