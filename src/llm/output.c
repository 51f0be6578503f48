/*
 * Where the reply goes; see output.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"

bool
output_write(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, text, size);
		if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			struct pollfd descriptor = { .fd = fd, .events = POLLOUT };
			(void)poll(&descriptor, 1, -1);
		} else if (written < 0 && errno != EINTR) {
			return false;
		} else if (written > 0) {
			text += written;
			size -= (size_t)written;
		}
	}
	return true;
}

bool
output_wait(int fd, int milliseconds)
{
	int64_t end = clock_now_us() + (int64_t)milliseconds * 1000;

	for (;;) {
		int64_t left_us = end - clock_now_us();
		/* Without events poll tells of errors only: the other end is closed. */
		struct pollfd descriptor = { .fd = fd };
		int count = poll(&descriptor, 1, left_us > 0 ? (int)((left_us + 999) / 1000) : 0);
		if (count > 0)
			return false;
		if (left_us <= 0)
			return true;
	}
}
