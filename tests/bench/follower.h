/*
 * One connection that follows a room over HTTP, for followers.c: it asks for a path as a browser's
 * EventSource does and finds the numbered markers in what comes. It knows no server: markers are
 * found wherever they stand in the body.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BENCH_FOLLOWER_H
#define PLAINCHAT_BENCH_FOLLOWER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A marker is this and a number and a semicolon. */
#define MARKER "bench-marker-"

enum follower_part {
	PART_HEAD,
	PART_CHUNK_SIZE,
	PART_CHUNK_EXTENSION,
	PART_BODY,
	PART_CHUNK_END,
};

struct follower {
	int fd; /* -1: there is none, or the server has closed it */
	enum follower_part part;
	char *head; /* what has come of it; NULL when it is over */
	size_t head_size;
	bool is_chunked;
	bool is_ready;     /* the answer was 200, and its body has begun */
	size_t chunk_left; /* bytes of the chunk that are still to come */
	size_t matched;    /* bytes of MARKER that came last; all of them: a number follows */
	uint32_t number;
};

/* Called for each marker. */
typedef void (*follower_marker_function)(struct follower *follower, uint32_t number);

/* Connects from the loopback address 127.0.0.`source` and asks for the path. Returns 0 or an errno;
 * the descriptor is non-blocking from then on. */
int
follower_open(struct follower *follower, const struct sockaddr_in *server, uint8_t source,
              const char *path);

/* Takes what has come, at most a buffer full, and calls the function for each marker in it. False:
 * the stream has ended, or is none; the descriptor is closed. */
bool
follower_read(struct follower *follower, follower_marker_function on_marker);

void
follower_close(struct follower *follower);

#endif
