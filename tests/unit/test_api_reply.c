/*
 * http/handlers/api_reply: the three ways to wait for a reply that takes its time, and what is told
 * of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "http/response.h"
#include "support_live.h"
#include "support_reply.h"
#include "support_store.h"

#define COOKIE STAGE_COOKIE
#define ASYNC "HTTP_PREFER=respond-async"
#define STREAM "HTTP_ACCEPT=text/event-stream"
#define BOTS(message) "{\"message\":\"" message "\",\"room\":\"bots\"}"
#define UNDER_WAY(seq, reply_seq)                                                                  \
	"{\"room\":\"bots\",\"seq\":" seq ",\"reply_seq\":" reply_seq ",\"state\":\"streaming\"}"

/* How each stream begins. */
#define HELLO(next) "retry: 2000\n\nevent: hello\ndata: {\"next\":" next "}\n\n"
#define SAID_HI                                                                                    \
	"id: 1\nevent: message\ndata: "                                                            \
	"{\"seq\":1,\"kind\":\"message\",\"role\":\"user\",\"text\":\"hi\",\"state\":\"done\"}"    \
	"\n\n"
#define REPLY                                                                                      \
	"id: 2\nevent: message\ndata: {\"seq\":2,\"kind\":\"message\",\"role\":\"assistant\","     \
	"\"text\":\"\",\"ref\":1,\"state\":\"streaming\"}\n\n"

static struct reply_stage stage;
static struct capture capture;
static struct tap tap;
static unsigned stream_count;
static unsigned detach_count;
static struct buf seen; /* of the stream, without times */

static struct event_sink *
keep_stream(struct transport *transport, struct request *request, struct response *response)
{
	struct capture *streaming = (struct capture *)transport;

	assert_int_equal(response->status, 200);
	assert_true(response->is_stream);
	assert_string_equal(response->content_type, "text/event-stream");
	streaming->headers.size = 0;
	assert_int_equal(
		buf_append(&streaming->headers, response->headers.data, response->headers.size),
		ERR_NONE);
	stream_count++;
	request_free(request);
	response_free(response);
	return &tap.sink;
}

static void
count_detach(struct transport *transport)
{
	(void)transport;
	detach_count++;
}

static int
begin(void **state)
{
	(void)state;
	reply_stage_open(&stage, &(const struct replies_settings){ 1, 1, 0, 0 }, false);
	stage.stage.api.reply_wait_ms = PATIENCE_SECONDS * 1000;
	capture_init(&capture);
	capture.transport.detach = count_detach;
	tap_init(&tap);
	buf_init(&seen, 1000000);
	stream_count = 0;
	detach_count = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	reply_stage_close(&stage);
	capture_fini(&capture);
	tap_fini(&tap);
	buf_fini(&seen);
	return 0;
}

static int
begin_streaming(void **state)
{
	begin(state);
	capture.transport.stream = keep_stream;
	return 0;
}

/* The same where a room can be followed: so is the reply in it. */
static int
begin_following(void **state)
{
	const struct live_settings settings = { .streams_max = 3, .streams_per_client_max = 2 };

	begin_streaming(state);
	assert_int_equal(
		live_start(&stage.loop, &stage.stage.rooms, &settings, &stage.stage.api.live),
		ERR_NONE);
	return 0;
}

/* POSTs the body with up to two further variables. */
static void
post(const char *body, const char *first, const char *second)
{
	const char *const variables[] = { first == NULL ? second : first,
		                          first == NULL ? NULL : second, NULL };

	capture_ask(&capture, &stage.stage.api, "POST", "", variables, body);
}

static bool
is_answered(void *context)
{
	return ((struct capture *)context)->answer_count > 0;
}

static void
wait_for_answer(int status, const char *body)
{
	run_until(&stage.loop, is_answered, &capture);
	assert_answer(&capture, status, body);
}

static void
speak(unsigned index, const char *text)
{
	assert_int_equal(scripted_say(&stage.scripted, index, text), ERR_NONE);
}

static void
finish(unsigned index, enum reply_state state)
{
	scripted_end(&stage.scripted, index, state);
}

/* The text without the member "time", which each event may have. */
static const char *
without_times(const struct buf *text)
{
	static const char member[] = "\"time\":\"";
	const char *rest = text->size == 0 ? "" : text->data;
	const char *found;

	seen.size = 0;
	while ((found = strstr(rest, member)) != NULL) {
		assert_int_equal(buf_append(&seen, rest, (size_t)(found - rest)), ERR_NONE);
		rest = strchr(found + sizeof(member) - 1, ',') + 1;
	}
	assert_int_equal(buf_append_text(&seen, rest), ERR_NONE);
	return seen.data == NULL ? "" : seen.data;
}

static bool
has_streamed(void *context)
{
	return strcmp(without_times(&tap.got), context) == 0;
}

/* Waits until the stream is just this. */
static void
wait_for_stream(const char *events)
{
	char expected[4096];

	snprintf(expected, sizeof(expected), "%s", events);
	run_until(&stage.loop, has_streamed, expected);
}

static bool
is_closed(void *context)
{
	return ((struct tap *)context)->is_closed;
}

/* --- the whole reply --- */

static void
a_plain_post_waits_for_the_reply(void **state)
{
	(void)state;
	post(BOTS("hi"), NULL, NULL);
	assert_int_equal(detach_count, 1);
	run_until_begun(&stage, 1);
	assert_string_equal(stage.scripted.reply_runs[0].question.data, "bots||hi");
	speak(0, "안녕 \"\n");
	assert_int_equal(capture.answer_count, 0);
	finish(0, REPLY_DONE);
	wait_for_answer(200, "{\"message\":\"안녕 \\\"\\n\",\"room\":\"bots\",\"seq\":1,"
	                     "\"reply_seq\":2}");
	assert_no_header(&capture, "Preference-Applied");
}

static void
a_reply_that_did_not_end_well_has_a_state(void **state)
{
	(void)state;
	post(BOTS("hi"), NULL, NULL);
	run_until_begun(&stage, 1);
	speak(0, "half");
	finish(0, REPLY_FAILED);
	wait_for_answer(200, "{\"message\":\"half\",\"room\":\"bots\",\"seq\":1,\"reply_seq\":2,"
	                     "\"state\":\"failed\"}");
}

static void
a_reply_that_is_stopped_has_a_state(void **state)
{
	struct capture stopping;

	(void)state;
	post(BOTS("hi"), NULL, NULL);
	run_until_begun(&stage, 1);
	speak(0, "half");
	run_until_log(&stage, "bots",
	              "1:message:hi:0:done 2:message:half:1:streaming 3:part:half:2:@0 ");
	capture_init(&stopping);
	capture_ask(&stopping, &stage.stage.api, "POST", "/stop", NULL,
	            "{\"room\":\"bots\",\"seq\":2}");
	assert_answer(&stopping, 200, "{\"room\":\"bots\",\"seq\":2,\"state\":\"stopped\"}");
	capture_fini(&stopping);
	wait_for_answer(200, "{\"message\":\"half\",\"room\":\"bots\",\"seq\":1,\"reply_seq\":2,"
	                     "\"state\":\"stopped\"}");
}

static void
a_reply_that_takes_too_long_is_answered_by_202(void **state)
{
	static const unsigned waits[] = { 1, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		stage.stage.api.reply_wait_ms = waits[i];
		post(BOTS("hi"), NULL, NULL);
		wait_for_answer(202, UNDER_WAY("1", "2"));
		assert_no_header(&capture, "Preference-Applied");
		run_until_begun(&stage, 1);
		finish(0, REPLY_DONE);
		run_until_log(&stage, "bots",
		              "1:message:hi:0:done 2:message::1:done 3:done::2:done ");
		end(NULL);
		begin(NULL);
	}
}

static void
a_reply_that_still_waits_says_its_place(void **state)
{
	(void)state;
	post(BOTS("one"), ASYNC, NULL);
	stage.stage.api.reply_wait_ms = 1;
	post(BOTS("two"), NULL, NULL);
	wait_for_answer(202, "{\"room\":\"bots\",\"seq\":3,\"reply_seq\":4,\"state\":\"streaming\","
	                     "\"queued\":1}");
}

static void
a_reply_that_has_begun_meanwhile_says_no_place(void **state)
{
	(void)state;
	post(BOTS("one"), ASYNC, NULL);
	/* Long enough for its turn to come, on any machine. */
	stage.stage.api.reply_wait_ms = 1000;
	post(BOTS("two"), NULL, NULL);
	run_until_begun(&stage, 1);
	finish(0, REPLY_DONE);
	run_until_begun(&stage, 2);
	run_until(&stage.loop, is_answered, &capture);
	assert_answer(&capture, 202, UNDER_WAY("3", "4"));
}

static void
a_private_conversation_is_told_as_such(void **state)
{
	(void)state;
	post("{\"message\":\"hi\",\"name\":\"Ann\"}", COOKIE, NULL);
	run_until_begun(&stage, 1);
	assert_string_equal(stage.scripted.reply_runs[0].question.data, "~|~Ann|hi");
	speak(0, "yes");
	finish(0, REPLY_DONE);
	wait_for_answer(200, "{\"message\":\"yes\",\"room\":\"~\",\"seq\":1,\"reply_seq\":2}");
}

/* --- where nothing is kept --- */

static void
what_is_not_kept_is_only_waited_for(void **state)
{
	(void)state;
	stage.stage.api.reply_wait_ms = 1;
	post("{\"message\":\"hi\"}", ASYNC, NULL);
	run_until_begun(&stage, 1);
	assert_string_equal(stage.scripted.reply_runs[0].question.data, "||hi");
	assert_int_equal(detach_count, 1);
	speak(0, "yes");
	finish(0, REPLY_DONE);
	wait_for_answer(200, "{\"message\":\"yes\"}");
	assert_no_header(&capture, "Preference-Applied");
	assert_int_equal(store_memory_transactions(), 0);
}

static void
what_fails_and_is_not_kept_is_a_problem_if_nothing_was_said(void **state)
{
	(void)state;
	post("{\"message\":\"hi\"}", NULL, NULL);
	run_until_begun(&stage, 1);
	speak(0, "half");
	finish(0, REPLY_FAILED);
	wait_for_answer(200, "{\"message\":\"half\",\"state\":\"failed\"}");
	stage.scripted.cannot_start = true;
	post("{\"message\":\"hi\"}", NULL, NULL);
	run_until(&stage.loop, is_answered, &capture);
	assert_problem(&capture, 500, "reply_failed");
}

/* --- respond-async --- */

static void
who_prefers_it_is_answered_at_once(void **state)
{
	static const char *const headers[] = {
		"HTTP_PREFER=respond-async",
		"HTTP_PREFER=Respond-Async",
		"HTTP_PREFER=wait=10, respond-async",
		"HTTP_PREFER=wait=10,respond-async;foo=bar, return=minimal",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		post(BOTS("hi"), headers[i], NULL);
		assert_answer(&capture, 202, UNDER_WAY("1", "2"));
		assert_header(&capture, "Preference-Applied: respond-async");
		run_until_begun(&stage, 1);
		assert_int_equal(capture.answer_count, 1);
		end(NULL);
		begin(NULL);
	}
}

static void
who_prefers_something_else_waits(void **state)
{
	static const char *const headers[] = { "HTTP_PREFER=respond-asyncx", "HTTP_PREFER=respond",
		                               "HTTP_PREFER=wait=respond-async", "HTTP_PREFER=,;" };

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		post(BOTS("hi"), headers[i], NULL);
		run_until_begun(&stage, 1);
		assert_int_equal(capture.answer_count, 0);
		finish(0, REPLY_DONE);
		run_until(&stage.loop, is_answered, &capture);
		assert_int_equal(capture.status, 200);
		end(NULL);
		begin(NULL);
	}
}

static void
who_must_wait_for_a_turn_is_told_the_place(void **state)
{
	(void)state;
	post(BOTS("one"), ASYNC, NULL);
	post(BOTS("two"), ASYNC, NULL);
	assert_answer(&capture, 202,
	              "{\"room\":\"bots\",\"seq\":3,\"reply_seq\":4,\"state\":\"streaming\","
	              "\"queued\":1}");
	post(BOTS("three"), ASYNC, NULL);
	assert_problem(&capture, 503, "too_many_replies");
	assert_header(&capture, "Retry-After: 10");
	assert_room_log(&stage, "bots",
	                "1:message:one:0:done 2:message::1:streaming 3:message:two:0:done "
	                "4:message::3:streaming ");
}

static void
what_is_answered_at_once_is_so_whatever_is_preferred(void **state)
{
	(void)state;
	post("{\"message\":\"hi\",\"room\":\"lobby\"}", ASYNC, NULL);
	assert_answer(&capture, 200,
	              "{\"message\":\"received hi\",\"room\":\"lobby\",\"seq\":1,"
	              "\"reply_seq\":2}");
	assert_no_header(&capture, "Preference-Applied");
	post("{\"message\":\"hi\",\"room\":\"people\"}", ASYNC, NULL);
	assert_answer(&capture, 200, "{\"room\":\"people\",\"seq\":1}");
	assert_int_equal(detach_count, 0);
}

static void
a_key_tells_how_the_reply_is(void **state)
{
	(void)state;
	post(BOTS("hi"), ASYNC, "HTTP_IDEMPOTENCY_KEY=k");
	run_until_begun(&stage, 1);
	post(BOTS("hi"), NULL, "HTTP_IDEMPOTENCY_KEY=k");
	assert_answer(&capture, 202, UNDER_WAY("1", "2"));
	speak(0, "yes");
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	post(BOTS("hi"), ASYNC, "HTTP_IDEMPOTENCY_KEY=k");
	assert_answer(&capture, 200,
	              "{\"message\":\"yes\",\"room\":\"bots\",\"seq\":1,\"reply_seq\":2}");
	post(BOTS("ho"), ASYNC, "HTTP_IDEMPOTENCY_KEY=k");
	assert_problem(&capture, 422, "key_reused");
	assert_int_equal(stage.scripted.count, 1);
}

/* --- as a stream --- */

static void
a_reply_is_streamed_as_it_grows(void **state)
{
	(void)state;
	post(BOTS("hi"), STREAM, NULL);
	assert_int_equal(stream_count, 1);
	assert_header(&capture, "X-Accel-Buffering: no");
	wait_for_stream(HELLO("0") SAID_HI REPLY);
	run_until_begun(&stage, 1);
	speak(0, "한");
	wait_for_stream(HELLO("0") SAID_HI REPLY "id: 3\nevent: part\ndata: "
	                                         "{\"seq\":3,\"kind\":\"part\",\"text\":\"한\","
	                                         "\"ref\":2,\"off\":0}\n\n");
	speak(0, "글");
	finish(0, REPLY_DONE);
	run_until(&stage.loop, is_closed, &tap);
	wait_for_stream(HELLO("0") SAID_HI REPLY
	                "id: 3\nevent: part\ndata: "
	                "{\"seq\":3,\"kind\":\"part\",\"text\":\"한\",\"ref\":2,\"off\":0}\n\n"
	                "id: 4\nevent: done\ndata: {\"seq\":4,\"kind\":\"done\",\"text\":\"한글\","
	                "\"ref\":2,\"state\":\"done\"}\n\n");
	assert_int_equal(capture.answer_count, 0);
}

static void
a_stream_says_that_the_reply_waits(void **state)
{
	(void)state;
	post(BOTS("one"), ASYNC, NULL);
	post(BOTS("two"), STREAM, ASYNC);
	wait_for_stream(
		HELLO("2") "id: 3\nevent: message\ndata: "
			   "{\"seq\":3,\"kind\":\"message\",\"role\":\"user\",\"text\":\"two\","
			   "\"state\":\"done\"}\n\n"
			   "id: 4\nevent: message\ndata: "
			   "{\"seq\":4,\"kind\":\"message\",\"role\":\"assistant\",\"text\":\"\","
			   "\"ref\":3,\"state\":\"streaming\"}\n\n"
			   "event: queued\ndata: {\"ref\":4,\"queued\":1}\n\n");
}

static void
a_stream_without_a_room_has_no_numbers(void **state)
{
	(void)state;
	post("{\"message\":\"hi\"}", STREAM, NULL);
	wait_for_stream(HELLO("0"));
	run_until_begun(&stage, 1);
	speak(0, "yes");
	wait_for_stream(HELLO("0") "event: part\ndata: "
	                           "{\"kind\":\"part\",\"text\":\"yes\",\"off\":0}\n\n");
	finish(0, REPLY_FAILED);
	run_until(&stage.loop, is_closed, &tap);
	wait_for_stream(HELLO("0") "event: part\ndata: "
	                           "{\"kind\":\"part\",\"text\":\"yes\",\"off\":0}\n\n"
	                           "event: done\ndata: {\"kind\":\"done\",\"text\":\"yes\","
	                           "\"state\":\"failed\"}\n\n");
}

static void
who_leaves_a_stream_does_not_end_the_reply(void **state)
{
	(void)state;
	post(BOTS("hi"), STREAM, NULL);
	wait_for_stream(HELLO("0") SAID_HI REPLY);
	run_until_begun(&stage, 1);
	tap_leave(&tap);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 0);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_room_log(&stage, "bots", "1:message:hi:0:done 2:message::1:done 3:done::2:done ");
}

static void
who_has_left_unseen_does_not_end_the_reply_either(void **state)
{
	(void)state;
	post(BOTS("hi"), STREAM, NULL);
	wait_for_stream(HELLO("0") SAID_HI REPLY);
	run_until_begun(&stage, 1);
	tap.is_gone = true;
	speak(0, "part");
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	run_until(&stage.loop, is_closed, &tap);
	assert_room_log(&stage, "bots",
	                "1:message:hi:0:done 2:message:part:1:done 3:done:part:2:done ");
}

static void
a_stream_that_cannot_begin_does_not_end_the_reply(void **state)
{
	(void)state;
	tap.cannot_be_attached = true;
	post(BOTS("hi"), STREAM, NULL);
	run_until_begun(&stage, 1);
	run_until(&stage.loop, is_closed, &tap);
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
}

static void
who_leaves_a_stream_without_a_room_ends_the_reply(void **state)
{
	(void)state;
	post("{\"message\":\"hi\"}", STREAM, NULL);
	wait_for_stream(HELLO("0"));
	run_until_begun(&stage, 1);
	tap_leave(&tap);
	assert_int_equal(stage.scripted.reply_runs[0].stop_count, 1);
	replies_run(stage.replies);
}

static bool
is_closed_when_drained(void *context)
{
	tap_drain(context);
	return is_closed(context);
}

/* Parts are left out; the end, which repeats them, is not. */
static void
a_slow_reader_gets_the_end_at_least(void **state)
{
	static char large[100 * 1024 + 1];
	struct tap_event event;
	unsigned part_count = 0;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	tap.is_slow = true;
	post(BOTS("hi"), STREAM, NULL);
	run_until_begun(&stage, 1);
	for (int i = 0; i < 2; i++) {
		unsigned before = store_memory_calls(MEMORY_PART);
		speak(0, large);
		while (store_memory_calls(MEMORY_PART) == before)
			uv_run(&stage.loop, UV_RUN_ONCE);
	}
	finish(0, REPLY_DONE);
	replies_run(stage.replies);
	assert_false(tap.is_closed);
	run_until(&stage.loop, is_closed_when_drained, &tap);
	while (tap_next(&tap, &event))
		part_count += strcmp(event.kind, "part") == 0;
	assert_true(part_count <= 2);
	assert_string_equal(tap.got.data + tap.got.size - 2, "\n\n");
	assert_non_null(strstr(tap.got.data, "event: done"));
}

static void
a_front_that_cannot_stream_gives_all_events_at_the_end(void **state)
{
	(void)state;
	capture.transport.stream = NULL;
	post(BOTS("hi"), STREAM, NULL);
	run_until_begun(&stage, 1);
	speak(0, "yes");
	finish(0, REPLY_DONE);
	run_until(&stage.loop, is_answered, &capture);
	assert_int_equal(capture.status, 200);
	assert_string_equal(capture.content_type, "text/event-stream");
	assert_string_equal(without_times(&capture.body), HELLO("0") SAID_HI REPLY
	                    "event: done\ndata: {\"kind\":\"done\",\"text\":\"yes\",\"ref\":2,"
	                    "\"state\":\"done\"}\n\n");
}

static void
what_is_answered_at_once_is_a_whole_stream(void **state)
{
	(void)state;
	post("{\"message\":\"hi\",\"room\":\"lobby\"}", "HTTP_ACCEPT=a/b, Text/Event-Stream;q=1",
	     NULL);
	assert_int_equal(capture.answer_count, 1);
	assert_string_equal(without_times(&capture.body),
	                    HELLO("0") SAID_HI REPLY "event: done\ndata: {\"kind\":\"done\","
	                                             "\"text\":\"received hi\",\"ref\":2,"
	                                             "\"state\":\"done\"}\n\n");
	post("{\"message\":\"hi\",\"room\":\"people\"}", STREAM, NULL);
	assert_string_equal(without_times(&capture.body), HELLO("0") SAID_HI);
	assert_int_equal(stream_count, 0);
}

static void
what_is_wrong_is_a_problem_also_for_who_wants_a_stream(void **state)
{
	(void)state;
	post("{\"message\":\" \",\"room\":\"bots\"}", STREAM, NULL);
	assert_problem(&capture, 400, "message_blank");
	store_memory_fail(MEMORY_BEGIN, 2);
	post(BOTS("hi"), STREAM, NULL);
	assert_problem(&capture, 503, "store_unavailable");
	assert_int_equal(stream_count, 0);
}

/* --- again --- */

static void
a_message_is_answered_again(void **state)
{
	(void)state;
	post(BOTS("hi"), ASYNC, NULL);
	run_until_begun(&stage, 1);
	post("{\"again\":1,\"room\":\"bots\"}", ASYNC, NULL);
	assert_problem(&capture, 409, "reply_under_way");
	finish(0, REPLY_FAILED);
	replies_run(stage.replies);
	post("{\"again\":1,\"room\":\"bots\"}", ASYNC, NULL);
	assert_answer(&capture, 202, UNDER_WAY("1", "4"));
	run_until_begun(&stage, 2);
	finish(1, REPLY_DONE);
	replies_run(stage.replies);
	post("{\"again\":1,\"room\":\"bots\",\"message\":\"ignored\"}", STREAM, NULL);
	/* The reply alone: the message is known. */
	wait_for_stream(HELLO("5") "id: 6\nevent: message\ndata: "
	                           "{\"seq\":6,\"kind\":\"message\",\"role\":\"assistant\","
	                           "\"text\":\"\",\"ref\":1,\"state\":\"streaming\"}\n\n");
}

static void
what_cannot_be_answered_again_is_a_problem(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *code;
	} rows[] = {
		{ "{\"again\":1,\"room\":\"bots\"}", 404, "event_unknown" },
		{ "{\"again\":9223372036854775807,\"room\":\"bots\"}", 404, "event_unknown" },
		{ "{\"again\":1}", 404, "event_unknown" },
		{ "{\"again\":1,\"room\":\"people\"}", 409, "nobody_answers" },
		{ "{\"again\":1,\"room\":\"attic\"}", 404, "room_unknown" },
		{ "{\"again\":0,\"room\":\"bots\"}", 400, "again_invalid" },
		{ "{\"again\":-1,\"room\":\"bots\"}", 400, "again_invalid" },
		{ "{\"again\":1.5,\"room\":\"bots\"}", 400, "again_invalid" },
		{ "{\"again\":\"1\",\"room\":\"bots\"}", 400, "again_invalid" },
		{ "{\"again\":null,\"room\":\"bots\"}", 400, "again_invalid" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		post(rows[i].body, NULL, NULL);
		assert_problem(&capture, rows[i].status, rows[i].code);
	}
}

#define WAITING(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define STREAMING(test) cmocka_unit_test_setup_teardown(test, begin_streaming, end)
#define FOLLOWING(test)                                                                            \
	{                                                                                          \
#test ", by following the room", test, begin_following, end, NULL                  \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WAITING(a_plain_post_waits_for_the_reply),
		WAITING(a_reply_that_did_not_end_well_has_a_state),
		WAITING(a_reply_that_is_stopped_has_a_state),
		WAITING(a_reply_that_takes_too_long_is_answered_by_202),
		WAITING(a_reply_that_still_waits_says_its_place),
		WAITING(a_reply_that_has_begun_meanwhile_says_no_place),
		WAITING(a_private_conversation_is_told_as_such),
		WAITING(what_is_not_kept_is_only_waited_for),
		WAITING(what_fails_and_is_not_kept_is_a_problem_if_nothing_was_said),
		WAITING(who_prefers_it_is_answered_at_once),
		WAITING(who_prefers_something_else_waits),
		WAITING(who_must_wait_for_a_turn_is_told_the_place),
		WAITING(what_is_answered_at_once_is_so_whatever_is_preferred),
		WAITING(a_key_tells_how_the_reply_is),
		STREAMING(a_reply_is_streamed_as_it_grows),
		FOLLOWING(a_reply_is_streamed_as_it_grows),
		STREAMING(a_stream_says_that_the_reply_waits),
		FOLLOWING(a_stream_says_that_the_reply_waits),
		STREAMING(a_stream_without_a_room_has_no_numbers),
		FOLLOWING(a_stream_without_a_room_has_no_numbers),
		STREAMING(who_leaves_a_stream_does_not_end_the_reply),
		FOLLOWING(who_leaves_a_stream_does_not_end_the_reply),
		STREAMING(who_has_left_unseen_does_not_end_the_reply_either),
		FOLLOWING(who_has_left_unseen_does_not_end_the_reply_either),
		STREAMING(a_stream_that_cannot_begin_does_not_end_the_reply),
		FOLLOWING(a_stream_that_cannot_begin_does_not_end_the_reply),
		STREAMING(who_leaves_a_stream_without_a_room_ends_the_reply),
		STREAMING(a_slow_reader_gets_the_end_at_least),
		FOLLOWING(a_slow_reader_gets_the_end_at_least),
		STREAMING(a_front_that_cannot_stream_gives_all_events_at_the_end),
		STREAMING(what_is_answered_at_once_is_a_whole_stream),
		STREAMING(what_is_wrong_is_a_problem_also_for_who_wants_a_stream),
		STREAMING(a_message_is_answered_again),
		WAITING(what_cannot_be_answered_again_is_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
