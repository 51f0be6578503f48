/*
 * Whose turn it is among the replies that wait, for replies.c, on the loop's
 * thread. It changes nothing but the replies of the list.
 *
 * Addresses take turns: the next place goes to the address that has the fewest replies running,
 * among equals to the one that got its last place longest ago, and within an address to the reply
 * that came first. So one address may use every place, and loses each that becomes free to the
 * first other one that waits.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_TURN_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_TURN_H

#include <stdint.h>

struct reply;

/* The reply that begins next, of a list in the order in which they came; NULL: none waits. */
struct reply *
reply_turn_next(struct reply *first);

/* A reply has come into the list: it takes over what the others of its address know. */
void
reply_turn_join(const struct reply *first, struct reply *reply);

/* The reply of the list gets its place, as number `turn`, which grows. */
void
reply_turn_take(struct reply *first, const struct reply *reply, uint64_t turn);

/* It gives its place back. It may be in the list still. */
void
reply_turn_end(struct reply *first, const struct reply *reply);

#endif
