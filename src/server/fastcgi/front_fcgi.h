/*
 * The FastCGI front: takes connections from the web server, makes requests of them, and sends the
 * answers back as records. A few reader threads each wait for their own connections; whoever has
 * an answer sends it, on its own thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_FRONT_FCGI_H
#define PLAINCHAT_SERVER_FASTCGI_FRONT_FCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

struct api;
struct front_fcgi;

struct front_fcgi_settings {
	unsigned threads;         /* readers, 1 to BOUND_THREADS_MAX */
	size_t connections_max;   /* at once; more wait in the socket's queue */
	unsigned request_seconds; /* in which a request, or a piece of a body, must come */
	size_t body_bytes_max;
};

/* Starts serving the listening socket, which stays the caller's and is made non-blocking.
 * Requests are given to route_request(api, ...). `loop` is for slow peers and is run by the caller,
 * on the thread that calls this. Both pointers must outlive the front. Signals must be blocked.
 * On ERR_NONE *front is the caller's, for front_fcgi_free. ERR_SYSTEM: logged. */
enum err MUST_CHECK
front_fcgi_start(int listen_fd, const struct front_fcgi_settings *settings, const struct api *api,
                 uv_loop_t *loop, struct front_fcgi **front);

/* Accepts what is queued and no more; returns when every request that has begun was given to the
 * route table, or after BOUND_STOP_SECONDS. False: a reader hangs until `end_us` of clock_now_us in
 * what it has called, so that nothing that it uses may be freed. On the loop's thread. */
bool
front_fcgi_stop_reading(struct front_fcgi *front, int64_t end_us);

/* After that, when no other thread makes answers any more and live has stopped: ends what still
 * flows, and gives slow peers another half of BOUND_STOP_SECONDS, until `end_us` at the latest, to
 * take their answers. Where a reader hangs what flows is left as it is. On the loop's thread. */
void
front_fcgi_stop(struct front_fcgi *front, int64_t end_us);

/* Closes and frees, where no reader hangs. On the loop's thread. */
void
front_fcgi_free(struct front_fcgi *front);

#endif
