/*
 * Slow peers on the libuv loop. Other threads put connections into a list and wake the loop, which
 * watches each one's descriptor and a timer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/slow_peer.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/bounds.h"
#include "base/log.h"
#include "server/fastcgi/connection.h"

struct slow_peer {
	struct slow_peers *owner;
	struct connection *connection;
	uv_poll_t poll;
	uv_timer_t timer;
	int open_handles;
	struct slow_peer *next_given;
	struct slow_peer *previous;
	struct slow_peer *next;
};

struct slow_peers {
	uv_loop_t *loop;
	uv_async_t wake;
	slow_peer_done_function done;
	pthread_mutex_t lock;
	struct slow_peer *given; /* guarded by the lock: not yet seen by the loop */
	struct slow_peer
		*first; /* the latest; the one that has been here the longest is the last */
	struct slow_peer *last;
	size_t bytes; /* of all their answers */
};

static void
on_handle_closed(uv_handle_t *handle)
{
	struct slow_peer *peer = handle->data;

	if (--peer->open_handles > 0)
		return;
	if (peer->previous != NULL)
		peer->previous->next = peer->next;
	else
		peer->owner->first = peer->next;
	if (peer->next != NULL)
		peer->next->previous = peer->previous;
	else
		peer->owner->last = peer->previous;
	peer->owner->bytes -= peer->connection->out.size;
	/* Only now, since libuv wants the descriptor open until its handle is closed. */
	peer->owner->done(peer->connection);
	free(peer);
}

static void
finish(struct slow_peer *peer)
{
	if (uv_is_closing((uv_handle_t *)&peer->poll))
		return;
	uv_close((uv_handle_t *)&peer->poll, on_handle_closed);
	uv_close((uv_handle_t *)&peer->timer, on_handle_closed);
}

static void
give_up(struct slow_peer *peer)
{
	peer->connection->keep = false;
	peer->connection->has_unread = false;
	finish(peer);
}

static void
on_time_out(uv_timer_t *timer)
{
	log_event(LOG_INFO, "peer_too_slow", NULL);
	give_up(timer->data);
}

static void
on_ready(uv_poll_t *poll, int status, int events);

static void
advance(struct slow_peer *peer)
{
	struct connection *connection = peer->connection;
	int events = UV_WRITABLE;

	enum err err = connection_send(connection);
	if (err == ERR_NONE && !connection->keep && connection->has_unread) {
		/* The peer sees the end of the answer and, once it has stopped sending, closes. */
		shutdown(connection->fd, SHUT_WR);
		events = UV_READABLE;
		err = connection_discard_input(connection);
	}
	if (err != ERR_TRUNCATED) {
		if (err != ERR_NONE)
			give_up(peer);
		else
			finish(peer);
	} else if (uv_poll_start(&peer->poll, events, on_ready) != 0) {
		give_up(peer);
	}
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	(void)events;
	if (status < 0)
		give_up(poll->data);
	else
		advance(poll->data);
}

/* Gives up who has been here the longest, where too much is held. */
static void
make_room(struct slow_peers *peers)
{
	size_t excess = peers->bytes > BOUND_HELD_BYTES ? peers->bytes - BOUND_HELD_BYTES : 0;

	for (struct slow_peer *peer = peers->last; peer != NULL && excess > 0;
	     peer = peer->previous) {
		size_t size = peer->connection->out.size;
		/* Those that are being closed already are counted, too, until they are. */
		if (!uv_is_closing((uv_handle_t *)&peer->poll))
			log_event(LOG_WARN, "peer_too_slow",
			          LOG_FIELDS(log_text("reason", "memory")));
		give_up(peer);
		excess -= size < excess ? size : excess;
	}
}

static void
admit(struct slow_peers *peers, struct slow_peer *peer)
{
	int failed = uv_poll_init(peers->loop, &peer->poll, peer->connection->fd);
	if (failed != 0) {
		log_event(LOG_ERROR, "poll_failed",
		          LOG_FIELDS(log_text("error", uv_strerror(failed))));
		peer->connection->keep = false;
		peers->done(peer->connection);
		free(peer);
		return;
	}
	peer->next = peers->first;
	if (peer->next != NULL)
		peer->next->previous = peer;
	else
		peers->last = peer;
	peers->first = peer;
	peers->bytes += peer->connection->out.size;

	peer->open_handles = 2;
	peer->poll.data = peer;
	peer->timer.data = peer;
	uv_timer_init(peers->loop, &peer->timer);
	uv_timer_start(&peer->timer, on_time_out, BOUND_SLOW_PEER_SECONDS * 1000, 0);
	make_room(peers);
	if (!uv_is_closing((uv_handle_t *)&peer->poll))
		advance(peer);
}

static void
on_wake(uv_async_t *wake)
{
	struct slow_peers *peers = wake->data;

	pthread_mutex_lock(&peers->lock);
	struct slow_peer *given = peers->given;
	peers->given = NULL;
	pthread_mutex_unlock(&peers->lock);

	while (given != NULL) {
		struct slow_peer *peer = given;
		given = peer->next_given;
		admit(peers, peer);
	}
}

struct slow_peers *
slow_peers_new(uv_loop_t *loop, slow_peer_done_function done)
{
	struct slow_peers *peers = must_allocate(sizeof(*peers));

	peers->loop = loop;
	peers->done = done;
	peers->wake.data = peers;
	pthread_mutex_init(&peers->lock, NULL);
	if (uv_async_init(loop, &peers->wake, on_wake) != 0)
		abort();
	return peers;
}

void
slow_peers_give(struct slow_peers *peers, struct connection *connection)
{
	struct slow_peer *peer = must_allocate(sizeof(*peer));

	peer->owner = peers;
	peer->connection = connection;
	pthread_mutex_lock(&peers->lock);
	peer->next_given = peers->given;
	peers->given = peer;
	pthread_mutex_unlock(&peers->lock);
	uv_async_send(&peers->wake);
}

int
slow_peers_is_idle(struct slow_peers *peers)
{
	on_wake(&peers->wake);
	return peers->first == NULL;
}

static void
on_wake_closed(uv_handle_t *handle)
{
	struct slow_peers *peers = handle->data;

	peers->wake.data = NULL;
}

void
slow_peers_free(struct slow_peers *peers)
{
	on_wake(&peers->wake);
	for (struct slow_peer *peer = peers->first; peer != NULL; peer = peer->next)
		give_up(peer);
	uv_close((uv_handle_t *)&peers->wake, on_wake_closed);
	while (peers->first != NULL || peers->wake.data != NULL)
		uv_run(peers->loop, UV_RUN_ONCE);
	pthread_mutex_destroy(&peers->lock);
	free(peers);
}
