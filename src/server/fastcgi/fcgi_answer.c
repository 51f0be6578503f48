/*
 * Answers over FastCGI that are whole, and how the connection of any ends.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/fcgi_answer.h"

#include <stdlib.h>

#include "chat/limits/fair_pool.h"
#include "http/request.h"
#include "http/response.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/record.h"
#include "server/fastcgi/slow_peer.h"
#include "server/fastcgi/stream.h"

void
fcgi_answer_hold(struct connection *connection, size_t size)
{
	struct fair_pool *reads = connection->answers->reads;

	if (reads == NULL)
		return;
	if (connection->held_size > 0)
		fair_pool_release(reads, &connection->client, connection->held_size);
	connection->held_size = size;
	if (size > 0)
		fair_pool_hold(reads, &connection->client, size);
}

void
fcgi_answer_finish(struct connection *connection)
{
	fcgi_answer_hold(connection, 0);
	if (connection->flow != NULL)
		connection_set_flow(connection, NULL);
	if (connection->keep && !atomic_load(&connection->answers->is_stopping)) {
		buf_fini(&connection->out);
		connection->sent_size = 0;
		if (connection_wait(connection, 0) == ERR_NONE)
			return;
	}
	connection_close(connection);
}

/* Gives a connection to the loop whose peer does not take all at once. */
static void
give_to_loop(struct connection *connection, const char *address)
{
	if (connection->flow != NULL)
		connection_set_flow(connection, NULL);
	connection->client = client_address_read(address);
	fcgi_answer_hold(connection, connection->out.size);
	slow_peers_give(connection->answers->slow_peers, connection);
}

void
fcgi_answer_append(struct connection *connection, const struct request *request,
                   const struct response *response, bool ends)
{
	struct buf content;

	buf_init(&content, connection->out.cap);
	enum err err = response_append(response, request->method == METHOD_HEAD, &content);
	if (err == ERR_NONE)
		err = record_append_stdout(&connection->out, connection->request_id, content.data,
		                           content.size);
	if (err == ERR_NONE && ends)
		err = record_append_end(&connection->out, connection->request_id);
	buf_fini(&content);
	/* No response is larger than a connection's cap, which is made for it. */
	if (err != ERR_NONE)
		abort();
}

void
fcgi_answer_leave(struct connection *connection, const char *address)
{
	enum err err = connection_send(connection);

	if (connection->has_unread)
		connection->keep = false;
	if (err == ERR_PEER_GONE) {
		connection->keep = false;
		connection->has_unread = false;
	}
	if (err == ERR_TRUNCATED || connection->has_unread)
		give_to_loop(connection, address);
	else
		fcgi_answer_finish(connection);
}

void
fcgi_answer_send(struct transport *transport, struct request *request, struct response *response)
{
	struct connection *connection = (struct connection *)transport;

	fcgi_answer_append(connection, request, response, true);
	response_free(response);
	fcgi_answer_leave(connection, request->remote_address);
	request_free(request);
}

struct event_sink *
fcgi_answer_stream(struct transport *transport, struct request *request, struct response *response)
{
	struct connection *connection = (struct connection *)transport;

	fcgi_answer_append(connection, request, response, false);
	request_free(request);
	response_free(response);
	if (connection->flow != NULL)
		connection_set_flow(connection, NULL);
	return stream_new(connection);
}
