/*
 * A connection that posts one message after the other.
 *
 * SPDX-License-Identifier: MIT
 */
#include "poster.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../client/http.h"

int
poster_open(struct poster *poster, const struct sockaddr_in *server)
{
	return http_connect(server, 1, &poster->connection.fd);
}

int
poster_post(struct poster *poster, const struct post *post)
{
	poster->is_waiting = true;
	return http_post(poster->connection.fd, post->path, post->type, post->headers, post->body);
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
