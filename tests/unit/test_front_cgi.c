/*
 * server/cgi/front_cgi: one request from the environment and standard input, answered on standard
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chat/live/event_sink.h"
#include "chat/live/live.h"
#include "http/render/problem.h"
#include "http/response.h"
#include "responder/program.h"
#include "server/cgi/front_cgi.h"
#include "support_live.h"
#include "support_reply.h"
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
	const struct live_settings settings = { 1, 1, NULL };
	uv_loop_t made;

	(void)state;
	stage_open_store(&stage, false);
	assert_int_equal(uv_loop_init(&made), 0);
	stage.rooms.workers = workers_new(&made);
	assert_int_equal(live_start(&made, &stage.rooms, &settings, &stage.api.live), ERR_NONE);
	stage.api.has_streams = true;
	loop = &made;
	setenv("REQUEST_METHOD", "GET", 1);
	setenv("PATH_INFO", "/events", 1);
	setenv("QUERY_STRING", "room=lobby&after=0", 1);
	setenv("HTTP_ACCEPT", "text/event-stream", 1);
	assert_true(front_cgi_wants_stream());
	store_memory_post("lobby", "hello");
	assert_int_equal(serve(), ERR_NONE);
	assert_status("200 OK");
	assert_non_null(strstr(printed, "event: hello\n"));
	assert_non_null(strstr(printed, "id: 1\n"));
	assert_string_equal(printed + strlen(printed) - 2, "\n\n");
	loop = NULL;
	stop_workers(stage.rooms.workers, stage.api.live);
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

/* --- what takes its time --- */

#define TO_BOTS "{\"message\":\"django\",\"room\":\"bots\"}"

/* A CGI program whose reply is made by a script, which goes on when the test says so. */
static struct {
	pid_t pid;
	int answer_fd; /* what it writes to standard output */
	int errors_fd; /* and to standard error */
	int life_fd;   /* ends when it has ended, with all that it has set off */
	int fifo_fd;
	char fifo[128];
	char log[128]; /* where the room's log is written in the end */
} cgi;

static void
write_event(void *context, const struct event *event)
{
	dprintf(*(int *)context, "%s:%.*s:%s ", event_kind_name(event->kind), (int)event->text_size,
	        event->text == NULL ? "" : event->text, event_state_name(event->state));
}

/* In the process of the CGI program: the product as main.c puts it together. */
static _Noreturn void
be_cgi(void)
{
	static struct reply_stage making;
	static char path[] = "PATH=/usr/bin:/bin";
	char *environment[] = { path, NULL };
	char *arguments[] = { (char[]){ "/bin/sh" },
		              (char[]){ "-c" },
		              (char[]){ "touch $1-begun; printf 'I '; read x <$1; echo did" },
		              (char[]){ "sh" },
		              cgi.fifo,
		              NULL };
	const struct store_range range = { .room = "bots", .limit = 100 };
	struct store_page page;

	reply_stage_open(&making, &(const struct replies_settings){ 1, 0, 0, 0 }, false);
	making.stage.api.reply_wait_ms = PATIENCE_SECONDS * 1000;
	struct program program = { .name = "bot",
		                   .arguments = arguments,
		                   .environment = environment,
		                   .loop = &making.loop,
		                   .seconds = PATIENCE_SECONDS };
	program_init(&program);
	making.rules[2].responder = &program.responder;
	const struct front_cgi_settings settings = {
		.body_bytes_max = making.stage.api.body_bytes_max,
		.loop = &making.loop,
		.replies = making.stage.rooms.replies,
		.stream_seconds = 1,
	};
	enum err err = front_cgi_serve(&making.stage.api, &settings);
	/* What is on its way is at its end when the file has this name. */
	int log_fd = open(scratch_path("log.new"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dprintf(log_fd, "%d ", (int)err);
	if (room_read(&making.stage.rooms, &range, write_event, &log_fd, &page) != ERR_NONE)
		dprintf(log_fd, "unreadable");
	rename(scratch_path("log.new"), cgi.log);
	_exit(EXIT_SUCCESS);
}

static int
begin_cgi(void **state)
{
	begin(state);
	snprintf(cgi.fifo, sizeof(cgi.fifo), "%s", scratch_path("go-on"));
	snprintf(cgi.log, sizeof(cgi.log), "%s", scratch_path("log"));
	assert_int_equal(mkfifo(cgi.fifo, 0600), 0);
	/* For both directions, so that neither side waits for the other to open it. */
	cgi.fifo_fd = open(cgi.fifo, O_RDWR | O_CLOEXEC);
	assert_true(cgi.fifo_fd >= 0);
	return 0;
}

static int
end_cgi(void **state)
{
	close(cgi.answer_fd);
	close(cgi.errors_fd);
	close(cgi.life_fd);
	close(cgi.fifo_fd);
	unlink(cgi.fifo);
	unlink(cgi.log);
	unlink(scratch_path("go-on-begun"));
	unsetenv("HTTP_PREFER");
	return end(state);
}

static void
start_cgi(void)
{
	int answer[2];
	int errors[2];
	int life[2];

	set_input(TEXT_OF(TO_BOTS));
	setenv("CONTENT_LENGTH", "34", 1);
	assert_int_equal(
		pipe2(answer, O_CLOEXEC) | pipe2(errors, O_CLOEXEC) | pipe2(life, O_CLOEXEC), 0);
	fflush(stdout);
	cgi.pid = fork();
	assert_true(cgi.pid >= 0);
	if (cgi.pid == 0) {
		setpgid(0, 0);
		signal(SIGTERM, SIG_DFL);
		dup2(input, STDIN_FILENO);
		dup2(answer[1], STDOUT_FILENO);
		dup2(errors[1], STDERR_FILENO);
		close(answer[1]);
		close(errors[1]);
		be_cgi();
	}
	close(answer[1]);
	close(errors[1]);
	close(life[1]);
	cgi.answer_fd = answer[0];
	cgi.errors_fd = errors[0];
	cgi.life_fd = life[0];
}

/* Reads until nobody can write any more; fails if somebody can for long. */
static void
read_to_end(int fd, char *text, size_t size)
{
	size_t at = 0;
	ssize_t got;

	do {
		assert_true(client_is_readable(fd, PATIENCE_SECONDS * 1000));
		got = read(fd, text + at, size - 1 - at);
		assert_true(got >= 0);
		at += (size_t)got;
	} while (got > 0);
	text[at] = '\0';
}

static void
go_on(void)
{
	assert_int_equal(write(cgi.fifo_fd, "\n", 1), 1);
}

/* Waits until nothing of it runs any more, and fails unless it ended so, and this was stored. */
static void
assert_stored(enum err err, const char *log)
{
	char text[1000] = "";

	read_to_end(cgi.life_fd, text, sizeof(text));
	int fd = open(cgi.log, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	ssize_t size = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[size < 0 ? 0 : size] = '\0';
	assert_int_equal(text[0] - '0', err);
	assert_string_equal(text + 2, log);
}

#define ALL_OF_IT "message:django:done message:I did:done done:I did:done "
static void
an_answer_that_takes_its_time_is_passed_on(void **state)
{
	int status;

	(void)state;
	start_cgi();
	go_on();
	read_to_end(cgi.answer_fd, printed, sizeof(printed));
	assert_status("200 OK");
	assert_non_null(strstr(printed,
	                       "\r\n\r\n{\"message\":\"I did\",\"room\":\"bots\",\"seq\":1,"
	                       "\"reply_seq\":2}"));
	assert_int_equal(waitpid(cgi.pid, &status, 0), cgi.pid);
	assert_int_equal(status, 0);
	assert_stored(ERR_NONE, ALL_OF_IT);
}

/* The web server sees the end of answer and log, and of the program, while the reply is made. */
static void
nobody_waits_for_a_reply_that_nobody_waits_for(void **state)
{
	char errors[1000];
	int status;

	(void)state;
	setenv("HTTP_PREFER", "respond-async", 1);
	start_cgi();
	read_to_end(cgi.answer_fd, printed, sizeof(printed));
	assert_status("202 Accepted");
	read_to_end(cgi.errors_fd, errors, sizeof(errors));
	assert_string_equal(errors, "");
	assert_int_equal(waitpid(cgi.pid, &status, 0), cgi.pid);
	assert_int_equal(status, 0);
	assert_false(client_is_readable(cgi.life_fd, 0));
	go_on();
	assert_stored(ERR_NONE, ALL_OF_IT);
}

static bool
has_begun(void *context)
{
	(void)context;
	return access(scratch_path("go-on-begun"), F_OK) == 0;
}

static void
a_reply_goes_on_when_its_client_has_left(void **state)
{
	/* As lighttpd does it, and others. */
	static const int signals[] = { SIGTERM, SIGKILL };
	int status;

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		start_cgi();
		assert_true(wait_until(has_begun, NULL));
		assert_int_equal(kill(-cgi.pid, signals[i]), 0);
		assert_int_equal(waitpid(cgi.pid, &status, 0), cgi.pid);
		assert_true(WIFSIGNALED(status));
		close(cgi.answer_fd);
		go_on();
		assert_stored(ERR_PEER_GONE, ALL_OF_IT);
		end_cgi(NULL);
		begin_cgi(NULL);
	}
}

#define AS_CGI(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define TAKING_TIME(test) cmocka_unit_test_setup_teardown(test, begin_cgi, end_cgi)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: they fork, and ThreadSanitizer wants no threads before that. */
		TAKING_TIME(an_answer_that_takes_its_time_is_passed_on),
		TAKING_TIME(nobody_waits_for_a_reply_that_nobody_waits_for),
		TAKING_TIME(a_reply_goes_on_when_its_client_has_left),
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
