/*
 * The CGI front: one request per process, from the environment and standard input, answered on
 * standard output (RFC 3875).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_CGI_FRONT_CGI_H
#define PLAINCHAT_SERVER_CGI_FRONT_CGI_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"

struct api;
struct replies;
struct response;

/* Whether the environment is one that a web server makes for a CGI program. */
bool
front_cgi_is_wanted(void);

/* Whether the request is for a stream. */
bool
front_cgi_wants_stream(void);

struct front_cgi_settings {
	size_t body_bytes_max;
	uv_loop_t *loop;         /* NULL: no streams, and whoever answers does so at once */
	struct replies *replies; /* that are run until all have ended; NULL: all answer at once */
	unsigned stream_seconds; /* after which a stream ends; its client comes back */
};

/* Reads the request, has it answered by route_request(api, ...), and returns when the answer has
 * been written and no reply streams any more; until then it runs the loop. What takes its
 * time goes on in a process of its own, which the client's leaving does not end; this one then only
 * passes on its answer and exits. ERR_PEER_GONE: the answer could not be written. On the only
 * thread. */
enum err MUST_CHECK
front_cgi_serve(const struct api *api, const struct front_cgi_settings *settings);

/* Answers whatever the request is with this response, which is freed: for a program that cannot
 * work. Errors as above. */
enum err MUST_CHECK
front_cgi_refuse(struct response *response);

#endif
