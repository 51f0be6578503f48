/*
 * Messages on their way: opening, posting, receiving.
 *
 * SPDX-License-Identifier: MIT
 */
#include "delivery.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "follower.h"
#include "measure.h"
#include "poster.h"

/* Streams that have been asked for and have not begun: more would overrun a listen queue. */
#define OPENING_MAX 200

/* Streams from one loopback address: well below the number of its ports. */
#define PER_SOURCE 5000

#define CONNECT_SECONDS 60
#define RECEIPT_SECONDS 10

/* A message; the first is number 0. */
struct message {
	int64_t post_us;
	uint32_t to_come; /* receipts that are outstanding */
};

/* What is going on. */
static struct {
	const struct delivery *delivery;
	int epoll;
	struct follower *followers; /* those that follow, then those at rest */
	uint32_t opened;
	uint32_t ready; /* streams that have begun */
	struct poster posters[WINDOW_MAX];
	struct message *messages;
	uint32_t posted;
	uint32_t under_way;  /* messages that have been posted and not received by all */
	unsigned char *seen; /* for each follower and message, whether it was received */
	struct delivery_result result;
} run;

/* Writes the text with the number in place of PLACEHOLDER. */
static void
fill_in(char *out, size_t size, const char *text, const char *before, uint32_t number,
        const char *after)
{
	const char *place = strstr(text, PLACEHOLDER);

	if (place == NULL)
		snprintf(out, size, "%s", text);
	else
		snprintf(out, size, "%.*s%s%u%s%s", (int)(place - text), text, before, number,
		         after, place + strlen(PLACEHOLDER));
}

/* --- receiving --- */

static void
on_marker(struct follower *follower, uint32_t number)
{
	size_t index = (size_t)(follower - run.followers) * run.delivery->message_count + number;

	/* Those at rest should get none, and nobody what was not posted. */
	if (number >= run.posted || follower >= run.followers + run.delivery->follower_count ||
	    run.seen[index] != 0) {
		run.result.doubled++;
		return;
	}
	struct message *message = &run.messages[number];
	uint32_t time = (uint32_t)(measure_now_us() - message->post_us);
	run.seen[index] = 1;
	run.result.times[run.result.time_count++] = time;
	if (--message->to_come == 0) {
		run.result.last_times[run.result.last_count++] = time;
		run.under_way--;
	}
}

static void
read_follower(struct follower *follower)
{
	bool was_ready = follower->is_ready;

	if (!follower_read(follower, on_marker)) {
		run.result.errors++;
		/* Whoever is gone is not waited for; what it does not get is missed. */
		run.ready += was_ready ? 0 : 1;
	} else if (follower->is_ready && !was_ready) {
		run.ready++;
	}
}

static bool
is_poster(const struct follower *connection)
{
	return connection >= &run.posters[0].connection &&
	       connection <= &run.posters[WINDOW_MAX - 1].connection;
}

/* Takes what comes within the time. False: nothing came. */
static bool
receive(int timeout_ms)
{
	struct epoll_event events[512];
	int count = epoll_wait(run.epoll, events, sizeof(events) / sizeof(events[0]), timeout_ms);

	for (int i = 0; i < count; i++) {
		struct follower *follower = events[i].data.ptr;
		if (is_poster(follower))
			run.result.errors += !poster_read_answer((struct poster *)follower);
		else
			read_follower(follower);
	}
	return count > 0;
}

static void
watch(struct follower *follower)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = follower };

	if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, follower->fd, &event) != 0)
		measure_fail("epoll", errno);
}

/* --- following --- */

static void
allocate(void)
{
	size_t receipts = (size_t)run.delivery->message_count * run.delivery->follower_count;

	run.followers = calloc(run.delivery->follower_count + run.delivery->rest_count,
	                       sizeof(*run.followers));
	run.messages = calloc(run.delivery->message_count, sizeof(*run.messages));
	run.seen = calloc(receipts, 1);
	run.result.times = calloc(receipts, sizeof(*run.result.times));
	run.result.last_times = calloc(run.delivery->message_count, sizeof(*run.result.last_times));
	if (run.followers == NULL || run.messages == NULL || run.seen == NULL ||
	    run.result.times == NULL || run.result.last_times == NULL)
		measure_fail("memory", ENOMEM);
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.epoll < 0)
		measure_fail("epoll", errno);
	for (uint32_t i = 0; i < WINDOW_MAX; i++)
		run.posters[i].connection.fd = -1;
}

static void
open_next(void)
{
	struct follower *follower = &run.followers[run.opened];
	char path[256];

	if (run.opened < run.delivery->follower_count)
		snprintf(path, sizeof(path), "%s", run.delivery->follow);
	else
		fill_in(path, sizeof(path), run.delivery->rest, "", run.opened, "");
	int error = follower_open(follower, &run.delivery->server,
	                          (uint8_t)(1 + run.opened / PER_SOURCE), path);
	if (error != 0)
		measure_fail("connect", error);
	watch(follower);
	run.opened++;
}

void
delivery_open(const struct delivery *delivery)
{
	uint32_t count = delivery->follower_count + delivery->rest_count;
	int64_t end_us = measure_now_us() + CONNECT_SECONDS * 1000000LL;

	run.delivery = delivery;
	allocate();
	while (run.ready < count) {
		bool may_open = run.opened < count && run.opened - run.ready < OPENING_MAX;
		if (measure_now_us() > end_us)
			measure_fail("not all streams have begun", ETIMEDOUT);
		if (may_open)
			open_next();
		receive(may_open ? 0 : 100);
	}
}

/* --- posting --- */

/* For so long, whatever comes is taken. */
static void
pause_for(long milliseconds)
{
	int64_t end_us = measure_now_us() + milliseconds * 1000;

	while (measure_now_us() < end_us)
		receive((int)((end_us - measure_now_us()) / 1000) + 1);
}

/* Posts the next message, if one may be and a connection is free for it. */
static bool
post_next(void)
{
	struct poster *poster = run.posters;
	char body[512];

	if (run.posted == run.delivery->message_count || run.under_way == run.delivery->window)
		return false;
	while (poster < run.posters + run.delivery->window && poster->is_waiting)
		poster++;
	if (poster == run.posters + run.delivery->window)
		return false;
	fill_in(body, sizeof(body), run.delivery->body, MARKER, run.posted, ";");
	const struct post post = { run.delivery->post, run.delivery->body_type, "", body };
	if (poster->connection.fd < 0) {
		int error = poster_open(poster, &run.delivery->server);
		if (error != 0)
			measure_fail("connect", error);
		watch(&poster->connection);
	}
	run.messages[run.posted].to_come = run.delivery->follower_count;
	run.messages[run.posted].post_us = measure_now_us();
	run.posted++;
	run.under_way++;
	int error = poster_post(poster, &post);
	if (error != 0)
		measure_fail("post", error);
	return true;
}

static bool
is_waiting_for_answer(void)
{
	for (uint32_t i = 0; i < run.delivery->window; i++) {
		if (run.posters[i].is_waiting)
			return true;
	}
	return false;
}

static bool
is_over(void)
{
	return run.posted == run.delivery->message_count && run.under_way == 0 &&
	       !is_waiting_for_answer();
}

void
delivery_run(struct delivery_result *result)
{
	int64_t begun_us = measure_now_us();
	int64_t heard_us = begun_us;

	while (!is_over() && measure_now_us() < heard_us + RECEIPT_SECONDS * 1000000LL) {
		size_t count_before = run.result.time_count;
		if (run.delivery->window == 1 && run.under_way == 0 && !is_waiting_for_answer())
			pause_for(run.delivery->pause_ms);
		receive(post_next() ? 0 : 100);
		if (run.result.time_count > count_before)
			heard_us = measure_now_us();
	}
	run.result.total_us = heard_us - begun_us;
	/* For what comes twice. */
	pause_for(100);
	*result = run.result;
}
