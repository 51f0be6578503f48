/*
 * base/list: what is added is found in its order until it is removed, wherever that is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"

struct item {
	char name;
	struct list_link link; /* not the first member */
};

static struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } };

/* The names in the list's order. The last call's. */
static const char *
names_in(const struct list *list)
{
	static char names[COUNT(items) + 1];
	size_t count = 0;

	for (struct list_link *link = list_first(list); link != NULL; link = list_next(list, link))
		names[count++] = OWNER_OF(link, struct item, link)->name;
	names[count] = '\0';
	return names;
}

static void
fill(struct list *list)
{
	list_init(list);
	for (size_t i = 0; i < COUNT(items); i++)
		list_add_last(list, &items[i].link);
}

static void
an_empty_list_has_no_first(void **state)
{
	struct list list;

	(void)state;
	list_init(&list);
	assert_true(list_is_empty(&list));
	assert_null(list_first(&list));
	assert_null(list_take_first(&list));
}

static void
what_is_added_comes_in_its_order(void **state)
{
	struct list list;

	(void)state;
	fill(&list);
	assert_false(list_is_empty(&list));
	assert_string_equal(names_in(&list), "abc");
	for (size_t i = 0; i < COUNT(items); i++)
		assert_ptr_equal(list_take_first(&list), &items[i].link);
	assert_true(list_is_empty(&list));
}

static void
any_item_can_be_removed_and_added_again(void **state)
{
	static const char *const left[] = { "bc", "ac", "ab" };
	static const char *const moved[] = { "bca", "acb", "abc" };
	struct list list;

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++) {
		fill(&list);
		list_remove(&items[i].link);
		assert_string_equal(names_in(&list), left[i]);
		list_add_last(&list, &items[i].link);
		assert_string_equal(names_in(&list), moved[i]);
	}
	for (size_t i = 0; i < COUNT(items); i++)
		list_remove(&items[i].link);
	assert_true(list_is_empty(&list));
}

static void
all_items_can_be_taken_at_once(void **state)
{
	struct list list;
	struct list taken;

	(void)state;
	list_init(&list);
	list_take_all(&list, &taken);
	assert_true(list_is_empty(&taken));
	fill(&list);
	list_take_all(&list, &taken);
	assert_true(list_is_empty(&list));
	assert_string_equal(names_in(&taken), "abc");
	/* The two have nothing in common any more. */
	list_remove(&items[0].link);
	list_add_last(&list, &items[0].link);
	assert_string_equal(names_in(&list), "a");
	list_remove(&items[2].link);
	assert_string_equal(names_in(&taken), "b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_has_no_first),
		cmocka_unit_test(what_is_added_comes_in_its_order),
		cmocka_unit_test(any_item_can_be_removed_and_added_again),
		cmocka_unit_test(all_items_can_be_taken_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
