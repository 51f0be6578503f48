/*
 * The record writer: what it writes, a small reader of FastCGI reads back to the same bytes. The
 * first two bytes are the request's id, the third says how often the rest is repeated, so that
 * small inputs also make answers of many records.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "server/fastcgi/record.h"

#define ANSWER_BYTES_MAX 300000

/* Reads one record's header; returns the type. */
static unsigned
read_header(const struct buf *out, size_t at, unsigned request_id, size_t *content, size_t *padding)
{
	const unsigned char *head = (const unsigned char *)out->data + at;

	MUST(at + 8 <= out->size);
	MUST(head[0] == 1);
	MUST((unsigned)(head[2] << 8 | head[3]) == request_id);
	*content = (size_t)head[4] << 8 | head[5];
	*padding = head[6];
	MUST(at + 8 + *content + *padding <= out->size);
	return head[1];
}

static void
check_read_back(const struct buf *out, unsigned request_id, const struct buf *answer)
{
	size_t at = 0;
	size_t read = 0;
	size_t content;
	size_t padding;

	for (;;) {
		MUST(read_header(out, at, request_id, &content, &padding) == 6);
		MUST(read + content <= answer->size);
		if (content > 0)
			MUST(memcmp(out->data + at + 8, answer->data + read, content) == 0);
		read += content;
		at += 8 + content + padding;
		if (content == 0)
			break;
	}
	MUST(read == answer->size);
	MUST(read_header(out, at, request_id, &content, &padding) == 3);
	MUST(content == 8 && padding == 0);
	MUST(memcmp(out->data + at + 8, "\0\0\0\0\0", 5) == 0);
	MUST(at + 16 == out->size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf answer;
	struct buf out;

	if (size < 3)
		return 0;
	uint16_t request_id = (uint16_t)(data[0] << 8 | data[1]);
	size_t repeats = (size_t)data[2] * data[2] + 1;
	buf_init(&answer, ANSWER_BYTES_MAX);
	while (repeats > 0 && buf_append(&answer, data + 3, size - 3) == ERR_NONE)
		repeats--;

	buf_init(&out, answer.size + RECORD_OVERHEAD(answer.size));
	MUST(record_append_stdout(&out, request_id, answer.data, answer.size) == ERR_NONE);
	MUST(record_append_end(&out, request_id) == ERR_NONE);
	check_read_back(&out, request_id, &answer);
	buf_fini(&out);

	/* Where it does not fit it is refused and nothing is written beyond the cap. */
	buf_init(&out, answer.size + 8);
	if (record_append_stdout(&out, request_id, answer.data, answer.size) == ERR_NONE)
		MUST(record_append_end(&out, request_id) == ERR_TOO_LARGE);
	buf_fini(&out);
	buf_fini(&answer);
	return 0;
}
