/*
 * What is stored of a reply, and what is to be done next with it, for the files that reply_life.h
 * names. On the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_WRITE_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_WRITE_H

struct reply;

/* Does what is to be done next: stores a piece or the end, or drops a reply that is over. To be
 * called after whatever has happened; the reply may be gone then. */
void
reply_go_on(struct reply *reply);

/* What came is told soon, together with what comes in the same moment. */
void
reply_tell_soon(struct reply *reply);

/* What is being read for it is of no use any more. */
void
reply_forget_history(struct reply *reply);

#endif
