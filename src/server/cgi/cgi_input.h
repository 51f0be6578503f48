/*
 * Standard input of a CGI program: bodies that are read as a whole, and the rest of those that are
 * not wanted. On the only thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_CGI_CGI_INPUT_H
#define PLAINCHAT_SERVER_CGI_CGI_INPUT_H

#include <stddef.h>
#include <sys/types.h>

#include "base/bounds.h"

struct buf;

/* Bytes of a body that are read although they are too many. */
#define CGI_INPUT_BYTES_MAX ((size_t)16 * BOUND_BODY_BYTES_MAX)

/* Waits for the next bytes and reads them: at most `size`. Returns how many; 0 at the end, -1 where
 * they cannot be read. */
ssize_t
cgi_input_receive(void *bytes, size_t size);

/* Reads at most `size` bytes and keeps what fits into the buf. Waits for them, or for the end. */
void
cgi_input_read(struct buf *body, size_t size);

/* Drops a body of no known length: there need not be an end of it, so only what comes at once. */
void
cgi_input_drop(void);

#endif
