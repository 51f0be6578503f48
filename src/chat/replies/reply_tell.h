/*
 * What whoever has asked for a reply hears of it, for the files that reply_life.h names. On the
 * loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_TELL_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply;

/* Tells what comes next of text and thought, so many bytes of each, as the part of number `seq`; 0
 * where nothing is kept. It counts as told then, also where nobody listens. */
void
reply_tell_part(struct reply *reply, size_t size, size_t thought_size, int64_t seq);

/* Tells how it ended, and that it is over: its state, text and thought are as they stay. `seq` is
 * that of the event `done`, 0 where that is not known. */
void
reply_tell_end(struct reply *reply, int64_t seq);

/* Whoever listens is told that nothing comes any more. `is_late`: though the reply goes on.
 * Harmless where nobody listens. */
void
reply_end_listening(struct reply *reply, bool is_late);

#endif
