/*
 * libfcgi as a parser. It is handed a connection that we have accepted, reads one request from it,
 * and is let go; it neither accepts, nor writes, nor closes. Its own accept has no place for the
 * gate between accepting and parsing, gives up on EMFILE, and cannot be stopped but by a signal.
 *
 * SPDX-License-Identifier: MIT
 */
#include "front/fcgi_request.h"

#include <fcgiapp.h>
#include <signal.h>

#include "base/log.h"
#include "front/connection.h"

enum err
fcgi_request_init(void)
{
	static const int signals[] = { SIGTERM, SIGUSR1, SIGPIPE };
	struct sigaction before[sizeof(signals) / sizeof(signals[0])];

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], NULL, &before[i]);
	int failed = FCGX_Init();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &before[i], NULL);
	if (failed != 0) {
		log_event(LOG_ERROR, "libfcgi_init_failed", LOG_FIELDS(log_number("code", failed)));
		return ERR_SYSTEM;
	}
	return ERR_NONE;
}

static void
read_body(FCGX_Request *fcgi, struct buf *body)
{
	char *room;

	if (buf_reserve(body, body->cap, &room) != ERR_NONE)
		return;
	int size = FCGX_GetStr(room, (int)body->cap, fcgi->in);
	body->size = size > 0 ? (size_t)size : 0;
}

enum err
fcgi_request_read(struct connection *connection, size_t body_bytes_max, struct request **request)
{
	FCGX_Request fcgi;

	/* No listening socket: where libfcgi refuses a request it goes on to accept, which then
	 * fails at once. `keepConnection`: it begins with finishing a request before this one. */
	FCGX_InitRequest(&fcgi, -1, 0);
	fcgi.ipcFd = connection->fd;
	fcgi.keepConnection = 1;
	if (FCGX_Accept_r(&fcgi) != 0) {
		connection->fd = -1;
		log_event(LOG_WARN, "request_refused", LOG_FIELDS(log_text("reason", "libfcgi")));
		return ERR_SYNTAX;
	}
	*request = request_new(fcgi.envp, body_bytes_max, &connection->carrier);
	read_body(&fcgi, &(*request)->body);
	connection->request_id = (uint16_t)fcgi.requestId;
	connection->keep = fcgi.keepConnection != 0;
	FCGX_Free(&fcgi, 0);
	return ERR_NONE;
}
