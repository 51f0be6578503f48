/*
 * FastCGI connections and the register of those that are open. The register is locked for a few
 * instructions per request; it is walked once a second while some request comes in pieces, and at
 * the end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/log.h"
#include "server/fastcgi/record.h"

/* Bytes that are asked for at once: most requests fit. */
#define RECEIVE_BYTES ((size_t)8 * 1024)

void
connections_init(struct connections *connections)
{
	connections->count = 0;
	list_init(&connections->list);
	pthread_mutex_init(&connections->lock, NULL);
}

static struct connection *
connection_of(struct list_link *link)
{
	return OWNER_OF(link, struct connection, link);
}

void
connections_fini(struct connections *connections)
{
	while (!list_is_empty(&connections->list))
		connection_close(connection_of(list_first(&connections->list)));
	pthread_mutex_destroy(&connections->lock);
}

size_t
connections_count(struct connections *connections)
{
	pthread_mutex_lock(&connections->lock);
	size_t count = connections->count;
	pthread_mutex_unlock(&connections->lock);
	return count;
}

struct connection *
connection_new(struct connections *connections, int fd, struct fcgi_reader *owner, int epoll_fd)
{
	struct connection *connection = must_allocate(sizeof(*connection));

	connection->connections = connections;
	connection->owner = owner;
	connection->epoll_fd = epoll_fd;
	connection->fd = fd;
	buf_init(&connection->out,
	         BOUND_RESPONSE_BYTES + 4096 + RECORD_OVERHEAD(BOUND_RESPONSE_BYTES + 4096));

	pthread_mutex_lock(&connections->lock);
	list_add_last(&connections->list, &connection->link);
	connections->count++;
	pthread_mutex_unlock(&connections->lock);
	return connection;
}

void
connection_close(struct connection *connection)
{
	struct connections *connections = connection->connections;

	connection_take(connection);
	pthread_mutex_lock(&connections->lock);
	list_remove(&connection->link);
	connections->count--;
	pthread_mutex_unlock(&connections->lock);

	if (connection->fd >= 0)
		close(connection->fd);
	if (connection->request != NULL)
		request_free(connection->request);
	free(connection->flow);
	buf_fini(&connection->in);
	buf_fini(&connection->out);
	free(connection);
}

static enum err
wait_for(struct connection *connection, uint32_t events, int64_t deadline_us)
{
	struct connections *connections = connection->connections;
	struct epoll_event event = { .events = events, .data.ptr = connection };

	/* Under the lock, so that its reader cannot find it before this is done; afterwards it may
	 * be gone at any moment. */
	pthread_mutex_lock(&connections->lock);
	connection->is_waiting = true;
	connection->deadline_us = deadline_us;
	int failed = epoll_ctl(connection->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event);
	if (failed != 0)
		connection->is_waiting = false;
	pthread_mutex_unlock(&connections->lock);
	if (failed == 0)
		return ERR_NONE;
	log_event(LOG_ERROR, "epoll_failed", LOG_FIELDS(log_text("error", strerror(errno))));
	return ERR_SYSTEM;
}

enum err
connection_wait(struct connection *connection, int64_t deadline_us)
{
	return wait_for(connection, EPOLLIN | EPOLLRDHUP, deadline_us);
}

enum err
connection_wait_to_send(struct connection *connection, int64_t deadline_us)
{
	return wait_for(connection, EPOLLOUT, deadline_us);
}

void
connection_set_flow(struct connection *connection, struct flow *flow)
{
	free(connection->flow);
	if (flow == NULL)
		buf_fini(&connection->in);
	connection->flow = flow;
	pthread_mutex_lock(&connection->connections->lock);
	connection->is_flowing = flow != NULL;
	pthread_mutex_unlock(&connection->connections->lock);
}

void
connection_set_deadline(struct connection *connection, int64_t deadline_us)
{
	pthread_mutex_lock(&connection->connections->lock);
	connection->deadline_us = deadline_us;
	pthread_mutex_unlock(&connection->connections->lock);
}

void
connection_take(struct connection *connection)
{
	/* Closing the descriptor alone would not do: a child that has just been forked may hold a
	 * copy, and events for a connection that is gone would go on coming. */
	pthread_mutex_lock(&connection->connections->lock);
	if (connection->is_waiting)
		epoll_ctl(connection->epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
	connection->is_waiting = false;
	pthread_mutex_unlock(&connection->connections->lock);
}

struct connection *
connections_find_overdue(struct connections *connections, const struct fcgi_reader *owner,
                         int64_t now_us, bool any_idle)
{
	const struct list *list = &connections->list;
	struct connection *found = NULL;

	pthread_mutex_lock(&connections->lock);
	for (struct list_link *link = list_first(list); link != NULL && found == NULL;
	     link = list_next(list, link)) {
		struct connection *connection = connection_of(link);
		if (!connection->is_waiting || connection->owner != owner)
			continue;
		if (connection->deadline_us == 0 ? any_idle : connection->deadline_us <= now_us)
			found = connection;
	}
	pthread_mutex_unlock(&connections->lock);
	return found;
}

static bool
has_any(struct connections *connections, const struct fcgi_reader *owner, bool any_idle)
{
	const struct list *list = &connections->list;
	bool has = false;

	pthread_mutex_lock(&connections->lock);
	for (struct list_link *link = list_first(list); link != NULL && !has;
	     link = list_next(list, link)) {
		const struct connection *connection = connection_of(link);
		bool is_waiting =
			connection->is_waiting && (any_idle || connection->deadline_us != 0);
		has = connection->owner == owner && (is_waiting || connection->is_flowing);
	}
	pthread_mutex_unlock(&connections->lock);
	return has;
}

bool
connections_has_waiting(struct connections *connections, const struct fcgi_reader *owner)
{
	return has_any(connections, owner, true);
}

bool
connections_has_begun(struct connections *connections, const struct fcgi_reader *owner)
{
	return has_any(connections, owner, false);
}

enum err
connection_receive(struct connection *connection)
{
	struct buf *in = &connection->in;
	size_t before = in->size;

	while (in->size < in->cap) {
		size_t wanted =
			in->cap - in->size < RECEIVE_BYTES ? in->cap - in->size : RECEIVE_BYTES;
		char *room;
		if (buf_reserve(in, wanted, &room) != ERR_NONE)
			return ERR_TOO_LARGE;
		ssize_t got = recv(connection->fd, room, wanted, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return ERR_NONE;
		if (got <= 0)
			return in->size > before ? ERR_NONE : ERR_PEER_GONE;
		in->size += (size_t)got;
		/* A socket that gave less than was asked for has no more. */
		if ((size_t)got < wanted)
			return ERR_NONE;
		if (in->size - before >= BOUND_PIECE_BYTES)
			return ERR_TRUNCATED;
	}
	return ERR_TOO_LARGE;
}

enum err
connection_send(struct connection *connection)
{
	while (connection->sent_size < connection->out.size) {
		ssize_t sent = send(connection->fd, connection->out.data + connection->sent_size,
		                    connection->out.size - connection->sent_size, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? ERR_TRUNCATED : ERR_PEER_GONE;
		connection->sent_size += (size_t)sent;
	}
	return ERR_NONE;
}

enum err
connection_discard_input(struct connection *connection)
{
	char dropped[16 * 1024];

	for (;;) {
		ssize_t got = recv(connection->fd, dropped, sizeof(dropped), 0);
		if (got == 0)
			return ERR_NONE;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? ERR_TRUNCATED : ERR_PEER_GONE;
	}
}
