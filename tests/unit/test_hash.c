/*
 * base/hash: FNV-1a.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include "base/hash.h"

/* Values of the algorithm's authors. */
static void
it_is_fnv_1a(void **state)
{
	(void)state;
	assert_int_equal(hash_bytes(NULL, 0), 0x811c9dc5);
	assert_int_equal(hash_bytes("a", 1), 0xe40c292c);
	assert_int_equal(hash_bytes("foobar", 6), 0xbf9cf968);
}

static void
every_byte_counts(void **state)
{
	(void)state;
	assert_int_not_equal(hash_bytes("a\0b", 3), hash_bytes("a\0c", 3));
	assert_int_not_equal(hash_bytes("\xff", 1), hash_bytes("\x7f", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_fnv_1a),
		cmocka_unit_test(every_byte_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
