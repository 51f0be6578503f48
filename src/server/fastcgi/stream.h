/*
 * A response over FastCGI that goes on: an event sink (chat/live/event_sink.h) on a connection. It
 * is made on any thread and then belongs to the event loop.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_STREAM_H
#define PLAINCHAT_SERVER_FASTCGI_STREAM_H

struct connection;
struct event_sink;

/* Takes the connection, in whose `out` the head of the response waits as records. Never NULL; freed
 * by sink->close. Nothing is sent before sink->attach or sink->close. */
struct event_sink *
stream_new(struct connection *connection);

#endif
