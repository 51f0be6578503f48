/*
 * What the entry points share. Each is a program of its own: with libFuzzer, or with replay.c over
 * the files of the corpus.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_FUZZ_FUZZ_H
#define PLAINCHAT_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs the code under test with these bytes and ends the process if a promise is broken. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert(3), but also with NDEBUG. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__,         \
			        #condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
