/*
 * libfcgi as a parser. It reads by its own function OS_Read, which the program replaces by one that
 * gives it the request from memory; it neither accepts, nor writes, nor sees the connection. Its
 * own accept has no place for a check between accepting and parsing, gives up on EMFILE, and
 * cannot be stopped but by a signal; and on a connection it would wait, on this thread, for a body
 * that trickles in.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/fcgi_request.h"

#include <fastcgi.h>
#include <fcgiapp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "server/fastcgi/body_decoder.h"
#include "server/fastcgi/connection.h"

/* A descriptor that there never is: libfcgi wants a number, and may try to close it. */
#define NO_DESCRIPTOR INT_MAX

/* What libfcgi reads on this thread. */
static _Thread_local struct {
	const char *bytes;
	size_t size;
} unread;

/* Takes the place of libfcgi's function in <fcgios.h>, which is not included, as it brings the
 * macros of another package's configure. configure has tried that libfcgi then calls this one. */
int
FCGI_OS_READ(int fd, char *buffer, size_t size);

int
FCGI_OS_READ(int fd, char *buffer, size_t size)
{
	size_t given = unread.size < size ? unread.size : size;

	(void)fd;
	if (given > 0)
		memcpy(buffer, unread.bytes, given);
	unread.bytes += given;
	unread.size -= given;
	return (int)given;
}

/* Has libfcgi parse the bytes. On ERR_NONE FCGX_Free follows, before they change. */
static enum err
parse(FCGX_Request *fcgi, const char *bytes, size_t size)
{
	unread.bytes = bytes;
	unread.size = size;
	/* No listening socket: where libfcgi refuses a request it goes on to accept, which then
	 * fails at once. `keepConnection`: it begins with finishing a request before this one. */
	FCGX_InitRequest(fcgi, -1, 0);
	fcgi->ipcFd = NO_DESCRIPTOR;
	fcgi->keepConnection = 1;
	return FCGX_Accept_r(fcgi) == 0 ? ERR_NONE : ERR_SYNTAX;
}

/* Whether libfcgi reads here: of another library of that name this would not be known before. */
static bool
can_parse(void)
{
	/* FCGI_BEGIN_REQUEST for a responder, and the ends of FCGI_PARAMS and FCGI_STDIN. */
	static const char smallest[] = {
		FCGI_VERSION_1,
		FCGI_BEGIN_REQUEST,
		0,
		1,
		0,
		8,
		0,
		0,
		0,
		FCGI_RESPONDER,
		0,
		0,
		0,
		0,
		0,
		0,
		FCGI_VERSION_1,
		FCGI_PARAMS,
		0,
		1,
		0,
		0,
		0,
		0,
		FCGI_VERSION_1,
		FCGI_STDIN,
		0,
		1,
		0,
		0,
		0,
		0,
	};
	FCGX_Request fcgi;

	if (parse(&fcgi, smallest, sizeof(smallest)) != ERR_NONE)
		return false;
	FCGX_Free(&fcgi, 0);
	return true;
}

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
	if (failed != 0 || !can_parse()) {
		log_event(LOG_ERROR, "libfcgi_init_failed", LOG_FIELDS(log_number("code", failed)));
		return ERR_SYSTEM;
	}
	return ERR_NONE;
}

enum err
fcgi_request_read_head(struct connection *connection, size_t body_bytes_max,
                       struct request **request)
{
	FCGX_Request fcgi;

	if (parse(&fcgi, connection->in.data, connection->validation.head_size) != ERR_NONE) {
		log_event(LOG_WARN, "request_refused", LOG_FIELDS(log_text("reason", "libfcgi")));
		return ERR_SYNTAX;
	}
	*request = request_new(fcgi.envp, body_bytes_max, &connection->transport);
	connection->request_id = (uint16_t)fcgi.requestId;
	connection->keep = fcgi.keepConnection != 0;
	FCGX_Free(&fcgi, 0);
	return ERR_NONE;
}

void
fcgi_request_read_body(struct connection *connection, struct request *request)
{
	struct body_decoder decoder = { .request_id = connection->request_id };
	struct buf *body = &request->body;
	size_t head_size = connection->validation.head_size;
	size_t size;

	/* What follows a body that is too large was not judged, and is not read. */
	(void)!body_decoder_take(&decoder, connection->in.data + head_size,
	                         connection->in.size - head_size, &size);
	if (buf_append(body, connection->in.data + head_size,
	               size < body->cap ? size : body->cap) != ERR_NONE)
		abort();
}
