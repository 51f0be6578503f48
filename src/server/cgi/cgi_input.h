/*
 * Standard input of a CGI program: bodies that are read as a whole, and the rest of those that are
 * not wanted. On the only thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_CGI_CGI_INPUT_H
#define PLAINCHAT_SERVER_CGI_CGI_INPUT_H

#include <stddef.h>

struct buf;

/* Reads at most `size` bytes, but no more than are read of any body, and keeps what fits into the
 * buf. Waits for them, or for the end. */
void
cgi_input_read(struct buf *body, size_t size);

/* Drops a body of no known length: there need not be an end of it, so only what comes at once. */
void
cgi_input_drop(void);

#endif
