/*
 * The socket that the program listens on when no web server hands it one: for nginx, for systemd
 * units, for tests.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_FRONT_LISTEN_H
#define PLAINCHAT_FRONT_LISTEN_H

#include <stdbool.h>

#include "base/err.h"

/* Whether the descriptor is a socket that is being listened on, as a web server hands it over. */
bool
listen_is_socket(int fd);

/* A listening Unix socket at `path`, for the owner and the group only (0660). A socket that a dead
 * process has left there is replaced. On ERR_NONE *fd is the caller's. ERR_SYSTEM: the path is
 * used by a running program, is something else, or cannot be made; logged. */
enum err MUST_CHECK
listen_open(const char *path, int *fd);

/* Closes it and removes the path. */
void
listen_close(const char *path, int fd);

#endif
