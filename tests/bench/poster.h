/*
 * A connection that posts one message after the other, for delivery.c and replies.c. Its owner
 * waits for the descriptor, beside those of followers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BENCH_POSTER_H
#define PLAINCHAT_BENCH_POSTER_H

#include <netinet/in.h>
#include <stdbool.h>

#include "follower.h"

struct poster {
	struct follower connection; /* first, and of it only the descriptor is used; -1: none */
	bool is_waiting;            /* for an answer */
};

struct post {
	const char *path;
	const char *type;    /* of its content */
	const char *headers; /* more of them, each with its line's end; or "" */
	const char *body;
};

/* Returns 0 or an errno. */
int
poster_open(struct poster *poster, const struct sockaddr_in *server);

/* Returns 0 or an errno. */
int
poster_post(struct poster *poster, const struct post *post);

/* Takes what has come. False: it is not an answer with 2xx, and the program's errors say what. The
 * server may have closed the connection, when it has answered. */
bool
poster_read_answer(struct poster *poster);

#endif
