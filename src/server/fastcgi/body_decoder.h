/*
 * A request's body out of FastCGI records (FastCGI specification 1.0, section 3.3), however it is
 * cut. Pure, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_BODY_DECODER_H
#define PLAINCHAT_SERVER_FASTCGI_BODY_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Between one piece and the next; all zero but for the id before the first. */
struct body_decoder {
	unsigned request_id;
	unsigned char head[8]; /* of a record's header, what has come */
	size_t head_size;
	size_t content_left; /* of that record */
	size_t padding_left;
	bool is_ended; /* the header of the end of FCGI_STDIN has come */
};

/* Whether all has come, the last record's padding too. */
bool
body_decoder_is_over(const struct body_decoder *decoder);

/* Takes the next `size` bytes behind the end of FCGI_PARAMS, and moves those of the body to the
 * front of `bytes`: *body_size, on any error those before it. ERR_SYNTAX: a record of another kind
 * or of another request, or bytes behind the end; the decoder is of no use then. */
enum err MUST_CHECK
body_decoder_take(struct body_decoder *decoder, char *bytes, size_t size, size_t *body_size);

#endif
