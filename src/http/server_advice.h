/*
 * What the owner is told of the web server in front: whether it can have as many followers as are
 * allowed. Servers do not tell how they are set up, so it is judged by what Debian's packages have.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_SERVER_ADVICE_H
#define PLAINCHAT_HTTP_SERVER_ADVICE_H

#include <stdatomic.h>

struct request;

/* Begins with is_given false. Shared by all threads. */
struct server_advice {
	unsigned streams_max; /* that are allowed; as many requests may be held */
	atomic_bool is_given; /* once is enough */
};

/* Looks at which web server the request comes from (SERVER_SOFTWARE), and logs a line if it may be
 * stopped by so many followers. Callable on any thread. */
void
server_advice_give(struct server_advice *advice, const struct request *request);

#endif
