/*
 * Bodies and answers that flow (http/flow.h), over FastCGI: what waits for the peer is in its
 * reader's epoll set, and whoever asks for a piece, or gives one, does what can be done at once on
 * its own thread. A piece of a body comes on the reader's thread, and an answer's next piece is
 * asked for there.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_FCGI_FLOW_H
#define PLAINCHAT_SERVER_FASTCGI_FCGI_FLOW_H

#include <stddef.h>

struct answer_source;
struct body_taker;
struct transport;
struct connection;
struct request;
struct response;

/* By the connection's reader, before it gives the request away: the connection has a flow from now
 * on, until its answer has left. `seconds`: in which each piece of a body must come, and all of
 * it but for a second for each BOUND_BODY_BYTES_PER_SECOND. */
void
fcgi_flow_begin(struct connection *connection, unsigned seconds);

/* Then, if the body flows: its beginning may be in connection->in, behind the head. */
void
fcgi_flow_expect_body(struct connection *connection);

/* By its reader: what a connection with a flow waits for has come, or the peer has left. */
void
fcgi_flow_advance(struct connection *connection);

/* By its reader, or when that has ended: it has waited for too long, or there is no more time. */
void
fcgi_flow_expire(struct connection *connection);

/* struct transport's want, flow, give, and cut. */
void
fcgi_flow_want(struct transport *transport, struct request *request, struct body_taker *taker);

void
fcgi_flow_answer(struct transport *transport, struct request *request, struct response *response,
                 struct answer_source *source);

void
fcgi_flow_give(struct transport *transport, const char *bytes, size_t size);

void
fcgi_flow_cut(struct transport *transport);

#endif
