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
#include "responder/question.h"
#include "responder/status.h"
#include "text/thought.h"
#include "text/utf8_repair.h"

/* Of util-linux. */
#define LAUNCHER "/usr/bin/setpriv"

/* The descriptors of a program; not all have the last one. */
enum { INPUT, OUTPUT, ERRORS, STATUS = STATUS_DESCRIPTOR, PIPE_COUNT };

struct making {
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
	unsigned open_handles;
};

/* --- the end --- */

static void
on_closed(uv_handle_t *handle)
{
	struct making *making = handle->data;

	if (--making->open_handles > 0)
		return;
	buf_fini(&making->question);
	status_reader_fini(&making->status);
	free(making);
}

static void
close_handle(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_closed);
}

static bool
has_failed(const struct making *making)
{
	return making->cause != NULL || making->exit_status != 0 || making->exit_signal != 0;
}

static void
log_end(const struct making *making)
{
	bool is_failure = has_failed(making);
	char how[64] = "done";
	enum log_level level = is_failure                     ? LOG_WARN
	                       : making->said_errors_size > 0 ? LOG_INFO
	                                                      : LOG_DEBUG;

	if (making->cause != NULL)
		snprintf(how, sizeof(how), "%s", making->cause);
	else if (making->exit_signal != 0)
		snprintf(how, sizeof(how), "ended by a signal: %s", strsignal(making->exit_signal));
	else if (is_failure)
		snprintf(how, sizeof(how), "exit status %lld", (long long)making->exit_status);
	log_event(level, "reply_ended",
	          LOG_FIELDS(log_text("responder", making->program->name), log_text("how", how),
	                     log_ending("stderr", making->said_errors)));
}

/* How its reply has ended, where it has a say in that. */
static enum reply_state
judge(const struct making *making)
{
	enum event_cause reason = making->status.reason;

	if (!has_failed(making))
		return making->status.cut == CAUSE_LENGTH ? REPLY_CUT : REPLY_DONE;
	if (making->has_met_limit)
		return REPLY_TOO_LONG;
	if (reason == CAUSE_NONE && making->exit_signal == 0)
		reason = status_exit_reason(making->exit_status);
	switch (reason) {
	case CAUSE_UNREACHABLE: return REPLY_UNREACHABLE;
	case CAUSE_BUSY: return REPLY_BUSY;
	case CAUSE_TOO_LONG: return REPLY_TOO_LONG;
	default: return REPLY_FAILED;
	}
}

/* Tells the sink, once there is nothing more to come. */
static void
end_if_over(struct making *making)
{
	if (!making->has_exited || !making->is_over[OUTPUT] || !making->is_over[ERRORS] ||
	    !making->is_over[STATUS])
		return;
	enum reply_state state = judge(making);
	log_end(making);
	making->sink.end(making->sink.context, state);
	close_handle((uv_handle_t *)&making->timer);
	close_handle((uv_handle_t *)&making->process);
	close_handle((uv_handle_t *)&making->pipes[INPUT]);
}

static void
kill_group(const struct making *making, int number)
{
	if (making->process.pid > 0)
		(void)kill(-making->process.pid, number);
}

static void
on_kill_time(uv_timer_t *timer)
{
	kill_group(timer->data, SIGKILL);
}

/* Tells the program to end. */
static void
end_program(struct making *making, const char *cause)
{
	if (making->cause != NULL || making->has_exited)
		return;
	making->cause = cause;
	kill_group(making, SIGTERM);
	uv_timer_start(&making->timer, on_kill_time, BOUND_PROGRAM_TERM_MS, 0);
}

static void
on_time_limit(uv_timer_t *timer)
{
	struct making *making = timer->data;

	making->has_met_limit |= making->cause == NULL && !making->has_exited;
	end_program(making, "time limit");
}

static void
take_output(struct making *making, const char *bytes, size_t size, bool is_last);

static void
end_pipe(struct making *making, int which)
{
	if (making->is_over[which])
		return;
	making->is_over[which] = true;
	if (which == OUTPUT)
		take_output(making, "", 0, true);
	close_handle((uv_handle_t *)&making->pipes[which]);
}

/* Somebody who has left the group holds a pipe: what came until now is all. */
static void
on_drain_time(uv_timer_t *timer)
{
	struct making *making = timer->data;

	end_pipe(making, OUTPUT);
	end_pipe(making, ERRORS);
	end_pipe(making, STATUS);
	end_if_over(making);
}

static void
on_exit_of_program(uv_process_t *process, int64_t exit_status, int exit_signal)
{
	struct making *making = process->data;

	making->has_exited = true;
	making->exit_status = exit_status;
	making->exit_signal = exit_signal;
	/* What it has left behind in its group. */
	kill_group(making, SIGKILL);
	uv_timer_start(&making->timer, on_drain_time, BOUND_PROGRAM_DRAIN_MS, 0);
	end_if_over(making);
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
split(struct making *making, const struct buf *text, bool is_last, struct buf *said)
{
	struct buf thought;

	buf_init(&thought, text->size + 64);
	enum err err =
		thought_splitter_add(&making->splitter, buf_text(text), text->size, &thought, said);
	if (err == ERR_NONE && is_last)
		err = thought_splitter_end(&making->splitter, &thought, said);
	if (err != ERR_NONE)
		abort();
	if (thought.size > 0 && making->cause == NULL)
		making->sink.thought(making->sink.context, thought.data, thought.size);
	buf_fini(&thought);
}

/* Line feeds wait until something follows them. */
static enum err
pass_on(struct making *making, const struct buf *text)
{
	size_t size = text->size;
	enum err err = ERR_NONE;

	while (size > 0 && text->data[size - 1] == '\n')
		size--;
	if (size > 0) {
		static const char feeds[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
		while (making->held_line_feeds > 0 && err == ERR_NONE) {
			size_t count = making->held_line_feeds < sizeof(feeds) - 1
			                       ? making->held_line_feeds
			                       : sizeof(feeds) - 1;
			err = making->sink.part(making->sink.context, feeds, count);
			making->held_line_feeds -= count;
		}
		if (err == ERR_NONE)
			err = making->sink.part(making->sink.context, text->data, size);
	}
	making->held_line_feeds += text->size - size;
	return err;
}

/* `is_last`: nothing more comes. */
static void
take_output(struct making *making, const char *bytes, size_t size, bool is_last)
{
	struct buf text;
	struct buf said;

	/* Each byte may become three. */
	buf_init(&text, 3 * size + 16);
	buf_init(&said, 3 * size + 80);
	enum err err = utf8_repair_add(&making->repair, bytes, size, &text);
	if (err == ERR_NONE && is_last)
		err = utf8_repair_end(&making->repair, &text);
	if (err != ERR_NONE)
		abort();
	if (making->sink.thought != NULL)
		split(making, &text, is_last, &said);
	const struct buf *passed = making->sink.thought != NULL ? &said : &text;
	if (making->cause == NULL && pass_on(making, passed) != ERR_NONE) {
		making->has_met_limit = true;
		end_program(making, "too large");
		/* Also where it has exited before. */
		making->cause = "too large";
	}
	buf_fini(&text);
	buf_fini(&said);
}

static void
on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct making *making = stream->data;

	if (size >= 0) {
		take_output(making, room->base, (size_t)size, false);
		return;
	}
	end_pipe(making, OUTPUT);
	end_if_over(making);
}

/* The end of it is kept: what went wrong is said last. */
static void
on_errors(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct making *making = stream->data;
	const size_t capacity = sizeof(making->said_errors) - 1;

	if (size < 0) {
		end_pipe(making, ERRORS);
		end_if_over(making);
		return;
	}
	size_t count = (size_t)size < capacity ? (size_t)size : capacity;
	size_t kept = making->said_errors_size + count > capacity ? capacity - count
	                                                          : making->said_errors_size;
	memmove(making->said_errors, making->said_errors + making->said_errors_size - kept, kept);
	memcpy(making->said_errors + kept, room->base + (size_t)size - count, count);
	making->said_errors_size = kept + count;
	/* A NUL would be the end of it, and hide the last words. */
	for (size_t i = kept; i < making->said_errors_size; i++)
		if (making->said_errors[i] == '\0')
			making->said_errors[i] = ' ';
	making->said_errors[making->said_errors_size] = '\0';
}

static void
on_status(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
	struct making *making = stream->data;
	struct buf thought;

	if (size < 0) {
		end_pipe(making, STATUS);
		end_if_over(making);
		return;
	}
	buf_init(&thought, making->status.line.size + (size_t)size);
	status_reader_add(&making->status, room->base, (size_t)size, &thought);
	if (thought.size > 0 && making->cause == NULL && making->sink.thought != NULL)
		making->sink.thought(making->sink.context, thought.data, thought.size);
	buf_fini(&thought);
}

static void
end_question(struct making *making)
{
	/* With its history it is most of what a reply in the making would hold. */
	buf_fini(&making->question);
	close_handle((uv_handle_t *)&making->pipes[INPUT]);
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
put_question(struct making *making)
{
	uv_stream_t *input = (uv_stream_t *)&making->pipes[INPUT];
	uv_buf_t left = uv_buf_init(making->question.data, (unsigned)making->question.size);
	int written = uv_try_write(input, &left, 1);

	if (written > 0) {
		left.base += written;
		left.len -= (size_t)written;
	}
	if (left.len == 0 || uv_write(&making->write, input, &left, 1, on_question_written) != 0)
		end_question(making);
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
spawn(struct making *making, const uv_file theirs[PIPE_COUNT])
{
	const struct program *program = making->program;
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
	int failed = uv_spawn(program->loop, &making->process, &options);
	free(arguments);
	return failed;
}

static void
init_handles(struct making *making, const uv_file ours[PIPE_COUNT])
{
	uv_loop_t *loop = making->program->loop;

	making->process.data = making;
	making->timer.data = making;
	making->write.data = making;
	uv_timer_init(loop, &making->timer);
	int count = count_pipes(making->program);
	for (int i = 0; i < count; i++) {
		making->pipes[i].data = making;
		if (uv_pipe_init(loop, &making->pipes[i], 0) != 0 ||
		    uv_pipe_open(&making->pipes[i], ours[i]) != 0)
			abort();
	}
	making->is_over[STATUS] = count <= STATUS;
	making->open_handles = (unsigned)count + 2;
}

static void
begin_talking(struct making *making)
{
	uv_timer_start(&making->timer, on_time_limit, making->program->seconds * 1000ULL, 0);
	put_question(making);
	if (uv_read_start((uv_stream_t *)&making->pipes[OUTPUT], give_room, on_output) != 0 ||
	    uv_read_start((uv_stream_t *)&making->pipes[ERRORS], give_room, on_errors) != 0 ||
	    (!making->is_over[STATUS] &&
	     uv_read_start((uv_stream_t *)&making->pipes[STATUS], give_room, on_status) != 0))
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
              const struct reply_sink *sink, struct making **result)
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
	struct making *making = must_allocate(sizeof(*making));
	making->program = program;
	making->sink = *sink;
	status_reader_init(&making->status);
	init_handles(making, ours);
	failed = spawn(making, theirs);
	for (int i = 0; i < count; i++)
		close(theirs[i]);
	if (failed != 0) {
		log_failure(program, failed);
		for (int i = 0; i < count; i++)
			close_handle((uv_handle_t *)&making->pipes[i]);
		close_handle((uv_handle_t *)&making->timer);
		close_handle((uv_handle_t *)&making->process);
		return ERR_SYSTEM;
	}
	buf_init(&making->question, BOUND_QUESTION_BYTES);
	question_append(&making->question, question);
	begin_talking(making);
	*result = making;
	return ERR_NONE;
}

static void
program_stop(struct making *making, bool at_once)
{
	end_program(making, "stopped");
	if (at_once && !making->has_exited)
		kill_group(making, SIGKILL);
}

void
program_init(struct program *program)
{
	program->responder = (struct responder){ .start = program_start, .stop = program_stop };
}
