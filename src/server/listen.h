/*
 * The socket that the program listens on when no web server hands it one: for nginx, for systemd
 * units, for tests. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_LISTEN_H
#define PLAINCHAT_SERVER_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Whether the descriptor is a socket that is being listened on, as a web server hands it over. */
bool
listen_is_socket(int fd);

/* Refuses whoever connects to the listening socket from now on, in every process that has it. What
 * is queued can still be accepted. */
void
listen_refuse(int fd);

/* A socket of our own. */
struct listener {
	int fd;
	const char *path;
	dev_t device; /* of the path, as we made it */
	ino_t inode;
};

/* Listens on a Unix socket at `path`, for the owner and the group only (0660). A socket that a dead
 * process has left there is replaced. On ERR_NONE *listener is open, and `path` must outlive it.
 * ERR_SYSTEM: the path is used by a running program, is something else, or cannot be made; logged.
 */
enum err MUST_CHECK
listen_open(const char *path, struct listener *listener);

/* Removes the path, so that nobody connects any more, unless it is another program's socket by now.
 * What is queued can still be accepted. */
void
listen_remove(const struct listener *listener);

#endif
