/*
 * Leases of replies that are made or wait here: a reply that says nothing for long renews its lease
 * all the same, or the store would take it for abandoned. For replies.c, on the loop's thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_REPLIES_REPLY_LEASES_H
#define PLAINCHAT_CHAT_REPLIES_REPLY_LEASES_H

struct reply;
struct rooms;

/* Renews the leases of the replies in the list that are kept, some time. Where the store fails it
 * is logged, and the next call tries again. Who has lost a lease learns that when he writes. */
void
reply_leases_renew(const struct rooms *rooms, const struct reply *first);

#endif
