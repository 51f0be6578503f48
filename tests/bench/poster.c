/*
 * A connection that posts one message after the other.
 *
 * SPDX-License-Identifier: MIT
 */
#include "poster.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int
poster_open(struct poster *poster, const struct sockaddr_in *server)
{
	poster->connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (poster->connection.fd < 0 ||
	    connect(poster->connection.fd, (const struct sockaddr *)server, sizeof(*server)) != 0)
		return errno;
	return 0;
}

int
poster_post(struct poster *poster, const struct post *post)
{
	char request[4096];
	int size = snprintf(request, sizeof(request),
	                    "POST %s HTTP/1.1\r\n"
	                    "Host: 127.0.0.1\r\n"
	                    "Content-Type: %s\r\n"
	                    "Content-Length: %zu\r\n"
	                    "%s\r\n%s",
	                    post->path, post->type, strlen(post->body), post->headers, post->body);

	if (size >= (int)sizeof(request))
		return EMSGSIZE;
	poster->is_waiting = true;
	return send(poster->connection.fd, request, (size_t)size, MSG_NOSIGNAL) == size ? 0 : errno;
}

bool
poster_read_answer(struct poster *poster)
{
	char answer[4096];
	ssize_t size = recv(poster->connection.fd, answer, sizeof(answer), 0);
	bool was_waiting = poster->is_waiting;

	poster->is_waiting = false;
	if (size <= 0) {
		/* The server ends a kept connection when it likes, but not before it answers. */
		follower_close(&poster->connection);
		return !was_waiting;
	}
	if (!was_waiting || (size >= 12 && memcmp(answer, "HTTP/1.1 2", 10) == 0))
		return true;
	fprintf(stderr, "a post was answered: %.*s\n", (int)(size < 400 ? size : 400), answer);
	return false;
}
