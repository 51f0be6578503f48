/*
 * llm/event_stream: a stream of events is the same, however it is cut and whatever ends its lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "llm/event_stream.h"

/* The events as one text: "data=..." or "error=...", each with a bar behind it. */
static enum failure_status
note_event(void *context, enum event_form form, const char *data, size_t size)
{
	struct buf *seen = context;

	assert_int_equal(data[size], '\0');
	assert_int_equal(buf_append_text(seen, form == EVENT_ERROR ? "error=" : "data="), ERR_NONE);
	assert_int_equal(buf_append(seen, data, size), ERR_NONE);
	assert_int_equal(buf_append_text(seen, "|"), ERR_NONE);
	return strcmp(data, "stop") == 0 ? FAILURE_REPORTED : FAILURE_NONE;
}

/* Fails unless the stream, cut behind `first` bytes and then into pieces of `step`, is these
 * events. */
static void
assert_events_cut(const char *text, size_t size, size_t first, size_t step, const char *events)
{
	struct event_stream stream;
	struct buf seen;

	buf_init(&seen, 4096);
	event_stream_init(&stream, note_event, &seen);
	assert_int_equal(event_stream_feed(&stream, text, first), FAILURE_NONE);
	for (size_t at = first; at < size; at += step)
		assert_int_equal(
			event_stream_feed(&stream, text + at, size - at < step ? size - at : step),
			FAILURE_NONE);
	assert_int_equal(event_stream_end(&stream), FAILURE_NONE);
	assert_string_equal(seen.size > 0 ? seen.data : "", events);
	event_stream_fini(&stream);
	buf_fini(&seen);
}

static void
assert_events(const char *text, const char *events)
{
	size_t size = strlen(text);

	assert_events_cut(text, size, 0, 1, events);
	for (size_t first = 0; first <= size; first++)
		assert_events_cut(text, size, first, size + 1, events);
}

static void
a_stream_is_the_same_however_it_is_cut(void **state)
{
	static const struct {
		const char *text;
		const char *events;
	} rows[] = {
		{ "data: one\n\ndata: two\n\n", "data=one|data=two|" },
		{ "data: one\r\n\r\ndata: two\r\n\r\n", "data=one|data=two|" },
		{ "data: one\r\rdata: two\r\r", "data=one|data=two|" },
		{ "data: one\r\n\ndata: two\n\r\n", "data=one|data=two|" },
		{ "data:one\n\ndata:  two\n\n", "data=one|data= two|" },
		{ "data: one\ndata: two\n\n", "data=one\ntwo|" },
		{ ": comment\n\n:\ndata: one\n: more\n\n", "data=one|" },
		{ "\xef\xbb\xbf"
		  "data: one\n\n",
		  "data=one|" },
		{ "data: \xec\x95\x88\xf0\x9f\x98\x80\n\n", "data=\xec\x95\x88\xf0\x9f\x98\x80|" },
		{ "id: 1\nevent: message\nretry: 5\ndata: one\n\n", "data=one|" },
		{ "event: error\ndata: one\n\ndata: two\n\n", "error=one|data=two|" },
		{ "error: {\"code\":1}\n\ndata: two\n\n", "error={\"code\":1}|data=two|" },
		{ "event: error\n\ndata: two\n\n", "data=two|" },
		{ "data\n\ndata:\n\ndata: \n\n", "" },
		{ "database: one\n\ndata one\n\n", "" },
		{ "\n\n\n", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_events(rows[i].text, rows[i].events);
}

static void
an_event_at_the_end_needs_no_blank_line(void **state)
{
	(void)state;
	assert_events("data: one\n\ndata: [DONE]\n", "data=one|data=[DONE]|");
	assert_events("data: one\n\ndata: [DONE]", "data=one|data=[DONE]|");
}

static void
a_receiver_that_has_enough_ends_it(void **state)
{
	static const char text[] = "data: stop\n\ndata: more\n\n";
	struct event_stream stream;
	struct buf seen;

	(void)state;
	buf_init(&seen, 4096);
	event_stream_init(&stream, note_event, &seen);
	assert_int_equal(event_stream_feed(&stream, text, strlen(text)), FAILURE_REPORTED);
	assert_string_equal(seen.data, "data=stop|");
	event_stream_fini(&stream);
	buf_fini(&seen);
}

/* Feeds `piece` until the stream has had enough; returns how many bytes that took. */
static size_t
feed_until_refused(const char *piece)
{
	struct event_stream stream;
	struct buf seen;
	size_t size = strlen(piece);
	size_t fed = 0;
	enum failure_status status = FAILURE_NONE;

	buf_init(&seen, 4096);
	event_stream_init(&stream, note_event, &seen);
	while (status == FAILURE_NONE && fed <= 2 * (size_t)BOUND_LLM_EVENT_BYTES) {
		status = event_stream_feed(&stream, piece, size);
		fed += size;
	}
	assert_int_equal(status, FAILURE_PROTOCOL);
	event_stream_fini(&stream);
	buf_fini(&seen);
	return fed;
}

static void
a_line_or_an_event_without_end_is_refused(void **state)
{
	static char line[4096];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	assert_true(feed_until_refused(line) <= BOUND_LLM_EVENT_BYTES + sizeof(line));
	memcpy(line, "data: ", 6);
	line[sizeof(line) - 2] = '\n';
	assert_true(feed_until_refused(line) <= BOUND_LLM_EVENT_BYTES + 3 * sizeof(line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_is_the_same_however_it_is_cut),
		cmocka_unit_test(an_event_at_the_end_needs_no_blank_line),
		cmocka_unit_test(a_receiver_that_has_enough_ends_it),
		cmocka_unit_test(a_line_or_an_event_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
