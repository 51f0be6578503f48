/*
 * http/handlers/api_events: reading a room, waiting for news, following, and deleting; and
 * http/handlers/api_rooms.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"
#include "support_live.h"

#include <json-c/json_object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/limits/fair_pool.h"
#include "http/response.h"
#include "http/visitor.h"
#include "support_stall.h"
#include "support_store.h"
#include "text/json.h"

#define COOKIE STAGE_COOKIE
#define OTHER_COOKIE STAGE_OTHER_COOKIE
#define STREAM "HTTP_ACCEPT=text/event-stream"
#define LINES "HTTP_ACCEPT=text/plain"
#define NDJSON "HTTP_ACCEPT=application/x-ndjson"

static uv_loop_t loop;
static struct tap tap;

static int
begin(void **state)
{
	begin_stage_with_store(state);
	stage.api.wait_seconds = 1;
	return 0;
}

static int
begin_live(void **state)
{
	const struct live_settings settings = { .streams_max = 3, .streams_per_client_max = 2 };

	begin(state);
	tap_init(&tap);
	assert_int_equal(uv_loop_init(&loop), 0);
	stage.rooms.workers = workers_new(&loop);
	assert_int_equal(live_start(&loop, &stage.rooms, &settings, &stage.api.live), ERR_NONE);
	stage.api.has_streams = true;
	stage.api.wait_seconds = BOUND_WAIT_SECONDS;
	return 0;
}

static int
end_live(void **state)
{
	stop_workers(stage.rooms.workers, stage.api.live);
	assert_int_equal(uv_loop_close(&loop), 0);
	tap_fini(&tap);
	return end_stage(state);
}

static void
ask_with(const char *method, const char *path, const char *first, const char *second)
{
	const char *const variables[] = { first, first == NULL ? NULL : second, NULL };

	capture_ask(&capture, &stage.api, method, path, variables, NULL);
}

static void
get(const char *path)
{
	ask_with("GET", path, NULL, NULL);
}

static void
say(const char *room, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		store_memory_post(room, "hello");
}

/* The page that was answered: its events' numbers and what it says of itself. */
struct page {
	size_t count;
	int64_t numbers[BOUND_PAGE_EVENTS_MAX];
	int64_t next;
	bool more;
	bool is_reset;
	size_t bytes;
};

static struct json_object *
member_of(struct json_object *object, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

static struct page
page_of_answer(void)
{
	struct page page = { .bytes = capture.body.size };
	struct json_object *document;

	assert_int_equal(capture.answer_count, 1);
	assert_int_equal(capture.status, 200);
	assert_string_equal(capture.content_type, "application/json");
	struct json_verdict verdict =
		json_parse(capture.body.data, capture.body.size, 4, &document);
	assert_int_equal(verdict.fault, JSON_FINE);
	struct json_object *events = member_of(document, "events");
	page.count = json_object_array_length(events);
	assert_true(page.count <= COUNT(page.numbers));
	for (size_t i = 0; i < page.count; i++)
		page.numbers[i] = json_object_get_int64(
			member_of(json_object_array_get_idx(events, i), "seq"));
	page.next = json_object_get_int64(member_of(document, "next"));
	page.more = json_object_get_boolean(member_of(document, "more"));
	page.is_reset = member_of(document, "reset") != NULL;
	json_object_put(document);
	return page;
}

/* Fails unless the page has just these events. */
static struct page
assert_page(const char *path, int64_t first, int64_t last, int64_t next, bool more)
{
	get(path);
	struct page page = page_of_answer();
	assert_int_equal(page.count, last - first + 1);
	for (size_t i = 0; i < page.count; i++)
		assert_int_equal(page.numbers[i], first + (int64_t)i);
	assert_int_equal(page.next, next);
	assert_int_equal(page.more, more);
	assert_false(page.is_reset);
	return page;
}

/* --- pages --- */

static void
an_empty_room_is_an_empty_page(void **state)
{
	(void)state;
	get("/events?room=lobby");
	assert_answer(&capture, 200,
	              "{\"room\":\"lobby\",\"events\":[],\"next\":0,\"more\":false}");
	assert_no_header(&capture, "Set-Cookie");
}

static void
a_page_is_the_newest_messages(void **state)
{
	(void)state;
	say("lobby", 60);
	assert_page("/events?room=lobby", 11, 60, 60, true);
	assert_page("/events?room=lobby&limit=3", 58, 60, 60, true);
	assert_page("/events?room=lobby&limit=60", 1, 60, 60, false);
	assert_page("/events?room=lobby&limit=200", 1, 60, 60, false);
}

static void
pages_lead_back_to_the_beginning(void **state)
{
	(void)state;
	say("lobby", 25);
	assert_page("/events?room=lobby&limit=10&before=16", 6, 15, 25, true);
	assert_page("/events?room=lobby&limit=10&before=6", 1, 5, 25, false);
	assert_page("/events?room=lobby&before=1", 1, 0, 25, false);
	assert_page("/events?room=lobby&limit=2&before=1000", 24, 25, 25, true);
}

static void
what_is_behind_a_cursor_is_given_in_order(void **state)
{
	(void)state;
	say("lobby", 25);
	assert_page("/events?room=lobby&after=0&limit=10", 1, 10, 10, true);
	assert_page("/events?room=lobby&after=20&limit=10", 21, 25, 25, false);
	assert_page("/events?room=lobby&after=25", 1, 0, 25, false);
	ask_with("GET", "/events?room=lobby", "HTTP_LAST_EVENT_ID=24", NULL);
	assert_int_equal(page_of_answer().numbers[0], 25);
	ask_with("GET", "/events?room=lobby&after=3", "HTTP_LAST_EVENT_ID=24", NULL);
	assert_int_equal(page_of_answer().numbers[0], 25);
}

static void
a_cursor_that_is_not_covered_is_told(void **state)
{
	(void)state;
	say("lobby", 25);
	store_memory_forget("lobby", 10);
	get("/events?room=lobby&after=5");
	assert_true(page_of_answer().is_reset);
	get("/events?room=lobby&after=26");
	assert_true(page_of_answer().is_reset);
	assert_page("/events?room=lobby&after=9", 10, 25, 25, false);
}

static void
parameters_that_make_no_sense_are_refused(void **state)
{
	static const char *const paths[] = {
		"/events?room=lobby&limit=0",
		"/events?room=lobby&limit=201",
		"/events?room=lobby&limit=x",
		"/events?room=lobby&after=-1",
		"/events?room=lobby&after=",
		"/events?room=lobby&before=1.5",
		"/events?room=lobby&wait=soon",
		"/events?room=lobby&after=1&before=2",
		"/events?room=lobby&after=1&after=1",
		"/events?room=lobby&room=lobby",
		"/events?room=%ff",
		"/events?room=lobby&limit=99999999999999999999",
	};
	static const char *const ids[] = { "HTTP_LAST_EVENT_ID=x", "HTTP_LAST_EVENT_ID=-1",
		                           "HTTP_LAST_EVENT_ID=12345678901234567",
		                           "HTTP_LAST_EVENT_ID=1&x" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		get(paths[i]);
		assert_problem(&capture, 400, "query_invalid");
	}
	for (size_t i = 0; i < COUNT(ids); i++) {
		ask_with("GET", "/events?room=lobby", ids[i], NULL);
		assert_problem(&capture, 400, "query_invalid");
	}
	get("/events?room=attic");
	assert_problem(&capture, 404, "room_unknown");
	get("/events?room=a+b");
	assert_problem(&capture, 400, "room_invalid");
}

static void
a_store_that_fails_is_told(void **state)
{
	(void)state;
	store_memory_fail(MEMORY_READ, 1);
	get("/events?room=lobby");
	assert_problem(&capture, 503, "store_unavailable");
	store_memory_fail(MEMORY_CHECK, 1);
	get("/health");
	assert_problem(&capture, 503, "store_unavailable");
	get("/health");
	assert_answer(&capture, 200, "{\"status\":\"ok\"}");
}

static void
the_rooms_are_those_that_are_configured(void **state)
{
	(void)state;
	say("attic", 1);
	get("/rooms");
	assert_answer(&capture, 200, "{\"rooms\":[{\"room\":\"lobby\"},{\"room\":\"people\"}]}");
}

/* --- the size of a page --- */

/* Says messages with `size` bytes that take six times as many in JSON. */
static void
say_large(unsigned count, size_t size)
{
	char *text = must_allocate(size + 1);

	memset(text, 1, size);
	for (unsigned i = 0; i < count; i++)
		store_memory_post("lobby", text);
	free(text);
}

static void
a_page_forward_ends_early_and_the_next_goes_on(void **state)
{
	char path[64];
	int64_t after = 0;
	unsigned pages = 0;
	bool more = true;

	(void)state;
	say_large(120, BOUND_MESSAGE_BYTES);
	while (more && pages++ < 100) {
		snprintf(path, sizeof(path), "/events?room=lobby&limit=200&after=%d", (int)after);
		get(path);
		struct page page = page_of_answer();
		assert_true(page.bytes <= BOUND_PAGE_BYTES + 6 * BOUND_MESSAGE_BYTES + 1000);
		assert_true(page.count >= 1);
		for (size_t i = 0; i < page.count; i++)
			assert_int_equal(page.numbers[i], ++after);
		assert_int_equal(page.next, after);
		more = page.more;
	}
	assert_int_equal(after, 120);
	assert_in_range(pages, 15, 30);
}

static void
a_page_backward_keeps_its_newest_messages(void **state)
{
	char path[64];
	int64_t before = 121;
	unsigned pages = 0;
	bool more = true;

	(void)state;
	say_large(120, BOUND_MESSAGE_BYTES);
	while (more && pages++ < 100) {
		snprintf(path, sizeof(path), "/events?room=lobby&limit=200&before=%d", (int)before);
		get(path);
		struct page page = page_of_answer();
		assert_true(page.bytes <= BOUND_PAGE_BYTES + 1000);
		assert_true(page.count >= 1);
		for (size_t i = page.count; i > 0; i--)
			assert_int_equal(page.numbers[i - 1], --before);
		assert_int_equal(page.next, 120);
		more = page.more;
	}
	assert_int_equal(before, 1);
	assert_in_range(pages, 15, 30);
}

static void
the_largest_event_fits_into_a_page(void **state)
{
	(void)state;
	say_large(3, BOUND_REPLY_BYTES);
	assert_page("/events?room=lobby&after=0", 1, 1, 1, true);
	assert_page("/events?room=lobby", 3, 3, 3, true);
	assert_page("/events?room=lobby&before=2", 1, 1, 3, false);
	/* The largest behind a page that is nearly full. */
	say_large(5, BOUND_MESSAGE_BYTES);
	say_large(1, BOUND_REPLY_BYTES);
	assert_page("/events?room=lobby&after=3", 4, 9, 9, false);
	assert_page("/events?room=lobby", 9, 9, 9, true);
}

/* --- private conversations --- */

static void
a_newcomer_gets_a_cookie_and_an_empty_page(void **state)
{
	static const char prefix[] = "Set-Cookie: plainchat-" STAGE_CHAT "=";
	char cookie[96];

	(void)state;
	get("/events");
	assert_answer(&capture, 200,
	              "{\"room\":\"~\",\"events\":[],\"next\":0,\"more\":false,\"newcomer\":true}");
	const char *header = strstr(capture.headers.data, prefix);
	assert_non_null(header);
	snprintf(cookie, sizeof(cookie), "HTTP_COOKIE=plainchat-" STAGE_CHAT "=%.44s",
	         header + strlen(prefix));
	assert_int_equal(store_memory_calls(MEMORY_READ), 0);
	/* With the cookie it is not a newcomer any more. */
	ask_with("GET", "/events", cookie, NULL);
	assert_answer(&capture, 200, "{\"room\":\"~\",\"events\":[],\"next\":0,\"more\":false}");
	assert_no_header(&capture, "Set-Cookie");
}

static void
in_a_shared_room_no_cookie_is_given(void **state)
{
	(void)state;
	get("/events?room=lobby");
	assert_no_header(&capture, "Set-Cookie");
	get("/events?limit=0");
	assert_problem(&capture, 400, "query_invalid");
	assert_no_header(&capture, "Set-Cookie");
}

static void
only_its_holder_reads_a_private_conversation(void **state)
{
	const char *const cookie[] = { COOKIE, NULL };

	(void)state;
	capture_ask(&capture, &stage.api, "POST", "", cookie, "{\"message\":\"secret\"}");
	assert_int_equal(capture.status, 200);
	ask_with("GET", "/events", COOKIE, NULL);
	assert_non_null(strstr(capture.body.data, "\"secret\""));
	assert_int_equal(page_of_answer().count, 2);
	ask_with("GET", "/events?room=~", COOKIE, NULL);
	assert_int_equal(page_of_answer().count, 2);
	ask_with("GET", "/events", OTHER_COOKIE, NULL);
	assert_int_equal(page_of_answer().count, 0);
	get("/events");
	assert_int_equal(page_of_answer().count, 0);
	ask_with("GET", "/events", "REMOTE_USER=ann", NULL);
	assert_int_equal(page_of_answer().count, 0);
	/* Not even where any name is a room, and its key is known. */
	stage.rooms.is_open = true;
	struct visitor visitor;
	char *const variables[] = { (char[]){ COOKIE }, NULL };
	struct request *request = request_new(variables, 0, NULL);
	visitor_read(&stage.api, request, &visitor);
	request_free(request);
	char path[100];
	snprintf(path, sizeof(path), "/events?room=%s", visitor.private_room);
	ask_with("GET", path, OTHER_COOKIE, NULL);
	assert_problem(&capture, 400, "room_invalid");
}

static void
no_answer_tells_who_may_take_a_message_back(void **state)
{
	const char *const cookie[] = { COOKIE, NULL };
	struct visitor visitor;
	char *const variables[] = { (char[]){ COOKIE }, NULL };

	(void)state;
	struct request *request = request_new(variables, 0, NULL);
	visitor_read(&stage.api, request, &visitor);
	request_free(request);
	capture_ask(&capture, &stage.api, "POST", "", cookie,
	            "{\"message\":\"x\",\"room\":\"lobby\"}");
	assert_null(strstr(capture.body.data, visitor.author));
	get("/events?room=lobby");
	assert_null(strstr(capture.body.data, visitor.author));
	assert_null(strstr(capture.body.data, "author"));
}

/* --- deleting --- */

static void
a_message_is_taken_back_by_whoever_said_it(void **state)
{
	const char *const cookie[] = { COOKIE, NULL };

	(void)state;
	capture_ask(&capture, &stage.api, "POST", "", cookie,
	            "{\"message\":\"oops\",\"room\":\"lobby\"}");
	assert_int_equal(capture.status, 200);
	ask_with("DELETE", "/events/1?room=lobby", OTHER_COOKIE, NULL);
	assert_problem(&capture, 403, "not_the_author");
	ask_with("DELETE", "/events/1?room=lobby", NULL, NULL);
	assert_problem(&capture, 403, "not_the_author");
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, "HTTP_SEC_FETCH_SITE=cross-site");
	assert_problem(&capture, 403, "cross_site");
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_int_equal(capture.status, 204);
	assert_int_equal(capture.body.size, 0);
	get("/events?room=lobby");
	assert_null(strstr(capture.body.data, "oops"));
	assert_page("/events?room=lobby&after=2", 3, 4, 4, false);
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_int_equal(capture.status, 204);
}

static void
a_text_that_is_not_gone_yet_is_not_answered_204(void **state)
{
	const char *const cookie[] = { COOKIE, NULL };

	(void)state;
	capture_ask(&capture, &stage.api, "POST", "", cookie,
	            "{\"message\":\"oops\",\"room\":\"lobby\"}");
	store_memory_fail(MEMORY_IS_ERASED, 1);
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_problem(&capture, 503, "store_unavailable");
	assert_header(&capture, "Retry-After: 10");
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_int_equal(capture.status, 204);
}

static void
who_deletes_again_learns_whether_the_store_has_deleted(void **state)
{
	const char *const cookie[] = { COOKIE, NULL };

	(void)state;
	capture_ask(&capture, &stage.api, "POST", "", cookie,
	            "{\"message\":\"oops\",\"room\":\"lobby\"}");
	store_memory_fail(MEMORY_ANSWER, 1);
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_problem(&capture, 503, "outcome_unknown");
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_int_equal(capture.status, 204);
}

static void
what_is_not_there_cannot_be_taken_back(void **state)
{
	(void)state;
	say("lobby", 1);
	ask_with("DELETE", "/events/2?room=lobby", COOKIE, NULL);
	assert_problem(&capture, 404, "event_unknown");
	ask_with("DELETE", "/events/1?room=attic", COOKIE, NULL);
	assert_problem(&capture, 404, "room_unknown");
	ask_with("DELETE", "/events/1", COOKIE, NULL);
	assert_problem(&capture, 404, "event_unknown");
	ask_with("DELETE", "/events/1", NULL, NULL);
	assert_problem(&capture, 404, "event_unknown");
	store_memory_fail(MEMORY_BEGIN, 1);
	ask_with("DELETE", "/events/1?room=lobby", COOKIE, NULL);
	assert_problem(&capture, 503, "store_unavailable");
}

/* --- waiting --- */

static bool
is_answered(void *context)
{
	(void)context;
	return capture.answer_count > 0;
}

static void
a_long_poll_is_answered_by_news(void **state)
{
	(void)state;
	say("lobby", 3);
	get("/events?room=lobby&after=3&wait=20");
	assert_int_equal(capture.answer_count, 0);
	run_workers(&loop, stage.rooms.workers);
	assert_int_equal(capture.answer_count, 0);
	say("lobby", 2);
	live_wake(stage.api.live);
	run_until(&loop, is_answered, NULL);
	struct page page = page_of_answer();
	assert_int_equal(page.count, 2);
	assert_int_equal(page.numbers[0], 4);
	assert_int_equal(page.next, 5);
}

static void
a_long_poll_does_not_wait_for_what_is_there(void **state)
{
	(void)state;
	say("lobby", 3);
	assert_page("/events?room=lobby&after=2&wait=20", 3, 3, 3, false);
	assert_page("/events?room=lobby&wait=20", 1, 3, 3, false);
	assert_page("/events?room=lobby&before=2&wait=20", 1, 1, 3, false);
	get("/events?room=lobby&after=4&wait=20");
	assert_true(page_of_answer().is_reset);
	get("/events?wait=20&after=0");
	assert_int_equal(page_of_answer().count, 0);
}

static void
a_long_poll_ends_with_an_empty_page(void **state)
{
	(void)state;
	say("lobby", 3);
	stage.api.wait_seconds = 1;
	get("/events?room=lobby&after=3&wait=9007199254740991");
	run_until(&loop, is_answered, NULL);
	struct page page = page_of_answer();
	assert_int_equal(page.count, 0);
	assert_int_equal(page.next, 3);
}

static void
a_long_poll_is_answered_when_the_server_stops(void **state)
{
	(void)state;
	get("/events?room=lobby&after=0&wait=20");
	run_workers(&loop, stage.rooms.workers);
	live_stop(stage.api.live);
	stage.api.live = NULL;
	assert_int_equal(page_of_answer().count, 0);
}

static void
a_long_poll_is_answered_without_the_store_when_the_server_stops(void **state)
{
	const struct fair_pool_settings settings = {
		.threads = 1, .waiting = 8, .waiting_per_client = 8, .held_per_client = 1000000
	};

	(void)state;
	assert_int_equal(fair_pool_start(&settings, &stage.api.reads), ERR_NONE);
	get("/events?room=lobby&after=0&wait=20");
	assert_true(fair_pool_stop(stage.api.reads, INT64_MAX));
	run_workers(&loop, stage.rooms.workers);
	store_stalling_forbid(true);
	live_stop(stage.api.live);
	stage.api.live = NULL;
	store_stalling_forbid(false);
	struct page page = page_of_answer();
	assert_int_equal(page.count, 0);
	assert_int_equal(page.next, 0);
	fair_pool_free(stage.api.reads);
	stage.api.reads = NULL;
}

static void
where_it_is_not_wanted_nobody_waits(void **state)
{
	(void)state;
	stage.api.wait_seconds = 0;
	assert_page("/events?room=lobby&after=0&wait=20", 1, 0, 0, false);
}

/* As a CGI program: this one takes the second that it may. */
static void
without_a_loop_the_one_request_waits(void **state)
{
	(void)state;
	say("lobby", 3);
	assert_page("/events?room=lobby&after=3&wait=20", 1, 0, 3, false);
	assert_page("/events?room=lobby&after=2&wait=20", 3, 3, 3, false);
	assert_true(store_memory_calls(MEMORY_FIND_NEWS) > 2);
	/* It asks whether anything was committed, and reads only then. */
	assert_in_range(store_memory_calls(MEMORY_READ), 3, 6);
}

/* --- following --- */

static struct buf head; /* of the stream: its headers */
static const char *content_type;
static struct buf beginning; /* what it has sent before it is followed */

static struct event_sink *
keep_stream(struct transport *transport, struct request *request, struct response *response)
{
	(void)transport;
	assert_int_equal(response->status, 200);
	assert_true(response->is_stream);
	content_type = response->content_type;
	buf_fini(&beginning);
	assert_int_equal(buf_append(&beginning, response->body.data, response->body.size),
	                 ERR_NONE);
	buf_fini(&head);
	buf_init(&head, 2000);
	assert_int_equal(buf_append(&head, response->headers.data, response->headers.size),
	                 ERR_NONE);
	request_free(request);
	response_free(response);
	return &tap.sink;
}

static int
end_following(void **state)
{
	end_live(state);
	buf_fini(&head);
	buf_fini(&beginning);
	return 0;
}

static int
begin_following(void **state)
{
	begin_live(state);
	buf_init(&head, 2000);
	buf_init(&beginning, BOUND_RESPONSE_BYTES);
	capture.transport.stream = keep_stream;
	return 0;
}

static void
a_stream_begins_where_it_was_asked_to(void **state)
{
	(void)state;
	say("lobby", 5);
	ask_with("GET", "/events?room=lobby&after=2", STREAM, NULL);
	run_workers(&loop, stage.rooms.workers);
	assert_int_equal(capture.answer_count, 0);
	assert_string_equal(head.data, "X-Accel-Buffering: no\r\n");
	assert_string_equal(content_type, "text/event-stream");
	assert_int_equal(beginning.size, 0);
	assert_hello(&tap, 2);
	assert_events(&tap, 3, 5);
	say("lobby", 1);
	live_wake(stage.api.live);
	run_workers(&loop, stage.rooms.workers);
	assert_events(&tap, 6, 6);
}

static void
the_last_event_id_wins_over_the_cursor(void **state)
{
	(void)state;
	say("lobby", 5);
	ask_with("GET", "/events?room=lobby&after=2", STREAM, "HTTP_LAST_EVENT_ID=4");
	run_workers(&loop, stage.rooms.workers);
	assert_hello(&tap, 4);
	assert_events(&tap, 5, 5);
}

static void
without_a_cursor_a_stream_begins_now(void **state)
{
	(void)state;
	say("lobby", 5);
	ask_with("GET", "/events?room=lobby", "HTTP_ACCEPT=text/event-stream, */*;q=0.1", NULL);
	run_workers(&loop, stage.rooms.workers);
	assert_hello(&tap, 5);
	assert_events(&tap, 1, 0);
}

/* How many lines there are, and that the last one has the text. */
static unsigned
count_lines(const struct buf *lines, const char *last)
{
	unsigned count = 0;

	for (size_t i = 0; i < lines->size; i++)
		count += lines->data[i] == '\n';
	assert_true(count == 0 || strstr(lines->data, last) != NULL);
	return count;
}

static void
lines_begin_with_the_newest_page_and_go_on(void **state)
{
	(void)state;
	say("lobby", 5);
	ask_with("GET", "/events?room=lobby&limit=3", LINES, NULL);
	run_workers(&loop, stage.rooms.workers);
	assert_string_equal(content_type, "text/plain; charset=utf-8");
	assert_int_equal(count_lines(&beginning, "hello\n"), 3);
	assert_int_equal(tap.got.size, 0);
	say("lobby", 2);
	live_wake(stage.api.live);
	run_workers(&loop, stage.rooms.workers);
	assert_int_equal(count_lines(&tap.got, "hello\n"), 2);
}

static void
lines_behind_a_cursor_are_what_is_behind_it(void **state)
{
	(void)state;
	say("lobby", 5);
	ask_with("GET", "/events?room=lobby&after=3", NDJSON, NULL);
	run_workers(&loop, stage.rooms.workers);
	assert_string_equal(content_type, "application/x-ndjson");
	assert_int_equal(beginning.size, 0);
	assert_int_equal(count_lines(&tap.got, "{\"seq\":5,"), 3); /* hello, 4, 5 */
	assert_null(strstr(tap.got.data, "{\"seq\":3,"));
}

static void
the_page_with_which_lines_begin_is_no_longer_than_a_peer_takes(void **state)
{
	char *text = must_allocate(30001);

	(void)state;
	memset(text, 'x', 30000);
	for (int i = 0; i < 10; i++)
		store_memory_post("lobby", text);
	free(text);
	ask_with("GET", "/events?room=lobby", LINES, NULL);
	assert_int_equal(count_lines(&beginning, "x\n"), 4);
	assert_true(beginning.size <= BOUND_STREAM_BYTES / 2);
}

static void
lines_are_a_page_for_who_says_wait_or_before(void **state)
{
	(void)state;
	say("lobby", 5);
	ask_with("GET", "/events?room=lobby&wait=0", LINES, NULL);
	assert_int_equal(capture.answer_count, 1);
	assert_int_equal(count_lines(&capture.body, "hello\n"), 5);
	ask_with("GET", "/events?room=lobby&before=3", LINES, NULL);
	assert_int_equal(count_lines(&capture.body, "hello\n"), 2);
	ask_with("GET", "/events?room=lobby&after=4&wait=20", NDJSON, NULL);
	assert_int_equal(
		count_lines(&capture.body, "{\"kind\":\"page\",\"room\":\"lobby\",\"next\":5,"), 2);
	ask_with("HEAD", "/events?room=lobby", LINES, NULL);
	assert_int_equal(capture.answer_count, 1);
	assert_string_equal(capture.content_type, "text/plain; charset=utf-8");
	ask_with("GET", "/events?wait=0", LINES, NULL);
	assert_int_equal(capture.body.size, 0);
}

static void
lines_are_refused_where_streams_are(void **state)
{
	(void)state;
	stage.api.has_streams = false;
	ask_with("GET", "/events?room=lobby", LINES, NULL);
	assert_problem(&capture, 503, "streams_unavailable");
	stage.api.has_streams = true;
	assert_true(live_enter(stage.api.live, "10.0.0.1"));
	assert_true(live_enter(stage.api.live, "10.0.0.1"));
	ask_with("GET", "/events?room=lobby", NDJSON, "REMOTE_ADDR=10.0.0.1");
	assert_problem(&capture, 503, "too_many_streams");
	store_memory_fail(MEMORY_READ, 1);
	ask_with("GET", "/events?room=lobby", LINES, "REMOTE_ADDR=10.0.0.2");
	assert_problem(&capture, 503, "store_unavailable");
}

static void
a_newcomer_follows_with_a_new_cookie(void **state)
{
	char cookie[96];

	(void)state;
	ask_with("GET", "/events", STREAM, NULL);
	run_workers(&loop, stage.rooms.workers);
	assert_hello(&tap, 0);
	const char *header = strstr(head.data, "Set-Cookie: plainchat-" STAGE_CHAT "=");
	assert_non_null(header);
	snprintf(cookie, sizeof(cookie), "HTTP_COOKIE=plainchat-" STAGE_CHAT "=%.44s",
	         header + strlen("Set-Cookie: plainchat-" STAGE_CHAT "="));
	const char *const variables[] = { cookie, NULL };
	capture_ask(&capture, &stage.api, "POST", "", variables, "{\"message\":\"mine\"}");
	assert_int_equal(capture.status, 200);
	live_wake(stage.api.live);
	run_workers(&loop, stage.rooms.workers);
	assert_events(&tap, 1, 2);
}

static void
nobody_follows_anothers_private_conversation(void **state)
{
	const char *const cookie[] = { COOKIE, NULL };

	(void)state;
	ask_with("GET", "/events", STREAM, OTHER_COOKIE);
	run_workers(&loop, stage.rooms.workers);
	capture_ask(&capture, &stage.api, "POST", "", cookie, "{\"message\":\"secret\"}");
	live_wake(stage.api.live);
	run_workers(&loop, stage.rooms.workers);
	assert_hello(&tap, 0);
	assert_events(&tap, 1, 0);
}

static void
what_cannot_be_followed_is_a_problem(void **state)
{
	(void)state;
	ask_with("GET", "/events?room=attic", STREAM, NULL);
	assert_problem(&capture, 404, "room_unknown");
	ask_with("GET", "/events?room=lobby&after=x", STREAM, NULL);
	assert_problem(&capture, 400, "query_invalid");
	stage.api.has_streams = false;
	ask_with("GET", "/events?room=lobby", STREAM, NULL);
	assert_problem(&capture, 503, "streams_unavailable");
	stage.api.has_streams = true;
	capture.transport.stream = NULL;
	ask_with("GET", "/events?room=lobby", STREAM, NULL);
	assert_problem(&capture, 503, "streams_unavailable");
}

static void
count_held(void *context)
{
	++*(unsigned *)context;
}

static void
beyond_the_limit_a_stream_is_refused_and_a_post_is_not(void **state)
{
	(void)state;
	assert_true(live_enter(stage.api.live, "10.0.0.1"));
	assert_true(live_enter(stage.api.live, "10.0.0.1"));
	ask_with("GET", "/events?room=lobby", STREAM, "REMOTE_ADDR=10.0.0.1");
	assert_problem(&capture, 503, "too_many_streams");
	assert_header(&capture, "Retry-After: 10");
	capture_ask(&capture, &stage.api, "POST", "", (const char *const[]){ NULL },
	            "{\"message\":\"x\",\"room\":\"lobby\"}");
	assert_int_equal(capture.status, 200);
	ask_with("GET", "/events?room=lobby", STREAM, "REMOTE_ADDR=10.0.0.2");
	run_workers(&loop, stage.rooms.workers);
	assert_hello(&tap, 2);
}

static void
beyond_the_limit_a_long_poll_is_not_held(void **state)
{
	static unsigned held;

	(void)state;
	say("lobby", 3);
	for (int i = 0; i < 2; i++)
		assert_true(live_wait(stage.api.live, "lobby", cursor_at(3), 1000000, "10.0.0.1",
		                      count_held, &held));
	ask_with("GET", "/events?room=lobby&after=3&wait=20", "REMOTE_ADDR=10.0.0.1", NULL);
	assert_int_equal(capture.answer_count, 1);
	assert_int_equal(page_of_answer().count, 0);
	assert_int_equal(page_of_answer().next, 3);
	ask_with("GET", "/events?room=lobby&after=3&wait=20", "REMOTE_ADDR=10.0.0.2", NULL);
	assert_int_equal(capture.answer_count, 0);
}

static void
to_head_nothing_is_streamed(void **state)
{
	(void)state;
	ask_with("HEAD", "/events?room=lobby", STREAM, NULL);
	assert_int_equal(capture.answer_count, 1);
}

#define READING(test) cmocka_unit_test_setup_teardown(test, begin, end_stage)
#define WAITING(test) cmocka_unit_test_setup_teardown(test, begin_live, end_live)
#define FOLLOWING(test) cmocka_unit_test_setup_teardown(test, begin_following, end_following)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		READING(an_empty_room_is_an_empty_page),
		READING(a_page_is_the_newest_messages),
		READING(pages_lead_back_to_the_beginning),
		READING(what_is_behind_a_cursor_is_given_in_order),
		READING(a_cursor_that_is_not_covered_is_told),
		READING(parameters_that_make_no_sense_are_refused),
		READING(a_store_that_fails_is_told),
		READING(the_rooms_are_those_that_are_configured),
		READING(a_page_forward_ends_early_and_the_next_goes_on),
		READING(a_page_backward_keeps_its_newest_messages),
		READING(the_largest_event_fits_into_a_page),
		READING(a_newcomer_gets_a_cookie_and_an_empty_page),
		READING(in_a_shared_room_no_cookie_is_given),
		READING(only_its_holder_reads_a_private_conversation),
		READING(no_answer_tells_who_may_take_a_message_back),
		READING(a_message_is_taken_back_by_whoever_said_it),
		READING(a_text_that_is_not_gone_yet_is_not_answered_204),
		READING(who_deletes_again_learns_whether_the_store_has_deleted),
		READING(what_is_not_there_cannot_be_taken_back),
		READING(without_a_loop_the_one_request_waits),
		WAITING(a_long_poll_is_answered_by_news),
		WAITING(a_long_poll_does_not_wait_for_what_is_there),
		WAITING(a_long_poll_ends_with_an_empty_page),
		WAITING(a_long_poll_is_answered_when_the_server_stops),
		WAITING(a_long_poll_is_answered_without_the_store_when_the_server_stops),
		WAITING(where_it_is_not_wanted_nobody_waits),
		FOLLOWING(a_stream_begins_where_it_was_asked_to),
		FOLLOWING(the_last_event_id_wins_over_the_cursor),
		FOLLOWING(without_a_cursor_a_stream_begins_now),
		FOLLOWING(lines_begin_with_the_newest_page_and_go_on),
		FOLLOWING(lines_behind_a_cursor_are_what_is_behind_it),
		FOLLOWING(the_page_with_which_lines_begin_is_no_longer_than_a_peer_takes),
		FOLLOWING(lines_are_a_page_for_who_says_wait_or_before),
		FOLLOWING(lines_are_refused_where_streams_are),
		FOLLOWING(a_newcomer_follows_with_a_new_cookie),
		FOLLOWING(nobody_follows_anothers_private_conversation),
		FOLLOWING(what_cannot_be_followed_is_a_problem),
		FOLLOWING(beyond_the_limit_a_stream_is_refused_and_a_post_is_not),
		FOLLOWING(beyond_the_limit_a_long_poll_is_not_held),
		FOLLOWING(to_head_nothing_is_streamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
