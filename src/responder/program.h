/*
 * The responder that runs a program: the question goes to its standard input as one JSON object,
 * and what it writes to its standard output is the reply (doc/bots.md is the contract). Everything
 * happens on one libuv loop, on its thread; no thread waits for a program.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_RESPONDER_PROGRAM_H
#define PLAINCHAT_RESPONDER_PROGRAM_H

#include <uv.h>

#include "responder/responder.h"

struct program {
	struct responder responder; /* first, so that the responder is the program */
	const char *name;           /* by which the configuration and the log call it */
	/* What is executed, without a shell: a path, its arguments, NULL. */
	char **arguments;
	char **environment; /* all of its environment: NAME=value, NULL */
	uv_loop_t *loop;
	unsigned seconds; /* that a reply may take */
	bool has_status;  /* it may say more, on STATUS_DESCRIPTOR (status.h) */
};

/* Makes *program a responder. What is set of the above stays the caller's and must outlive it.
 *
 * A program runs in a session of its own, with / as its folder and no descriptors but the three
 * standard ones and, with `has_status`, one more. Its reply is done when it exits with 0, having
 * said what it says; failed when it exits with anything else or by a signal, cannot be started, or
 * has reached a limit. What it says between <think> and </think> in front of its reply is a thought
 * (text/thought.h), where the sink takes thoughts. To end it,
 * it and all of its process group get SIGTERM, and SIGKILL 2 s later; whatever it has left running
 * in its group when it exits gets SIGKILL; so does it when we are killed, where the system has
 * setpriv(1). Bytes that are no UTF-8, and NUL, become U+FFFD; line feeds at the end are left out.
 * What it writes to standard error is logged, the end of it, when the reply is over. */
void
program_init(struct program *program);

#endif
