/*
 * What the program bot writes, and what it tells replies.c beside it: a file, mapped by both, has
 * the time at which each line was written. So who receives a line knows how old it is.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BENCH_BOT_H
#define PLAINCHAT_BENCH_BOT_H

#include <stdatomic.h>
#include <stdint.h>

#include "follower.h"

/* A line is a marker, by which a follower finds it. */
#define BOT_LINE MARKER "%06u;\n"
#define BOT_LINE_BYTES (sizeof(MARKER) - 1 + sizeof("000000;\n") - 1)

/* Of all bots that write to the same file. */
#define BOT_LINES_MAX 100000

struct bot_lines {
	atomic_uint begun;
	atomic_uint count; /* the number of the next line */
	int64_t written_us[BOT_LINES_MAX];
};

#endif
