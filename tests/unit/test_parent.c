/*
 * server/parent: the program learns that the web server that has started it is gone.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/listen.h"
#include "server/parent.h"

/* The program: says that it watches, then that it is told to end, or what is wrong. */
static _Noreturn void
be_program(int out)
{
	struct listener listener;
	sigset_t signals;
	int number = 0;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (listen_open(scratch_path("parent"), &listener) != ERR_NONE)
		_exit(1);
	parent_watch(listener.fd);
	if (write(out, "w", 1) != 1 || sigwait(&signals, &number) != 0)
		_exit(1);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	strcpy(address.sun_path, listener.path);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	bool is_refused = connect(client, (struct sockaddr *)&address, sizeof(address)) != 0;
	listen_remove(&listener);
	_exit(write(out, is_refused ? "g" : "x", 1) == 1 ? 0 : 1);
}

/* The web server: starts the program and waits to be killed. Returns its process id. */
static pid_t
start_server(int out)
{
	pid_t server = fork();

	if (server == 0) {
		if (fork() == 0)
			be_program(out);
		close(out);
		pause();
		_exit(0);
	}
	return server;
}

static void
the_end_of_the_web_server_is_noticed_however_it_ends(void **state)
{
	const int signals[] = { SIGKILL, SIGTERM };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char said = '\0';
		int ends[2];
		assert_int_equal(pipe(ends), 0);
		pid_t server = start_server(ends[1]);
		close(ends[1]);
		assert_int_equal(read(ends[0], &said, 1), 1);
		assert_int_equal(said, 'w');
		assert_int_equal(kill(server, signals[i]), 0);
		assert_int_equal(waitpid(server, NULL, 0), server);
		assert_int_equal(read(ends[0], &said, 1), 1);
		assert_int_equal(said, 'g');
		close(ends[0]);
	}
}

/* The server is gone before the program looks: the program waits until it is an orphan. */
static void
a_web_server_that_ended_before_it_was_watched_is_noticed(void **state)
{
	char said = '\0';
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t server = fork();
	if (server == 0) {
		/* A session that is none of whoever takes in orphans. */
		setsid();
		pid_t own = getpid();
		if (fork() == 0) {
			while (getppid() == own)
				usleep(1000);
			be_program(ends[1]);
		}
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(waitpid(server, NULL, 0), server);
	assert_int_equal(read(ends[0], &said, 1), 1);
	assert_int_equal(said, 'w');
	assert_int_equal(read(ends[0], &said, 1), 1);
	assert_int_equal(said, 'g');
	close(ends[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_the_web_server_is_noticed_however_it_ends),
		cmocka_unit_test(a_web_server_that_ended_before_it_was_watched_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
