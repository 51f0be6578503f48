/*
 * A look at what other processes have committed, done by a worker: which rooms have changed, and
 * how it stands with the file that is written to when they do. For live_rooms.c. On the loop's
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_LOOK_H
#define PLAINCHAT_CHAT_LIVE_LIVE_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct live_look;
struct live_source;

/* The file that is to be watched. */
struct live_watched {
	char *path; /* valid until the next look */
	int error;  /* 0, or errno: why it cannot be, ENOENT where it is not there yet */
	dev_t device;
	ino_t inode;
};

/* What was seen. */
struct live_news {
	enum err err;  /* ERR_STORE: logged; which rooms have changed is not known */
	bool is_first; /* nothing was known before: any room may have changed since it was read */
	bool is_any;   /* the store is another one: any room may have changed */
	const char *rooms; /* those that have changed: their keys, each with a NUL; "" at the end */
	struct live_watched watched;
};

/* Does one look at a time; freed by live_look_free. */
struct live_look *
live_look_new(const struct live_source *source);

/* Looks for what was committed since the last look; `is_anew`: only for where that is to begin.
 * Calls `done` from the loop, never where the workers are stopped before. When none is under way.
 */
void
live_look_begin(struct live_look *look, bool is_anew,
                void (*done)(void *context, const struct live_news *news), void *context);

bool
live_look_is_under_way(const struct live_look *look);

/* `done` is not called any more. */
void
live_look_free(struct live_look *look);

#endif
