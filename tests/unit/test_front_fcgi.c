/*
 * server/fastcgi/front_fcgi: the whole FastCGI front over a real Unix socket. The test is the web
 * server, in all its moods.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "chat/limits/fair_pool.h"
#include "server/fastcgi/validation.h"
#include "support_front.h"
#include "support_store.h"

#define DJANGO "{\"message\":\"django\"}"
#define RECEIVED_DJANGO "{\"message\":\"received django\"}"

/* A message to which the test's responder answers with more than a socket holds. */
#define LARGE "{\"message\":\"large\"}"

/* A message that is stored, so that its answer waits for the store, and leaves from the committer's
 * thread. */
#define LATER "{\"message\":\"later\",\"room\":\"lobby\"}"
#define RECEIVED_LATER                                                                             \
	"{\"message\":\"received later\",\"room\":\"lobby\",\"seq\":1,\"reply_seq\":2}"

/* --- the server --- */

static struct stage stage;
static struct responder responder; /* the echo, but for LARGE */
static char large_reply[BOUND_REPLY_BYTES];

static void
respond(const struct responder *self, const struct question *question,
        const struct reply_sink *sink)
{
	(void)self;
	if (question->message_size == 5 && memcmp(question->message, "large", 5) == 0) {
		(void)!sink->part(sink->context, large_reply, sizeof(large_reply));
		sink->end(sink->context, REPLY_DONE);
	} else {
		const struct responder *echo = &stage.echo.responder;
		echo->answer(echo, question, sink);
	}
}

static void
server_start(const struct front_fcgi_settings *settings)
{
	const struct fair_pool_settings reads = {
		.threads = 1, .waiting = 10, .waiting_per_client = 10, .held_per_client = 1
	};

	stage_init(&stage);
	stage_open_store(&stage, true);
	responder = (struct responder){ .answer = respond };
	stage.rooms.responder = &responder;
	assert_int_equal(fair_pool_start(&reads, &stage.api.reads), ERR_NONE);
	front_start(&stage, settings);
}

/* After front_join. */
static void
server_close(void)
{
	front_close();
	fair_pool_free(stage.api.reads);
	stage_close_store(&stage);
}

static void
server_end(void)
{
	front_join();
	server_close();
}

static int
start(void **state)
{
	(void)state;
	server_start(&front_defaults);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	front_begin_stop();
	server_end();
	return 0;
}

/* --- requests as they should be --- */

static void
a_whole_request_is_answered_and_the_connection_closed(void **state)
{
	(void)state;
	assert_serves();
}

static void
the_answer_has_the_id_of_its_request(void **state)
{
	(void)state;
	static const unsigned ids[] = { 1, 2, 255, 256, 258, 65535 };
	for (size_t i = 0; i < COUNT(ids); i++) {
		int fd = front_connect();
		client_exchange(fd, &(struct fcgi_form){ .request_id = ids[i], .body = DJANGO },
		                "200 OK", RECEIVED_DJANGO);
		close(fd);
	}
}

static void
the_answer_is_complete_http(void **state)
{
	struct buf request;
	struct fcgi_reply reply;

	(void)state;
	int fd = front_connect();
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	client_send(fd, request.data, request.size);
	client_receive(fd, &reply);
	assert_string_equal(reply.content.data, "Status: 200 OK\r\n"
	                                        "Content-Type: application/json\r\n"
	                                        "Content-Length: 29\r\n"
	                                        "Cache-Control: no-store\r\n"
	                                        "X-Content-Type-Options: nosniff\r\n"
	                                        "\r\n" RECEIVED_DJANGO);
	fcgi_reply_fini(&reply);
	buf_fini(&request);
	close(fd);
}

static void
a_request_may_be_split_at_every_byte(void **state)
{
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = DJANGO, .padding_size = 3 });
	for (size_t cut = 1; cut < request.size; cut++) {
		int fd = front_connect();
		client_send(fd, request.data, cut);
		/* The reader has looked at the first part once it has answered another. */
		assert_serves();
		client_send(fd, request.data + cut, request.size - cut);
		expect_reply(fd, 1, "200 OK", RECEIVED_DJANGO);
		close(fd);
	}
	buf_fini(&request);
}

static void
a_request_may_come_byte_by_byte(void **state)
{
	struct buf request;

	(void)state;
	int fd = front_connect();
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	for (size_t i = 0; i < request.size; i++)
		client_send(fd, request.data + i, 1);
	expect_reply(fd, 1, "200 OK", RECEIVED_DJANGO);
	buf_fini(&request);
	close(fd);
}

static void
a_request_may_have_small_records_and_padding(void **state)
{
	static const size_t paddings[] = { 0, 1, 7, 8, 255 };

	(void)state;
	for (size_t i = 0; i < COUNT(paddings); i++) {
		int fd = front_connect();
		client_exchange(fd,
		                &(struct fcgi_form){ .body = DJANGO,
		                                     .record_size = 1,
		                                     .padding_size = paddings[i] },
		                "200 OK", RECEIVED_DJANGO);
		close(fd);
	}
}

/* A message that fills the largest body. */
static const char *
largest_body(void)
{
	static char body[BOUND_BODY_BYTES + 1];
	static const char before[] = "{\"other\":\"";
	static const char after[] = "\"," DJANGO;

	memset(body, 'x', BOUND_BODY_BYTES);
	memcpy(body, before, sizeof(before) - 1);
	memcpy(body + BOUND_BODY_BYTES - (sizeof(after) - 1), after, sizeof(after) - 1);
	body[BOUND_BODY_BYTES - (sizeof(after) - 1) + 2] = ' ';
	return body;
}

static void
the_largest_body_is_taken(void **state)
{
	static const size_t record_sizes[] = { 65535, 8192, 8184, 1024 };

	(void)state;
	for (size_t i = 0; i < COUNT(record_sizes); i++) {
		int fd = front_connect();
		client_exchange(fd,
		                &(struct fcgi_form){ .body = largest_body(),
		                                     .record_size = record_sizes[i] },
		                "200 OK", RECEIVED_DJANGO);
		close(fd);
	}
}

static void
the_largest_body_may_come_in_small_pieces(void **state)
{
	struct buf request;

	(void)state;
	/* What a web server sends that passes on a visitor's upload as it comes. */
	int fd = front_connect();
	make_request(&request, &(struct fcgi_form){ .body = largest_body(), .record_size = 1024 });
	for (size_t at = 0; at < request.size; at += 100) {
		size_t left = request.size - at;
		client_send(fd, request.data + at, left < 100 ? left : 100);
	}
	expect_reply(fd, 1, "200 OK", RECEIVED_DJANGO);
	buf_fini(&request);
	close(fd);
}

static void
a_kept_connection_serves_one_request_after_the_other(void **state)
{
	(void)state;
	int fd = front_connect();
	for (unsigned id = 1; id <= 20; id++)
		client_exchange(fd,
		                &(struct fcgi_form){ .request_id = id,
		                                     .keep = true,
		                                     .body = DJANGO,
		                                     .padding_size = id % 3 * 4 },
		                "200 OK", RECEIVED_DJANGO);
	client_exchange(fd, &(struct fcgi_form){ .body = DJANGO }, "200 OK", RECEIVED_DJANGO);
	assert_closed(fd);
	close(fd);
}

static void
a_kept_connection_goes_on_after_a_problem(void **state)
{
	(void)state;
	int fd = front_connect();
	client_exchange(fd, &(struct fcgi_form){ .keep = true, .body = "{" }, "400 Bad Request",
	                NULL);
	client_exchange(fd, &(struct fcgi_form){ .keep = true, .path = "/nowhere" },
	                "404 Not Found", NULL);
	client_exchange(fd, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	close(fd);
	assert_serves();
}

static void
a_kept_connection_takes_a_request_in_pieces(void **state)
{
	struct buf request;

	(void)state;
	int fd = front_connect();
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = DJANGO });
	for (size_t cut = 1; cut < request.size; cut += 5) {
		client_send(fd, request.data, cut);
		assert_serves();
		client_send(fd, request.data + cut, request.size - cut);
		expect_reply(fd, 1, "200 OK", RECEIVED_DJANGO);
	}
	buf_fini(&request);
	close(fd);
}

static void
a_kept_connection_may_be_closed_by_the_web_server(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		int fd = front_connect();
		client_exchange(fd, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
		                RECEIVED_DJANGO);
		close(fd);
	}
	assert_serves();
}

static void
head_is_answered_without_a_body(void **state)
{
	struct buf request;
	struct fcgi_reply reply;

	(void)state;
	int fd = front_connect();
	make_request(&request, &(struct fcgi_form){ .method = "HEAD", .path = "/health" });
	client_send(fd, request.data, request.size);
	client_receive(fd, &reply);
	assert_reply(&reply, 1, "200 OK", "");
	assert_non_null(strstr(reply.content.data, "Content-Length: 15\r\n"));
	fcgi_reply_fini(&reply);
	buf_fini(&request);
	close(fd);
}

static void
several_readers_serve_many_clients_at_once(void **state)
{
	int fds[64];
	struct buf request;

	(void)state;
	stop(NULL);
	server_start(&(struct front_fcgi_settings){ .threads = 3,
	                                            .connections_max = 1000,
	                                            .request_seconds = PATIENCE_SECONDS,
	                                            .body_bytes_max = BOUND_BODY_BYTES });
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = DJANGO });
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = front_connect();
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < COUNT(fds); i++)
			client_send(fds[i], request.data, request.size);
		for (size_t i = 0; i < COUNT(fds); i++)
			expect_reply(fds[i], 1, "200 OK", RECEIVED_DJANGO);
	}
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	buf_fini(&request);
}

/* --- requests as they should not be --- */

static void
a_request_cut_off_at_any_byte_is_dropped(void **state)
{
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = DJANGO, .padding_size = 3 });
	for (size_t cut = 0; cut < request.size; cut++) {
		int fd = front_connect();
		client_send(fd, request.data, cut);
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		assert_closed(fd);
		close(fd);
	}
	buf_fini(&request);
	assert_serves();
}

static void
a_peer_may_leave_at_any_byte(void **state)
{
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	for (size_t cut = 0; cut <= request.size; cut++) {
		int fd = front_connect();
		client_send(fd, request.data, cut);
		close(fd);
	}
	buf_fini(&request);
	assert_serves();
}

/* Sends the bytes, and expects nothing but the end, with this reason in the log. */
static void
assert_refused(const struct buf *bytes, const char *reason)
{
	char expected[64];

	log_watch_begin();
	int fd = front_connect();
	client_send(fd, bytes->data, bytes->size);
	assert_closed(fd);
	close(fd);
	snprintf(expected, sizeof(expected), "event=request_refused reason=%s\n", reason);
	bool is_logged = strstr(log_watch_text(), expected) != NULL;
	log_watch_end();
	assert_true(is_logged);
	assert_serves();
}

static void
hostile_lengths_of_parameters_are_refused(void **state)
{
	static const struct {
		const char *params;
		size_t size;
	} rows[] = {
		/* libfcgi would add these up in an int, and allocate what comes of it. */
		{ TEXT_OF("\xff\xff\xff\xff\xff\xff\xff\xff") },
		{ TEXT_OF("\xff\xff\xff\xff\x01") },
		{ TEXT_OF("\x01\xff\xff\xff\xff") },
		{ TEXT_OF("\xff\xff\xff\xfe\x80\x00\x00\x01") },
		{ TEXT_OF("\x80\x01\x00\x01\x00") },
		{ TEXT_OF("\x00\x80\x01\x00\x01") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf bytes;
		buf_init(&bytes, 1000);
		fcgi_append_begin(&bytes, 1, 1, false);
		fcgi_append_record(&bytes, 4, 1, rows[i].params, rows[i].size, 0);
		fcgi_append_record(&bytes, 4, 1, NULL, 0, 0);
		fcgi_append_record(&bytes, 5, 1, NULL, 0, 0);
		assert_refused(&bytes, "params_too_large");
		buf_fini(&bytes);
	}
}

static void
parameters_that_end_inside_a_pair_are_refused(void **state)
{
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 1000);
	fcgi_append_begin(&bytes, 1, 1, false);
	fcgi_append_record(&bytes, 4, 1, "\x0e\x04REQUEST_METHODPOS", 19, 0);
	fcgi_append_record(&bytes, 4, 1, NULL, 0, 0);
	fcgi_append_record(&bytes, 5, 1, NULL, 0, 0);
	assert_refused(&bytes, "params_cut_off");
	buf_fini(&bytes);
}

static void
multiplexed_requests_are_refused(void **state)
{
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 1000);
	fcgi_append_begin(&bytes, 1, 1, true);
	fcgi_append_begin(&bytes, 2, 1, true);
	assert_refused(&bytes, "multiplexed");
	buf_fini(&bytes);
}

static void
what_is_no_fastcgi_is_refused(void **state)
{
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 1000);
	assert_int_equal(buf_append_text(&bytes, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), ERR_NONE);
	assert_refused(&bytes, "no_begin_request");
	buf_fini(&bytes);
}

static void
a_flood_of_empty_records_is_refused(void **state)
{
	struct buf bytes;

	(void)state;
	/* Parameters without end, a byte at a time: more than the window holds. */
	buf_init(&bytes, (size_t)4 * 1024 * 1024);
	fcgi_append_begin(&bytes, 1, 1, false);
	while (bytes.size < VALIDATION_REQUEST_BYTES(BOUND_BODY_BYTES))
		fcgi_append_record(&bytes, 4, 1, "\x01\x01", 2, 255);
	log_watch_begin();
	int fd = front_connect();
	/* The server may have closed before all of it is sent. */
	for (size_t at = 0; at < bytes.size;) {
		ssize_t sent = send(fd, bytes.data + at, bytes.size - at, MSG_NOSIGNAL);
		if (sent <= 0)
			break;
		at += (size_t)sent;
	}
	assert_closed(fd);
	close(fd);
	bool is_logged = strstr(log_watch_text(), "records_too_small") != NULL;
	log_watch_end();
	assert_true(is_logged);
	buf_fini(&bytes);
	assert_serves();
}

/* A record whose padding is this. */
static void
append_hiding(struct buf *out, unsigned type, const void *content, size_t size,
              const struct buf *hidden)
{
	fcgi_append_record(out, type, 1, content, size, hidden->size);
	memcpy(out->data + out->size - hidden->size, hidden->data, hidden->size);
}

static void
records_that_hide_in_padding_are_never_read(void **state)
{
	static const char begin_body[8] = { 0, 1 };
	struct buf hidden;
	struct buf bytes;

	(void)state;
	buf_init(&hidden, 255);
	buf_init(&bytes, 2000);
	/* Parameters at whose lengths libfcgi ends the process, behind FCGI_BEGIN_REQUEST. */
	fcgi_append_record(&hidden, 4, 1, "\xc0\0\0\0\xc0\0\0\0", 8, 0);
	append_hiding(&bytes, 1, begin_body, sizeof(begin_body), &hidden);
	fcgi_append_record(&bytes, 4, 1, NULL, 0, 0);
	fcgi_append_record(&bytes, 5, 1, NULL, 0, 0);
	int fd = front_connect();
	client_send(fd, bytes.data, bytes.size);
	assert_closed(fd);
	close(fd);
	assert_serves();

	/* Another body than was sent, behind the end of the parameters. */
	hidden.size = 0;
	fcgi_append_record(&hidden, 5, 1, DJANGO, 20, 0);
	fcgi_append_record(&hidden, 5, 1, NULL, 0, 0);
	bytes.size = 0;
	fcgi_append_request(&bytes, &(struct fcgi_form){ .body = "{\"message\":\"sent  \"}" });
	/* All but the end of the parameters, the body and its end is the same. */
	bytes.size -= 8 + 28 + 8;
	append_hiding(&bytes, 4, NULL, 0, &hidden);
	fcgi_append_record(&bytes, 5, 1, "{\"message\":\"sent  \"}", 20, 0);
	fcgi_append_record(&bytes, 5, 1, NULL, 0, 0);
	fd = front_connect();
	client_send(fd, bytes.data, bytes.size);
	struct fcgi_reply reply;
	client_receive(fd, &reply);
	bool is_fooled = reply.content.size > 0 && strstr(reply.content.data, "django") != NULL;
	fcgi_reply_fini(&reply);
	assert_false(is_fooled);
	close(fd);
	buf_fini(&hidden);
	buf_fini(&bytes);
	assert_serves();
}

static void
a_body_that_is_too_large_gets_its_answer_although_it_never_ends(void **state)
{
	static char body[BOUND_BODY_BYTES + 1];
	struct buf request;

	(void)state;
	memset(body, ' ', sizeof(body));
	make_request(&request, &(struct fcgi_form){ .body = body,
	                                            .body_size = sizeof(body),
	                                            .keep = true,
	                                            .is_endless = true });
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	expect_reply(fd, 1, "413 Content Too Large", NULL);
	assert_serves();
	/* The rest is read and dropped, so whoever goes on sending sees no reset. */
	struct buf rest;
	buf_init(&rest, sizeof(body) + 100);
	fcgi_append_record(&rest, 5, 1, body, 32768, 0);
	for (int i = 0; i < 32; i++)
		client_send(fd, rest.data, rest.size);
	assert_closed(fd);
	close(fd);
	buf_fini(&rest);
	buf_fini(&request);
	assert_serves();
}

static void
an_announced_body_that_is_too_large_gets_its_answer(void **state)
{
	(void)state;
	int fd = front_connect();
	client_exchange(fd, &(struct fcgi_form){ .body = "", .content_length = "99999999999" },
	                "413 Content Too Large", NULL);
	assert_closed(fd);
	close(fd);
}

static void
a_body_of_another_length_than_announced_is_a_problem(void **state)
{
	(void)state;
	int fd = front_connect();
	client_exchange(fd,
	                &(struct fcgi_form){ .keep = true, .body = DJANGO, .content_length = "99" },
	                "400 Bad Request", NULL);
	client_exchange(fd,
	                &(struct fcgi_form){ .keep = true, .body = DJANGO, .content_length = "5" },
	                "400 Bad Request", NULL);
	client_exchange(fd,
	                &(struct fcgi_form){ .keep = true, .body = DJANGO, .content_length = "" },
	                "411 Length Required", NULL);
	close(fd);
}

static void
a_request_without_any_parameters_is_a_problem(void **state)
{
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 1000);
	fcgi_append_begin(&bytes, 1, 1, false);
	fcgi_append_record(&bytes, 4, 1, NULL, 0, 0);
	fcgi_append_record(&bytes, 5, 1, NULL, 0, 0);
	int fd = front_connect();
	client_send(fd, bytes.data, bytes.size);
	expect_reply(fd, 1, "400 Bad Request", NULL);
	close(fd);
	buf_fini(&bytes);
}

/* --- slow and greedy peers --- */

static void
whoever_does_not_read_the_answer_harms_nobody(void **state)
{
	/* Few, since each has BOUND_SLOW_PEER_SECONDS, also on a machine that is busy. */
	int slow[2];
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = LARGE });
	for (size_t i = 0; i < COUNT(slow); i++) {
		slow[i] = front_connect();
		client_send(slow[i], request.data, request.size);
	}
	for (int i = 0; i < 3; i++)
		assert_serves();
	/* And whoever reads at last gets all of it, on a connection that goes on. */
	for (size_t i = 0; i < COUNT(slow) / 2; i++) {
		struct fcgi_reply reply;
		client_receive(slow[i], &reply);
		assert_reply(&reply, 1, "200 OK", NULL);
		assert_true(reply.content.size > 6 * sizeof(large_reply));
		fcgi_reply_fini(&reply);
		client_exchange(slow[i], &(struct fcgi_form){ .keep = true, .body = DJANGO },
		                "200 OK", RECEIVED_DJANGO);
	}
	for (size_t i = 0; i < COUNT(slow); i++)
		close(slow[i]);
	buf_fini(&request);
	assert_serves();
}

/* A client that has asked for the page, and does not get it. Those that ask before it is known that
 * their address takes no answers do. */
static int
connect_client_without_page(const struct fcgi_form *page)
{
	struct buf request;

	make_request(&request, page);
	for (int tries = 0; tries < 100; tries++) {
		int client = front_connect();
		client_send(client, request.data, request.size);
		if (!client_is_readable(client, 500)) {
			buf_fini(&request);
			return client;
		}
		close(client);
	}
	fail_msg("the page is given each time");
	return -1;
}

static void
whoever_takes_no_answer_gets_no_page_until_it_does(void **state)
{
	const struct fcgi_form page = {
		.method = "GET", .path = "/events", .query = "room=lobby", .address = "192.0.2.1"
	};
	struct fcgi_form other_page = page;
	struct fcgi_reply reply;
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = LARGE, .address = "192.0.2.1" });
	int slow = front_connect();
	client_send(slow, request.data, request.size);
	int waiting = connect_client_without_page(&page);
	/* Another address gets its page, and so does everybody who posts. */
	other_page.address = "192.0.2.2";
	int other = front_connect();
	client_exchange(other, &other_page, "200 OK", NULL);
	assert_serves();
	assert_false(client_is_readable(waiting, 0));
	client_receive(slow, &reply);
	assert_reply(&reply, 1, "200 OK", NULL);
	fcgi_reply_fini(&reply);
	expect_reply(waiting, 1, "200 OK", NULL);
	close(slow);
	close(waiting);
	close(other);
	buf_fini(&request);
}

static void
a_slow_answer_is_closed_once_it_is_read(void **state)
{
	struct buf request;
	struct fcgi_reply reply;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = LARGE });
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	assert_serves();
	client_receive(fd, &reply);
	assert_reply(&reply, 1, "200 OK", NULL);
	fcgi_reply_fini(&reply);
	assert_closed(fd);
	close(fd);
	buf_fini(&request);
}

static void
an_answer_may_leave_later_and_from_another_thread(void **state)
{
	struct buf request;

	(void)state;
	store_memory_hold();
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = LATER });
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	assert_true(store_memory_wait_held());
	assert_serves();
	store_memory_release();
	expect_reply(fd, 1, "200 OK", RECEIVED_LATER);
	client_exchange(fd, &(struct fcgi_form){ .body = DJANGO }, "200 OK", RECEIVED_DJANGO);
	close(fd);
	buf_fini(&request);
}

static void
an_answer_to_somebody_who_has_left_harms_nobody(void **state)
{
	struct buf request;

	(void)state;
	store_memory_hold();
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = LATER });
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	assert_true(store_memory_wait_held());
	close(fd);
	store_memory_release();
	buf_fini(&request);
	assert_serves();
}

static void
an_overdue_request_is_closed(void **state)
{
	struct buf request;

	(void)state;
	stop(NULL);
	server_start(&(struct front_fcgi_settings){ .threads = 1,
	                                            .connections_max = 100,
	                                            .request_seconds = 1,
	                                            .body_bytes_max = BOUND_BODY_BYTES });
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = DJANGO });
	int kept = front_connect();
	client_send(kept, request.data, request.size);
	expect_reply(kept, 1, "200 OK", RECEIVED_DJANGO);
	int idle = front_connect();
	client_exchange(idle, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	int silent = front_connect();
	int half = front_connect();
	time_t begin = time(NULL);
	log_watch_begin();
	client_send(half, request.data, request.size - 1);
	client_send(kept, request.data, 1);
	assert_closed(half);
	assert_closed(silent);
	assert_closed(kept);
	assert_true(time(NULL) - begin < PATIENCE_SECONDS / 2);
	bool is_logged = strstr(log_watch_text(), "event=request_overdue") != NULL;
	log_watch_end();
	assert_true(is_logged);
	/* Between requests a kept connection may rest for as long as it likes. */
	client_exchange(idle, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	close(idle);
	close(silent);
	close(half);
	close(kept);
	buf_fini(&request);
}

static void
connections_above_the_limit_wait_until_others_end(void **state)
{
	struct buf request;

	(void)state;
	stop(NULL);
	server_start(&(struct front_fcgi_settings){ .threads = 1,
	                                            .connections_max = 2,
	                                            .request_seconds = PATIENCE_SECONDS,
	                                            .body_bytes_max = BOUND_BODY_BYTES });
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	int first = front_connect();
	int second = front_connect();
	client_exchange(first, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	client_exchange(second, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	int third = front_connect();
	client_send(third, request.data, request.size);
	assert_false(client_is_readable(third, 200));
	close(first);
	expect_reply(third, 1, "200 OK", RECEIVED_DJANGO);
	close(second);
	close(third);
	buf_fini(&request);
	assert_serves();
}

static void
service_goes_on_after_the_descriptors_had_run_out(void **state)
{
	struct rlimit limit;
	struct buf request;
	const char *preloaded = getenv("LD_PRELOAD");

	(void)state;
	/* Its accept(2) takes a connection from the queue before it says EMFILE. */
	if (preloaded != NULL && strstr(preloaded, "valgrind") != NULL)
		skip();
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	assert_serves();
	int fd = front_connect();
	/* From here on the server has taken it, and opens nothing more for it. */
	client_exchange(fd, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	const struct rlimit few = { .rlim_cur = (rlim_t)fd + 16, .rlim_max = limit.rlim_max };
	int filler[64];
	size_t count = 0;

	log_watch_begin();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (count < COUNT(filler) && (filler[count] = dup(fd)) >= 0)
		count++;
	assert_in_range(count, 1, COUNT(filler) - 1);
	/* The last place is taken by a connection whose other end then finds none. */
	close(filler[--count]);
	int waiting = front_connect();
	client_send(waiting, request.data, request.size);
	bool is_logged = log_watch_wait("event=accept_failed");
	bool is_refused = client_is_readable(waiting, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (count > 0)
		close(filler[--count]);
	log_watch_end();
	assert_true(is_logged);
	assert_false(is_refused);
	expect_reply(waiting, 1, "200 OK", RECEIVED_DJANGO);
	close(waiting);
	client_exchange(fd, &(struct fcgi_form){ .body = DJANGO }, "200 OK", RECEIVED_DJANGO);
	close(fd);
	buf_fini(&request);
	assert_serves();
}

/* --- stopping --- */

static int
leave_stopped(void **state)
{
	(void)state;
	return 0;
}

static void
stopping_closes_idle_connections_and_answers_what_has_begun(void **state)
{
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .keep = true, .body = DJANGO });
	int idle = front_connect();
	client_exchange(idle, &(struct fcgi_form){ .keep = true, .body = DJANGO }, "200 OK",
	                RECEIVED_DJANGO);
	int half = front_connect();
	client_send(half, request.data, request.size / 2);
	assert_serves();
	front_begin_stop();
	/* The reader has seen that it is time once the idle connection is closed. */
	assert_closed(idle);
	client_send(half, request.data + request.size / 2, request.size - request.size / 2);
	expect_reply(half, 1, "200 OK", RECEIVED_DJANGO);
	assert_closed(half);
	server_end();
	close(idle);
	close(half);
	buf_fini(&request);
}

static void
stopping_answers_what_is_still_queued(void **state)
{
	int fds[16];
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	front_begin_stop();
	/* Nobody can say whether the reader still accepts these or finds them at its end: all that
	 * were connected before it looked for the last time are answered, the others end. */
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = front_connect();
		(void)!send(fds[i], request.data, request.size, MSG_NOSIGNAL);
	}
	server_end();
	for (size_t i = 0; i < COUNT(fds); i++) {
		struct fcgi_reply reply;
		client_receive(fds[i], &reply);
		if (reply.content.size > 0)
			assert_reply(&reply, 1, "200 OK", RECEIVED_DJANGO);
		fcgi_reply_fini(&reply);
		close(fds[i]);
	}
	buf_fini(&request);
}

static void
stopping_lets_a_slow_peer_take_its_answer(void **state)
{
	struct buf request;
	struct fcgi_reply reply;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = LARGE });
	int fd = front_connect();
	client_send(fd, request.data, request.size);
	/* Some of it has come, so the rest is with the loop, or on its way there. */
	assert_true(client_is_readable(fd, PATIENCE_SECONDS * 1000));
	front_begin_stop();
	client_receive(fd, &reply);
	assert_reply(&reply, 1, "200 OK", NULL);
	fcgi_reply_fini(&reply);
	server_end();
	close(fd);
	buf_fini(&request);
}

static void
stopping_does_not_wait_for_ever(void **state)
{
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = LARGE });
	int greedy = front_connect();
	client_send(greedy, request.data, request.size);
	assert_true(client_is_readable(greedy, PATIENCE_SECONDS * 1000));
	int half = front_connect();
	client_send(half, request.data, request.size / 2);
	int silent = front_connect();
	front_begin_stop();
	server_end();
	assert_closed(half);
	assert_closed(silent);
	close(greedy);
	close(half);
	close(silent);
	buf_fini(&request);
}

static atomic_bool is_flooding;
static struct sockaddr_un flooded;

static void *
flood(void *context)
{
	time_t end = time(NULL) + 4 * PATIENCE_SECONDS;

	(void)context;
	while (atomic_load(&is_flooding) && time(NULL) < end) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)!connect(fd, (const struct sockaddr *)&flooded, sizeof(flooded));
		close(fd);
	}
	return NULL;
}

/* Connections that come without end neither keep the server from ending nor others from their turn.
 */
static void
a_flood_of_connections_holds_nobody_up(void **state)
{
	pthread_t flooders[2];
	struct buf request;

	(void)state;
	make_request(&request, &(struct fcgi_form){ .body = DJANGO });
	int half = front_connect();
	client_send(half, request.data, request.size / 2);
	flooded = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(flooded.sun_path, sizeof(flooded.sun_path), "%s", front_path());
	atomic_store(&is_flooding, true);
	for (size_t i = 0; i < COUNT(flooders); i++)
		assert_int_equal(pthread_create(&flooders[i], NULL, flood, NULL), 0);
	time_t begin = time(NULL);
	client_send(half, request.data + request.size / 2, request.size - request.size / 2);
	expect_reply(half, 1, "200 OK", RECEIVED_DJANGO);
	front_begin_stop();
	front_join();
	time_t took = time(NULL) - begin;
	atomic_store(&is_flooding, false);
	for (size_t i = 0; i < COUNT(flooders); i++)
		pthread_join(flooders[i], NULL);
	server_close();
	assert_true(took <= PATIENCE_SECONDS);
	close(half);
	buf_fini(&request);
}

static void
a_listening_descriptor_that_is_none_is_an_error(void **state)
{
	uv_loop_t loop;
	struct stage own;
	struct front_fcgi *front;
	const struct front_fcgi_settings settings = {
		.threads = 2, .connections_max = 1, .request_seconds = 1, .body_bytes_max = 10
	};

	(void)state;
	stage_init(&own);
	assert_int_equal(uv_loop_init(&loop), 0);
	log_watch_begin();
	enum err err = front_fcgi_start(-1, &settings, &own.api, &loop, &front);
	bool is_logged = strstr(log_watch_text(), "event=start_failed") != NULL;
	log_watch_end();
	assert_int_equal(err, ERR_SYSTEM);
	assert_true(is_logged);
	assert_int_equal(uv_loop_close(&loop), 0);
}

#define ON_A_SERVER(test) cmocka_unit_test_setup_teardown(test, start, stop)
#define STOPPING_IT(test) cmocka_unit_test_setup_teardown(test, start, leave_stopped)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_SERVER(a_whole_request_is_answered_and_the_connection_closed),
		ON_A_SERVER(the_answer_has_the_id_of_its_request),
		ON_A_SERVER(the_answer_is_complete_http),
		ON_A_SERVER(a_request_may_be_split_at_every_byte),
		ON_A_SERVER(a_request_may_come_byte_by_byte),
		ON_A_SERVER(a_request_may_have_small_records_and_padding),
		ON_A_SERVER(the_largest_body_is_taken),
		ON_A_SERVER(the_largest_body_may_come_in_small_pieces),
		ON_A_SERVER(a_kept_connection_serves_one_request_after_the_other),
		ON_A_SERVER(a_kept_connection_goes_on_after_a_problem),
		ON_A_SERVER(a_kept_connection_takes_a_request_in_pieces),
		ON_A_SERVER(a_kept_connection_may_be_closed_by_the_web_server),
		ON_A_SERVER(head_is_answered_without_a_body),
		ON_A_SERVER(several_readers_serve_many_clients_at_once),
		ON_A_SERVER(a_request_cut_off_at_any_byte_is_dropped),
		ON_A_SERVER(a_peer_may_leave_at_any_byte),
		ON_A_SERVER(hostile_lengths_of_parameters_are_refused),
		ON_A_SERVER(parameters_that_end_inside_a_pair_are_refused),
		ON_A_SERVER(multiplexed_requests_are_refused),
		ON_A_SERVER(what_is_no_fastcgi_is_refused),
		ON_A_SERVER(a_flood_of_empty_records_is_refused),
		ON_A_SERVER(records_that_hide_in_padding_are_never_read),
		ON_A_SERVER(a_body_that_is_too_large_gets_its_answer_although_it_never_ends),
		ON_A_SERVER(an_announced_body_that_is_too_large_gets_its_answer),
		ON_A_SERVER(a_body_of_another_length_than_announced_is_a_problem),
		ON_A_SERVER(a_request_without_any_parameters_is_a_problem),
		ON_A_SERVER(whoever_does_not_read_the_answer_harms_nobody),
		ON_A_SERVER(whoever_takes_no_answer_gets_no_page_until_it_does),
		ON_A_SERVER(a_slow_answer_is_closed_once_it_is_read),
		ON_A_SERVER(an_answer_may_leave_later_and_from_another_thread),
		ON_A_SERVER(an_answer_to_somebody_who_has_left_harms_nobody),
		ON_A_SERVER(an_overdue_request_is_closed),
		ON_A_SERVER(connections_above_the_limit_wait_until_others_end),
		ON_A_SERVER(service_goes_on_after_the_descriptors_had_run_out),
		STOPPING_IT(stopping_closes_idle_connections_and_answers_what_has_begun),
		STOPPING_IT(stopping_answers_what_is_still_queued),
		STOPPING_IT(stopping_lets_a_slow_peer_take_its_answer),
		STOPPING_IT(stopping_does_not_wait_for_ever),
		STOPPING_IT(a_flood_of_connections_holds_nobody_up),
		cmocka_unit_test(a_listening_descriptor_that_is_none_is_an_error),
	};

	memset(large_reply, 1, sizeof(large_reply));
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
