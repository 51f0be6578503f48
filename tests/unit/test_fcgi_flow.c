/*
 * server/fastcgi/fcgi_flow: bodies and answers piece by piece, over a real socket and through the
 * whole FastCGI front. The test is the web server; two routes of its own take and make pieces.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/flow.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "support_front.h"

/* Requests after which a reader has looked at all of its connections: more than it accepts before
 * that. */
#define ROUNDS 40

#define FLOW_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* --- the routes --- */

/* A body on its way; the members change on a reader's thread. */
static struct {
	struct body_taker taker;
	struct request *request;
	atomic_uint begun;
	atomic_size_t size;
	atomic_uint ended;
	atomic_int state; /* the last */
	char first[32];   /* bytes of it */
	bool is_held;     /* nothing is asked for until the test says so */
	bool answers_early;
} body;

static struct response *
text_response(void)
{
	struct response *response = response_new(200, "text/plain");

	assert_int_equal(buf_append_text(&response->body, "taken"), ERR_NONE);
	return response;
}

static void
take(struct body_taker *taker, const char *bytes, size_t size, enum body_state state)
{
	struct request *request = body.request;
	size_t before = body.size;

	if (before < sizeof(body.first) && size > 0)
		memcpy(body.first + before, bytes,
		       size < sizeof(body.first) - before ? size : sizeof(body.first) - before);
	body.state = (int)state;
	body.size = before + size;
	if (state == BODY_GOES_ON && !body.answers_early) {
		request_want_body(request, taker);
		return;
	}
	body.ended++;
	request_answer(request, state == BODY_IS_WHOLE || state == BODY_GOES_ON
	                                ? text_response()
	                                : flow_body_problem(request, state));
}

static void
handle_in(const struct api *api, struct request *request)
{
	(void)api;
	body.taker.take = take;
	body.request = request;
	body.begun++;
	if (!body.is_held)
		request_want_body(request, &body.taker);
}

/* An answer without an end. */
static struct {
	struct answer_source source;
	atomic_uint made;
	atomic_uint ended;
	atomic_bool is_whole;
} answer;

static void
make(struct answer_source *source, struct transport *transport)
{
	static char piece[BOUND_PIECE_BYTES];

	(void)source;
	answer.made++;
	flow_give(transport, piece, sizeof(piece));
}

static void
end_answer(struct answer_source *source, bool is_whole)
{
	(void)source;
	answer.is_whole = is_whole;
	answer.ended++;
}

static void
handle_out(const struct api *api, struct request *request)
{
	(void)api;
	answer.source = (struct answer_source){ make, end_answer };
	request_flow(request, response_new_flow(200, "text/plain", RESPONSE_SIZE_UNKNOWN),
	             &answer.source);
}

static const struct route routes[] = {
	{ "/in", METHOD_POST, ROUTE_BODY_FLOWS, .flow_body_bytes_max = FLOW_BYTES_MAX,
	  .handle = handle_in },
	{ "/out", METHOD_GET, .answer_flows = true, .handle = handle_out },
};

/* --- the server --- */

static struct stage stage;

static void
start_with(unsigned request_seconds)
{
	struct front_fcgi_settings settings = front_defaults;

	memset(&body, 0, sizeof(body));
	memset(&answer, 0, sizeof(answer));
	stage_init(&stage);
	stage.api.more_routes = routes;
	stage.api.more_route_count = COUNT(routes);
	settings.request_seconds = request_seconds;
	front_start(&stage, &settings);
}

static int
start(void **state)
{
	(void)state;
	start_with(PATIENCE_SECONDS);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	front_stop();
	return 0;
}

/* Sends the request on a connection of its own, which stays open. */
static int
begin(const struct fcgi_form *form)
{
	struct buf request;

	make_request(&request, form);
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	buf_fini(&request);
	return fd;
}

static bool
is_more_than_none(void *number)
{
	return atomic_load((atomic_uint *)number) > 0;
}

static bool
is_two(void *number)
{
	return atomic_load((atomic_uint *)number) == 2;
}

static bool
is_one(void *number)
{
	return atomic_load((atomic_uint *)number) == 1;
}

/* --- bodies --- */

static void
a_handler_begins_when_the_head_is_there(void **state)
{
	struct buf end;

	(void)state;
	int fd = begin(&(struct fcgi_form){
		.path = "/in", .content_length = "5", .body = "", .is_endless = true });
	assert_true(wait_until(is_one, &body.begun));
	assert_int_equal(body.size, 0);
	assert_int_equal(body.ended, 0);
	buf_init(&end, 1000);
	fcgi_append_record(&end, 5, 1, "hello", 5, 3);
	fcgi_append_record(&end, 5, 1, NULL, 0, 0);
	client_send(fd, end.data, end.size);
	expect_reply(fd, 1, "200 OK", "taken");
	assert_int_equal(body.size, 5);
	assert_memory_equal(body.first, "hello", 5);
	buf_fini(&end);
	close(fd);
}

static void
a_body_may_be_split_at_every_byte(void **state)
{
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .path = "/in",
	                                            .body = "hello there",
	                                            .record_size = 4,
	                                            .padding_size = 3 });
	for (size_t cut = 1; cut < request.size; cut++) {
		body.size = 0;
		int fd = front_connect();
		client_send(fd, request.data, cut);
		assert_serves();
		client_send(fd, request.data + cut, request.size - cut);
		expect_reply(fd, 1, "200 OK", "taken");
		assert_int_equal(body.size, 11);
		assert_memory_equal(body.first, "hello there", 11);
		close(fd);
	}
	buf_fini(&request);
}

/* Sends for as long as the other side takes it at once; returns how much that was. */
static size_t
send_some(int fd, const struct buf *bytes, size_t at)
{
	size_t begun_at = at;

	while (at < bytes->size) {
		ssize_t sent =
			send(fd, bytes->data + at, bytes->size - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN)
			break;
		assert_true(sent > 0);
		at += (size_t)sent;
	}
	return at - begun_at;
}

static void
no_more_of_a_body_is_received_than_was_asked_for(void **state)
{
	static char bytes[8 * 1024 * 1024];
	struct buf request;

	(void)state;
	body.is_held = true;
	make_request(&request, &(struct fcgi_form){
				       .path = "/in", .body = bytes, .body_size = sizeof(bytes) });
	int fd = front_connect();
	size_t sent = send_some(fd, &request, 0);
	assert_true(wait_until(is_one, &body.begun));
	for (int i = 0; i < ROUNDS; i++) {
		assert_serves();
		sent += send_some(fd, &request, sent);
	}
	assert_int_equal(body.size, 0);
	/* What the sockets hold, and what came with the head. */
	assert_true(sent < 1024 * 1024);
	request_want_body(body.request, &body.taker);
	client_send(fd, request.data + sent, request.size - sent);
	expect_reply(fd, 1, "200 OK", "taken");
	assert_int_equal(body.size, sizeof(bytes));
	buf_fini(&request);
	close(fd);
}

static void
a_body_that_is_not_as_long_as_announced_is_never_whole(void **state)
{
	static const struct {
		const char *length;
		enum body_state state;
		const char *code;
	} rows[] = {
		{ "6", BODY_IS_SHORT, "body_truncated" },
		{ "60000000", BODY_IS_SHORT, "body_truncated" },
		{ "4", BODY_IS_LONG, "body_too_long" },
		{ "0", BODY_IS_LONG, "body_too_long" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fcgi_reply reply;
		int fd = begin(&(struct fcgi_form){
			.path = "/in", .body = "hello", .content_length = rows[i].length });
		client_receive(fd, &reply);
		assert_reply(&reply, 1, "400 Bad Request", NULL);
		assert_non_null(strstr(reply.content.data, rows[i].code));
		assert_int_equal(body.state, rows[i].state);
		fcgi_reply_fini(&reply);
		close(fd);
	}
}

static void
a_client_that_leaves_in_the_middle_ends_the_body_at_once(void **state)
{
	(void)state;
	int fd = begin(&(struct fcgi_form){
		.path = "/in", .body = "hello", .content_length = "1000000", .is_endless = true });
	assert_true(wait_until(is_one, &body.begun));
	close(fd);
	assert_true(wait_until(is_one, &body.ended));
	assert_int_equal(body.state, BODY_IS_LOST);
	assert_serves();
}

static void
a_body_that_stops_coming_is_lost(void **state)
{
	(void)state;
	front_stop();
	start_with(1);
	int fd = begin(&(struct fcgi_form){
		.path = "/in", .body = "hello", .content_length = "1000000", .is_endless = true });
	assert_true(wait_until(is_one, &body.ended));
	assert_int_equal(body.state, BODY_IS_LOST);
	expect_reply(fd, 1, "400 Bad Request", NULL);
	assert_closed(fd);
	close(fd);
}

/* Sends another byte, for as long as the body has not ended. */
static bool
has_ended_meanwhile(void *fd)
{
	struct buf record;

	buf_init(&record, 100);
	fcgi_append_record(&record, 5, 1, "x", 1, 0);
	(void)!send(*(int *)fd, record.data, record.size, MSG_NOSIGNAL);
	buf_fini(&record);
	return body.ended == 1;
}

static void
a_body_of_which_a_byte_comes_now_and_then_is_lost(void **state)
{
	(void)state;
	front_stop();
	start_with(1);
	int fd = begin(&(struct fcgi_form){
		.path = "/in", .body = "hello", .content_length = "1000000", .is_endless = true });
	assert_true(wait_until(has_ended_meanwhile, &fd));
	assert_int_equal(body.state, BODY_IS_LOST);
	close(fd);
}

static void
a_record_that_does_not_belong_there_ends_the_body(void **state)
{
	static const struct {
		unsigned type;
		unsigned request_id;
	} rows[] = { { 5, 2 }, { 4, 1 }, { 1, 1 }, { 2, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf record;
		body.begun = 0;
		int fd = begin(&(struct fcgi_form){ .path = "/in",
		                                    .body = "hello",
		                                    .content_length = "1000000",
		                                    .is_endless = true });
		assert_true(wait_until(is_one, &body.begun));
		buf_init(&record, 100);
		fcgi_append_record(&record, rows[i].type, rows[i].request_id, "x", 1, 0);
		client_send(fd, record.data, record.size);
		expect_reply(fd, 1, "400 Bad Request", NULL);
		assert_closed(fd);
		assert_int_equal(body.state, BODY_IS_LOST);
		buf_fini(&record);
		close(fd);
	}
	assert_serves();
}

static void
a_kept_connection_goes_on_after_a_body(void **state)
{
	(void)state;
	int fd = front_connect();
	for (int i = 0; i < 3; i++) {
		client_exchange(fd,
		                &(struct fcgi_form){ .path = "/in", .keep = true, .body = "hello" },
		                "200 OK", "taken");
		client_exchange(fd,
		                &(struct fcgi_form){ .keep = true, .body = "{\"message\":\"a\"}" },
		                "200 OK", "{\"message\":\"received a\"}");
	}
	close(fd);
}

static void
an_answer_before_the_end_of_the_body_reaches_its_client(void **state)
{
	static char bytes[4 * 1024 * 1024];
	struct buf request;

	(void)state;
	body.answers_early = true;
	make_request(&request, &(struct fcgi_form){ .path = "/in",
	                                            .keep = true,
	                                            .body = bytes,
	                                            .body_size = sizeof(bytes) });
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	expect_reply(fd, 1, "200 OK", "taken");
	assert_true(body.size < sizeof(bytes));
	buf_fini(&request);
	close(fd);
	assert_serves();
}

static void
a_length_must_be_there_and_not_be_too_large(void **state)
{
	(void)state;
	int fd = begin(&(struct fcgi_form){ .path = "/in", .body = "x", .content_length = "" });
	expect_reply(fd, 1, "411 Length Required", NULL);
	close(fd);
	fd = begin(&(struct fcgi_form){ .path = "/in", .body = "x", .content_length = "67108865" });
	expect_reply(fd, 1, "413 Content Too Large", NULL);
	close(fd);
	assert_int_equal(body.begun, 0);
}

/* --- answers --- */

static void
an_answer_is_made_as_its_peer_takes_it(void **state)
{
	static char taken[1024 * 1024];
	unsigned made;

	(void)state;
	int fd = begin(&(struct fcgi_form){ .method = "GET", .path = "/out" });
	assert_true(wait_until(is_more_than_none, &answer.made));
	do {
		made = answer.made;
		for (int i = 0; i < ROUNDS; i++)
			assert_serves();
	} while (answer.made != made);
	/* What the sockets hold, and a piece. */
	assert_true(made < 16);
	for (size_t size = 0; size < 4 * sizeof(taken);) {
		ssize_t got = recv(fd, taken, sizeof(taken), 0);
		assert_true(got > 0);
		size += (size_t)got;
	}
	assert_true(answer.made >= 4 * sizeof(taken) / BOUND_PIECE_BYTES);
	assert_int_equal(answer.ended, 0);
	close(fd);
	assert_true(wait_until(is_one, &answer.ended));
	assert_false(answer.is_whole);
	assert_serves();
}

static void
a_peer_that_takes_nothing_of_an_answer_is_given_up(void **state)
{
	(void)state;
	int fd = begin(&(struct fcgi_form){ .method = "GET", .path = "/out" });
	assert_true(wait_until(is_one, &answer.ended));
	assert_false(answer.is_whole);
	assert_serves();
	close(fd);
}

static void
a_head_gets_no_piece(void **state)
{
	(void)state;
	int fd = front_connect();
	for (int i = 0; i < 2; i++)
		client_exchange(
			fd, &(struct fcgi_form){ .method = "HEAD", .path = "/out", .keep = true },
			"200 OK", "");
	assert_int_equal(answer.made, 0);
	assert_true(wait_until(is_two, &answer.ended));
	assert_true(answer.is_whole);
	close(fd);
}

static void
the_end_of_the_program_ends_what_flows(void **state)
{
	(void)state;
	int up = begin(&(struct fcgi_form){
		.path = "/in", .body = "hello", .content_length = "1000000", .is_endless = true });
	int down = begin(&(struct fcgi_form){ .method = "GET", .path = "/out" });
	assert_true(wait_until(is_one, &body.begun));
	assert_serves();
	front_stop();
	assert_int_equal(body.ended, 1);
	assert_int_equal(body.state, BODY_IS_LOST);
	assert_int_equal(answer.ended, 1);
	assert_false(answer.is_whole);
	close(up);
	close(down);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(a_handler_begins_when_the_head_is_there),
		SERVED(a_body_may_be_split_at_every_byte),
		SERVED(no_more_of_a_body_is_received_than_was_asked_for),
		SERVED(a_body_that_is_not_as_long_as_announced_is_never_whole),
		SERVED(a_client_that_leaves_in_the_middle_ends_the_body_at_once),
		SERVED(a_body_that_stops_coming_is_lost),
		SERVED(a_body_of_which_a_byte_comes_now_and_then_is_lost),
		SERVED(a_record_that_does_not_belong_there_ends_the_body),
		SERVED(a_kept_connection_goes_on_after_a_body),
		SERVED(an_answer_before_the_end_of_the_body_reaches_its_client),
		SERVED(a_length_must_be_there_and_not_be_too_large),
		SERVED(an_answer_is_made_as_its_peer_takes_it),
		SERVED(a_peer_that_takes_nothing_of_an_answer_is_given_up),
		SERVED(a_head_gets_no_piece),
		SERVED(the_end_of_the_program_ends_what_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
