/*
 * The web server that has started the program, watched for its end. A program that outlives it
 * would keep its socket, and the next web server would take it over with the settings of the last,
 * and not start another one when it ends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_PARENT_H
#define PLAINCHAT_SERVER_PARENT_H

#include <uv.h>

struct parent;

/* Called once, on the loop's thread, when the parent process has ended. */
typedef void (*parent_gone_function)(void *context);

/* Watches the parent process on the loop, by a pidfd (pidfd_open(2)). A parent that only launches,
 * as spawn-fcgi(1) does, is not taken for a web server: launchers give the program a session of its
 * own, so such a program looks at its parent once the launcher has had time to leave. Init is not
 * watched. Must be called on the loop's thread, before it runs. The caller ends it by
 * parent_watch_stop. */
struct parent *
parent_watch_start(uv_loop_t *loop, parent_gone_function gone, void *context);

/* On the loop's thread. The loop must then run once more before it is closed, which frees it. */
void
parent_watch_stop(struct parent *parent);

#endif
