/*
 * Looks at what was committed, by whichever process, done by a worker: which rooms have changed.
 * For live_rooms.c. On the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_LIVE_LIVE_LOOK_H
#define PLAINCHAT_CHAT_LIVE_LIVE_LOOK_H

#include <stdbool.h>

#include "base/err.h"

struct live_look;
struct live_source;

/* What was seen. */
struct live_news {
	enum err err;      /* ERR_STORE: logged; which rooms have changed is not known */
	bool is_marked;    /* whatever is committed from now on is told by later looks */
	bool is_any;       /* any room may have changed */
	const char *rooms; /* those that have changed: their keys, each with a NUL; "" at the end */
};

/* Whom a look tells. */
struct live_look_settings {
	/* Called on any thread when something may have been committed since the last look. */
	void (*look)(void *context);
	void *look_context;
	/* Called on the loop after each look, never where the workers are stopped before. */
	void (*done)(void *context, const struct live_news *news);
	void *done_context;
};

/* Does one look at a time; freed by live_look_free. */
struct live_look *
live_look_new(const struct live_source *source, const struct live_look_settings *settings);

/* Looks for what was committed since the last look, the first time only for where that is to begin.
 * When none is under way. */
void
live_look_begin(struct live_look *look);

bool
live_look_is_under_way(const struct live_look *look);

/* Nobody is interested at the moment: `look` is not called any more, some time from now on, until
 * the next look, which is a first one. When none is under way. */
void
live_look_rest(struct live_look *look);

/* Neither `done` nor `look` is called any more. When the workers have stopped, or hang for ever. */
void
live_look_free(struct live_look *look);

#endif
