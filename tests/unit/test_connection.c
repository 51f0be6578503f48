/*
 * server/fastcgi/connection: the register of connections, and what goes in and out of one without
 * waiting.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/fastcgi/connection.h"

/* Two readers: only their addresses matter here. */
static char homes[2];
#define HOME(i) ((struct fcgi_reader *)(void *)&homes[i])

static struct connections connections;
static struct connection *connection;
static int peer; /* the other end of `connection` */
static int epoll_fd;

static struct connection *
new_connection(int *other_end, struct fcgi_reader *owner)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
	                 0);
	*other_end = fds[1];
	return connection_new(&connections, fds[0], owner, epoll_fd);
}

static int
begin(void **state)
{
	(void)state;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	connections_init(&connections);
	connection = new_connection(&peer, HOME(0));
	buf_init(&connection->in, 20000);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	connections_fini(&connections);
	if (peer >= 0)
		close(peer);
	close(epoll_fd);
	return 0;
}

static void
the_register_counts_what_is_open(void **state)
{
	int peers[3];
	struct connection *others[3];

	(void)state;
	assert_int_equal(connections_count(&connections), 1);
	for (size_t i = 0; i < COUNT(others); i++)
		others[i] = new_connection(&peers[i], HOME(1));
	assert_int_equal(connections_count(&connections), 4);
	/* From the middle, from the end that was added last, and the rest. */
	connection_close(others[1]);
	assert_int_equal(connections_count(&connections), 3);
	connection_close(others[2]);
	connection_close(others[0]);
	assert_int_equal(connections_count(&connections), 1);
	assert_ptr_equal(list_first(&connections.list), &connection->link);
	for (size_t i = 0; i < COUNT(others); i++) {
		char byte;
		assert_int_equal(read(peers[i], &byte, 1), 0);
		close(peers[i]);
	}
}

static void
at_the_end_whatever_is_open_is_closed(void **state)
{
	int other;
	char byte;

	(void)state;
	(void)new_connection(&other, HOME(0));
	connections_fini(&connections);
	assert_int_equal(connections.count, 0);
	assert_int_equal(read(other, &byte, 1), 0);
	assert_int_equal(read(peer, &byte, 1), 0);
	close(other);
	connections_init(&connections);
}

/* How many events the readers' set has now. */
static int
event_count(void)
{
	struct epoll_event events[4];

	return epoll_wait(epoll_fd, events, COUNT(events), 0);
}

static void
a_waiting_connection_is_watched_until_it_is_taken(void **state)
{
	(void)state;
	assert_false(connections_has_waiting(&connections, HOME(0)));
	assert_int_equal(connection_wait(connection, 5), ERR_NONE);
	assert_true(connections_has_waiting(&connections, HOME(0)));
	assert_false(connections_has_waiting(&connections, HOME(1)));
	assert_int_equal(event_count(), 0);
	assert_int_equal(write(peer, "x", 1), 1);
	assert_int_equal(event_count(), 1);
	connection_take(connection);
	assert_int_equal(event_count(), 0);
	assert_false(connections_has_waiting(&connections, HOME(0)));
	connection_take(connection);
	/* What came meanwhile is told when it waits again. */
	assert_int_equal(connection_wait(connection, 0), ERR_NONE);
	assert_int_equal(event_count(), 1);
}

static void
a_peer_that_leaves_is_told(void **state)
{
	struct epoll_event event;

	(void)state;
	assert_int_equal(connection_wait(connection, 0), ERR_NONE);
	assert_int_equal(shutdown(peer, SHUT_WR), 0);
	assert_int_equal(epoll_wait(epoll_fd, &event, 1, 0), 1);
	assert_ptr_equal(event.data.ptr, connection);
	assert_int_not_equal(event.events & EPOLLRDHUP, 0);
}

static void
a_connection_that_cannot_be_watched_is_not_waiting(void **state)
{
	(void)state;
	connection->epoll_fd = -1;
	log_watch_begin();
	enum err err = connection_wait(connection, 5);
	bool is_logged = strstr(log_watch_text(), "event=epoll_failed") != NULL;
	log_watch_end();
	assert_int_equal(err, ERR_SYSTEM);
	assert_true(is_logged);
	assert_false(connections_has_waiting(&connections, HOME(0)));
}

static struct connection *
find_overdue(int owner, int64_t now_us, bool any_idle)
{
	return connections_find_overdue(&connections, HOME(owner), now_us, any_idle);
}

static void
a_request_is_overdue_from_its_deadline_on(void **state)
{
	(void)state;
	assert_null(find_overdue(0, INT64_MAX, true));
	assert_int_equal(connection_wait(connection, 1000), ERR_NONE);
	assert_null(find_overdue(0, 999, false));
	assert_null(find_overdue(0, 999, true));
	assert_ptr_equal(find_overdue(0, 1000, false), connection);
	assert_null(find_overdue(1, 1000, false));
	connection_set_deadline(connection, 2000);
	assert_null(find_overdue(0, 1999, false));
	assert_ptr_equal(find_overdue(0, 2000, true), connection);
	connection_take(connection);
	assert_null(find_overdue(0, INT64_MAX, true));
}

static void
an_idle_connection_is_never_overdue_unless_all_idle_ones_are_asked_for(void **state)
{
	(void)state;
	assert_int_equal(connection_wait(connection, 0), ERR_NONE);
	assert_null(find_overdue(0, INT64_MAX, false));
	assert_ptr_equal(find_overdue(0, 0, true), connection);
}

static void
the_overdue_one_is_found_among_others(void **state)
{
	int peers[2];

	(void)state;
	struct connection *first = new_connection(&peers[0], HOME(0));
	struct connection *second = new_connection(&peers[1], HOME(1));
	assert_int_equal(connection_wait(connection, 10), ERR_NONE);
	assert_int_equal(connection_wait(first, 30), ERR_NONE);
	assert_int_equal(connection_wait(second, 5), ERR_NONE);
	assert_ptr_equal(find_overdue(0, 20, false), connection);
	connection_close(connection);
	assert_null(find_overdue(0, 20, false));
	assert_ptr_equal(find_overdue(0, 30, false), first);
	assert_ptr_equal(find_overdue(1, 30, false), second);
	close(peers[0]);
	close(peers[1]);
}

static void
what_has_come_is_received_and_nothing_waited_for(void **state)
{
	(void)state;
	assert_int_equal(connection_receive(connection), ERR_NONE);
	assert_int_equal(connection->in.size, 0);
	assert_int_equal(write(peer, "hello", 5), 5);
	assert_int_equal(connection_receive(connection), ERR_NONE);
	assert_int_equal(write(peer, " there", 6), 6);
	assert_int_equal(connection_receive(connection), ERR_NONE);
	assert_int_equal(connection_receive(connection), ERR_NONE);
	assert_int_equal(connection->in.size, 11);
	assert_memory_equal(connection->in.data, "hello there", 11);
}

static void
what_came_before_the_peer_left_is_still_received(void **state)
{
	static const char data[8192];

	(void)state;
	/* As much as is asked for at once, so that the end is seen in the same call. */
	assert_int_equal(write(peer, data, sizeof(data)), sizeof(data));
	close(peer);
	peer = -1;
	assert_int_equal(connection_receive(connection), ERR_NONE);
	assert_int_equal(connection->in.size, sizeof(data));
	assert_int_equal(connection_receive(connection), ERR_PEER_GONE);
}

static void
no_more_is_received_than_there_is_room_for(void **state)
{
	static const char data[30000];

	(void)state;
	assert_int_equal(write(peer, data, 19999), 19999);
	assert_int_equal(connection_receive(connection), ERR_NONE);
	assert_int_equal(write(peer, data, 1), 1);
	assert_int_equal(connection_receive(connection), ERR_TOO_LARGE);
	assert_int_equal(connection->in.size, 20000);
	assert_int_equal(connection_receive(connection), ERR_TOO_LARGE);
}

static void
what_is_sent_leaves_without_waiting(void **state)
{
	char got[16];

	(void)state;
	assert_int_equal(connection_send(connection), ERR_NONE);
	assert_int_equal(buf_append_text(&connection->out, "hello"), ERR_NONE);
	assert_int_equal(connection_send(connection), ERR_NONE);
	assert_int_equal(connection->sent_size, 5);
	assert_int_equal(connection_send(connection), ERR_NONE);
	assert_int_equal(read(peer, got, sizeof(got)), 5);
	assert_memory_equal(got, "hello", 5);
}

static void
a_slow_peer_gets_the_rest_later(void **state)
{
	static char data[1000000];
	static char got[1000000];
	size_t got_size = 0;
	unsigned rounds = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i ^ i >> 8);
	assert_int_equal(buf_append(&connection->out, data, sizeof(data)), ERR_NONE);
	while (connection_send(connection) == ERR_TRUNCATED) {
		rounds++;
		ssize_t size = read(peer, got + got_size, 50000);
		assert_true(size > 0);
		got_size += (size_t)size;
	}
	assert_true(rounds > 1);
	while (got_size < sizeof(got)) {
		ssize_t size = read(peer, got + got_size, sizeof(got) - got_size);
		assert_true(size > 0);
		got_size += (size_t)size;
	}
	assert_memory_equal(got, data, sizeof(data));
}

static void
sending_to_a_peer_that_has_left_is_told(void **state)
{
	(void)state;
	close(peer);
	peer = -1;
	assert_int_equal(buf_append_text(&connection->out, "hello"), ERR_NONE);
	assert_int_equal(connection_send(connection), ERR_PEER_GONE);
}

static void
input_is_discarded_until_the_peer_has_ended_it(void **state)
{
	static const char data[100000];

	(void)state;
	assert_int_equal(connection_discard_input(connection), ERR_TRUNCATED);
	assert_int_equal(write(peer, data, sizeof(data)), sizeof(data));
	assert_int_equal(connection_discard_input(connection), ERR_TRUNCATED);
	assert_int_equal(write(peer, data, sizeof(data)), sizeof(data));
	assert_int_equal(shutdown(peer, SHUT_WR), 0);
	assert_int_equal(connection_discard_input(connection), ERR_NONE);
}

static void
discarding_from_a_broken_connection_is_told(void **state)
{
	(void)state;
	/* A peer that closes with something unread resets the connection. */
	assert_int_equal(write(connection->fd, "x", 1), 1);
	close(peer);
	peer = -1;
	assert_int_equal(connection_discard_input(connection), ERR_PEER_GONE);
}

#define CONNECTED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONNECTED(the_register_counts_what_is_open),
		CONNECTED(at_the_end_whatever_is_open_is_closed),
		CONNECTED(a_waiting_connection_is_watched_until_it_is_taken),
		CONNECTED(a_peer_that_leaves_is_told),
		CONNECTED(a_connection_that_cannot_be_watched_is_not_waiting),
		CONNECTED(a_request_is_overdue_from_its_deadline_on),
		CONNECTED(an_idle_connection_is_never_overdue_unless_all_idle_ones_are_asked_for),
		CONNECTED(the_overdue_one_is_found_among_others),
		CONNECTED(what_has_come_is_received_and_nothing_waited_for),
		CONNECTED(what_came_before_the_peer_left_is_still_received),
		CONNECTED(no_more_is_received_than_there_is_room_for),
		CONNECTED(what_is_sent_leaves_without_waiting),
		CONNECTED(a_slow_peer_gets_the_rest_later),
		CONNECTED(sending_to_a_peer_that_has_left_is_told),
		CONNECTED(input_is_discarded_until_the_peer_has_ended_it),
		CONNECTED(discarding_from_a_broken_connection_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
