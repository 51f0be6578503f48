/*
 * Slow peers on the libuv loop. Other threads send connections there by mail, and the loop watches
 * each one's descriptor and a timer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/slow_peer.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/bounds.h"
#include "base/list.h"
#include "base/log.h"
#include "loop/handles.h"
#include "loop/mailbox.h"
#include "server/fastcgi/connection.h"

struct slow_peer {
	struct mail mail; /* by which it comes to the loop */
	struct slow_peers *owner;
	struct connection *connection;
	uv_poll_t poll;
	uv_timer_t timer;
	struct handles handles;
	struct list_link link;
};

struct slow_peers {
	uv_loop_t *loop;
	struct mailbox *mailbox;
	slow_peer_done_function done;
	struct list peers; /* who has been here the longest is the first */
	size_t bytes;      /* of all their answers */
};

static void
on_closed(struct handles *handles)
{
	struct slow_peer *peer = OWNER_OF(handles, struct slow_peer, handles);

	list_remove(&peer->link);
	peer->owner->bytes -= peer->connection->out.size;
	/* Only now, since libuv wants the descriptor open until its handle is closed. */
	peer->owner->done(peer->connection);
	free(peer);
}

static void
finish(struct slow_peer *peer)
{
	handles_close(&peer->handles, (uv_handle_t *)&peer->poll);
	handles_close(&peer->handles, (uv_handle_t *)&peer->timer);
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

	for (struct list_link *link = list_first(&peers->peers); link != NULL && excess > 0;
	     link = list_next(&peers->peers, link)) {
		struct slow_peer *peer = OWNER_OF(link, struct slow_peer, link);
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
admit(struct mail *mail)
{
	struct slow_peer *peer = OWNER_OF(mail, struct slow_peer, mail);
	struct slow_peers *peers = peer->owner;

	int failed = uv_poll_init(peers->loop, &peer->poll, peer->connection->fd);
	if (failed != 0) {
		log_event(LOG_ERROR, "poll_failed",
		          LOG_FIELDS(log_text("error", uv_strerror(failed))));
		peer->connection->keep = false;
		peers->done(peer->connection);
		free(peer);
		return;
	}
	list_add_last(&peers->peers, &peer->link);
	peers->bytes += peer->connection->out.size;

	peer->handles.closed = on_closed;
	handles_add(&peer->handles);
	handles_add(&peer->handles);
	peer->poll.data = peer;
	peer->timer.data = peer;
	uv_timer_init(peers->loop, &peer->timer);
	uv_timer_start(&peer->timer, on_time_out, BOUND_SLOW_PEER_SECONDS * 1000, 0);
	make_room(peers);
	if (!uv_is_closing((uv_handle_t *)&peer->poll))
		advance(peer);
}

struct slow_peers *
slow_peers_new(uv_loop_t *loop, slow_peer_done_function done)
{
	struct slow_peers *peers = must_allocate(sizeof(*peers));

	peers->loop = loop;
	peers->done = done;
	list_init(&peers->peers);
	if (mailbox_open(loop, NULL, NULL, &peers->mailbox) != ERR_NONE)
		abort();
	return peers;
}

void
slow_peers_give(struct slow_peers *peers, struct connection *connection)
{
	struct slow_peer *peer = must_allocate(sizeof(*peer));

	peer->mail.deliver = admit;
	peer->owner = peers;
	peer->connection = connection;
	mailbox_post(peers->mailbox, &peer->mail);
}

int
slow_peers_is_idle(struct slow_peers *peers)
{
	mailbox_deliver(peers->mailbox);
	return list_is_empty(&peers->peers);
}

void
slow_peers_free(struct slow_peers *peers)
{
	mailbox_deliver(peers->mailbox);
	for (struct list_link *link = list_first(&peers->peers); link != NULL;
	     link = list_next(&peers->peers, link))
		give_up(OWNER_OF(link, struct slow_peer, link));
	while (!list_is_empty(&peers->peers))
		uv_run(peers->loop, UV_RUN_ONCE);
	mailbox_close(peers->mailbox);
	free(peers);
}
