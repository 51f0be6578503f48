/*
 * front/front_cgi: one request from the environment and standard input, answered on standard
 * output. Both are files in memory here, or ends of a pipe.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/live.h"
#include "front/front_cgi.h"
#include "http/problem.h"
#include "http/response.h"
#include "support_store.h"

#define DJANGO "{\"message\":\"django\"}"
#define COMMON "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

static struct stage stage;
static int input;  /* what stands for standard input */
static int output; /* and for standard output */
static char printed[10000];
static uv_loop_t *loop; /* NULL: no streams */

static int
begin(void **state)
{
	(void)state;
	stage_init(&stage);
	input = memfd_create("input", MFD_CLOEXEC);
	output = memfd_create("output", MFD_CLOEXEC);
	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	setenv("REQUEST_METHOD", "POST", 1);
	setenv("CONTENT_TYPE", "application/json", 1);
	unsetenv("CONTENT_LENGTH");
	unsetenv("PATH_INFO");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	close(input);
	close(output);
	return 0;
}

static void
set_input(const char *data, size_t size)
{
	assert_int_equal(pwrite(input, data, size, 0), size);
}

/* Serves with `input` and `output` in place; what came out is in `printed`. */
static enum err
serve(void)
{
	fflush(stdout);
	int stdin_before = dup(STDIN_FILENO);
	int stdout_before = dup(STDOUT_FILENO);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	const struct front_cgi_settings settings = {
		.body_bytes_max = stage.api.body_bytes_max,
		.loop = loop,
		.stream_seconds = 1,
	};
	enum err err = front_cgi_serve(&stage.api, &settings);
	dup2(stdin_before, STDIN_FILENO);
	dup2(stdout_before, STDOUT_FILENO);
	close(stdin_before);
	close(stdout_before);
	ssize_t size = pread(output, printed, sizeof(printed) - 1, 0);
	printed[size < 0 ? 0 : size] = '\0';
	return err;
}

static void
assert_status(const char *status)
{
	size_t size = strlen(status);

	if (strncmp(printed, "Status: ", 8) != 0 || strncmp(printed + 8, status, size) != 0)
		fail_msg("instead of %s: %s", status, printed);
}

static void
cgi_is_told_by_its_variables(void **state)
{
	(void)state;
	assert_true(front_cgi_is_wanted());
	unsetenv("GATEWAY_INTERFACE");
	assert_true(front_cgi_is_wanted());
	unsetenv("REQUEST_METHOD");
	assert_false(front_cgi_is_wanted());
	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	assert_true(front_cgi_is_wanted());
}

static void
a_post_is_answered(void **state)
{
	(void)state;
	set_input(TEXT_OF(DJANGO));
	setenv("CONTENT_LENGTH", "20", 1);
	assert_int_equal(serve(), ERR_NONE);
	assert_string_equal(printed, "Status: 200 OK\r\nContent-Type: application/json\r\n"
	                             "Content-Length: 29\r\n" COMMON
	                             "\r\n{\"message\":\"received django\"}");
}

static void
head_is_answered_without_a_body(void **state)
{
	(void)state;
	setenv("REQUEST_METHOD", "HEAD", 1);
	setenv("PATH_INFO", "/health", 1);
	assert_int_equal(serve(), ERR_NONE);
	assert_string_equal(printed, "Status: 200 OK\r\nContent-Type: application/json\r\n"
	                             "Content-Length: 15\r\n" COMMON "\r\n");
}

static void
no_more_is_read_than_was_announced(void **state)
{
	int fds[2];

	(void)state;
	/* Nobody ends this input: reading on would wait for ever. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(write(fds[1], DJANGO, 20), 20);
	close(input);
	input = fds[0];
	setenv("CONTENT_LENGTH", "20", 1);
	assert_int_equal(serve(), ERR_NONE);
	assert_status("200 OK");
	close(fds[1]);
}

static void
a_body_that_is_too_short_is_told(void **state)
{
	(void)state;
	set_input(TEXT_OF(DJANGO));
	setenv("CONTENT_LENGTH", "21", 1);
	assert_int_equal(serve(), ERR_NONE);
	assert_status("400 Bad Request");
	assert_non_null(strstr(printed, "\"body_truncated\""));
}

static void
without_a_length_what_comes_is_dropped(void **state)
{
	(void)state;
	set_input(TEXT_OF(DJANGO));
	assert_int_equal(serve(), ERR_NONE);
	assert_status("411 Length Required");
	assert_int_equal(lseek(input, 0, SEEK_CUR), sizeof(DJANGO) - 1);
}

static void
a_body_that_is_too_large_is_read_and_refused(void **state)
{
	static char body[4 * BOUND_BODY_BYTES];
	char length[32];

	(void)state;
	memset(body, ' ', sizeof(body));
	set_input(body, sizeof(body));
	snprintf(length, sizeof(length), "%zu", sizeof(body));
	setenv("CONTENT_LENGTH", length, 1);
	assert_int_equal(serve(), ERR_NONE);
	assert_status("413 Content Too Large");
	assert_int_equal(lseek(input, 0, SEEK_CUR), sizeof(body));
}

static void
an_absurd_length_is_refused(void **state)
{
	(void)state;
	set_input(TEXT_OF(DJANGO));
	setenv("CONTENT_LENGTH", "99999999999999999999999", 1);
	assert_int_equal(serve(), ERR_NONE);
	assert_status("413 Content Too Large");
}

static void
an_answer_that_nobody_reads_is_an_error(void **state)
{
	int fds[2];

	(void)state;
	set_input(TEXT_OF(DJANGO));
	setenv("CONTENT_LENGTH", "20", 1);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	close(fds[0]);
	close(output);
	output = fds[1];
	assert_int_equal(serve(), ERR_PEER_GONE);
}

/* This one takes stream_seconds. */
static void
a_stream_ends_in_time_and_in_order(void **state)
{
	const struct live_settings settings = { 1, 1 };
	uv_loop_t made;

	(void)state;
	stage_open_store(&stage, false);
	assert_int_equal(uv_loop_init(&made), 0);
	assert_int_equal(live_start(&made, &stage.rooms, &settings, &stage.api.live), ERR_NONE);
	stage.api.has_streams = true;
	loop = &made;
	setenv("REQUEST_METHOD", "GET", 1);
	setenv("PATH_INFO", "/events", 1);
	setenv("QUERY_STRING", "room=lobby&after=0", 1);
	setenv("HTTP_ACCEPT", "text/event-stream", 1);
	assert_true(front_cgi_wants_stream());
	store_memory_say("lobby", "hello");
	assert_int_equal(serve(), ERR_NONE);
	assert_status("200 OK");
	assert_non_null(strstr(printed, "event: hello\n"));
	assert_non_null(strstr(printed, "id: 1\n"));
	assert_string_equal(printed + strlen(printed) - 2, "\n\n");
	loop = NULL;
	live_stop(stage.api.live);
	assert_int_equal(uv_loop_close(&made), 0);
	stage_close_store(&stage);
	unsetenv("QUERY_STRING");
	unsetenv("HTTP_ACCEPT");
}

static void
a_program_that_cannot_work_refuses_everything(void **state)
{
	(void)state;
	fflush(stdout);
	int before = dup(STDOUT_FILENO);
	dup2(output, STDOUT_FILENO);
	enum err err = front_cgi_refuse(problem_response(PROBLEM_CONFIGURATION, "look there"));
	dup2(before, STDOUT_FILENO);
	close(before);
	assert_int_equal(err, ERR_NONE);
	assert_true(pread(output, printed, sizeof(printed) - 1, 0) > 0);
	assert_status("500 Internal Server Error");
	assert_non_null(strstr(printed, "\"configuration\""));
}

#define AS_CGI(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		AS_CGI(cgi_is_told_by_its_variables),
		AS_CGI(a_post_is_answered),
		AS_CGI(head_is_answered_without_a_body),
		AS_CGI(no_more_is_read_than_was_announced),
		AS_CGI(a_body_that_is_too_short_is_told),
		AS_CGI(without_a_length_what_comes_is_dropped),
		AS_CGI(a_body_that_is_too_large_is_read_and_refused),
		AS_CGI(an_absurd_length_is_refused),
		AS_CGI(an_answer_that_nobody_reads_is_an_error),
		AS_CGI(a_stream_ends_in_time_and_in_order),
		AS_CGI(a_program_that_cannot_work_refuses_everything),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
