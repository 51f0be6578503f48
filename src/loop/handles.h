/*
 * The handles of one owner, counted, since what they are in may be freed only when libuv has closed
 * them all. On the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LOOP_HANDLES_H
#define PLAINCHAT_LOOP_HANDLES_H

#include <uv.h>

/* Embedded in the owner; all zero in the beginning. */
struct handles {
	unsigned count; /* that are open, or being closed */
	/* Called when the last is closed; may free the owner. NULL: nothing is called. */
	void (*closed)(struct handles *handles);
};

/* Counts a handle that was just initialised. */
void
handles_add(struct handles *handles);

/* Closes one of them, unless it is being closed already. Its `data` is ours from now on. */
void
handles_close(struct handles *handles, uv_handle_t *handle);

/* Runs the loop until all are closed. Each is being closed. */
void
handles_wait(const struct handles *handles, uv_loop_t *loop);

#endif
