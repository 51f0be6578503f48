/*
 * Work that takes a while, such as reading a store: libuv's threads do it, and the loop hears when
 * it is done. The loop never waits for it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LOOP_WORKERS_H
#define PLAINCHAT_LOOP_WORKERS_H

#include <stdbool.h>
#include <uv.h>

#include "base/list.h"

struct workers;

/* Embedded in what the work needs, which belongs to the workers until `done`. */
struct work {
	/* Called once, on a thread of the workers', unless they were stopped before. */
	void (*run)(struct work *work);
	/* Called once, on the loop's thread, after that. May free the work, or submit it again.
	 * `was_run`: false where the workers were stopped before its turn. */
	void (*done)(struct work *work, bool was_run);
	uv_work_t request; /* the workers', as what follows */
	struct workers *workers;
	struct list_link link;
};

/* The caller's, for workers_free. On the loop's thread, as everything here. */
struct workers *
workers_new(uv_loop_t *loop);

/* Gives the work away. Pieces of work run at the same time, and end in any order. */
void
workers_submit(struct workers *workers, struct work *work);

/* Whether there is work that is not done. */
bool
workers_are_busy(const struct workers *workers);

/* Takes back what has not begun, and runs the loop until everything is done, at most `patience_ms`
 * milliseconds. What is submitted from now on is not run. False: some work still runs, so that
 * nothing that it uses may be freed, and the process must end by _exit; or this is called again. */
bool
workers_stop(struct workers *workers, unsigned patience_ms);

/* After workers_stop has returned true. */
void
workers_free(struct workers *workers);

#endif
