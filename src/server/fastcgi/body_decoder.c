/*
 * A body out of FCGI_STDIN records, in place.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/body_decoder.h"

#include <fastcgi.h>
#include <string.h>

/* The header is there: what follows it. False: it is none of this body's. */
static bool
begin_record(struct body_decoder *decoder)
{
	FCGI_Header header;

	memcpy(&header, decoder->head, sizeof(header));
	if (header.version != FCGI_VERSION_1 || header.type != FCGI_STDIN ||
	    ((unsigned)header.requestIdB1 << 8 | header.requestIdB0) != decoder->request_id)
		return false;
	decoder->content_left = (size_t)header.contentLengthB1 << 8 | header.contentLengthB0;
	decoder->padding_left = header.paddingLength;
	decoder->is_ended = decoder->content_left == 0;
	return true;
}

/* How many of `left` are among the next `size` bytes; they are counted off. */
static size_t
count_off(size_t *left, size_t size)
{
	size_t taken = *left < size ? *left : size;

	*left -= taken;
	return taken;
}

bool
body_decoder_is_over(const struct body_decoder *decoder)
{
	return decoder->is_ended && decoder->padding_left == 0;
}

enum err
body_decoder_take(struct body_decoder *decoder, char *bytes, size_t size, size_t *body_size)
{
	size_t at = 0;

	*body_size = 0;
	while (at < size) {
		if (decoder->content_left > 0) {
			size_t taken = count_off(&decoder->content_left, size - at);
			memmove(bytes + *body_size, bytes + at, taken);
			*body_size += taken;
			at += taken;
		} else if (decoder->padding_left > 0) {
			at += count_off(&decoder->padding_left, size - at);
		} else if (decoder->is_ended) {
			return ERR_SYNTAX;
		} else {
			decoder->head[decoder->head_size++] = (unsigned char)bytes[at++];
			if (decoder->head_size < sizeof(decoder->head))
				continue;
			decoder->head_size = 0;
			if (!begin_record(decoder))
				return ERR_SYNTAX;
		}
	}
	return ERR_NONE;
}
