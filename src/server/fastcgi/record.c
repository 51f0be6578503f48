/*
 * Writing FastCGI records; the layouts are those of <fastcgi.h>.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/record.h"

#include <fastcgi.h>

/* The largest content that is a multiple of 8: such a record needs no padding. */
#define CONTENT_MAX ((size_t)FCGI_MAX_LENGTH & ~(size_t)7)

static FCGI_Header
header(unsigned type, uint16_t request_id, size_t content_size, size_t padding_size)
{
	return (FCGI_Header){
		.version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(request_id >> 8),
		.requestIdB0 = (unsigned char)(request_id & 0xff),
		.contentLengthB1 = (unsigned char)(content_size >> 8),
		.contentLengthB0 = (unsigned char)(content_size & 0xff),
		.paddingLength = (unsigned char)padding_size,
	};
}

enum err
record_append_stdout(struct buf *out, uint16_t request_id, const char *data, size_t size)
{
	static const char padding[8];

	while (size > 0) {
		size_t content_size = size < CONTENT_MAX ? size : CONTENT_MAX;
		size_t padding_size = (8 - content_size % 8) % 8;
		FCGI_Header head = header(FCGI_STDOUT, request_id, content_size, padding_size);
		enum err err = buf_append(out, &head, sizeof(head));
		if (err == ERR_NONE)
			err = buf_append(out, data, content_size);
		if (err == ERR_NONE)
			err = buf_append(out, padding, padding_size);
		if (err != ERR_NONE)
			return err;
		data += content_size;
		size -= content_size;
	}
	return ERR_NONE;
}

enum err
record_append_end(struct buf *out, uint16_t request_id)
{
	FCGI_Header stream_end = header(FCGI_STDOUT, request_id, 0, 0);
	FCGI_EndRequestRecord end = {
		.header = header(FCGI_END_REQUEST, request_id, sizeof(end.body), 0),
		.body = { .protocolStatus = FCGI_REQUEST_COMPLETE },
	};

	enum err err = buf_append(out, &stream_end, sizeof(stream_end));
	return err == ERR_NONE ? buf_append(out, &end, sizeof(end)) : err;
}
