/*
 * Every Unicode scalar.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include "support_scalars.h"

#include <string.h>

unsigned
scalar_next(unsigned scalar)
{
	return scalar == 0xd7ff ? 0xe000 : scalar + 1;
}

const char *
scalar_utf8(unsigned scalar)
{
	static const unsigned leads[] = { 0, 192, 224, 240 };
	static char bytes[5];
	unsigned more = scalar < 0x80 ? 0 : scalar < 0x800 ? 1 : scalar < 0x10000 ? 2 : 3;

	memset(bytes, 0, sizeof(bytes));
	for (unsigned i = more; i > 0; i--, scalar /= 64)
		bytes[i] = (char)(128 + scalar % 64);
	bytes[0] = (char)(leads[more] + scalar);
	return bytes;
}

void
scalar_write_lower(struct buf *text, unsigned scalar)
{
	unsigned rest = scalar - 0x10000;
	enum err err = scalar < 0x10000
	                       ? buf_append_format(text, "\\u%04x", scalar)
	                       : buf_append_format(text, "\\u%04x\\u%04x", 0xd800 + rest / 1024,
	                                           0xdc00 + rest % 1024);

	assert_int_equal(err, ERR_NONE);
}

void
scalar_write_upper(struct buf *text, unsigned scalar)
{
	size_t start = text->size;

	scalar_write_lower(text, scalar);
	for (char *at = text->data + start; *at != '\0'; at++)
		*at = (char)(*at >= 'a' && *at <= 'f' ? *at - 'a' + 'A' : *at);
}

static void
append_utf8(struct buf *text, unsigned scalar)
{
	assert_int_equal(buf_append_text(text, scalar_utf8(scalar)), ERR_NONE);
}

void
scalar_write_raw(struct buf *text, unsigned scalar)
{
	bool must_escape = scalar < 0x20 || scalar == '"' || scalar == '\\';

	(must_escape ? scalar_write_lower : append_utf8)(text, scalar);
}

unsigned
scalars_write(struct buf *text, unsigned first, unsigned count, scalar_write_function write)
{
	unsigned scalar = first;

	for (; count > 0 && scalar < SCALARS_END; count--, scalar = scalar_next(scalar))
		write(text, scalar);
	return scalar;
}

unsigned
scalars_append(struct buf *text, unsigned first, unsigned count)
{
	return scalars_write(text, first, count, append_utf8);
}
