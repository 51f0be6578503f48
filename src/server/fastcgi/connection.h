/*
 * FastCGI connections from the web server, and the register of all that are open. A connection
 * belongs to one thread at a time: to the reader that waits for its request, then to whoever makes
 * the answer, then maybe to the loop that deals with slow peers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_CONNECTION_H
#define PLAINCHAT_SERVER_FASTCGI_CONNECTION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "chat/limits/client_address.h"
#include "http/request.h"
#include "server/fastcgi/validation.h"

struct connections;
struct fcgi_answers;
struct flow;
struct fcgi_reader;

struct connection {
	struct transport transport; /* first, so that the transport is the connection */
	struct connections *connections;
	struct fcgi_answers *answers; /* how they leave */
	struct fcgi_reader *owner;    /* who waits for its requests */
	int epoll_fd;                 /* the epoll set in which its reader watches it */
	int fd;                       /* non-blocking */

	/* of the request that it carries */
	uint16_t request_id;
	bool keep;                    /* the web server closes it, not we */
	struct buf in;                /* of the request, what has come */
	struct validation validation; /* and how far that has been judged */
	struct request *request; /* whose head is there, while the rest is waited for; or NULL */
	struct flow *flow;       /* where body or answer may flow (fcgi_flow.h); else NULL */
	bool has_unread;         /* the rest of the request is not wanted, but may still come */
	struct buf out;          /* the answer's records */
	size_t sent_size;        /* of them, what has left */
	size_t held_size; /* of them, what was noted with fair_pool_hold for the client; or 0 */
	struct client_address client;

	/* changed only under the register's lock */
	bool is_waiting;     /* in its reader's set: then only its reader touches it */
	bool is_flowing;     /* it has a flow */
	int64_t deadline_us; /* by which what it waits for must have come; 0: for the next request
	                      */
	struct list_link link;
};

/* The register. */
struct connections {
	pthread_mutex_t lock;
	struct list list; /* guarded by the lock, as the count */
	size_t count;
};

void
connections_init(struct connections *connections);

/* Closes whatever is still open. Nobody may hold a connection any more. */
void
connections_fini(struct connections *connections);

/* How many are open. Callable on any thread. */
size_t
connections_count(struct connections *connections);

/* A connection for a descriptor, which it owns from now on. It is not waiting. */
struct connection *
connection_new(struct connections *connections, int fd, struct fcgi_reader *owner, int epoll_fd);

/* Closes the descriptor and frees the connection, on the thread that owns it. Of a flow, whoever
 * takes a body or makes an answer was told before. */
void
connection_close(struct connection *connection);

/* Gives the connection to its reader, which waits for a request until `deadline_us` or, if that is
 * 0, for as long as the web server likes. It is watched for input and for the peer's leaving. On
 * any thread. ERR_SYSTEM: the kernel refused, logged; it is still the caller's. */
enum err MUST_CHECK
connection_wait(struct connection *connection, int64_t deadline_us);

/* The same, watched for whether it takes output; the deadline is not 0. */
enum err MUST_CHECK
connection_wait_to_send(struct connection *connection, int64_t deadline_us);

/* Notes that it has a flow, or none any more, which is then freed, as is the last
 * piece. By its owner. */
void
connection_set_flow(struct connection *connection, struct flow *flow);

/* Its reader moves a waiting connection's deadline. */
void
connection_set_deadline(struct connection *connection, int64_t deadline_us);

/* Its reader owns the connection again; nothing is watched any more. May be called on one that has
 * not waited. */
void
connection_take(struct connection *connection);

/* A waiting connection of that reader whose deadline is at or before `now_us` or, with `any_idle`,
 * one whose request has not begun; NULL if there is none. Called by the reader. */
struct connection *
connections_find_overdue(struct connections *connections, const struct fcgi_reader *owner,
                         int64_t now_us, bool any_idle);

/* Whether any connection of that reader is waiting, or has a flow and will be. */
bool
connections_has_waiting(struct connections *connections, const struct fcgi_reader *owner);

/* The same, but without those that wait for their next request. */
bool
connections_has_begun(struct connections *connections, const struct fcgi_reader *owner);

/* Adds what has come to connection->in, at most BOUND_PIECE_BYTES at once, without waiting.
 * ERR_NONE: that is all so far. ERR_TRUNCATED: more may be there. ERR_TOO_LARGE: the buf is full,
 * more may come. ERR_PEER_GONE: nothing came, and the peer has closed or the connection is broken.
 */
enum err MUST_CHECK
connection_receive(struct connection *connection);

/* Sends what is left of connection->out without waiting. ERR_NONE: all of it has left.
 * ERR_TRUNCATED: the peer is slow, some is left. ERR_PEER_GONE: it will never leave. */
enum err MUST_CHECK
connection_send(struct connection *connection);

/* Reads and drops what has come, without waiting. ERR_NONE: the peer has sent its last byte.
 * ERR_TRUNCATED: more may come. ERR_PEER_GONE: the connection is broken. */
enum err MUST_CHECK
connection_discard_input(struct connection *connection);

#endif
