/*
 * base/err: every error has a name of its own for the log.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "base/err.h"

static void
every_error_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = ERR_NONE; i <= ERR_CONFIG; i++) {
		assert_string_not_equal(err_name((enum err)i), "unknown");
		for (int j = ERR_NONE; j < i; j++)
			assert_string_not_equal(err_name((enum err)i), err_name((enum err)j));
	}
}

static void
what_is_no_error_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(err_name((enum err)1000), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_name_of_its_own),
		cmocka_unit_test(what_is_no_error_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
