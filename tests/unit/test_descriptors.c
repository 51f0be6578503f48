/*
 * base/descriptors: what is closed at the start becomes nobody's socket.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptors.h"

static bool
is_null_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == makedev(1, 3);
}

static void
what_is_closed_becomes_the_null_device_and_the_rest_stays(void **state)
{
	(void)state;
	for (int closed = 0; closed < 8; closed++) {
		int status;
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			bool is_fine = true;
			int pipe_fds[2];
			if (pipe(pipe_fds) != 0)
				_exit(2);
			for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
				dup2(pipe_fds[0], fd);
				if ((closed & 1 << fd) != 0)
					close(fd);
			}
			descriptors_open_standard();
			for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
				is_fine &= is_null_device(fd) == ((closed & 1 << fd) != 0);
			_exit(is_fine ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_closed_becomes_the_null_device_and_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
