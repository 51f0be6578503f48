/*
 * What the core is told beside the reply (doc/bots.md): lines of JSON on the descriptor that
 * PLAINCHAT_STATUS names, where there is one. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_REPORT_H
#define PLAINCHAT_LLM_REPORT_H

#include <stddef.h>

/* The descriptor; -1: there is none, or it is not open. */
int
report_open(void);

/* Tells the next piece of what the model thinks: valid UTF-8 without U+0000. Nothing happens where
 * `fd` is -1, or nobody listens. */
void
report_thought(int fd, const char *text, size_t size);

/* The same with another member: {"NAME":"VALUE"}. */
void
report_word(int fd, const char *name, const char *value);

#endif
