/*
 * When a file was made.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_FILE_BIRTH_H
#define PLAINCHAT_BASE_FILE_BIRTH_H

#include <stdint.h>

/* Unix time in nanoseconds, as the file system says; 0 where it does not know, or there is no such
 * file. `path` is NUL-terminated. Callable on any thread; waits for the file system. statx(2) */
int64_t
file_birth_ns(const char *path);

#endif
