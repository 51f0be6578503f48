/*
 * A long text made short: its beginning and its end. Pure; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_EXCERPT_H
#define PLAINCHAT_TEXT_EXCERPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the text, valid UTF-8, in at most `most` bytes: where it is longer, two thirds of that
 * from its beginning and one from its end, in whole characters, with "\n[...]\n" in between; where
 * there is no room for that, nothing. ERR_TOO_LARGE: see buf_append. */
enum err MUST_CHECK
excerpt_append(struct buf *out, const char *text, size_t size, size_t most);

#endif
