/*
 * Standard output of a CGI program.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/cgi/cgi_output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "http/response.h"

/* Whether the peer has taken something: a watched descriptor does not block by itself. */
static bool
wait_for_peer(void)
{
	struct pollfd peer = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&peer, 1, BOUND_SLOW_PEER_SECONDS * 1000) != 0;
}

enum err
cgi_output_write(const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(STDOUT_FILENO, data, size);
		if (written < 0 && (errno == EINTR || (errno == EAGAIN && wait_for_peer())))
			continue;
		if (written < 0)
			return ERR_PEER_GONE;
		data += written;
		size -= (size_t)written;
	}
	return ERR_NONE;
}

enum err
cgi_output_write_response(const struct response *response, bool head_only)
{
	struct buf out;

	buf_init(&out, BOUND_RESPONSE_BYTES + 4096);
	enum err err = response_append(response, head_only, &out);
	if (err == ERR_NONE)
		err = cgi_output_write(out.data, out.size);
	buf_fini(&out);
	return err;
}
