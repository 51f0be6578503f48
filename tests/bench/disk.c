/*
 * disk FILE COUNT: what the disk takes for what a commit does: writes five pages of SQLite's log
 * and waits until they are there (fdatasync), with a pause before each as followers.sh makes.
 * Prints "p50_ms=... p99_ms=...". It tells a slow disk from a slow program.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define COMMIT_BYTES (5 * (4096 + 24))
#define COMMITS_MAX 10000

/* SQLite begins its log anew after so many, so that the file seldom grows. */
#define COMMITS_PER_LOG 200

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int
compare_times(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

int
main(int argc, char *argv[])
{
	static const char pages[COMMIT_BYTES];
	static double times[COMMITS_MAX];
	const struct timespec pause = { .tv_nsec = 5000000 };
	long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	if (count < 1 || count > COMMITS_MAX) {
		fprintf(stderr, "Usage: disk FILE COUNT\n");
		return 2;
	}
	int file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	/* The first turn makes the file, and is not measured. */
	for (long i = -COMMITS_PER_LOG; file >= 0 && i < count; i++) {
		off_t place = (i + COMMITS_PER_LOG) % COMMITS_PER_LOG * COMMIT_BYTES;
		if (i >= 0)
			nanosleep(&pause, NULL);
		double begun_ms = now_ms();
		if (pwrite(file, pages, sizeof(pages), place) != COMMIT_BYTES ||
		    ((i >= 0 || i == -1) && fdatasync(file) != 0))
			break;
		if (i >= 0)
			times[i] = now_ms() - begun_ms;
		if (i == count - 1) {
			qsort(times, (size_t)count, sizeof(times[0]), compare_times);
			printf("p50_ms=%.3f p99_ms=%.3f\n", times[count / 2],
			       times[(count - 1) * 99 / 100]);
			return 0;
		}
	}
	perror(argv[1]);
	return 1;
}
