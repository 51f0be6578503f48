/*
 * Measures live delivery over HTTP, for followers.sh: opens many connections that follow a room,
 *posts messages, and notes when each follower has received each. One thread and one epoll set, so
 *that it costs little beside the servers, and the same for each of them.
 *
 * It prints a line of NAME=NUMBER words, and one for each process that --process names:
 *	connect_s    from the first connection until all streams had begun
 *	seconds      with one message at a time the sum of the times from the post until the last
 *	             follower had it, else from the first post until all had all
 *	last_ms      the median of these times
 *	p50_ms p99_ms  from the post to a follower's receipt, over all messages and followers
 *	missed doubled errors  what should be 0: errors are streams that ended or never began, and
 *	             posts that were not answered with 2xx
 *	cpu_ms       processor time that the process took from the first post to the last receipt
 *	before_kb with_kb  the process's proportional share of memory before the first connection
 *and after the last message, all streams still open
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../client/http.h"
#include "delivery.h"
#include "measure.h"

#define PROCESSES_MAX 16

/* A process of the chain that is measured. */
struct process {
	long id;
	long before_kb;
	long cpu_ms; /* when the first message is posted */
};

static struct delivery delivery = {
	.server = { .sin_family = AF_INET },
	.body_type = "application/json",
	.message_count = 100,
	.window = 1,
};
static struct process processes[PROCESSES_MAX];
static size_t process_count;

/* --- figures --- */

/* The process's proportional set size in kB; 0 where the kernel does not tell. */
static long
share_of(long process)
{
	char path[64];
	char line[256];
	long share = 0;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", process);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Pss: %ld", &share) == 1)
			break;
	}
	fclose(file);
	return share;
}

/* The processor time that the process has taken, in milliseconds. */
static long
cpu_of(long process)
{
	char path[64];
	unsigned long user = 0;
	unsigned long system = 0;

	snprintf(path, sizeof(path), "/proc/%ld/stat", process);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return 0;
	/* The name is in brackets, and none of ours has one in it. */
	if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	           &system) != 2)
		user = system = 0;
	fclose(file);
	return (long)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

static void
measure(double connect_seconds)
{
	struct delivery_result result;
	size_t expected = (size_t)delivery.message_count * delivery.follower_count;
	int64_t total_us = 0;

	delivery_run(&result);
	for (uint32_t i = 0; i < result.last_count; i++)
		total_us += result.last_times[i];
	if (delivery.window > 1)
		total_us = result.total_us;
	printf("followers=%u resting=%u messages=%u window=%u deliveries=%zu connect_s=%.3f "
	       "seconds=%.6f last_ms=%.3f p50_ms=%.3f p99_ms=%.3f missed=%zu doubled=%u "
	       "errors=%u\n",
	       delivery.follower_count, delivery.rest_count, delivery.message_count,
	       delivery.window, result.time_count, connect_seconds, (double)total_us / 1e6,
	       measure_percentile(result.last_times, result.last_count, 0.5),
	       measure_percentile(result.times, result.time_count, 0.5),
	       measure_percentile(result.times, result.time_count, 0.99),
	       expected - result.time_count, result.doubled, result.errors);
}

/* --- options --- */

static void
print_help(void)
{
	printf("Usage: followers --port=N --follow=PATH --post=PATH --body=TEXT --followers=N\n"
	       "         [--messages=N] [--window=N | --pause-ms=N] [--type=CONTENT-TYPE]\n"
	       "         [--resting=N --rest=PATH] [--process=PID]...\n"
	       "\n"
	       "The server is on 127.0.0.1. In the body " PLACEHOLDER " is where the message's "
	       "marker goes,\n"
	       "in the path of those at rest the number of each.\n");
}

static void
read_options(int argc, char *argv[])
{
	static const struct option known[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "follow", required_argument, NULL, 'f' },
		{ "rest", required_argument, NULL, 'r' },
		{ "post", required_argument, NULL, 'P' },
		{ "body", required_argument, NULL, 'b' },
		{ "type", required_argument, NULL, 't' },
		{ "followers", required_argument, NULL, 'n' },
		{ "resting", required_argument, NULL, 'R' },
		{ "messages", required_argument, NULL, 'm' },
		{ "window", required_argument, NULL, 'W' },
		{ "pause-ms", required_argument, NULL, 'w' },
		{ "process", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		long number = optarg == NULL ? 0 : strtol(optarg, NULL, 10);
		switch (option) {
		case 'p': delivery.server = http_server((uint16_t)number); break;
		case 'f': delivery.follow = optarg; break;
		case 'r': delivery.rest = optarg; break;
		case 'P': delivery.post = optarg; break;
		case 'b': delivery.body = optarg; break;
		case 't': delivery.body_type = optarg; break;
		case 'n': delivery.follower_count = (uint32_t)number; break;
		case 'R': delivery.rest_count = (uint32_t)number; break;
		case 'm': delivery.message_count = (uint32_t)number; break;
		case 'W': delivery.window = (uint32_t)number; break;
		case 'w': delivery.pause_ms = number; break;
		case 'i':
			if (process_count < PROCESSES_MAX)
				processes[process_count++].id = number;
			break;
		default: print_help(); exit(2);
		}
	}
	if (delivery.follow == NULL || delivery.post == NULL || delivery.body == NULL ||
	    delivery.follower_count == 0 || delivery.window == 0 || delivery.window > WINDOW_MAX ||
	    (delivery.rest_count > 0 && delivery.rest == NULL)) {
		print_help();
		exit(2);
	}
}

int
main(int argc, char *argv[])
{
	struct rlimit limit;

	read_options(argc, argv);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (size_t i = 0; i < process_count; i++)
		processes[i].before_kb = share_of(processes[i].id);
	int64_t begun_us = measure_now_us();
	delivery_open(&delivery);
	double connect_seconds = (double)(measure_now_us() - begun_us) / 1e6;
	for (size_t i = 0; i < process_count; i++)
		processes[i].cpu_ms = cpu_of(processes[i].id);
	measure(connect_seconds);
	for (size_t i = 0; i < process_count; i++)
		printf("process=%ld cpu_ms=%ld before_kb=%ld with_kb=%ld\n", processes[i].id,
		       cpu_of(processes[i].id) - processes[i].cpu_ms, processes[i].before_kb,
		       share_of(processes[i].id));
	/* The system closes and frees. */
	return 0;
}
