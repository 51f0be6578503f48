/*
 * The responder that runs a program. What there is to know about the program's end comes in any
 * order: its exit, and the ends of its output and errors, which others may still hold open.
 *
 * SPDX-License-Identifier: MIT
 */
#include "responder/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/owner.h"
#include "loop/handles.h"
#include "responder/question.h"
#include "responder/status.h"
#include "text/thought.h"
#include "text/utf8_repair.h"

/* Of util-linux. */
#define LAUNCHER "/usr/bin/setpriv"

/* The descriptors of a program; not all have the last one. */
enum { INPUT, OUTPUT, ERRORS, STATUS = STATUS_DESCRIPTOR, PIPE_COUNT };

struct reply_run {
	const struct program *program;
	struct reply_sink sink;
	uv_process_t process;
	uv_pipe_t pipes[PIPE_COUNT]; /* our ends */
	uv_timer_t timer;            /* to the time limit; then to SIGKILL; then to giving up */
	uv_write_t write;
	struct buf question;
	struct utf8_repair repair;
	struct thought_splitter splitter;
	struct status_reader status;
	size_t held_line_feeds; /* left out if nothing follows */
	char said_errors[BOUND_PROGRAM_ERRORS_BYTES];
	size_t said_errors_size;
	bool is_over[PIPE_COUNT]; /* of all but the input: nothing more comes */
	bool has_exited;
	int64_t exit_status;
	int exit_signal;
	const char *cause;  /* why it was told to end; NULL: it was not */
	bool has_met_limit; /* of time or size: that is why */
	struct handles handles;
};

/* --- the end --- */

static void
on_closed(struct handles *handles)
{
	struct reply_run *run = OWNER_OF(handles, struct reply_run, handles);

	buf_fini(&run->question);
	status_reader_fini(&run->status);
	free(run);
}

static bool
has_failed(const struct reply_run *run)
{
	return run->cause != NULL || run->exit_status != 0 || run->exit_signal != 0;
}

static void
log_end(const struct reply_run *run)
{
	bool is_failure = has_failed(run);
	char how[64] = "done";
	enum log_level level = is_failure                  ? LOG_WARN
	                       : run->said_errors_size > 0 ? LOG_INFO
	                                                   : LOG_DEBUG;

	if (run->cause != NULL)
		snprintf(how, sizeof(how), "%s", run->cause);
	else if (run->exit_signal != 0)
		snprintf(how, sizeof(how), "ended by a signal: %s", strsignal(run->exit_signal));
	else if (is_failure)
		snprintf(how, sizeof(how), "exit status %lld", (long long)run->exit_status);
	log_event(level, "reply_ended",
	          LOG_FIELDS(log_text("responder", run->program->name), log_text("how", how),
	                     log_ending("stderr", run->said_errors)));
}

/* How its reply has ended, where it has a say in that. */
static enum reply_state
judge(const struct reply_run *run)
{
	enum event_cause reason = run->status.reason;

	if (!has_failed(run))
		return run->status.cut == CAUSE_LENGTH ? REPLY_CUT : REPLY_DONE;
	if (run->has_met_limit)
		return REPLY_TOO_LONG;
	if (reason == CAUSE_NONE && run->exit_signal == 0)
		reason = status_exit_reason(run->exit_status);
	switch (reason) {
	case CAUSE_UNREACHABLE: return REPLY_UNREACHABLE;
	case CAUSE_BUSY: return REPLY_BUSY;
	case CAUSE_TOO_LONG: return REPLY_TOO_LONG;
	default: return REPLY_FAILED;
	}
}

/* Tells the sink, once there is nothing more to come. */
static void
end_if_over(struct reply_run *run)
{
	if (!run->has_exited || !run->is_over[OUTPUT] || !run->is_over[ERRORS] ||
	    !run->is_over[STATUS])
		return;
	enum reply_state state = judge(run);
	log_end(run);
	run->sink.end(run->sink.context, state);
	handles_close(&run->handles, (uv_handle_t *)&run->timer);
	handles_close(&run->handles, (uv_handle_t *)&run->process);
	handles_close(&run->handles, (uv_handle_t *)&run->pipes[INPUT]);
}

static void
kill_group(const struct reply_run *run, int number)
{
	if (run->process.pid > 0)
		(void)kill(-run->process.pid, number);
}

static void
on_kill_time(uv_timer_t *timer)
{
	kill_group(timer->data, SIGKILL);
}

/* Tells the program to end. */
static void
end_program(struct reply_run *run, const char *cause)
{
	if (run->cause != NULL || run->has_exited)
		return;
	run->cause = cause;
	kill_group(run, SIGTERM);
	uv_timer_start(&run->timer, on_kill_time, BOUND_PROGRAM_TERM_MS, 0);
}

static void
on_time_limit(uv_timer_t *timer)
{
	struct reply_run *run = timer->data;

	run->has_met_limit |= run->cause == NULL && !run->has_exited;
	end_program(run, "time limit");
}

static void
take_output(struct reply_run *run, const char *bytes, size_t size, bool is_last);

static void
end_pipe(struct reply_run *run, int which)
{
	if (run->is_over[which])
		return;
	run->is_over[which] = true;
	if (which == OUTPUT)
		take_output(run, "", 0, true);
	handles_close(&run->handles, (uv_handle_t *)&run->pipes[which]);
}

/* Somebody who has left the group holds a pipe: what came until now is all. */
static void
on_drain_time(uv_timer_t *timer)
{
	struct reply_run *run = timer->data;

	end_pipe(run, OUTPUT);
	end_pipe(run, ERRORS);
	end_pipe(run, STATUS);
	end_if_over(run);
}

static void
on_exit_of_program(uv_process_t *process, int64_t exit_status, int exit_signal)
{
	struct reply_run *run = process->data;

	run->has_exited = true;
	run->exit_status = exit_status;
	run->exit_signal = exit_signal;
	/* What it has left behind in its group. */
	kill_group(run, SIGKILL);
	uv_timer_start(&run->timer, on_drain_time, BOUND_PROGRAM_DRAIN_MS, 0);
	end_if_over(run);
}

/* --- what it says --- */

static void
give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
	/* Read and used before anybody else reads: all of them share it. Loops are not shared. */
	static _Thread_local char bytes[16 * 1024];

	(void)handle;
	(void)suggested;
	*room = uv_buf_init(bytes, sizeof(bytes));
}

/* What is thought goes its own way; the rest is appended to `said`. */
static void
split(struct reply_run *run, const struct buf *text, bool is_last, struct buf *said)
{
	struct buf thought;

	buf_init(&thought, text->size + 64);
	enum err err =
		thought_splitter_add(&run->splitter, buf_text(text), text->size, &thought, said);
	if (err == ERR_NONE && is_last)
		err = thought_splitter_end(&run->splitter, &thought, said);
	if (err != ERR_NONE)
		abort();
	if (thought.size > 0 && run->cause == NULL)
		run->sink.thought(run->sink.context, thought.data, thought.size);
	buf_fini(&thought);
}

/* Line feeds wait until something follows them. */
static enum err
pass_on(struct reply_run *run, const struct buf *text)
{
	size_t size = text->size;
	enum err err = ERR_NONE;

	while (size > 0 && text->data[size - 1] == '\n')
		size--;
	if (size > 0) {
		static const char feeds[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
		while (run->held_line_feeds > 0 && err == ERR_NONE) {
			size_t count = run->held_line_feeds < sizeof(feeds) - 1
			                       ? run->held_line_feeds
			                       : sizeof(feeds) - 1;
			err = run->sink.part(run->sink.context, feeds, count);
			run->held_line_feeds -= count;
		}
		if (err == ERR_NONE)
			err = run->sink.part(run->sink.context, text->data, size);
	}
	run->held_line_feeds += text->size - size;
	return err;
}

/* `is_last`: nothing more comes. */
static void
take_output(struct reply_run *run, const char *bytes, size_t size, bool is_last)
{
	struct buf text;
	struct buf said;

	/* Each byte may become three. */
	buf_init(&text, 3 * size + 16);
	buf_init(&said, 3 * size + 80);
	enum err err = utf8_repair_add(&run->repair, bytes, size, &text);
	if (err == ERR_NONE && is_last)
		err = utf8_repair_end(&run->repair, &text);
	if (err != ERR_NONE)
		abort();
	if (run->sink.thought != NULL)
		split(run, &text, is_last, &said);
	const struct buf *passed = run->sink.thought != NULL ? &said : &text;
	if (run->cause == NULL && pass_on(run, passed) != ERR_NONE) {
		run->has_met_limit = true;
		end_program(run, "too large");
		/* Also where it has exited before. */
		run->cause = "too large";
	}
	buf_fini(&text);
	buf_fini(&said);
}

static void
on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct reply_run *run = stream->data;

	if (size >= 0) {
		take_output(run, room->base, (size_t)size, false);
		return;
	}
	end_pipe(run, OUTPUT);
	end_if_over(run);
}

/* The end of it is kept: what went wrong is said last. */
static void
on_errors(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct reply_run *run = stream->data;
	const size_t capacity = sizeof(run->said_errors) - 1;

	if (size < 0) {
		end_pipe(run, ERRORS);
		end_if_over(run);
		return;
	}
	size_t count = (size_t)size < capacity ? (size_t)size : capacity;
	size_t kept =
		run->said_errors_size + count > capacity ? capacity - count : run->said_errors_size;
	memmove(run->said_errors, run->said_errors + run->said_errors_size - kept, kept);
	memcpy(run->said_errors + kept, room->base + (size_t)size - count, count);
	run->said_errors_size = kept + count;
	/* A NUL would be the end of it, and hide the last words. */
	for (size_t i = kept; i < run->said_errors_size; i++)
		if (run->said_errors[i] == '\0')
			run->said_errors[i] = ' ';
	run->said_errors[run->said_errors_size] = '\0';
}

static void
on_status(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct reply_run *run = stream->data;
	struct buf thought;

	if (size < 0) {
		end_pipe(run, STATUS);
		end_if_over(run);
		return;
	}
	buf_init(&thought, run->status.line.size + (size_t)size);
	status_reader_add(&run->status, room->base, (size_t)size, &thought);
	if (thought.size > 0 && run->cause == NULL && run->sink.thought != NULL)
		run->sink.thought(run->sink.context, thought.data, thought.size);
	buf_fini(&thought);
}

static void
end_question(struct reply_run *run)
{
	/* With its history it is most of what a reply that streams would hold. */
	buf_fini(&run->question);
	handles_close(&run->handles, (uv_handle_t *)&run->pipes[INPUT]);
}

static void
on_question_written(uv_write_t *write, int status)
{
	/* A program that does not read is free not to. */
	(void)status;
	end_question(write->data);
}

/* Most fit into the pipe, and need not wait for the loop. */
static void
put_question(struct reply_run *run)
{
	uv_stream_t *input = (uv_stream_t *)&run->pipes[INPUT];
	uv_buf_t left = uv_buf_init(run->question.data, (unsigned)run->question.size);
	int written = uv_try_write(input, &left, 1);

	if (written > 0) {
		left.base += written;
		left.len -= (size_t)written;
	}
	if (left.len == 0 || uv_write(&run->write, input, &left, 1, on_question_written) != 0)
		end_question(run);
}

/* --- the beginning --- */

static int
count_pipes(const struct program *program)
{
	return program->has_status ? STATUS + 1 : STATUS;
}

/* Pipes, not the pairs of sockets that libuv makes: /dev/stdout cannot be opened on a socket. */
static int
open_pipes(uv_file ours[PIPE_COUNT], uv_file theirs[PIPE_COUNT], int count)
{
	for (int i = 0; i < count; i++) {
		uv_file ends[2];
		bool we_write = i == INPUT;
		int failed = uv_pipe(ends, we_write ? 0 : UV_NONBLOCK_PIPE,
		                     we_write ? UV_NONBLOCK_PIPE : 0);
		if (failed != 0) {
			while (i-- > 0) {
				close(ours[i]);
				close(theirs[i]);
			}
			return failed;
		}
		ours[i] = ends[we_write ? 1 : 0];
		theirs[i] = ends[we_write ? 0 : 1];
	}
	return 0;
}

/* The program's arguments, behind those of a launcher where there is one: it asks the kernel to end
 * the program when we are killed, which we cannot do any more. To be freed. */
static char **
launched_arguments(const struct program *program)
{
	/* Not const, as execve(2) has it. */
	static char launcher_words[][sizeof(LAUNCHER)] = { LAUNCHER, "--pdeathsig", "KILL", "--" };
	char *const launcher[] = { launcher_words[0], launcher_words[1], launcher_words[2],
		                   launcher_words[3] };
	const size_t launcher_count = sizeof(launcher) / sizeof(launcher[0]);
	size_t count = 0;

	while (program->arguments[count] != NULL)
		count++;
	char **arguments = must_allocate((launcher_count + count + 1) * sizeof(*arguments));
	size_t start = access(LAUNCHER, X_OK) == 0 ? launcher_count : 0;
	memcpy(arguments, launcher, start * sizeof(*arguments));
	memcpy(arguments + start, program->arguments, count * sizeof(*arguments));
	return arguments;
}

static int
spawn(struct reply_run *run, const uv_file theirs[PIPE_COUNT])
{
	const struct program *program = run->program;
	uv_stdio_container_t descriptors[PIPE_COUNT];
	char **arguments = launched_arguments(program);
	const uv_process_options_t options = {
		.exit_cb = on_exit_of_program,
		.file = arguments[0],
		.args = arguments,
		.env = program->environment,
		.cwd = "/",
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = count_pipes(program),
		.stdio = descriptors,
	};

	for (int i = 0; i < options.stdio_count; i++) {
		descriptors[i].flags = UV_INHERIT_FD;
		descriptors[i].data.fd = theirs[i];
	}
	int failed = uv_spawn(program->loop, &run->process, &options);
	free(arguments);
	return failed;
}

static void
init_handles(struct reply_run *run, const uv_file ours[PIPE_COUNT])
{
	uv_loop_t *loop = run->program->loop;

	run->process.data = run;
	run->timer.data = run;
	run->write.data = run;
	uv_timer_init(loop, &run->timer);
	int count = count_pipes(run->program);
	for (int i = 0; i < count; i++) {
		run->pipes[i].data = run;
		if (uv_pipe_init(loop, &run->pipes[i], 0) != 0 ||
		    uv_pipe_open(&run->pipes[i], ours[i]) != 0)
			abort();
	}
	run->is_over[STATUS] = count <= STATUS;
	run->handles = (struct handles){ .count = (unsigned)count + 2, .closed = on_closed };
}

static void
begin_talking(struct reply_run *run)
{
	uv_timer_start(&run->timer, on_time_limit, run->program->seconds * 1000ULL, 0);
	put_question(run);
	if (uv_read_start((uv_stream_t *)&run->pipes[OUTPUT], give_room, on_output) != 0 ||
	    uv_read_start((uv_stream_t *)&run->pipes[ERRORS], give_room, on_errors) != 0 ||
	    (!run->is_over[STATUS] &&
	     uv_read_start((uv_stream_t *)&run->pipes[STATUS], give_room, on_status) != 0))
		abort();
}

static void
log_failure(const struct program *program, int failed)
{
	log_event(LOG_ERROR, "reply_not_started",
	          LOG_FIELDS(log_text("responder", program->name),
	                     log_text("program", program->arguments[0]),
	                     log_text("error", uv_strerror(failed))));
}

/* 0, or an error of libuv's: a launcher that cannot start the program would say so in its own
 * words, and later. */
static int
check_program(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0 || access(path, X_OK) != 0)
		return -errno;
	return S_ISREG(status.st_mode) ? 0 : -EACCES;
}

static enum err
program_start(const struct responder *self, const struct question *question,
              const struct reply_sink *sink, struct reply_run **result)
{
	const struct program *program = (const struct program *)self;
	uv_file ours[PIPE_COUNT];
	uv_file theirs[PIPE_COUNT];

	int count = count_pipes(program);
	int failed = check_program(program->arguments[0]);
	if (failed == 0)
		failed = open_pipes(ours, theirs, count);
	if (failed != 0) {
		log_failure(program, failed);
		return ERR_SYSTEM;
	}
	struct reply_run *run = must_allocate(sizeof(*run));
	run->program = program;
	run->sink = *sink;
	status_reader_init(&run->status);
	init_handles(run, ours);
	failed = spawn(run, theirs);
	for (int i = 0; i < count; i++)
		close(theirs[i]);
	if (failed != 0) {
		log_failure(program, failed);
		for (int i = 0; i < count; i++)
			handles_close(&run->handles, (uv_handle_t *)&run->pipes[i]);
		handles_close(&run->handles, (uv_handle_t *)&run->timer);
		handles_close(&run->handles, (uv_handle_t *)&run->process);
		return ERR_SYSTEM;
	}
	buf_init(&run->question, BOUND_QUESTION_BYTES);
	question_append(&run->question, question);
	begin_talking(run);
	*result = run;
	return ERR_NONE;
}

static void
program_stop(struct reply_run *run, bool at_once)
{
	end_program(run, "stopped");
	if (at_once && !run->has_exited)
		kill_group(run, SIGKILL);
}

void
program_init(struct program *program)
{
	program->responder = (struct responder){ .start = program_start, .stop = program_stop };
}
