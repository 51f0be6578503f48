/*
 * base/buf: bytes that grow up to a hard cap, and memory that is there or ends the process.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static void
a_new_buf_has_allocated_nothing(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	assert_null(buf.data);
	assert_int_equal(buf.size, 0);
	buf_fini(&buf);
}

static void
bytes_are_appended_in_order_with_a_nul_behind(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(buf_append(&buf, "a\0b", 3), ERR_NONE);
	assert_int_equal(buf_append_text(&buf, "cd"), ERR_NONE);
	assert_int_equal(buf_append_format(&buf, "%d-%s", 42, "x"), ERR_NONE);
	assert_int_equal(buf.size, 9);
	assert_memory_equal(buf.data, "a\0bcd42-x", 10);
	buf_fini(&buf);
}

static void
appending_nothing_makes_an_empty_string(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 0);
	assert_int_equal(buf_append(&buf, NULL, 0), ERR_NONE);
	assert_string_equal(buf.data, "");
	buf_fini(&buf);
}

static void
the_cap_can_be_reached_exactly(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 5);
	assert_int_equal(buf_append_text(&buf, "abc"), ERR_NONE);
	assert_int_equal(buf_append_text(&buf, "de"), ERR_NONE);
	assert_string_equal(buf.data, "abcde");
	assert_int_equal(buf_append(&buf, "", 0), ERR_NONE);
	buf_fini(&buf);
}

static void
beyond_the_cap_nothing_is_appended(void **state)
{
	struct buf buf;
	char *room;

	(void)state;
	buf_init(&buf, 5);
	assert_int_equal(buf_append_text(&buf, "abc"), ERR_NONE);
	assert_int_equal(buf_append_text(&buf, "def"), ERR_TOO_LARGE);
	assert_int_equal(buf_append_format(&buf, "%d", 123), ERR_TOO_LARGE);
	assert_int_equal(buf_reserve(&buf, 3, &room), ERR_TOO_LARGE);
	assert_int_equal(buf_reserve(&buf, SIZE_MAX, &room), ERR_TOO_LARGE);
	assert_string_equal(buf.data, "abc");
	assert_int_equal(buf.size, 3);
	buf_fini(&buf);
}

static void
a_formatted_text_fits_to_the_last_byte(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	assert_int_equal(buf_append_format(&buf, "%d", 1234), ERR_NONE);
	assert_string_equal(buf.data, "1234");
	buf_fini(&buf);
}

static void
reserved_room_is_behind_what_is_there(void **state)
{
	struct buf buf;
	char *room;

	(void)state;
	buf_init(&buf, 1000);
	assert_int_equal(buf_append_text(&buf, "ab"), ERR_NONE);
	assert_int_equal(buf_reserve(&buf, 900, &room), ERR_NONE);
	assert_ptr_equal(room, buf.data + 2);
	assert_int_equal(buf.size, 2);
	memset(room, 'x', 900);
	buf.size += 900;
	assert_int_equal(buf_append_text(&buf, "y"), ERR_NONE);
	assert_memory_equal(buf.data + 900, "xxy", 4);
	buf_fini(&buf);
}

static void
never_more_than_the_cap_is_allocated(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(buf_append(&buf, "x", 1), ERR_NONE);
	assert_int_equal(buf.capacity, 1000);
	assert_int_equal(buf_append(&buf, "x", 1), ERR_TOO_LARGE);
	buf_fini(&buf);
}

static void
a_buf_can_be_used_again_with_the_same_cap(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 3);
	assert_int_equal(buf_append_text(&buf, "abc"), ERR_NONE);
	buf_fini(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.size, 0);
	assert_int_equal(buf_append_text(&buf, "defg"), ERR_TOO_LARGE);
	assert_int_equal(buf_append_text(&buf, "def"), ERR_NONE);
	buf_fini(&buf);
}

static void
allocated_memory_is_zeroed(void **state)
{
	(void)state;
	char *memory = must_allocate(64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(memory[i], 0);
	free(memory);
}

static void
a_copy_has_a_nul_behind(void **state)
{
	(void)state;
	char *copy = must_copy("abcdef", 3);
	assert_string_equal(copy, "abc");
	free(copy);
	copy = must_copy(NULL, 0);
	assert_string_equal(copy, "");
	free(copy);
	copy = must_copy_text("text");
	assert_string_equal(copy, "text");
	free(copy);
	assert_null(must_copy_text(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_buf_has_allocated_nothing),
		cmocka_unit_test(bytes_are_appended_in_order_with_a_nul_behind),
		cmocka_unit_test(appending_nothing_makes_an_empty_string),
		cmocka_unit_test(the_cap_can_be_reached_exactly),
		cmocka_unit_test(beyond_the_cap_nothing_is_appended),
		cmocka_unit_test(a_formatted_text_fits_to_the_last_byte),
		cmocka_unit_test(reserved_room_is_behind_what_is_there),
		cmocka_unit_test(never_more_than_the_cap_is_allocated),
		cmocka_unit_test(a_buf_can_be_used_again_with_the_same_cap),
		cmocka_unit_test(allocated_memory_is_zeroed),
		cmocka_unit_test(a_copy_has_a_nul_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
