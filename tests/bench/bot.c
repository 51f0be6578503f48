/*
 * bot FILE LINES PAUSE_MS: the program that answers in replies.sh. It reads the question to its
 * end, then writes lines with a pause after each, and notes in the file when. With no lines it
 * says nothing, and stays until it is ended.
 *
 * SPDX-License-Identifier: MIT
 */
#include "bot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int
say(struct bot_lines *lines)
{
	char line[BOT_LINE_BYTES + 8];
	unsigned number = atomic_fetch_add(&lines->count, 1) % BOT_LINES_MAX;
	int size = snprintf(line, sizeof(line), BOT_LINE, number);

	lines->written_us[number] = now_us();
	return write(STDOUT_FILENO, line, (size_t)size) == size;
}

int
main(int argc, char *argv[])
{
	char question[4096];

	if (argc != 4) {
		fprintf(stderr, "Usage: bot FILE LINES PAUSE_MS\n");
		return 2;
	}
	long count = strtol(argv[2], NULL, 10);
	long pause_ms = strtol(argv[3], NULL, 10);
	const struct timespec rest = { pause_ms / 1000, pause_ms % 1000 * 1000000 };
	int file = open(argv[1], O_RDWR | O_CLOEXEC);
	struct bot_lines *lines =
		mmap(NULL, sizeof(*lines), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (lines == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	while (read(STDIN_FILENO, question, sizeof(question)) > 0)
		continue;
	atomic_fetch_add(&lines->begun, 1);
	while (count == 0)
		pause();
	for (long i = 0; i < count; i++) {
		if (!say(lines))
			return 1;
		nanosleep(&rest, NULL);
	}
	return 0;
}
