/*
 * chat/limits/rate_limit: a burst, then so many per second, for each client's address.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "chat/limits/client_address.h"
#include "chat/limits/rate_limit.h"

#define SECOND ((int64_t)1000000)
#define START (1000 * SECOND)

/* How often the address may take at that moment. */
static unsigned
takes_of(struct rate_limit *limit, const char *address, int64_t now_us)
{
	unsigned wait_seconds;
	unsigned count = 0;

	while (rate_limit_take(limit, address, now_us, &wait_seconds))
		count++;
	assert_true(wait_seconds >= 1);
	return count;
}

static void
so_many_in_a_burst_and_then_so_many_per_second(void **state)
{
	(void)state;
	struct rate_limit *limit = rate_limit_new(60, 1);
	assert_int_equal(takes_of(limit, "10.0.0.1", START), 60);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + SECOND - 1), 0);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + SECOND), 1);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + 11 * SECOND), 10);
	rate_limit_free(limit);
	limit = rate_limit_new(1, 4);
	assert_int_equal(takes_of(limit, "10.0.0.1", START), 1);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + SECOND / 4), 1);
	rate_limit_free(limit);
}

static void
never_more_than_a_burst_is_saved(void **state)
{
	(void)state;
	struct rate_limit *limit = rate_limit_new(5, 1);
	assert_int_equal(takes_of(limit, "10.0.0.1", START), 5);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + 3600 * SECOND), 5);
	rate_limit_free(limit);
}

static void
who_is_refused_is_told_when_to_come_back(void **state)
{
	unsigned wait_seconds;

	(void)state;
	struct rate_limit *limit = rate_limit_new(2, 1);
	assert_int_equal(takes_of(limit, "10.0.0.1", START), 2);
	assert_false(rate_limit_take(limit, "10.0.0.1", START, &wait_seconds));
	assert_int_equal(wait_seconds, 1);
	assert_true(rate_limit_take(limit, "10.0.0.1", START + SECOND, &wait_seconds));
	rate_limit_free(limit);
}

static void
to_be_refused_costs_nothing(void **state)
{
	(void)state;
	struct rate_limit *limit = rate_limit_new(2, 1);
	for (int i = 0; i < 1000; i++)
		(void)takes_of(limit, "10.0.0.1", START);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + SECOND), 1);
	rate_limit_free(limit);
}

/* Of what is known only afterwards, such as the bytes of a page. */
static void
what_was_more_than_there_was_takes_longer_to_come_back(void **state)
{
	const struct client_address client = client_address_read("10.0.0.1");
	const struct client_address other = client_address_read("10.0.0.2");

	(void)state;
	struct rate_limit *limit = rate_limit_new(10, 2);
	assert_int_equal(rate_limit_wait_us(limit, &client, START), 0);
	rate_limit_charge(limit, &client, 9, START);
	assert_int_equal(rate_limit_wait_us(limit, &client, START), 0);
	rate_limit_charge(limit, &client, 100, START);
	assert_int_equal(rate_limit_wait_us(limit, &client, START), 50 * SECOND);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + 50 * SECOND - 1), 0);
	assert_int_equal(takes_of(limit, "10.0.0.1", START + 50 * SECOND), 1);
	assert_int_equal(rate_limit_wait_us(limit, &other, START), 0);
	rate_limit_free(limit);
}

static void
each_client_has_its_own(void **state)
{
	(void)state;
	struct rate_limit *limit = rate_limit_new(3, 1);
	assert_int_equal(takes_of(limit, "10.0.0.1", START), 3);
	assert_int_equal(takes_of(limit, "10.0.0.2", START), 3);
	assert_int_equal(takes_of(limit, "2001:db8:0:1::1", START), 3);
	assert_int_equal(takes_of(limit, "2001:db8:0:1:2::", START), 0);
	assert_int_equal(takes_of(limit, "2001:db8:0:2::1", START), 3);
	assert_int_equal(takes_of(limit, "", START), 3);
	assert_int_equal(takes_of(limit, "unix:", START), 0);
	rate_limit_free(limit);
}

/* However many they are: memory is bounded, and nobody is refused for others. */
static void
nobody_is_refused_for_what_others_do(void **state)
{
	char address[32];

	(void)state;
	struct rate_limit *limit = rate_limit_new(3, 1);
	for (unsigned i = 0; i < 4 * BOUND_POSTING_CLIENTS; i++) {
		snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16 & 0xff, i >> 8 & 0xff,
		         i & 0xff);
		assert_int_equal(takes_of(limit, address, START), 3);
	}
	rate_limit_free(limit);
}

/* Who has used up most is kept when there is no room. */
static void
who_posts_most_is_forgotten_last(void **state)
{
	char address[32];
	unsigned wait_seconds;

	(void)state;
	struct rate_limit *limit = rate_limit_new(10, 1);
	assert_int_equal(takes_of(limit, "192.0.2.1", START), 10);
	for (unsigned i = 0; i < 4 * BOUND_POSTING_CLIENTS; i++) {
		snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16 & 0xff, i >> 8 & 0xff,
		         i & 0xff);
		assert_true(rate_limit_take(limit, address, START, &wait_seconds));
	}
	assert_int_equal(takes_of(limit, "192.0.2.1", START), 0);
	rate_limit_free(limit);
}

static struct rate_limit *shared;
static atomic_uint taken;

static void *
take_some(void *context)
{
	unsigned wait_seconds;

	(void)context;
	for (int i = 0; i < 1000; i++) {
		if (rate_limit_take(shared, "10.0.0.1", START, &wait_seconds))
			atomic_fetch_add(&taken, 1);
	}
	return NULL;
}

static void
all_threads_share_it(void **state)
{
	pthread_t threads[4];

	(void)state;
	shared = rate_limit_new(500, 1);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_some, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&taken), 500);
	rate_limit_free(shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_in_a_burst_and_then_so_many_per_second),
		cmocka_unit_test(never_more_than_a_burst_is_saved),
		cmocka_unit_test(who_is_refused_is_told_when_to_come_back),
		cmocka_unit_test(to_be_refused_costs_nothing),
		cmocka_unit_test(what_was_more_than_there_was_takes_longer_to_come_back),
		cmocka_unit_test(each_client_has_its_own),
		cmocka_unit_test(nobody_is_refused_for_what_others_do),
		cmocka_unit_test(who_posts_most_is_forgotten_last),
		cmocka_unit_test(all_threads_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
