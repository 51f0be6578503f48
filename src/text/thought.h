/*
 * Tells what a language model thinks from what it says: models write their reasoning in front of
 * the reply, between <think> and </think>, and the text comes in pieces. Pure; callable on any
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_THOUGHT_H
#define PLAINCHAT_TEXT_THOUGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum thought_place { THOUGHT_BEFORE, THOUGHT_INSIDE, THOUGHT_BEHIND };

/* All zero: nothing has come yet. */
struct thought_splitter {
	enum thought_place place;
	unsigned tag;     /* which pair of tags it is inside of */
	bool has_thought; /* white space is between thought and reply: neither's */
	char held[32];    /* what may become a tag, and the white space before it */
	size_t held_size;
	size_t held_space; /* of it, white space */
};

/* Appends the next piece of what a model writes to `thought` or `said`; what may be the beginning
 * of a tag is kept until more has come. Only a tag with nothing but white space or other thoughts
 * before it counts: in the middle of a reply it is text. Both bufs need room for `size` and 32
 * bytes more; ERR_TOO_LARGE else. */
enum err MUST_CHECK
thought_splitter_add(struct thought_splitter *splitter, const char *text, size_t size,
                     struct buf *thought, struct buf *said);

/* Nothing more comes: appends what was kept. */
enum err MUST_CHECK
thought_splitter_end(struct thought_splitter *splitter, struct buf *thought, struct buf *said);

/* Appends a whole text to `said`, but for the thoughts in front of it. A thought without an end is
 * all of the rest. */
enum err MUST_CHECK
thought_leave_out(const char *text, size_t size, struct buf *said);

#endif
