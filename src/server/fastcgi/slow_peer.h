/*
 * Connections whose end takes time: the peer does not take its answer at once, or still sends the
 * rest of a request that was refused and would see a reset instead of the answer if we closed.
 * They are given to the event loop, so no thread waits for a peer. Each gets
 * BOUND_SLOW_PEER_SECONDS in all; where all hold more than BOUND_HELD_BYTES, who has been here the
 * longest is given up.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_SLOW_PEER_H
#define PLAINCHAT_SERVER_FASTCGI_SLOW_PEER_H

#include <uv.h>

struct connection;
struct slow_peers;

/* What becomes of a connection that is done: called on the loop's thread; takes the connection. */
typedef void (*slow_peer_done_function)(struct connection *connection);

/* On the loop's thread. Freed by slow_peers_free. */
struct slow_peers *
slow_peers_new(uv_loop_t *loop, slow_peer_done_function done);

/* Gives a connection away: its answer goes on being sent, and then, if it has_unread, its input
 * is dropped until the peer has closed. Callable on any thread. */
void
slow_peers_give(struct slow_peers *slow_peers, struct connection *connection);

/* Whether any connection is left. On the loop's thread. */
int
slow_peers_is_idle(struct slow_peers *slow_peers);

/* Closes what is left; runs the loop until that is done, and frees. On the loop's thread, when
 * nobody gives any more. */
void
slow_peers_free(struct slow_peers *slow_peers);

#endif
