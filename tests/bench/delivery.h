/*
 * Messages on their way to followers, for followers.c: opens the connections, posts, and notes when
 * each follower has received each message. One thread and one epoll set, so that it costs little
 * beside the servers, and the same for each of them. Whatever cannot be done ends the program.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BENCH_DELIVERY_H
#define PLAINCHAT_BENCH_DELIVERY_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* In a path or body it stands for a number. */
#define PLACEHOLDER "{}"

#define WINDOW_MAX 64

struct delivery {
	struct sockaddr_in server;
	const char *follow;    /* the path to follow */
	const char *rest;      /* the path of those at rest, each its own with PLACEHOLDER */
	const char *post;      /* the path to post to */
	const char *body;      /* of a post, with PLACEHOLDER */
	const char *body_type; /* its content type */
	uint32_t follower_count;
	uint32_t rest_count;
	uint32_t message_count;
	uint32_t window; /* messages that may be under way at once, up to WINDOW_MAX */
	long pause_ms;   /* between messages, where it is one at a time */
};

/* Times are in microseconds; the arrays stay the callee's. */
struct delivery_result {
	uint32_t *times; /* of each receipt, after the post */
	size_t time_count;
	uint32_t *last_times; /* of each message's last receipt */
	uint32_t last_count;
	int64_t total_us; /* from the first post to the last receipt */
	uint32_t doubled; /* receipts that should not have been */
	uint32_t errors;  /* streams that ended or never began, posts that were not answered 2xx */
};

/* Opens all streams and waits until they have begun. The struct must outlive the calls. */
void
delivery_open(const struct delivery *delivery);

/* Posts all messages and waits until all have all, or nothing comes any more. */
void
delivery_run(struct delivery_result *result);

#endif
