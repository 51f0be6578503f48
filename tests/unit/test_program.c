/*
 * responder/program: real small programs, in all their moods, harm nobody and leave nothing behind.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "responder/program.h"
#include "support_live.h"

#define R "\xef\xbf\xbd" /* U+FFFD */

/* A script's child leaves its group and holds its output; its number is $!. */
#define LEAVE "setsid sh -c 'echo >$1; exec sleep 1000' sh $1 & read x <$1;"

/* A program that is run, and what came of it. */
struct run {
	struct program program;
	struct reply_run *reply_run;
	struct buf reply;
	struct buf thought;
	unsigned part_count;
	unsigned end_count;
	enum reply_state state;
	const char *awaited;
};

static uv_loop_t loop;
static struct run run;
static char fifo[128]; /* by which a test tells a script to go on */
static int fifo_fd;
static const struct question plain = {
	.room = "lobby", .name = "ann", .message = "django", .message_size = 6
};

static enum err
take_part(void *context, const char *text, size_t size)
{
	struct run *taking = context;

	assert_int_equal(taking->end_count, 0);
	assert_true(size > 0);
	taking->part_count++;
	return buf_append(&taking->reply, text, size);
}

static void
take_end(void *context, enum reply_state state)
{
	struct run *taking = context;

	taking->end_count++;
	taking->state = state;
}

static int
begin(void **state)
{
	static char path[] = "PATH=/usr/bin:/bin";
	static char *environment[] = { path, NULL };

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	run = (struct run){ .program = { .name = "bot",
		                         .environment = environment,
		                         .loop = &loop,
		                         .seconds = PATIENCE_SECONDS } };
	program_init(&run.program);
	buf_init(&run.reply, (size_t)4 * 1024 * 1024);
	snprintf(fifo, sizeof(fifo), "%s", scratch_path("go-on"));
	assert_int_equal(mkfifo(fifo, 0600), 0);
	/* For both directions, so that neither side waits for the other to open it. */
	fifo_fd = open(fifo, O_RDWR | O_CLOEXEC);
	assert_true(fifo_fd >= 0);
	log_watch_begin();
	return 0;
}

/* Whatever happened: all handles are closed, no child is left. */
static int
end(void **state)
{
	(void)state;
	log_watch_end();
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	buf_fini(&run.reply);
	close(fifo_fd);
	unlink(fifo);
	return 0;
}

static enum err
start(char *arguments[], const struct question *question)
{
	const struct reply_sink sink = { .part = take_part, .end = take_end, .context = &run };

	run.program.arguments = arguments;
	run.part_count = 0;
	run.end_count = 0;
	run.reply.size = 0;
	return run.program.responder.start(&run.program.responder, question, &sink, &run.reply_run);
}

/* The script may have the path of the FIFO as $1. */
static void
start_script(const char *script, const struct question *question)
{
	char *arguments[] = { (char[]){ "/bin/sh" },
		              (char[]){ "-c" },
		              (char *)(uintptr_t)script,
		              (char[]){ "sh" },
		              fifo,
		              NULL };

	assert_int_equal(start(arguments, question), ERR_NONE);
}

static bool
has_ended(void *context)
{
	(void)context;
	return run.end_count > 0;
}

static bool
has_said(void *context)
{
	(void)context;
	return run.reply.size == strlen(run.awaited) &&
	       memcmp(run.reply.data, run.awaited, run.reply.size) == 0;
}

static bool
has_said_something(void *context)
{
	(void)context;
	return run.reply.size > 0;
}

static void
wait_for_reply(const char *text)
{
	run.awaited = text;
	run_until(&loop, has_said, NULL);
	assert_int_equal(run.end_count, 0);
}

static void
go_on(void)
{
	assert_int_equal(write(fifo_fd, "\n", 1), 1);
}

static const char *
reply_text(void)
{
	return run.reply.size == 0 ? "" : run.reply.data;
}

static void
wait_for_end(enum reply_state state)
{
	run_until(&loop, has_ended, NULL);
	assert_int_equal(run.end_count, 1);
	assert_int_equal(run.state, state);
}

/* Fails unless the script says this, and ends so. */
static void
assert_says(const char *script, const char *reply, enum reply_state state)
{
	start_script(script, &plain);
	wait_for_end(state);
	assert_string_equal(reply_text(), reply);
}

static void
stop(bool at_once)
{
	run.program.responder.stop(run.reply_run, at_once);
}

/* The process has ended; nobody need have waited for it. */
static bool
is_gone(void *context)
{
	const int *pid = context;
	char path[64];
	char line[256] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", *pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return true;
	bool is_read = fgets(line, sizeof(line), file) != NULL;
	fclose(file);
	return !is_read || strstr(line, ") Z ") != NULL;
}

static int
number_said(void)
{
	int number = atoi(reply_text());

	assert_true(number > 1);
	return number;
}

/* --- the question --- */

static void
the_question_is_one_json_object(void **state)
{
	static const struct turn history[] = {
		{ .role = ROLE_USER,
		  .name = "~ann",
		  .text = "What is \"it\"?\n\t\\",
		  .text_size = 16 },
		{ .role = ROLE_ASSISTANT, .text = "카페 \x01", .text_size = 8 },
	};
	static const struct turn unanswered[] = {
		{ .role = ROLE_USER, .name = "", .text = "And?", .text_size = 4 },
	};
	const struct question question = { .room = "로비",
		                           .name = "~ann",
		                           .message = "안녕 </script>",
		                           .message_size = strlen("안녕 </script>"),
		                           .history = history,
		                           .history_count = COUNT(history),
		                           .unanswered = unanswered,
		                           .unanswered_count = COUNT(unanswered) };

	(void)state;
	start_script("cat; echo .", &question);
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(),
	                    "{\"room\":\"로비\",\"name\":\"~ann\",\"message\":\"안녕 </script>\","
	                    "\"history\":[{\"role\":\"user\",\"name\":\"~ann\",\"text\":\"What is "
	                    "\\\"it\\\"?\\n\\t\\\\\"},"
	                    "{\"role\":\"assistant\",\"text\":\"카페 \\u0001\"}],"
	                    "\"unanswered\":[{\"role\":\"user\",\"text\":\"And?\"}]}\n.");
}

static void
without_history_the_array_is_empty(void **state)
{
	const struct question question = {
		.room = "", .name = "", .message = "x", .message_size = 1
	};

	(void)state;
	start_script("cat", &question);
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(),
	                    "{\"room\":\"\",\"name\":\"\",\"message\":\"x\",\"history\":[]}");
}

/* Far more than a pipe holds, in both directions at once. */
static void
the_largest_question_arrives_whole(void **state)
{
	static char message[BOUND_MESSAGE_BYTES_MAX + 1];
	static char said[BOUND_HISTORY_BYTES + 1];
	struct json_object *member;
	const struct turn history = { .role = ROLE_USER,
		                      .text = said,
		                      .text_size = BOUND_HISTORY_BYTES };
	const struct question question = { .room = "lobby",
		                           .name = "ann",
		                           .message = message,
		                           .message_size = BOUND_MESSAGE_BYTES_MAX,
		                           .history = &history,
		                           .history_count = 1 };

	(void)state;
	memset(message, 1, BOUND_MESSAGE_BYTES_MAX);
	memset(said, 2, BOUND_HISTORY_BYTES);
	start_script("cat", &question);
	wait_for_end(REPLY_DONE);
	struct json_object *object = json_tokener_parse(reply_text());
	assert_true(json_object_object_get_ex(object, "message", &member));
	assert_string_equal(json_object_get_string(member), message);
	json_object_put(object);
}

/* --- the reply --- */

static void
what_it_says_is_the_reply(void **state)
{
	(void)state;
	assert_says("echo hello; echo there", "hello\nthere", REPLY_DONE);
	assert_says("printf 안녕", "안녕", REPLY_DONE);
	assert_says("true", "", REPLY_DONE);
	assert_says("printf '\\n\\n  hello  \\n\\n'", "\n\n  hello  ", REPLY_DONE);
}

static void
it_is_passed_on_as_it_is_said(void **state)
{
	(void)state;
	start_script("printf one; read x <$1; printf ' two'; read x <$1; echo; echo three", &plain);
	wait_for_reply("one");
	go_on();
	wait_for_reply("one two");
	go_on();
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(), "one two\nthree");
}

static void
a_character_may_come_in_pieces(void **state)
{
	(void)state;
	start_script("printf 'a\\355\\225'; read x <$1; printf '\\234b\\360'; read x <$1;"
	             "printf '\\237\\221\\251\\n'",
	             &plain);
	wait_for_reply("a");
	go_on();
	wait_for_reply("a한b");
	go_on();
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(), "a한b👩");
}

static void
what_is_no_utf8_is_replaced(void **state)
{
	(void)state;
	assert_says("printf 'a\\377b\\000c\\355\\240\\200'", "a" R "b" R "c" R R R, REPLY_DONE);
	assert_says("printf 'cut \\355\\225'", "cut " R, REPLY_DONE);
}

static void
line_feeds_wait_until_something_follows(void **state)
{
	(void)state;
	start_script("printf 'one\\n\\n'; read x <$1; printf 'two\\n'; read x <$1; exit 0", &plain);
	wait_for_reply("one");
	go_on();
	wait_for_reply("one\n\ntwo");
	go_on();
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(), "one\n\ntwo");
}

static void
millions_of_line_feeds_are_nothing(void **state)
{
	(void)state;
	assert_says("head -c 5000000 /dev/zero | tr '\\000' '\\n'", "", REPLY_DONE);
	assert_int_equal(run.part_count, 0);
}

static void
line_feeds_before_something_count_for_the_limit(void **state)
{
	(void)state;
	buf_fini(&run.reply);
	buf_init(&run.reply, 1000);
	start_script("head -c 5000000 /dev/zero | tr '\\000' '\\n'; echo x", &plain);
	wait_for_end(REPLY_TOO_LONG);
	assert_true(run.reply.size <= 1000);
	assert_null(strchr(reply_text(), 'x'));
}

/* --- what it says beside the reply --- */

static void
take_thought(void *context, const char *text, size_t size)
{
	struct run *taking = context;

	assert_int_equal(taking->end_count, 0);
	assert_int_equal(buf_append(&taking->thought, text, size), ERR_NONE);
}

/* Runs the script as a program that may say more, and takes what it thinks. */
static void
assert_thinks(const char *script, const char *thought, const char *reply, enum reply_state state)
{
	char *arguments[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, (char *)(uintptr_t)script,
		              NULL };
	const struct reply_sink sink = {
		.part = take_part, .end = take_end, .context = &run, .thought = take_thought
	};

	buf_init(&run.thought, 1000000);
	run.program.has_status = true;
	run.program.arguments = arguments;
	run.end_count = 0;
	run.reply.size = 0;
	assert_int_equal(
		run.program.responder.start(&run.program.responder, &plain, &sink, &run.reply_run),
		ERR_NONE);
	wait_for_end(state);
	assert_string_equal(buf_text(&run.thought), thought);
	assert_string_equal(reply_text(), reply);
	buf_fini(&run.thought);
	run.program.has_status = false;
}

static void
it_may_say_what_it_thinks_on_a_descriptor_of_its_own(void **state)
{
	(void)state;
	assert_thinks("echo '{\"thought\":\"Let me \"}' >&3; echo hello; echo "
	              "'{\"thought\":\"see.\"}' >&3",
	              "Let me see.", "hello", REPLY_DONE);
	assert_thinks("echo hello; exec 3>&-", "", "hello", REPLY_DONE);
	assert_thinks("yes '{\"thought\":\"0123456789\"}' | head -n 5 >&3; echo x",
	              "01234567890123456789012345678901234567890123456789", "x", REPLY_DONE);
}

static void
what_it_says_between_think_tags_in_front_is_a_thought(void **state)
{
	(void)state;
	assert_thinks("printf '<think>\\nwell\\n</th'; echo 'ink>'; echo; echo 'hello <think>x'",
	              "\nwell\n", "hello <think>x", REPLY_DONE);
	assert_says("echo '<think>nobody takes it</think>'", "<think>nobody takes it</think>",
	            REPLY_DONE);
}

static void
it_may_say_that_its_reply_was_cut_or_why_it_failed(void **state)
{
	(void)state;
	assert_thinks("echo half; echo '{\"cut\":\"length\"}' >&3", "", "half", REPLY_CUT);
	assert_thinks("echo '{\"reason\":\"too_long\"}' >&3; exit 1", "", "", REPLY_TOO_LONG);
	assert_thinks("echo '{\"reason\":\"busy\"}' >&3; exit 69", "", "", REPLY_BUSY);
	assert_thinks("echo '{\"reason\":\"busy\"}' >&3", "", "", REPLY_DONE);
	assert_says("exit 69", "", REPLY_UNREACHABLE);
	assert_says("exit 75", "", REPLY_BUSY);
}

/* --- how it ends --- */

static void
a_program_that_says_it_failed_has_failed(void **state)
{
	(void)state;
	assert_says("echo half; exit 1", "half", REPLY_FAILED);
	assert_non_null(strstr(log_watch_text(), "event=reply_ended responder=bot"));
	assert_non_null(strstr(log_watch_text(), "exit status 1"));
	assert_says("exit 255", "", REPLY_FAILED);
}

static void
a_program_that_crashes_has_failed(void **state)
{
	(void)state;
	assert_says("echo half; kill -SEGV $$", "half", REPLY_FAILED);
	assert_non_null(strstr(log_watch_text(), "Segmentation fault"));
	assert_says("kill -KILL $$", "", REPLY_FAILED);
}

static void
a_program_that_cannot_be_started_is_an_error(void **state)
{
	char *missing[] = { (char[]){ "/nonexistent/program" }, NULL };
	char *folder[] = { (char[]){ "/tmp" }, NULL };
	char *text[] = { (char[]){ "/etc/passwd" }, NULL };
	char **const programs[] = { missing, folder, text };

	(void)state;
	for (size_t i = 0; i < COUNT(programs); i++) {
		assert_int_equal(start(programs[i], &plain), ERR_SYSTEM);
		assert_non_null(strstr(log_watch_text(), programs[i][0]));
	}
	assert_non_null(strstr(log_watch_text(), "level=error event=reply_not_started"));
	assert_int_equal(run.end_count, 0);
}

static void
a_program_of_ones_own_is_executed(void **state)
{
	char path[128];
	char *arguments[] = { path, (char[]){ "two words" }, (char[]){ "$HOME;*" }, NULL };

	(void)state;
	snprintf(path, sizeof(path), "%s", scratch_path("own program"));
	FILE *file = fopen(path, "we");
	fputs("#!/bin/sh\nprintf '%s.' \"$@\"\n", file);
	fclose(file);
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(start(arguments, &plain), ERR_NONE);
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(), "two words.$HOME;*.");
}

static void
a_reply_has_a_time_limit(void **state)
{
	(void)state;
	run.program.seconds = 1;
	assert_says("echo half; exec sleep 1000", "half", REPLY_TOO_LONG);
	assert_non_null(strstr(log_watch_text(), "time limit"));
}

static void
a_reply_that_is_too_large_ends(void **state)
{
	(void)state;
	buf_fini(&run.reply);
	buf_init(&run.reply, 100000);
	start_script("exec yes", &plain);
	wait_for_end(REPLY_TOO_LONG);
	assert_true(run.reply.size <= 100000);
	assert_non_null(strstr(log_watch_text(), "too large"));
}

/* What its child holds back makes the reply too large when it has exited already. */
static void
a_reply_that_is_too_large_at_its_end_has_failed(void **state)
{
	(void)state;
	buf_fini(&run.reply);
	buf_init(&run.reply, 20);
	start_script(LEAVE "printf '%-15s' $!; printf '   \\355'", &plain);
	wait_for_end(REPLY_TOO_LONG);
	assert_int_equal(run.reply.size, 18);
	kill(number_said(), SIGKILL);
}

/* --- stopping --- */

static void
a_program_that_is_stopped_ends(void **state)
{
	(void)state;
	start_script("echo half; exec sleep 1000", &plain);
	wait_for_reply("half");
	stop(false);
	stop(false);
	wait_for_end(REPLY_FAILED);
	assert_string_equal(reply_text(), "half");
	assert_non_null(strstr(log_watch_text(), "how=stopped"));
}

static void
a_program_may_tidy_up_when_it_is_stopped(void **state)
{
	(void)state;
	start_script("trap 'touch ${1%/*}/tidy; echo bye; exit 0' TERM; echo half; while :; do "
	             "sleep 0.01; done",
	             &plain);
	wait_for_reply("half");
	stop(false);
	wait_for_end(REPLY_FAILED);
	/* What it says then is not asked for any more. */
	assert_string_equal(reply_text(), "half");
	assert_int_equal(unlink(scratch_path("tidy")), 0);
}

static void
a_program_that_ignores_being_stopped_is_killed(void **state)
{
	(void)state;
	start_script("trap '' TERM; echo $$; while :; do sleep 1000; done", &plain);
	run_until(&loop, has_said_something, NULL);
	int pid = number_said();
	stop(false);
	stop(false);
	wait_for_end(REPLY_FAILED);
	assert_true(wait_until(is_gone, &pid));
}

static void
a_program_may_be_killed_at_once(void **state)
{
	(void)state;
	start_script("trap '' TERM; echo half; while :; do sleep 1000; done", &plain);
	wait_for_reply("half");
	stop(false);
	stop(true);
	stop(true);
	wait_for_end(REPLY_FAILED);
	assert_string_equal(reply_text(), "half");
}

static void
a_program_may_be_stopped_before_it_has_done_anything(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		start_script("cat", &plain);
		stop(i % 2 == 0);
		wait_for_end(REPLY_FAILED);
	}
}

/* --- what it leaves behind --- */

static void
children_that_it_leaves_are_killed(void **state)
{
	(void)state;
	start_script("sleep 1000 & echo $!", &plain);
	wait_for_end(REPLY_DONE);
	int pid = number_said();
	assert_true(wait_until(is_gone, &pid));
}

static void
children_that_ignore_being_stopped_are_killed_with_it(void **state)
{
	(void)state;
	start_script("trap '' TERM; sleep 1000 & trap - TERM; echo $!; exec sleep 1000", &plain);
	run_until(&loop, has_said_something, NULL);
	int pid = number_said();
	stop(false);
	wait_for_end(REPLY_FAILED);
	assert_true(wait_until(is_gone, &pid));
}

static void
children_that_have_left_are_not_waited_for(void **state)
{
	(void)state;
	start_script(LEAVE "echo $!", &plain);
	wait_for_end(REPLY_DONE);
	int pid = number_said();
	assert_false(is_gone(&pid));
	kill(pid, SIGKILL);
	assert_true(wait_until(is_gone, &pid));
}

static void
a_program_need_not_read_its_question(void **state)
{
	static char message[BOUND_MESSAGE_BYTES_MAX];
	const struct question question = {
		.room = "", .name = "", .message = message, .message_size = sizeof(message)
	};

	(void)state;
	memset(message, 'x', sizeof(message));
	start_script("echo hello", &question);
	wait_for_end(REPLY_DONE);
	assert_string_equal(reply_text(), "hello");
	start_script("exec <&-; printf hello; read x <$1; printf .", &question);
	wait_for_reply("hello");
	go_on();
	wait_for_end(REPLY_DONE);
}

static bool
is_closed(void *context)
{
	(void)context;
	return access(scratch_path("closed"), F_OK) == 0;
}

static void
a_program_that_closes_its_output_goes_on(void **state)
{
	(void)state;
	start_script("echo hello; exec >&- 2>&-; touch ${1%/*}/closed; read x <$1; exit 3", &plain);
	wait_for_reply("hello");
	run_until(&loop, is_closed, NULL);
	/* So that the ends of both have been seen. */
	for (int i = 0; i < 10; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(run.end_count, 0);
	go_on();
	wait_for_end(REPLY_FAILED);
	unlink(scratch_path("closed"));
}

static void
of_what_it_complains_about_the_end_is_logged(void **state)
{
	(void)state;
	assert_says("head -c 1000000 /dev/zero | tr '\\000' e >&2; echo 'the end' >&2; echo fine",
	            "fine", REPLY_DONE);
	const char *log = strstr(log_watch_text(), "stderr=");
	assert_non_null(log);
	assert_non_null(strstr(log, "eethe end"));
	assert_true(strlen(log) < BOUND_PROGRAM_ERRORS_BYTES + 32);
	assert_says("printf 'a\\033[31m\\nb' >&2", "", REPLY_DONE);
	assert_null(strchr(log_watch_text(), '\033'));
	assert_says("printf 'a\\000last words' >&2", "", REPLY_DONE);
	assert_non_null(strstr(log_watch_text(), "a last words"));
}

/* --- what it has --- */

/* Runs the program, not through a shell; its words are separated by single blanks. */
static const char *
run_plainly(char *words)
{
	char *arguments[8] = { NULL };
	char *rest = NULL;
	size_t count = 0;

	for (char *word = strtok_r(words, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		arguments[count++] = word;
	assert_int_equal(start(arguments, &plain), ERR_NONE);
	wait_for_end(REPLY_DONE);
	return reply_text();
}

static void
its_environment_is_what_it_was_given(void **state)
{
	char *environment[] = { (char[]){ "LANG=C.UTF-8" }, (char[]){ "KEY=a b" }, NULL };

	(void)state;
	setenv("SECRET", "1", 1);
	run.program.environment = environment;
	assert_string_equal(run_plainly((char[]){ "/usr/bin/env" }), "LANG=C.UTF-8\nKEY=a b");
}

static void
it_has_no_descriptors_but_the_standard_ones(void **state)
{
	(void)state;
	/* One more, to list them. */
	assert_string_equal(run_plainly((char[]){ "/bin/ls /proc/self/fd" }), "0\n1\n2\n3");
}

static void
its_descriptors_are_pipes_that_may_block(void **state)
{
	(void)state;
	assert_says(
		"for i in 0 1 2; do readlink /proc/$$/fd/$i; done | cut -c1-5 | uniq -c | tr -s "
		"' '; grep -h ^flags /proc/$$/fdinfo/[012] | cut -f2",
		" 3 pipe:\n00\n01\n01", REPLY_DONE);
	assert_says("echo hello >/dev/stdout; echo oh >/dev/stderr", "hello", REPLY_DONE);
}

static void
it_has_a_session_of_its_own(void **state)
{
	int pid;
	int group;
	int session;

	(void)state;
	const char *status = run_plainly((char[]){ "/bin/cat /proc/self/stat" });
	assert_int_equal(sscanf(status, "%d (cat) %*c %*d %d %d", &pid, &group, &session), 3);
	assert_int_equal(group, pid);
	assert_int_equal(session, pid);
}

static void
its_folder_is_the_root(void **state)
{
	(void)state;
	assert_string_equal(run_plainly((char[]){ "/bin/readlink /proc/self/cwd" }), "/");
}

static void
its_signals_are_as_usual(void **state)
{
	sigset_t mask;
	sigset_t before;

	(void)state;
	sigfillset(&mask);
	sigdelset(&mask, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &mask, &before);
	const char *status =
		run_plainly((char[]){ "/bin/grep -E ^Sig(Blk|Ign): /proc/self/status" });
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	unsigned long blocked;
	unsigned long ignored;
	assert_int_equal(sscanf(status, "SigBlk: %lx SigIgn: %lx", &blocked, &ignored), 2);
	assert_int_equal(blocked, 0);
	/* Real-time signals are as we were started with. */
	assert_int_equal(ignored & 0x7fffffff, 0);
}

/* --- many --- */

static unsigned
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void
many_runs_leave_nothing_behind(void **state)
{
	static const char *const scripts[] = { "cat", "exit 1", "kill -KILL $$",
		                               "exec >&-; echo x >&2", "sleep 1000 & echo x" };
	char *missing[] = { (char[]){ "/nonexistent/program" }, NULL };

	(void)state;
	start_script("true", &plain);
	wait_for_end(REPLY_DONE);
	uv_run(&loop, UV_RUN_DEFAULT);
	unsigned before = count_descriptors();
	for (size_t i = 0; i < 300; i++) {
		if (i % 6 == 5) {
			assert_int_equal(start(missing, &plain), ERR_SYSTEM);
			continue;
		}
		start_script(scripts[i % 6], &plain);
		run_until(&loop, has_ended, NULL);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static enum err
count_part(void *context, const char *text, size_t size)
{
	(void)context;
	(void)text;
	(void)size;
	return ERR_NONE;
}

static void
count_end(void *context, enum reply_state state)
{
	unsigned *done_count = context;

	*done_count += state == REPLY_DONE;
}

static bool
are_all_done(void *context)
{
	return *(unsigned *)context == 50;
}

static void
many_run_at_once(void **state)
{
	unsigned done_count = 0;
	const struct reply_sink sink = { .part = count_part,
		                         .end = count_end,
		                         .context = &done_count };
	struct reply_run *reply_run;
	char *arguments[] = { (char[]){ "/bin/cat" }, NULL };

	(void)state;
	run.program.arguments = arguments;
	for (int i = 0; i < 50; i++)
		assert_int_equal(run.program.responder.start(&run.program.responder, &plain, &sink,
		                                             &reply_run),
		                 ERR_NONE);
	run_until(&loop, are_all_done, &done_count);
}

/* Wherever they run out, it is an error, and nothing is lost. */
static void
without_descriptors_it_cannot_be_started(void **state)
{
	struct rlimit before;
	unsigned failed = 0;

	(void)state;
	start_script("true", &plain);
	wait_for_end(REPLY_DONE);
	uv_run(&loop, UV_RUN_DEFAULT);
	unsigned count = count_descriptors();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	close(lowest);
	for (unsigned more = 0; more < 10; more++) {
		char *arguments[] = { (char[]){ "/bin/true" }, NULL };
		const struct rlimit limit = { (rlim_t)lowest + more, before.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		enum err err = start(arguments, &plain);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		failed += err == ERR_SYSTEM;
		if (err == ERR_NONE)
			run_until(&loop, has_ended, NULL);
		uv_run(&loop, UV_RUN_DEFAULT);
		assert_int_equal(count_descriptors(), count);
	}
	assert_true(failed >= 6);
}

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RUNNING(the_question_is_one_json_object),
		RUNNING(without_history_the_array_is_empty),
		RUNNING(it_may_say_what_it_thinks_on_a_descriptor_of_its_own),
		RUNNING(what_it_says_between_think_tags_in_front_is_a_thought),
		RUNNING(it_may_say_that_its_reply_was_cut_or_why_it_failed),
		RUNNING(the_largest_question_arrives_whole),
		RUNNING(what_it_says_is_the_reply),
		RUNNING(it_is_passed_on_as_it_is_said),
		RUNNING(a_character_may_come_in_pieces),
		RUNNING(what_is_no_utf8_is_replaced),
		RUNNING(line_feeds_wait_until_something_follows),
		RUNNING(millions_of_line_feeds_are_nothing),
		RUNNING(line_feeds_before_something_count_for_the_limit),
		RUNNING(a_program_that_says_it_failed_has_failed),
		RUNNING(a_program_that_crashes_has_failed),
		RUNNING(a_program_that_cannot_be_started_is_an_error),
		RUNNING(a_program_of_ones_own_is_executed),
		RUNNING(a_reply_has_a_time_limit),
		RUNNING(a_reply_that_is_too_large_ends),
		RUNNING(a_reply_that_is_too_large_at_its_end_has_failed),
		RUNNING(a_program_that_is_stopped_ends),
		RUNNING(a_program_may_tidy_up_when_it_is_stopped),
		RUNNING(a_program_that_ignores_being_stopped_is_killed),
		RUNNING(a_program_may_be_killed_at_once),
		RUNNING(a_program_may_be_stopped_before_it_has_done_anything),
		RUNNING(children_that_it_leaves_are_killed),
		RUNNING(children_that_ignore_being_stopped_are_killed_with_it),
		RUNNING(children_that_have_left_are_not_waited_for),
		RUNNING(a_program_need_not_read_its_question),
		RUNNING(a_program_that_closes_its_output_goes_on),
		RUNNING(of_what_it_complains_about_the_end_is_logged),
		RUNNING(its_environment_is_what_it_was_given),
		RUNNING(it_has_no_descriptors_but_the_standard_ones),
		RUNNING(its_descriptors_are_pipes_that_may_block),
		RUNNING(it_has_a_session_of_its_own),
		RUNNING(its_folder_is_the_root),
		RUNNING(its_signals_are_as_usual),
		RUNNING(many_runs_leave_nothing_behind),
		RUNNING(many_run_at_once),
		RUNNING(without_descriptors_it_cannot_be_started),
	};

	/* As main.c has it; and what the test itself was started with is not to be seen. */
	signal(SIGPIPE, SIG_IGN);
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
