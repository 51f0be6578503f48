/*
 * The responder that repeats what it hears: `received MESSAGE`. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_RESPONDER_ECHO_H
#define PLAINCHAT_RESPONDER_ECHO_H

#include "responder/responder.h"

/* What stands for the message in the wording. */
#define ECHO_PLACEHOLDER "{message}"

struct echo {
	struct responder responder; /* first, so that the responder is the echo */
	const char *before;         /* inside the wording, before the message */
	size_t before_size;
	const char *after; /* inside the wording, behind the message; NULL: no message in it */
	size_t after_size;
};

/* Makes *echo answer with `wording`, in which ECHO_PLACEHOLDER stands for the message; without it
 * every answer is the wording alone. The wording, valid UTF-8, is not copied and must
 * outlive the echo, which is not changed any more: any thread may ask it. */
void
echo_init(struct echo *echo, const char *wording);

#endif
