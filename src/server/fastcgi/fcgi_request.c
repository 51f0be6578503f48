/*
 * libfcgi as a parser. It can only read from a descriptor, so it is handed a memory file that holds
 * the request; it neither accepts, nor writes, nor sees the connection. Its own accept has no place
 * for the gate between accepting and parsing, gives up on EMFILE, and cannot be stopped but by a
 * signal; and on a connection it would wait, on this thread, for a body that trickles in.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/fcgi_request.h"

#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "server/fastcgi/connection.h"

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

/* `most`: no body is longer than the bytes that it came in. A request keeps its body until it is
 * answered, so there is no room for more than there is. */
static void
read_body(FCGX_Request *fcgi, struct buf *body, size_t most)
{
	size_t wanted = body->cap < most ? body->cap : most;
	char *room;

	if (buf_reserve(body, wanted, &room) != ERR_NONE)
		return;
	int size = FCGX_GetStr(room, (int)wanted, fcgi->in);
	body->size = size > 0 ? (size_t)size : 0;
}

struct fcgi_parser {
	int fd;           /* the memory file; -1 where libfcgi has closed it */
	size_t file_size; /* bytes in it */
};

static enum err
open_file(struct fcgi_parser *parser)
{
	parser->fd = memfd_create("plainchat-request", MFD_CLOEXEC);
	parser->file_size = 0;
	if (parser->fd >= 0)
		return ERR_NONE;
	log_event(LOG_ERROR, "memory_file_failed", LOG_FIELDS(log_text("error", strerror(errno))));
	return ERR_SYSTEM;
}

enum err
fcgi_parser_new(struct fcgi_parser **parser)
{
	*parser = must_allocate(sizeof(**parser));
	enum err err = open_file(*parser);
	if (err != ERR_NONE)
		free(*parser);
	return err;
}

void
fcgi_parser_free(struct fcgi_parser *parser)
{
	if (parser->fd >= 0)
		close(parser->fd);
	free(parser);
}

/* Puts the bytes into the memory file, alone, and sets its position to the first. */
static enum err
fill_file(struct fcgi_parser *parser, const struct buf *bytes)
{
	if (parser->fd < 0 && open_file(parser) != ERR_NONE)
		return ERR_SYSTEM;
	if ((bytes->size < parser->file_size && ftruncate(parser->fd, (off_t)bytes->size) != 0) ||
	    pwrite(parser->fd, bytes->data, bytes->size, 0) != (ssize_t)bytes->size ||
	    lseek(parser->fd, 0, SEEK_SET) != 0) {
		log_event(LOG_ERROR, "memory_file_failed",
		          LOG_FIELDS(log_text("error", strerror(errno))));
		return ERR_SYSTEM;
	}
	parser->file_size = bytes->size;
	return ERR_NONE;
}

enum err
fcgi_request_read(struct fcgi_parser *parser, struct connection *connection, size_t body_bytes_max,
                  struct request **request)
{
	FCGX_Request fcgi;

	if (fill_file(parser, &connection->in) != ERR_NONE)
		return ERR_SYSTEM;
	/* No listening socket: where libfcgi refuses a request it goes on to accept, which then
	 * fails at once. `keepConnection`: it begins with finishing a request before this one. */
	FCGX_InitRequest(&fcgi, -1, 0);
	fcgi.ipcFd = parser->fd;
	fcgi.keepConnection = 1;
	if (FCGX_Accept_r(&fcgi) != 0) {
		parser->fd = -1;
		log_event(LOG_WARN, "request_refused", LOG_FIELDS(log_text("reason", "libfcgi")));
		return ERR_SYNTAX;
	}
	*request = request_new(fcgi.envp, body_bytes_max, &connection->carrier);
	read_body(&fcgi, &(*request)->body, connection->in.size);
	connection->request_id = (uint16_t)fcgi.requestId;
	connection->keep = fcgi.keepConnection != 0;
	FCGX_Free(&fcgi, 0);
	return ERR_NONE;
}
