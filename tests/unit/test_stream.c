/*
 * server/fastcgi/stream: a response that goes on, over one end of a socket pair; the test is the
 * web server at the other end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_live.h"

#include <fastcgi.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chat/live/event_sink.h"
#include "http/render/representation.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/record.h"
#include "server/fastcgi/stream.h"
#include "support_store.h"

#define HEAD "Status: 200 OK\r\n\r\n"
#define REQUEST_ID 7

static uv_loop_t loop;
static struct connections connections;
static struct connection *connection; /* the stream's from the beginning; NULL once it is closed */
static struct event_sink *sink;
static int other_end;
static unsigned gone_count;
static unsigned drained_count;
static struct buf taken; /* what has come at the other end */
static bool is_over;     /* and nothing more will */

static void
count_gone(void *context)
{
	assert_ptr_equal(context, &taken);
	gone_count++;
}

static void
count_drained(void *context)
{
	assert_ptr_equal(context, &taken);
	drained_count++;
}

static void
open_stream(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
	                 0);
	other_end = fds[1];
	connection = connection_new(&connections, fds[0], NULL, -1);
	connection->request_id = REQUEST_ID;
	assert_int_equal(record_append_stdout(&connection->out, REQUEST_ID, TEXT_OF(HEAD)),
	                 ERR_NONE);
	sink = stream_new(connection);
}

static int
begin(void **state)
{
	(void)state;
	gone_count = 0;
	drained_count = 0;
	is_over = false;
	buf_init(&taken, (size_t)64 * 1024 * 1024);
	assert_int_equal(uv_loop_init(&loop), 0);
	connections_init(&connections);
	open_stream();
	return 0;
}

static void
close_stream(void)
{
	sink->close(sink);
	sink = NULL;
	connection = NULL;
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(connections_count(&connections), 0);
}

static int
end(void **state)
{
	(void)state;
	if (sink != NULL)
		close_stream();
	connections_fini(&connections);
	if (other_end >= 0)
		close(other_end);
	buf_fini(&taken);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static void
attach(void)
{
	assert_int_equal(sink->attach(sink, &loop, count_gone, count_drained, &taken), ERR_NONE);
}

/* Reads what has come, `most` bytes of it. How much it was. */
static size_t
take(size_t most)
{
	size_t before = taken.size;

	while (taken.size - before < most) {
		size_t wanted = most - (taken.size - before);
		char *room;
		assert_int_equal(buf_reserve(&taken, wanted < 65536 ? wanted : 65536, &room),
		                 ERR_NONE);
		ssize_t got = recv(other_end, room, wanted < 65536 ? wanted : 65536, MSG_DONTWAIT);
		is_over = got == 0;
		if (got <= 0)
			break;
		taken.size += (size_t)got;
	}
	return taken.size - before;
}

/* What the records hold that have come; *ended: whether the stream and the request are ended. */
static struct buf
content(bool *ended)
{
	struct buf text;
	bool is_stream_ended = false;

	*ended = false;
	buf_init(&text, (size_t)64 * 1024 * 1024);
	for (size_t at = 0; at + 8 <= taken.size;) {
		const unsigned char *header = (const unsigned char *)taken.data + at;
		size_t size = (size_t)header[4] << 8 | header[5];
		assert_int_equal(header[0], 1);
		assert_int_equal((unsigned)header[2] << 8 | header[3], REQUEST_ID);
		assert_false(*ended);
		if (at + 8 + size > taken.size)
			size = taken.size - at - 8;
		if (header[1] == FCGI_STDOUT) {
			assert_false(is_stream_ended);
			is_stream_ended = header[4] == 0 && header[5] == 0;
			assert_int_equal(buf_append(&text, header + 8, size), ERR_NONE);
		} else {
			assert_int_equal(header[1], FCGI_END_REQUEST);
			*ended = is_stream_ended;
		}
		at += 8 + size + header[6];
	}
	return text;
}

static void
assert_content(const char *expected, bool must_be_ended)
{
	bool ended;
	struct buf text = content(&ended);

	assert_string_equal(text.size == 0 ? "" : text.data, expected);
	assert_int_equal(ended, must_be_ended);
	buf_fini(&text);
}

static enum err
send_text(const char *text)
{
	return sink->send(sink, text, strlen(text));
}

/* Sends `x`s until something waits, or fails. */
static void
fill(void)
{
	static char block[10000];

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 1000 && sink->pending(sink) == 0; i++)
		assert_int_equal(sink->send(sink, block, sizeof(block)), ERR_NONE);
	assert_true(sink->pending(sink) > 0);
}

static bool
is_drained(void *context)
{
	(void)context;
	take((size_t)1 << 20);
	return drained_count > 0;
}

static bool
is_gone(void *context)
{
	(void)context;
	return gone_count > 0;
}

/* --- the tests --- */

static void
nothing_is_sent_before_it_is_attached(void **state)
{
	(void)state;
	assert_int_equal(take(100), 0);
	attach();
	take(1000);
	assert_content(HEAD, false);
	assert_int_equal(sink->pending(sink), 0);
}

static void
what_is_sent_leaves_at_once(void **state)
{
	(void)state;
	attach();
	assert_int_equal(send_text("one "), ERR_NONE);
	take(1000);
	assert_content(HEAD "one ", false);
	assert_int_equal(send_text("two"), ERR_NONE);
	take(1000);
	assert_content(HEAD "one two", false);
	assert_int_equal(sink->pending(sink), 0);
	/* Without a word from the loop. */
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(drained_count, 0);
	assert_int_equal(gone_count, 0);
}

static void
a_follower_at_rest_holds_no_bytes(void **state)
{
	(void)state;
	attach();
	assert_int_equal(send_text("one"), ERR_NONE);
	assert_int_equal(connection->out.capacity, 0);
}

static void
a_stream_ends_in_order(void **state)
{
	(void)state;
	attach();
	assert_int_equal(send_text("one"), ERR_NONE);
	close_stream();
	take(1000);
	assert_content(HEAD "one", true);
	assert_closed(other_end);
}

static void
a_stream_that_was_never_attached_is_an_answer_without_content(void **state)
{
	(void)state;
	close_stream();
	take(1000);
	assert_content(HEAD, true);
	assert_closed(other_end);
}

static void
what_does_not_leave_waits_until_it_is_taken(void **state)
{
	(void)state;
	attach();
	fill();
	assert_int_equal(send_text("last"), ERR_NONE);
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(drained_count, 0);
	run_until(&loop, is_drained, NULL);
	take((size_t)1 << 20);
	assert_int_equal(drained_count, 1);
	assert_int_equal(sink->pending(sink), 0);
	bool ended;
	struct buf text = content(&ended);
	assert_string_equal(text.data + text.size - 5, "xlast");
	assert_int_equal(strspn(text.data + strlen(HEAD), "x"), text.size - strlen(HEAD "last"));
	buf_fini(&text);
	/* And it goes on. */
	assert_int_equal(send_text("more"), ERR_NONE);
	assert_true(take(1000) > 0);
	assert_int_equal(gone_count, 0);
}

static void
so_much_may_wait_and_no_more(void **state)
{
	static char block[10000];
	enum err err = ERR_NONE;
	unsigned count = 0;

	(void)state;
	attach();
	fill();
	while (err == ERR_NONE && count++ < 100) {
		err = sink->send(sink, block, sizeof(block));
		assert_true(sink->pending(sink) <= BOUND_STREAM_BYTES + 1000);
	}
	assert_int_equal(err, ERR_TOO_LARGE);
	assert_in_range(count, 10, 30);
	/* Its stream is cut: the peer must not take it for whole. */
	close_stream();
	while (take((size_t)1 << 20) > 0)
		;
	bool ended;
	struct buf text = content(&ended);
	assert_false(ended);
	buf_fini(&text);
	assert_closed(other_end);
}

/* A peer that always takes a little less than what comes. */
static void
who_is_always_a_little_behind_is_not_cut(void **state)
{
	static char block[30000];
	const int small = 8192;
	size_t sent = 0;
	size_t held_most = 0;

	(void)state;
	assert_int_equal(setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)),
	                 0);
	attach();
	fill();
	for (int i = 0; i < 500; i++) {
		enum err err = sink->send(sink, block, sizeof(block));
		assert_int_equal(err, ERR_NONE);
		sent += sizeof(block);
		for (int j = 0; j < 100 && sink->pending(sink) > 60000; j++) {
			take(20000);
			uv_run(&loop, UV_RUN_NOWAIT);
		}
		if (connection->out.capacity > held_most)
			held_most = connection->out.capacity;
	}
	assert_int_equal(drained_count, 0);
	assert_true(sent > 4 * BOUND_RESPONSE_BYTES);
	/* What has left is not held any longer. */
	assert_true(held_most <= 4 * BOUND_STREAM_BYTES);
}

static void
who_leaves_is_gone(void **state)
{
	(void)state;
	attach();
	take(1000);
	close(other_end);
	other_end = -1;
	run_until(&loop, is_gone, NULL);
	assert_int_equal(gone_count, 1);
}

static void
who_leaves_while_something_waits_is_gone(void **state)
{
	(void)state;
	attach();
	fill();
	close(other_end);
	other_end = -1;
	run_until(&loop, is_gone, NULL);
	assert_int_equal(gone_count, 1);
	assert_int_equal(drained_count, 0);
}

/* So lighttpd tells that a visitor has left. */
static void
who_stops_sending_is_gone(void **state)
{
	(void)state;
	attach();
	assert_int_equal(shutdown(other_end, SHUT_WR), 0);
	run_until(&loop, is_gone, NULL);
	assert_int_equal(gone_count, 1);
}

static void
who_has_left_before_cannot_be_attached_or_is_gone(void **state)
{
	(void)state;
	close(other_end);
	other_end = -1;
	enum err err = sink->attach(sink, &loop, count_gone, count_drained, &taken);
	assert_true(err == ERR_SYSTEM || err == ERR_NONE);
	if (err == ERR_NONE)
		run_until(&loop, is_gone, NULL);
}

static void
to_send_to_who_has_left_is_an_error_and_no_call(void **state)
{
	(void)state;
	attach();
	close(other_end);
	other_end = -1;
	assert_int_equal(send_text("one"), ERR_PEER_GONE);
	assert_int_equal(gone_count, 0);
}

static void
what_the_peer_still_says_does_not_matter(void **state)
{
	(void)state;
	attach();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(send(other_end, "chatter", 7, MSG_NOSIGNAL), 7);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(gone_count, 0);
	assert_int_equal(send_text("one"), ERR_NONE);
	take(1000);
	assert_content(HEAD "one", false);
}

/* --- with live --- */

#define LARGEST_COUNT 12

/* In JSON each byte of the texts takes six. */
static bool
has_most_or_is_over(void *context)
{
	(void)context;
	take((size_t)1 << 22);
	return taken.size > (size_t)6 * LARGEST_COUNT * BOUND_MESSAGE_BYTES_MAX || is_over;
}

/* Events, each the largest message that the configuration takes: more than a connection
 * holds, in one page. Whoever comes back must get past them. */
static void
a_follower_gets_past_a_page_of_the_largest_messages(void **state)
{
	static char text[BOUND_MESSAGE_BYTES_MAX + 1];
	const struct live_settings settings = { .streams_max = 10, .streams_per_client_max = 10 };
	struct stage stage;
	struct live *live;

	(void)state;
	memset(text, 1, BOUND_MESSAGE_BYTES_MAX);
	stage_init(&stage);
	stage_open_store(&stage, false);
	for (int i = 0; i < LARGEST_COUNT; i++)
		store_memory_post("lobby", text);
	stage.rooms.workers = workers_new(&loop);
	assert_int_equal(live_start(&loop, &stage.rooms, &settings, &live), ERR_NONE);
	assert_true(live_enter(live, ""));
	live_follow(live, "lobby", cursor_at(0), "", representation_sse.renderer, sink);
	sink = NULL;
	run_until(&loop, has_most_or_is_over, NULL);
	stop_workers(stage.rooms.workers, live);
	uv_run(&loop, UV_RUN_NOWAIT);
	stage_close_store(&stage);
	assert_non_null(memmem(taken.data, taken.size, "id: 12\nevent", 12));
}

#define STREAMING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAMING(nothing_is_sent_before_it_is_attached),
		STREAMING(what_is_sent_leaves_at_once),
		STREAMING(a_follower_at_rest_holds_no_bytes),
		STREAMING(a_stream_ends_in_order),
		STREAMING(a_stream_that_was_never_attached_is_an_answer_without_content),
		STREAMING(what_does_not_leave_waits_until_it_is_taken),
		STREAMING(so_much_may_wait_and_no_more),
		STREAMING(who_is_always_a_little_behind_is_not_cut),
		STREAMING(who_leaves_is_gone),
		STREAMING(who_leaves_while_something_waits_is_gone),
		STREAMING(who_stops_sending_is_gone),
		STREAMING(who_has_left_before_cannot_be_attached_or_is_gone),
		STREAMING(to_send_to_who_has_left_is_an_error_and_no_call),
		STREAMING(what_the_peer_still_says_does_not_matter),
		STREAMING(a_follower_gets_past_a_page_of_the_largest_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
