/*
 * What a program that answers is told (doc/bots.md).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_RESPONDER_QUESTION_H
#define PLAINCHAT_RESPONDER_QUESTION_H

#include "base/buf.h"

struct question;

/* Appends the question as one JSON object on one line, UTF-8. `out` must have room for
 * BOUND_QUESTION_BYTES, in which every question fits. Callable on any thread. */
void
question_append(struct buf *out, const struct question *question);

#endif
