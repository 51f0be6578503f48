/*
 * chat/news: what a transaction tells of what it has written is what whoever reads it gets, to the
 * byte, in each format; over every engine of the store.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <string.h>

#include "chat/news.h"
#include "http/render/representation.h"

#define ROOM "lobby"

static const struct representation *const formats[] = { &representation_sse, &representation_ndjson,
	                                                &representation_lines };

static struct store *writer;
static struct store *reader;

static void
open_both(const struct ground *ground)
{
	writer = open_writer(ground);
	reader = open_reader(ground);
}

static void
close_both(const struct ground *ground)
{
	ground->engine->close(reader);
	ground->engine->close(writer);
}

static void
begin_with(const struct ground *ground, struct news *news)
{
	*news = (struct news){ .has_more = false };
	begin(ground, writer);
	news->epoch = ground->engine->epoch(writer);
}

/* Fails unless a reader, who was at `after`, gets just these events. */
static void
commit_as_read(const struct ground *ground, struct news *news, int64_t after)
{
	const struct kept_event *kept = news->events.first;
	struct render_memory memories[2] = { 0 };
	struct buf told;
	struct buf read;
	struct seen seen = { 0 };

	commit(ground, writer);
	see_after(ground, reader, ROOM, after, 50, &seen);
	assert_int_equal(seen.page.epoch, news->epoch);
	buf_init(&told, BOUND_RESPONSE_BYTES);
	buf_init(&read, BOUND_RESPONSE_BYTES);
	for (size_t i = 0; i < seen.count; i++, kept = kept->next) {
		assert_non_null(kept);
		assert_string_equal(kept->room, ROOM);
		for (size_t j = 0; j < COUNT(formats); j++) {
			const struct renderer *renderer = formats[j]->renderer;
			assert_int_equal(renderer->event(&memories[0], &told, &kept->event),
			                 ERR_NONE);
			assert_int_equal(renderer->event(&memories[1], &read, &seen.events[i]),
			                 ERR_NONE);
		}
	}
	assert_null(kept);
	assert_string_equal(buf_text(&told), buf_text(&read));
	buf_fini(&told);
	buf_fini(&read);
	seen_fini(&seen);
	event_list_clear(&news->events);
}

static int64_t
append_message(const struct ground *ground, struct news *news, const struct store_message *message)
{
	int64_t seq;

	assert_int_equal(news_append_message(news, ground->engine, writer, ROOM, message, &seq),
	                 ERR_NONE);
	return seq;
}

static void
messages_are_told_as_they_are_read(void **state)
{
	const struct ground *ground = *state;
	struct store_message message = message_of("first\nline");
	struct news news;

	open_both(ground);
	begin_with(ground, &news);
	int64_t seq = append_message(ground, &news, &message);
	message = message_of("");
	message.name = "";
	message.role = ROLE_ASSISTANT;
	message.ref = seq;
	(void)append_message(ground, &news, &message);
	message = message_of("received it");
	message.role = ROLE_ASSISTANT;
	message.ref = seq;
	(void)append_message(ground, &news, &message);
	assert_false(news.has_more);
	commit_as_read(ground, &news, 0);
	close_both(ground);
}

static int64_t
begin_streaming(const struct ground *ground, int64_t *at)
{
	struct store_message message = message_of("");
	struct news news;

	message.role = ROLE_ASSISTANT;
	message.name = "";
	message.state = STATE_STREAMING;
	message.ref = *at = say(ground, writer, ROOM, "question");
	begin_with(ground, &news);
	int64_t seq = append_message(ground, &news, &message);
	commit_as_read(ground, &news, *at);
	*at = seq;
	return seq;
}

static void
a_reply_that_streams_is_told_as_it_is_read(void **state)
{
	const struct ground *ground = *state;
	struct news news;
	int64_t at;

	open_both(ground);
	const int64_t ref = begin_streaming(ground, &at);
	const struct store_part parts[] = {
		{ .ref = ref,
		  .text = "",
		  .time_ms = 5,
		  .thought = "hm",
		  .thought_size = 2,
		  .thought_ms = 17 },
		{ .ref = ref,
		  .text = "so",
		  .text_size = 2,
		  .time_ms = 6,
		  .thought = "",
		  .thought_offset = 2,
		  .thought_ms = 30 },
		{ .ref = ref, .text = "\xc3\xa9", .text_size = 2, .offset = 2, .time_ms = 7 },
	};
	for (size_t i = 0; i < COUNT(parts); i++) {
		int64_t seq;
		begin_with(ground, &news);
		assert_int_equal(
			news_append_part(&news, ground->engine, writer, ROOM, &parts[i], &seq),
			ERR_NONE);
		assert_false(news.has_more);
		commit_as_read(ground, &news, at);
		at = seq;
	}
	const struct store_ending ending = { .ref = ref,
		                             .state = STATE_FAILED,
		                             .cause = CAUSE_BUSY,
		                             .text = "so\xc3\xa9",
		                             .text_size = 4,
		                             .thought = "hm",
		                             .thought_size = 2,
		                             .thought_ms = 30,
		                             .time_ms = 8 };
	begin_with(ground, &news);
	assert_int_equal(news_finish_message(&news, ground->engine, writer, ROOM, &ending, &at),
	                 ERR_NONE);
	assert_false(news.has_more);
	commit_as_read(ground, &news, at - 1);
	close_both(ground);
}

static void
a_reply_without_thoughts_is_told_as_it_is_read(void **state)
{
	const struct ground *ground = *state;
	struct news news;
	int64_t at;

	open_both(ground);
	const int64_t ref = begin_streaming(ground, &at);
	const struct store_ending ending = { .ref = ref,
		                             .state = STATE_DONE,
		                             .text = "so",
		                             .text_size = 2,
		                             .thought = "",
		                             .time_ms = 8 };
	begin_with(ground, &news);
	assert_int_equal(news_finish_message(&news, ground->engine, writer, ROOM, &ending, &at),
	                 ERR_NONE);
	commit_as_read(ground, &news, at - 1);
	close_both(ground);
}

static void
a_deletion_is_told_as_it_is_read(void **state)
{
	const struct ground *ground = *state;
	enum store_outcome outcome;
	struct news news;

	open_both(ground);
	int64_t seq = say(ground, writer, ROOM, "secret");
	begin_with(ground, &news);
	assert_int_equal(
		news_delete_message(&news, ground->engine, writer, ROOM, seq, "ann", 9, &outcome),
		ERR_NONE);
	assert_int_equal(outcome, STORE_DELETED);
	commit_as_read(ground, &news, seq);
	close_both(ground);
}

static void
what_changes_nothing_is_not_told(void **state)
{
	const struct ground *ground = *state;
	enum store_outcome outcome;
	struct news news;
	int64_t at;

	open_both(ground);
	int64_t seq = say(ground, writer, ROOM, "hello");
	const struct store_part part = { .ref = seq, .text = "x", .text_size = 1 };
	const struct store_ending ending = { .ref = seq, .state = STATE_DONE, .text = "" };
	begin_with(ground, &news);
	assert_int_equal(news_append_part(&news, ground->engine, writer, ROOM, &part, &at),
	                 ERR_NONE);
	assert_int_equal(news_finish_message(&news, ground->engine, writer, ROOM, &ending, &at),
	                 ERR_NONE);
	assert_int_equal(
		news_delete_message(&news, ground->engine, writer, ROOM, seq, "bo", 9, &outcome),
		ERR_NONE);
	assert_false(news.has_more);
	commit_as_read(ground, &news, seq);
	close_both(ground);
}

static void
what_the_store_alone_knows_is_said_to_be_missing(void **state)
{
	const struct ground *ground = *state;
	const struct store_ending ending = { .state = STATE_STOPPED };
	struct store_ending stopped = ending;
	struct news news;
	int64_t at;

	open_both(ground);
	stopped.ref = begin_streaming(ground, &at);
	begin_with(ground, &news);
	assert_int_equal(news_finish_message(&news, ground->engine, writer, ROOM, &stopped, &at),
	                 ERR_NONE);
	assert_true(news.has_more);
	assert_null(news.events.first);
	commit(ground, writer);
	close_both(ground);
}

static void
where_nobody_wants_to_know_it_is_written_all_the_same(void **state)
{
	const struct ground *ground = *state;
	struct store_message message = message_of("hello");
	enum store_outcome outcome;
	int64_t seq;

	open_both(ground);
	begin(ground, writer);
	seq = append_message(ground, NULL, &message);
	assert_int_equal(
		news_delete_message(NULL, ground->engine, writer, ROOM, seq, "ann", 9, &outcome),
		ERR_NONE);
	commit(ground, writer);
	assert_int_equal(outcome, STORE_DELETED);
	close_both(ground);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EVERY_ENGINE(messages_are_told_as_they_are_read),
		ON_EVERY_ENGINE(a_reply_that_streams_is_told_as_it_is_read),
		ON_EVERY_ENGINE(a_reply_without_thoughts_is_told_as_it_is_read),
		ON_EVERY_ENGINE(a_deletion_is_told_as_it_is_read),
		ON_EVERY_ENGINE(what_changes_nothing_is_not_told),
		ON_EVERY_ENGINE(what_the_store_alone_knows_is_said_to_be_missing),
		ON_EVERY_ENGINE(where_nobody_wants_to_know_it_is_written_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
