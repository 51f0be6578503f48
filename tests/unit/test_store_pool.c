/*
 * chat/store_pool: store handles for reading, each with one thread at a time, and kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>

#include "chat/store_pool.h"
#include "support_store.h"

static struct store_pool *store_pool;

static int
begin(void **state)
{
	(void)state;
	store_memory_reset();
	store_pool = store_pool_new(&store_memory, &store_memory_settings);
	return 0;
}

/* Fails where a handle was not closed. */
static int
end(void **state)
{
	(void)state;
	store_pool_free(store_pool);
	store_memory_reset();
	return 0;
}

static void
nothing_is_opened_before_it_is_needed(void **state)
{
	(void)state;
	assert_ptr_equal(store_pool_engine(store_pool), &store_memory);
	assert_int_equal(store_memory_calls(MEMORY_OPEN), 0);
}

static void
a_handle_is_used_again(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		store_pool_give(store_pool, store_pool_take(store_pool));
	assert_int_equal(store_memory_calls(MEMORY_OPEN), 1);
}

static void
whoever_reads_at_once_has_a_handle_each(void **state)
{
	struct store *stores[100];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(stores); i++) {
			stores[i] = store_pool_take(store_pool);
			assert_non_null(stores[i]);
			for (size_t j = 0; j < i; j++)
				assert_ptr_not_equal(stores[i], stores[j]);
		}
		for (size_t i = 0; i < COUNT(stores); i++)
			store_pool_give(store_pool, stores[i]);
	}
	/* Some were kept in between, but not all of that many. */
	assert_in_range(store_memory_calls(MEMORY_OPEN), 150, 199);
}

static void
a_store_that_cannot_be_opened_yet_can_be_read_later(void **state)
{
	(void)state;
	store_memory_fail(MEMORY_OPEN, 1);
	struct store *store = store_pool_take(store_pool);
	assert_non_null(store);
	assert_int_equal(store_memory.check(store), ERR_NONE);
	store_pool_give(store_pool, store);
}

static void *
take_and_give(void *context)
{
	atomic_int *failures = context;

	for (int i = 0; i < 500; i++) {
		struct store *store = store_pool_take(store_pool);
		if (store_memory.check(store) != ERR_NONE)
			atomic_fetch_add(failures, 1);
		store_pool_give(store_pool, store);
	}
	return NULL;
}

static void
all_threads_share_them(void **state)
{
	pthread_t threads[4];
	atomic_int failures = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &failures), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&failures), 0);
	assert_in_range(store_memory_calls(MEMORY_OPEN), 1, COUNT(threads));
}

#define READING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		READING(nothing_is_opened_before_it_is_needed),
		READING(a_handle_is_used_again),
		READING(whoever_reads_at_once_has_a_handle_each),
		READING(a_store_that_cannot_be_opened_yet_can_be_read_later),
		READING(all_threads_share_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
