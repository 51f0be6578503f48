/*
 * Standard output of a CGI program: the answer's only way out.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_CGI_CGI_OUTPUT_H
#define PLAINCHAT_SERVER_CGI_CGI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct response;

/* Writes all of it, and waits for who reads it. ERR_PEER_GONE: nobody does. On the only thread. */
enum err MUST_CHECK
cgi_output_write(const char *data, size_t size);

/* Writes what there is of the response; `head_only` leaves its body out. Errors as above. */
enum err MUST_CHECK
cgi_output_write_response(const struct response *response, bool head_only);

#endif
