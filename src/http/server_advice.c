/*
 * What the owner is told of the web server in front.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/server_advice.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "http/request.h"

/* Streams, with as many held requests, that leave a third for all else. */
static const struct {
	const char *server;
	unsigned streams_max;
	const char *text;
} limits[] = {
	/* 150 workers, one for each. */
	{ "Apache", 50,
	  "each follower and held request takes a worker: let streams be a third of "
	  "MaxRequestWorkers" },
	/* 768 connections of a worker, two for each. */
	{ "nginx", 192,
	  "each follower and held request takes two connections: let streams be a "
	  "quarter of worker_connections" },
};

void
server_advice_give(struct server_advice *advice, const struct request *request)
{
	/* Once it is given no thread writes any more what all of them read. */
	if (request->server_software[0] == '\0' || atomic_load(&advice->is_given) ||
	    atomic_exchange(&advice->is_given, true))
		return;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		size_t size = strlen(limits[i].server);
		if (strncmp(request->server_software, limits[i].server, size) == 0 &&
		    advice->streams_max > limits[i].streams_max)
			log_event(LOG_INFO, "streams_may_fill_the_server",
			          LOG_FIELDS(log_text("server", limits[i].server),
			                     log_number("streams", advice->streams_max),
			                     log_text("advice", limits[i].text)));
	}
}
