/*
 * Standard input of a CGI program, as far as it is read at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/cgi/cgi_input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"

/* How long a body of no known length may pause. */
#define DROP_WAIT_MS 100

ssize_t
cgi_input_receive(void *bytes, size_t size)
{
	ssize_t got;

	do
		got = read(STDIN_FILENO, bytes, size);
	while (got < 0 && errno == EINTR);
	return got;
}

void
cgi_input_read(struct buf *body, size_t size)
{
	char dropped[16 * 1024];

	while (size > 0) {
		size_t free_size = body->cap - body->size;
		size_t wanted = size < sizeof(dropped) ? size : sizeof(dropped);
		ssize_t got = cgi_input_receive(dropped, wanted);
		if (got <= 0)
			return;
		size -= (size_t)got;
		size_t kept = (size_t)got < free_size ? (size_t)got : free_size;
		if (buf_append(body, dropped, kept) != ERR_NONE)
			abort();
	}
}

void
cgi_input_drop(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char dropped[16 * 1024];

	for (size_t size = 0; size < CGI_INPUT_BYTES_MAX; size += sizeof(dropped)) {
		if (poll(&input, 1, DROP_WAIT_MS) <= 0 ||
		    cgi_input_receive(dropped, sizeof(dropped)) <= 0)
			return;
	}
}
