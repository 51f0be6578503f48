/*
 * Where the reply goes, and whether anybody is there to take it. Nothing is held back. For the
 * bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_OUTPUT_H
#define PLAINCHAT_LLM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all of it, and waits where the reader is slow. false: it cannot be written, for example
 * since the reader has gone (SIGPIPE must be ignored). */
bool
output_write(int fd, const char *text, size_t size);

/* Waits for so long, or until nobody can read any more what would be written. Returns whether the
 * reader is still there. */
bool
output_wait(int fd, int milliseconds);

#endif
