/*
 * Reader threads: each accepts connections from the web server, waits until a request is whole,
 * has libfcgi parse it, and gives it to the route table.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_FCGI_READER_H
#define PLAINCHAT_SERVER_FASTCGI_FCGI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "server/fastcgi/intake.h"

struct connections;
struct fcgi_answers;
struct fcgi_reader;

/* What readers read from, and for whom. The pointers must outlive the reader. */
struct reading {
	struct fcgi_answers *answers;    /* noted in each connection */
	struct connections *connections; /* where each connection is registered */
	int listen_fd;                   /* non-blocking, shared with other readers and processes */
	int stop_fd;            /* becomes readable, and stays so, when it is time to stop */
	size_t connections_max; /* at once; more wait in the socket's queue */
	struct intake_settings intake;
	struct transport transport; /* how answers leave: copied into each connection */
};

/* Starts a thread. On ERR_NONE *reader is the caller's. ERR_SYSTEM: logged. */
enum err MUST_CHECK
fcgi_reader_start(const struct reading *reading, struct fcgi_reader **reader);

/* Waits for the thread to end, which it does at most BOUND_STOP_SECONDS after stop_fd has become
 * readable: what is queued and what has begun is still answered. False: something that it has
 * called hangs, until `end_us` of clock_now_us, and it must not be freed. */
bool MUST_CHECK
fcgi_reader_join(struct fcgi_reader *reader, int64_t end_us);

/* After joining, when no connection can come back to it. */
void
fcgi_reader_free(struct fcgi_reader *reader);

#endif
