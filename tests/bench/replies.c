/*
 * Measures replies that stream, for replies.sh: opens connections that follow a room, posts so
 * many messages at once, which the program bot answers, and notes when each follower has received
 * each line of the replies. It does so several times; after each it may run the same program on
 * pipes, as cheaply as can be.
 *
 * It prints a line of NAME=NUMBER words:
 *	seconds       from the first post of a run to its last receipt, over all runs
 *	lines receipts  that were written, and that followers have received, in all
 *	bytes         of the lines received
 *	p50_ms p99_ms  from the writing of a line to its receipt by a follower
 *	first_p50_ms first_p99_ms  from the first post of a run to the first receipt
 *	pipe_p50_ms pipe_p99_ms  from before the program is started to its first byte
 *	missed errors  what should be 0: errors are streams that ended, and posts that were not
 *	             answered with 2xx
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../client/http.h"
#include "bot.h"
#include "measure.h"
#include "poster.h"

#define FOLLOWERS_MAX 1000
#define AT_ONCE_MAX 100
#define BEGIN_SECONDS 20
#define RECEIPT_SECONDS 10

/* Milliseconds after a run: the reply's end is stored, and everybody rests. */
#define PAUSE_MS 50

static struct {
	struct sockaddr_in server;
	const char *follow;
	const char *path;
	const char *body;
	uint32_t followers;
	uint32_t at_once;
	uint32_t lines; /* of each reply */
	uint32_t runs;
	const char *file;
	bool has_pipe; /* the bot runs on one, too */
	char **bot;    /* its arguments, after the options */
} options = { .followers = 1, .at_once = 1, .lines = 1, .runs = 1 };

static struct {
	struct bot_lines *lines;
	struct follower followers[FOLLOWERS_MAX];
	struct poster posters[AT_ONCE_MAX];
	struct pollfd watched[FOLLOWERS_MAX + AT_ONCE_MAX];
	unsigned char *seen; /* for each follower and line */
	uint32_t *times;     /* of each receipt */
	size_t receipts;
	int64_t first_us; /* the first receipt of this run; 0: none */
	int64_t last_us;
	uint32_t errors;
} state;

/* --- receiving --- */

static void
on_marker(struct follower *follower, uint32_t number)
{
	size_t index = (size_t)(follower - state.followers) * BOT_LINES_MAX + number;
	int64_t now_us = measure_now_us();

	/* At the end the whole text comes once more. */
	if (number >= BOT_LINES_MAX || state.seen[index] != 0)
		return;
	state.seen[index] = 1;
	state.times[state.receipts++] = (uint32_t)(now_us - state.lines->written_us[number]);
	state.last_us = now_us;
	if (state.first_us == 0)
		state.first_us = now_us;
}

/* Takes what comes within the time. */
static void
receive(int timeout_ms)
{
	uint32_t count = options.followers + options.at_once;

	for (uint32_t i = 0; i < count; i++) {
		state.watched[i].fd = i < options.followers
		                              ? state.followers[i].fd
		                              : state.posters[i - options.followers].connection.fd;
		state.watched[i].events = POLLIN;
	}
	if (poll(state.watched, count, timeout_ms) <= 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		if (state.watched[i].revents == 0)
			continue;
		bool is_fine = i < options.followers
		                       ? follower_read(&state.followers[i], on_marker)
		                       : poster_read_answer(&state.posters[i - options.followers]);
		state.errors += !is_fine;
	}
}

static bool
have_begun(void)
{
	for (uint32_t i = 0; i < options.followers; i++) {
		if (!state.followers[i].is_ready)
			return false;
	}
	return true;
}

static void
follow(void)
{
	int64_t end_us = measure_now_us() + BEGIN_SECONDS * 1000000LL;

	for (uint32_t i = 0; i < options.followers; i++) {
		int error = follower_open(&state.followers[i], &options.server, 1, options.follow);
		if (error != 0)
			measure_fail("connect", error);
	}
	while (!have_begun()) {
		if (measure_now_us() > end_us || state.errors > 0)
			measure_fail("not all streams have begun", ETIMEDOUT);
		receive(100);
	}
}

/* For so long, whatever comes is taken. */
static void
rest(void)
{
	int64_t end_us = measure_now_us() + PAUSE_MS * 1000;

	while (measure_now_us() < end_us)
		receive((int)((end_us - measure_now_us()) / 1000) + 1);
}

/* --- replies --- */

static void
post_all(void)
{
	const struct post post = { options.path, "application/json", "Prefer: respond-async\r\n",
		                   options.body };

	for (uint32_t i = 0; i < options.at_once; i++) {
		struct poster *poster = &state.posters[i];
		int error = poster->connection.fd < 0 ? poster_open(poster, &options.server) : 0;
		if (error == 0)
			error = poster_post(poster, &post);
		if (error != 0)
			measure_fail("post", error);
	}
}

static bool
is_answered(void)
{
	for (uint32_t i = 0; i < options.at_once; i++) {
		if (state.posters[i].is_waiting)
			return false;
	}
	return true;
}

/* One run. *first_us: how long it took to the first receipt. Returns how long in all. */
static int64_t
run_replies(uint32_t *first_us)
{
	size_t expected =
		state.receipts + (size_t)options.followers * options.at_once * options.lines;
	int64_t begun_us = measure_now_us();

	state.first_us = 0;
	state.last_us = begun_us;
	post_all();
	while ((state.receipts < expected || !is_answered()) && state.errors == 0 &&
	       measure_now_us() < state.last_us + RECEIPT_SECONDS * 1000000LL)
		receive(100);
	*first_us = (uint32_t)(state.first_us - begun_us);
	return state.last_us - begun_us;
}

/* --- the same on pipes --- */

/* Returns the microseconds to the first byte. */
static uint32_t
run_on_pipes(void)
{
	char answer[4096];
	int input[2];
	int output[2];
	pid_t pid;
	posix_spawn_file_actions_t actions;
	char *environment[] = { NULL };
	int64_t begun_us = measure_now_us();

	if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
		measure_fail("pipe", errno);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
	int error = posix_spawn(&pid, options.bot[0], &actions, NULL, options.bot, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		measure_fail(options.bot[0], error);
	close(input[0]);
	close(output[1]);
	ssize_t written = write(input[1], options.body, strlen(options.body));
	close(input[1]);
	ssize_t size = read(output[0], answer, sizeof(answer));
	int64_t first_us = measure_now_us();
	if (written < 0 || size <= 0)
		measure_fail("pipe", errno);
	while (read(output[0], answer, sizeof(answer)) > 0)
		continue;
	close(output[0]);
	if (waitpid(pid, NULL, 0) != pid)
		measure_fail("waitpid", errno);
	return (uint32_t)(first_us - begun_us);
}

/* --- all of it --- */

static void
measure(void)
{
	size_t lines = (size_t)options.runs * options.at_once * options.lines;
	uint32_t *first = calloc(options.runs, sizeof(*first));
	uint32_t *on_pipes = calloc(options.runs, sizeof(*on_pipes));
	int64_t total_us = 0;

	if (first == NULL || on_pipes == NULL)
		measure_fail("memory", ENOMEM);
	for (uint32_t run = 0; run < options.runs && state.errors == 0; run++) {
		total_us += run_replies(&first[run]);
		rest();
		if (options.has_pipe) {
			on_pipes[run] = run_on_pipes();
			rest();
		}
	}
	printf("seconds=%.6f lines=%zu receipts=%zu bytes=%zu p50_ms=%.3f p99_ms=%.3f "
	       "first_p50_ms=%.3f first_p99_ms=%.3f pipe_p50_ms=%.3f pipe_p99_ms=%.3f missed=%zu "
	       "errors=%u\n",
	       (double)total_us / 1e6, lines, state.receipts, state.receipts * BOT_LINE_BYTES,
	       measure_percentile(state.times, state.receipts, 0.5),
	       measure_percentile(state.times, state.receipts, 0.99),
	       measure_percentile(first, options.runs, 0.5),
	       measure_percentile(first, options.runs, 0.99),
	       measure_percentile(on_pipes, options.runs, 0.5),
	       measure_percentile(on_pipes, options.runs, 0.99),
	       lines * options.followers - state.receipts, state.errors);
	free(first);
	free(on_pipes);
}

static void
prepare(void)
{
	/* Those on pipes count, too. */
	size_t lines = (size_t)options.runs * (options.at_once + 1) * options.lines;
	int file = open(options.file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (lines > BOT_LINES_MAX)
		measure_fail("so many lines", EINVAL);
	if (file < 0 || ftruncate(file, sizeof(*state.lines)) != 0)
		measure_fail(options.file, errno);
	state.lines = mmap(NULL, sizeof(*state.lines), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (state.lines == MAP_FAILED)
		measure_fail(options.file, errno);
	close(file);
	state.seen = calloc((size_t)options.followers * BOT_LINES_MAX, 1);
	state.times = calloc(lines * options.followers, sizeof(*state.times));
	if (state.seen == NULL || state.times == NULL)
		measure_fail("memory", ENOMEM);
	for (uint32_t i = 0; i < options.at_once; i++)
		state.posters[i].connection.fd = -1;
}

static _Noreturn void
print_help(void)
{
	printf("Usage: replies --port=N --follow=PATH --post=PATH --body=TEXT --file=FILE\n"
	       "         [--followers=N] [--at-once=N] [--lines=N] [--runs=N]\n"
	       "         [--pipe PROGRAM ARGUMENT...]\n"
	       "\n"
	       "The server is on 127.0.0.1; the file is what the bots get that answer there.\n");
	exit(2);
}

static void
read_options(int argc, char *argv[])
{
	static const struct option known[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "follow", required_argument, NULL, 'f' },
		{ "post", required_argument, NULL, 'P' },
		{ "body", required_argument, NULL, 'b' },
		{ "file", required_argument, NULL, 'F' },
		{ "followers", required_argument, NULL, 'n' },
		{ "at-once", required_argument, NULL, 'a' },
		{ "lines", required_argument, NULL, 'l' },
		{ "runs", required_argument, NULL, 'r' },
		{ "pipe", no_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		uint32_t number = optarg == NULL ? 0 : (uint32_t)strtoul(optarg, NULL, 10);
		switch (option) {
		case 'p': options.server = http_server((uint16_t)number); break;
		case 'f': options.follow = optarg; break;
		case 'P': options.path = optarg; break;
		case 'b': options.body = optarg; break;
		case 'F': options.file = optarg; break;
		case 'n': options.followers = number; break;
		case 'a': options.at_once = number; break;
		case 'l': options.lines = number; break;
		case 'r': options.runs = number; break;
		case 'i': options.has_pipe = true; break;
		default: print_help();
		}
	}
	options.bot = argv + optind;
	if (options.follow == NULL || options.path == NULL || options.body == NULL ||
	    options.file == NULL || options.followers == 0 || options.followers > FOLLOWERS_MAX ||
	    options.at_once == 0 || options.at_once > AT_ONCE_MAX || options.lines == 0 ||
	    options.runs == 0 || (options.has_pipe && optind == argc))
		print_help();
}

int
main(int argc, char *argv[])
{
	read_options(argc, argv);
	prepare();
	follow();
	measure();
	/* The system closes and frees. */
	return 0;
}
