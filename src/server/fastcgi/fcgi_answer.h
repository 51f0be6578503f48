/*
 * How answers leave over FastCGI: as records, from whatever thread they are made on. An answer that
 * does not leave at once, and a connection that must be drained before it is closed, go to the
 * event loop. All functions are callable on any thread, by the connection's owner.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_FCGI_ANSWER_H
#define PLAINCHAT_SERVER_FASTCGI_FCGI_ANSWER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct transport;
struct connection;
struct fair_pool;
struct event_sink;
struct request;
struct response;
struct slow_peers;

/* What all connections of a front share. */
struct fcgi_answers {
	struct slow_peers *slow_peers;
	struct fair_pool *reads; /* who is told what peers do not take; or NULL */
	atomic_bool is_stopping; /* no connection is kept any more */
};

/* What struct transport's answer and stream do. */
void
fcgi_answer_send(struct transport *transport, struct request *request, struct response *response);

struct event_sink *
fcgi_answer_stream(struct transport *transport, struct request *request, struct response *response);

/* Appends what there is of the response to connection->out, as records; `ends` says whether that is
 * all. */
void
fcgi_answer_append(struct connection *connection, const struct request *request,
                   const struct response *response, bool ends);

/* Notes that the client does not take `size` bytes, until fcgi_answer_finish or until this is said
 * with 0. connection->client is set. */
void
fcgi_answer_hold(struct connection *connection, size_t size);

/* The answer is in connection->out as a whole: sends it, here or on the loop, and finishes. */
void
fcgi_answer_leave(struct connection *connection, const char *address);

/* The answer has left, or never will: the connection is closed or goes back to its reader. */
void
fcgi_answer_finish(struct connection *connection);

#endif
