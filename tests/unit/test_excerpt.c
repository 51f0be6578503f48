/*
 * text/excerpt: a long text made short.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "text/excerpt.h"
#include "text/utf8.h"

static void
assert_excerpt(const char *text, size_t most, const char *expected)
{
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(excerpt_append(&out, text, strlen(text), most), ERR_NONE);
	assert_string_equal(buf_text(&out), expected);
	buf_fini(&out);
}

static void
a_long_text_keeps_its_beginning_and_its_end(void **state)
{
	(void)state;
	assert_excerpt("short", 5, "short");
	assert_excerpt("0123456789012345678901234567890123456789", 37,
	               "01234567890123456789\n[...]\n0123456789");
	assert_excerpt("a text for which there is no room", 20, "");
}

static void
no_character_is_cut_and_it_is_never_longer_than_it_may_be(void **state)
{
	static const char text[] = "가나다라마바사아자차카타파하🎉가나다라마바사아자차카타파하";

	(void)state;
	for (size_t most = 0; most <= sizeof(text); most++) {
		struct buf out;
		buf_init(&out, most);
		assert_int_equal(excerpt_append(&out, text, strlen(text), most), ERR_NONE);
		assert_int_equal(utf8_valid_size(buf_text(&out), out.size), out.size);
		buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_text_keeps_its_beginning_and_its_end),
		cmocka_unit_test(no_character_is_cut_and_it_is_never_longer_than_it_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
