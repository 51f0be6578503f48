/*
 * server/parent: the program learns that the web server that has started it is gone.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "server/parent.h"

static void
on_gone(void *context)
{
	uv_stop(context);
}

/* The program: says that it watches, and then that its parent has ended. */
static _Noreturn void
be_program(int out)
{
	uv_loop_t loop;

	if (uv_loop_init(&loop) != 0)
		_exit(1);
	struct parent *parent = parent_watch_start(&loop, on_gone, &loop);
	if (write(out, "w", 1) != 1)
		_exit(1);
	uv_run(&loop, UV_RUN_DEFAULT);
	parent_watch_stop(parent);
	uv_run(&loop, UV_RUN_DEFAULT);
	bool is_closed = uv_loop_close(&loop) == 0;
	_exit(write(out, is_closed ? "g" : "x", 1) == 1 ? 0 : 1);
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

static void
watching_can_end_before_the_web_server_does(void **state)
{
	uv_loop_t loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	struct parent *parent = parent_watch_start(&loop, on_gone, &loop);
	parent_watch_stop(parent);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_the_web_server_is_noticed_however_it_ends),
		cmocka_unit_test(watching_can_end_before_the_web_server_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
