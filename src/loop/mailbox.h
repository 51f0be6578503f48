/*
 * How other threads reach the loop's: they post, and what they have posted is delivered there, in
 * order.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LOOP_MAILBOX_H
#define PLAINCHAT_LOOP_MAILBOX_H

#include <uv.h>

#include "base/err.h"
#include "base/list.h"

struct mailbox;

/* Embedded in what is posted, which belongs to the mailbox until it is delivered. */
struct mail {
	/* Called on the loop's thread; may free the mail, or post it again. */
	void (*deliver)(struct mail *mail);
	struct list_link link; /* the mailbox's */
};

/* On the loop's thread. On ERR_NONE *mailbox is the caller's, for mailbox_close. `woken`, if it is
 * not NULL, is called with `context` after what was posted has been delivered, and for
 * mailbox_wake. ERR_SYSTEM: logged. */
enum err MUST_CHECK
mailbox_open(uv_loop_t *loop, void (*woken)(void *context), void *context,
             struct mailbox **mailbox);

/* Callable on any thread. */
void
mailbox_post(struct mailbox *mailbox, struct mail *mail);

/* Callable on any thread; cheap. */
void
mailbox_wake(struct mailbox *mailbox);

/* Delivers now what has been posted. On the loop's thread. */
void
mailbox_deliver(struct mailbox *mailbox);

/* Nobody may post any more. Delivers what has been, runs the loop until its handle is closed, and
 * frees. On the loop's thread. */
void
mailbox_close(struct mailbox *mailbox);

#endif
