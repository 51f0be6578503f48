/*
 * A visitor who wants all of it, for fairness.sh: `hog PORT PATH CONNECTIONS read|stall` asks for
 * the path over so many connections from 127.0.0.2, so that the server can tell it from others.
 * "read" reads each answer and asks again at once, whatever the answer was; "stall" asks and reads
 * nothing. It goes on until SIGTERM, and then prints how many answers it has read, and how many of
 * them were refusals.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../client/http.h"

static volatile sig_atomic_t is_over;
static struct sockaddr_in server;
static const char *path;
static unsigned long answered;
static unsigned long refused;

static void
on_term(int number)
{
	(void)number;
	is_over = 1;
}

/* A connection that has asked; -1 where the server takes none. */
static int
ask(void)
{
	int fd;

	if (http_connect(&server, 2, &fd) != 0)
		return -1;
	if (http_get(fd, path, "Connection: close\r\n") != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Reads some of the answer. False: that was all. */
static bool
read_some(int fd, bool is_first)
{
	static char bytes[256 * 1024];
	ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (size < 0)
		return errno == EAGAIN;
	if (is_first && size > 12) {
		answered++;
		refused += memcmp(bytes + 9, "200", 3) != 0;
	}
	return size > 0;
}

int
main(int argc, char *argv[])
{
	static struct pollfd polls[1000];
	static bool has_begun[1000];

	if (argc != 5) {
		fprintf(stderr, "Usage: hog PORT PATH CONNECTIONS read|stall\n");
		return 2;
	}
	size_t count = strtoul(argv[3], NULL, 10);
	bool reads = strcmp(argv[4], "read") == 0;
	if (count > sizeof(polls) / sizeof(polls[0]))
		return 2;
	signal(SIGTERM, on_term);
	server = http_server((uint16_t)strtoul(argv[1], NULL, 10));
	path = argv[2];
	for (size_t i = 0; i < count; i++)
		polls[i] = (struct pollfd){ .fd = ask(), .events = reads ? POLLIN : 0 };
	while (!is_over) {
		if (poll(polls, count, 100) < 0)
			continue;
		for (size_t i = 0; i < count; i++) {
			bool is_open = polls[i].fd >= 0;
			if (is_open && polls[i].revents == 0)
				continue;
			if (is_open && reads && read_some(polls[i].fd, !has_begun[i])) {
				has_begun[i] = true;
				continue;
			}
			if (is_open)
				close(polls[i].fd);
			polls[i].fd = ask();
			has_begun[i] = false;
		}
	}
	printf("answered=%lu refused=%lu\n", answered, refused);
	return 0;
}
