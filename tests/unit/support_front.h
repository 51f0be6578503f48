/*
 * The FastCGI front over a real Unix socket, for tests that are the web server: it runs on a thread
 * of its own, as in main.c. One at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_FRONT_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_FRONT_H

#include "support.h"

#include "server/fastcgi/front_fcgi.h"

/* One reader, the default limits, and patience with whoever is slow. */
extern const struct front_fcgi_settings front_defaults;

/* Serves the stage, which must outlive it, on a socket in the scratch folder. */
void
front_start(struct stage *stage, const struct front_fcgi_settings *settings);

/* The server begins to stop; it goes on answering what is in flight. */
void
front_begin_stop(void);

/* Waits until it has stopped, after front_begin_stop. */
void
front_join(void);

/* After front_join: removes the socket, which was open until now. */
void
front_close(void);

/* All three; nothing where there is no server, or none any more. */
void
front_stop(void);

/* The path of its socket. */
const char *
front_path(void);

/* A connection to it, as client_connect makes it. */
int
front_connect(void);

/* A request that is fine is answered, and its connection closed: nothing that came before has done
 * any harm. With one reader it also means that the reader has looked at all that was sent before.
 */
void
assert_serves(void);

/* Makes the bytes of a request, to be freed by buf_fini. */
void
make_request(struct buf *request, const struct fcgi_form *form);

/* Receives a reply, and fails unless it is this; see assert_reply. */
void
expect_reply(int fd, unsigned request_id, const char *status, const char *body);

#endif
