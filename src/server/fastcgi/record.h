/*
 * Writing FastCGI records (FastCGI specification 1.0, section 3.3). Every answer over FastCGI
 * leaves as bytes that were put together here, whichever thread it leaves from. Pure functions.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_FASTCGI_RECORD_H
#define PLAINCHAT_SERVER_FASTCGI_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes that record_append_stdout and record_append_end add around `size` bytes, at the most. */
#define RECORD_OVERHEAD(size) (((size) / 65528 + 1) * (8 + 7) + 8 + 16)

/* Appends `size` bytes from `data` as FCGI_STDOUT records of the request, as many as are needed
 * and padded to 8 bytes; none where size is 0, since an empty one would end the stream.
 * ERR_TOO_LARGE: see buf_append; the buf then holds a part and is of no use. */
enum err MUST_CHECK
record_append_stdout(struct buf *out, uint16_t request_id, const char *data, size_t size);

/* Appends the end of the stream FCGI_STDOUT and FCGI_END_REQUEST, with exit status 0 and
 * FCGI_REQUEST_COMPLETE. Errors as above. */
enum err MUST_CHECK
record_append_end(struct buf *out, uint16_t request_id);

#endif
