/*
 * llm/output: all is written, also to a slow reader, and a reader that has left is noticed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "llm/output.h"

#define TEXT_BYTES ((size_t)1024 * 1024)

static void *
read_slowly(void *context)
{
	const int *fd = context;
	static size_t total;
	char bytes[1000];
	ssize_t size;

	total = 0;
	while (total < TEXT_BYTES && (size = read(*fd, bytes, sizeof(bytes))) > 0)
		total += (size_t)size;
	return &total;
}

static void
all_is_written_although_the_pipe_is_full_for_a_while(void **state)
{
	static char text[TEXT_BYTES];

	(void)state;
	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		pthread_t reader;
		void *total;
		int fds[2];
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		assert_int_equal(fcntl(fds[1], F_SETFL, flags), 0);
		assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fds[0]), 0);
		assert_true(output_write(fds[1], text, sizeof(text)));
		assert_int_equal(pthread_join(reader, &total), 0);
		assert_int_equal(*(size_t *)total, TEXT_BYTES);
		close(fds[0]);
		close(fds[1]);
	}
}

static void
a_reader_that_has_left_is_noticed(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_true(output_wait(fds[1], 0));
	assert_true(output_wait(fds[1], 1));
	close(fds[0]);
	assert_false(output_wait(fds[1], 60 * 1000));
	assert_false(output_write(fds[1], TEXT_OF("text")));
	close(fds[1]);
}

static void
a_file_is_no_reader_that_leaves(void **state)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(output_wait(fd, 0));
	assert_true(output_write(fd, TEXT_OF("text")));
	close(fd);
	fd = open(scratch_path("output"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(output_wait(fd, 0));
	assert_true(output_write(fd, TEXT_OF("text")));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_written_although_the_pipe_is_full_for_a_while),
		cmocka_unit_test(a_reader_that_has_left_is_noticed),
		cmocka_unit_test(a_file_is_no_reader_that_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
