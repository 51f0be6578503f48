/*
 * server/fastcgi/record: what is written is FastCGI, byte for byte.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "server/fastcgi/record.h"

static void
a_short_answer_is_one_padded_record(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(record_append_stdout(&out, 0x0102, "hello", 5), ERR_NONE);
	assert_int_equal(out.size, 16);
	assert_memory_equal(out.data, "\1\6\1\2\0\5\3\0hello\0\0\0", 16);
	buf_fini(&out);
}

static void
what_fills_eight_bytes_needs_no_padding(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(record_append_stdout(&out, 0xffff, "12345678", 8), ERR_NONE);
	assert_int_equal(out.size, 16);
	assert_memory_equal(out.data, "\1\6\xff\xff\0\10\0\00012345678", 16);
	buf_fini(&out);
}

static void
nothing_is_no_record(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(record_append_stdout(&out, 1, NULL, 0), ERR_NONE);
	assert_int_equal(out.size, 0);
	buf_fini(&out);
}

static void
the_end_is_an_empty_record_and_a_status(void **state)
{
	static const char expected[] = "\1\6\3\4\0\0\0\0"
				       "\1\3\3\4\0\10\0\0\0\0\0\0\0\0\0\0";
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(record_append_end(&out, 0x0304), ERR_NONE);
	assert_int_equal(out.size, 24);
	assert_memory_equal(out.data, expected, 24);
	buf_fini(&out);
}

/* Reads the records of FCGI_STDOUT back and compares. */
static void
assert_reads_back(const struct buf *out, const char *data, size_t size)
{
	size_t at = 0;
	size_t read = 0;

	while (at < out->size) {
		const unsigned char *head = (const unsigned char *)out->data + at;
		size_t content = (size_t)head[4] << 8 | head[5];
		assert_true(head[0] == 1 && head[1] == 6 && head[2] == 0 && head[3] == 7);
		assert_int_not_equal(content, 0);
		assert_int_equal((content + head[6]) % 8, 0);
		assert_in_range(head[6], 0, 7);
		assert_true(read + content <= size);
		assert_memory_equal(head + 8, data + read, content);
		read += content;
		/* Only the last one needs padding. */
		assert_true(head[6] == 0 || read == size);
		at += 8 + content + head[6];
	}
	assert_int_equal(at, out->size);
	assert_int_equal(read, size);
}

static void
every_size_reads_back_and_keeps_within_the_overhead(void **state)
{
	static const size_t sizes[] = { 1,     7,     8,     9,      65527,  65528,  65529,
		                        65535, 65536, 65537, 131055, 131056, 131057, 1000000 };
	static char data[1000000];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct buf out;
		buf_init(&out, sizes[i] + RECORD_OVERHEAD(sizes[i]));
		assert_int_equal(record_append_stdout(&out, 7, data, sizes[i]), ERR_NONE);
		assert_reads_back(&out, data, sizes[i]);
		assert_int_equal(record_append_end(&out, 7), ERR_NONE);
		buf_fini(&out);
	}
}

static void
what_does_not_fit_is_an_error(void **state)
{
	(void)state;
	for (size_t cap = 0; cap < 16 + 24; cap++) {
		struct buf out;
		buf_init(&out, cap);
		enum err err = record_append_stdout(&out, 1, "hello", 5);
		assert_int_equal(err, cap < 16 ? ERR_TOO_LARGE : ERR_NONE);
		if (err == ERR_NONE)
			assert_int_equal(record_append_end(&out, 1), ERR_TOO_LARGE);
		buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_answer_is_one_padded_record),
		cmocka_unit_test(what_fills_eight_bytes_needs_no_padding),
		cmocka_unit_test(nothing_is_no_record),
		cmocka_unit_test(the_end_is_an_empty_record_and_a_status),
		cmocka_unit_test(every_size_reads_back_and_keeps_within_the_overhead),
		cmocka_unit_test(what_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
