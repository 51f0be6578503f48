/*
 * server/listen: the program's own socket, and that it takes nobody else's away.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/listen.h"

static void
assert_cannot_listen(const char *path)
{
	struct listener listener;

	log_watch_begin();
	enum err err = listen_open(path, &listener);
	bool is_logged = strstr(log_watch_text(), "event=listen_failed path=") != NULL;
	log_watch_end();
	assert_int_equal(err, ERR_SYSTEM);
	assert_true(is_logged);
}

static void
the_socket_is_for_owner_and_group_only(void **state)
{
	struct stat status;
	struct listener listener;

	(void)state;
	const char *path = scratch_path("mode");
	mode_t mask = umask(0);
	assert_int_equal(listen_open(path, &listener), ERR_NONE);
	assert_int_equal(umask(mask), 0);
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 0777, 0660);
	assert_true(listen_is_socket(listener.fd));
	assert_int_not_equal(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC, 0);
	int client = client_connect(path);
	close(client);
	listen_remove(&listener);
	close(listener.fd);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_socket_that_a_dead_process_left_is_replaced(void **state)
{
	struct listener listener;

	(void)state;
	const char *path = scratch_path("stale");
	assert_int_equal(listen_open(path, &listener), ERR_NONE);
	close(listener.fd);
	assert_int_equal(listen_open(path, &listener), ERR_NONE);
	int client = client_connect(path);
	close(client);
	listen_remove(&listener);
	close(listener.fd);
}

static void
a_socket_that_is_in_use_is_left_alone(void **state)
{
	struct listener listener;

	(void)state;
	const char *path = scratch_path("used");
	assert_int_equal(listen_open(path, &listener), ERR_NONE);
	assert_cannot_listen(path);
	int client = client_connect(path);
	close(client);
	listen_remove(&listener);
	close(listener.fd);
}

static void
the_socket_of_a_successor_is_left_alone(void **state)
{
	struct listener listener;
	struct listener successor;

	(void)state;
	const char *path = scratch_path("passed_on");
	assert_int_equal(listen_open(path, &listener), ERR_NONE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(listen_open(path, &successor), ERR_NONE);
	listen_remove(&listener);
	close(listener.fd);
	int client = client_connect(path);
	close(client);
	listen_remove(&successor);
	close(successor.fd);
}

static void
a_socket_whose_queue_is_full_is_in_use(void **state)
{
	struct listener listener;

	(void)state;
	const char *path = scratch_path("full");
	assert_int_equal(listen_open(path, &listener), ERR_NONE);
	assert_int_equal(listen(listener.fd, 0), 0);
	int client = client_connect(path);
	assert_cannot_listen(path);
	close(client);
	listen_remove(&listener);
	close(listener.fd);
}

static void
what_is_no_socket_is_left_alone(void **state)
{
	struct stat status;

	(void)state;
	const char *file = scratch_path("file");
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	assert_cannot_listen(file);
	assert_int_equal(lstat(file, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_cannot_listen(scratch_folder());
	const char *link = scratch_path("link");
	assert_int_equal(symlink(scratch_path("nowhere"), link), 0);
	assert_cannot_listen(link);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(file), 0);
}

static void
a_path_that_cannot_be_is_an_error(void **state)
{
	char longest[200] = "/tmp/";

	(void)state;
	memset(longest + 5, 'x', sizeof(longest) - 6);
	longest[sizeof(longest) - 1] = '\0';
	assert_cannot_listen(longest);
	assert_cannot_listen(scratch_path("no/such/folder"));
}

static void
only_a_listening_socket_is_one(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_false(listen_is_socket(fds[0]));
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_false(listen_is_socket(fds[0]));
	close(fds[0]);
	close(fds[1]);
	assert_false(listen_is_socket(-1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_socket_is_for_owner_and_group_only),
		cmocka_unit_test(a_socket_that_a_dead_process_left_is_replaced),
		cmocka_unit_test(a_socket_that_is_in_use_is_left_alone),
		cmocka_unit_test(the_socket_of_a_successor_is_left_alone),
		cmocka_unit_test(a_socket_whose_queue_is_full_is_in_use),
		cmocka_unit_test(what_is_no_socket_is_left_alone),
		cmocka_unit_test(a_path_that_cannot_be_is_an_error),
		cmocka_unit_test(only_a_listening_socket_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
