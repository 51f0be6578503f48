/*
 * server/fastcgi/slow_peer: connections whose end takes time, on a real loop that the test runs
 * itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/slow_peer.h"

#define LARGE ((size_t)1000000)

static uv_loop_t loop;
static struct slow_peers *peers;
static struct connections connections;
static struct connection *connection;
static int other_end;

/* What slow_peers said about the last connection that was done. */
static struct {
	unsigned count;
	bool keep;
	bool has_unread;
	size_t sent_size;
} done;

static void
on_done(struct connection *finished)
{
	done.count++;
	done.keep = finished->keep;
	done.has_unread = finished->has_unread;
	done.sent_size = finished->sent_size;
	connection_close(finished);
}

static struct connection *
new_connection(int *other)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
	                 0);
	*other = fds[1];
	return connection_new(&connections, fds[0], NULL, -1);
}

static int
begin(void **state)
{
	(void)state;
	memset(&done, 0, sizeof(done));
	assert_int_equal(uv_loop_init(&loop), 0);
	connections_init(&connections);
	peers = slow_peers_new(&loop, on_done);
	connection = new_connection(&other_end);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	slow_peers_free(peers);
	connections_fini(&connections);
	close(other_end);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

/* Fills the answer with so much that it cannot leave at once. */
static void
fill(struct connection *filled)
{
	char *room;

	assert_int_equal(buf_reserve(&filled->out, LARGE, &room), ERR_NONE);
	memset(room, 'x', LARGE);
	filled->out.size = LARGE;
}

/* Runs the loop until so many connections are done, taking what comes at `fd` if it is one. */
static void
run_until_done(unsigned count, int fd, size_t *taken)
{
	static char dropped[65536];
	int64_t end_us = clock_now_us() + (int64_t)PATIENCE_SECONDS * 1000000;

	while (done.count < count && clock_now_us() < end_us) {
		ssize_t size = fd < 0 ? 0 : recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT);
		if (size > 0)
			*taken += (size_t)size;
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(done.count, count);
	for (;;) {
		ssize_t size = fd < 0 ? 0 : recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT);
		if (size <= 0)
			return;
		*taken += (size_t)size;
	}
}

static void
the_rest_of_an_answer_leaves_as_the_peer_takes_it(void **state)
{
	size_t taken = 0;

	(void)state;
	fill(connection);
	connection->keep = true;
	assert_int_equal(connection_send(connection), ERR_TRUNCATED);
	slow_peers_give(peers, connection);
	assert_false(slow_peers_is_idle(peers));
	run_until_done(1, other_end, &taken);
	assert_int_equal(taken, LARGE);
	assert_int_equal(done.sent_size, LARGE);
	assert_true(done.keep);
	assert_true(slow_peers_is_idle(peers));
}

static void *
give(void *context)
{
	slow_peers_give(peers, context);
	return NULL;
}

static void
a_connection_may_be_given_from_another_thread(void **state)
{
	pthread_t thread;
	size_t taken = 0;

	(void)state;
	fill(connection);
	assert_int_equal(pthread_create(&thread, NULL, give, connection), 0);
	run_until_done(1, other_end, &taken);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(taken, LARGE);
}

static void
the_unread_rest_of_a_request_is_dropped_until_the_peer_closes(void **state)
{
	static const char rest[100000];
	char byte;

	(void)state;
	connection->has_unread = true;
	slow_peers_give(peers, connection);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(send(other_end, rest, sizeof(rest), MSG_NOSIGNAL), sizeof(rest));
		assert_false(slow_peers_is_idle(peers));
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(done.count, 0);
	/* The peer sees the end of the answer although it has not stopped sending. */
	assert_int_equal(recv(other_end, &byte, 1, MSG_DONTWAIT), 0);
	assert_int_equal(shutdown(other_end, SHUT_WR), 0);
	run_until_done(1, -1, NULL);
	assert_false(done.keep);
}

static void
the_answer_leaves_before_the_rest_is_dropped(void **state)
{
	static char rest[50000];
	size_t taken = 0;

	(void)state;
	fill(connection);
	connection->has_unread = true;
	assert_int_equal(send(other_end, rest, sizeof(rest), MSG_NOSIGNAL), sizeof(rest));
	assert_int_equal(shutdown(other_end, SHUT_WR), 0);
	slow_peers_give(peers, connection);
	run_until_done(1, other_end, &taken);
	assert_int_equal(taken, LARGE);
}

static void
a_peer_that_leaves_is_done_with(void **state)
{
	(void)state;
	fill(connection);
	connection->keep = true;
	connection->has_unread = true;
	slow_peers_give(peers, connection);
	uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(done.count, 0);
	close(other_end);
	run_until_done(1, -1, NULL);
	assert_false(done.keep);
	assert_false(done.has_unread);
	other_end = dup(STDIN_FILENO);
}

static void
several_peers_are_waited_for_and_end_in_any_order(void **state)
{
	int others[3];
	size_t taken = 0;

	(void)state;
	fill(connection);
	slow_peers_give(peers, connection);
	for (size_t i = 0; i < COUNT(others); i++) {
		struct connection *another = new_connection(&others[i]);
		fill(another);
		slow_peers_give(peers, another);
	}
	run_until_done(1, others[1], &taken);
	run_until_done(2, others[2], &taken);
	run_until_done(3, other_end, &taken);
	assert_false(slow_peers_is_idle(peers));
	run_until_done(4, others[0], &taken);
	assert_true(slow_peers_is_idle(peers));
	assert_int_equal(taken, 4 * LARGE);
	for (size_t i = 0; i < COUNT(others); i++)
		close(others[i]);
}

static void
at_the_end_what_is_left_is_closed(void **state)
{
	int other;

	(void)state;
	struct connection *another = new_connection(&other);
	fill(connection);
	fill(another);
	connection->keep = true;
	slow_peers_give(peers, connection);
	uv_run(&loop, UV_RUN_NOWAIT);
	/* This one the loop has not even seen. */
	slow_peers_give(peers, another);
	slow_peers_free(peers);
	assert_int_equal(done.count, 2);
	assert_int_equal(connections_count(&connections), 0);
	peers = slow_peers_new(&loop, on_done);
	close(other);
}

static void
a_peer_that_never_takes_its_answer_is_given_up(void **state)
{
	(void)state;
	/* This one does take BOUND_SLOW_PEER_SECONDS. */
	fill(connection);
	connection->keep = true;
	log_watch_begin();
	int64_t begun_us = clock_now_us();
	slow_peers_give(peers, connection);
	while (done.count == 0 && clock_now_us() < begun_us + (int64_t)PATIENCE_SECONDS * 1000000)
		uv_run(&loop, UV_RUN_ONCE);
	bool is_logged = strstr(log_watch_text(), "event=peer_too_slow") != NULL;
	log_watch_end();
	assert_int_equal(done.count, 1);
	assert_false(done.keep);
	assert_true(is_logged);
	assert_true(clock_now_us() - begun_us >= (BOUND_SLOW_PEER_SECONDS - 1) * 1000000);
}

/* Of answers that nobody takes only so many bytes are held. */
static void
where_too_much_is_held_the_oldest_goes(void **state)
{
	const unsigned fitting = BOUND_HELD_BYTES / LARGE;
	int others[BOUND_HELD_BYTES / 1000000 + 3];
	char byte;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct connection *given = new_connection(&others[i]);
		fill(given);
		slow_peers_give(peers, given);
		assert_false(slow_peers_is_idle(peers));
	}
	run_until_done((unsigned)COUNT(others) - fitting, -1, NULL);
	assert_false(done.keep);
	/* The first ones' connections have ended, after what they had taken. */
	for (size_t i = 0; i < COUNT(others); i++) {
		ssize_t got;
		while ((got = recv(others[i], &byte, 1, MSG_DONTWAIT)) > 0)
			;
		assert_int_equal(got == 0, i < COUNT(others) - fitting);
		close(others[i]);
	}
	slow_peers_give(peers, connection);
}

#define ON_A_LOOP(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_LOOP(the_rest_of_an_answer_leaves_as_the_peer_takes_it),
		ON_A_LOOP(a_connection_may_be_given_from_another_thread),
		ON_A_LOOP(the_unread_rest_of_a_request_is_dropped_until_the_peer_closes),
		ON_A_LOOP(the_answer_leaves_before_the_rest_is_dropped),
		ON_A_LOOP(a_peer_that_leaves_is_done_with),
		ON_A_LOOP(several_peers_are_waited_for_and_end_in_any_order),
		ON_A_LOOP(at_the_end_what_is_left_is_closed),
		ON_A_LOOP(a_peer_that_never_takes_its_answer_is_given_up),
		ON_A_LOOP(where_too_much_is_held_the_oldest_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
