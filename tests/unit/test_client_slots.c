/*
 * chat/limits/client_slots: how many places each client's address takes, and all together.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>

#include "chat/limits/client_slots.h"

/* How often the address may enter until it may not. They are given back. */
static unsigned
slots_of(struct client_slots *slots, const char *address)
{
	unsigned count = 0;

	while (client_slots_enter(slots, address, NULL))
		count++;
	for (unsigned i = 0; i < count; i++)
		client_slots_leave(slots, address);
	return count;
}

/* Whether both addresses are counted as one client. */
static bool
is_one_client(const char *one, const char *other)
{
	struct client_slots *slots = client_slots_new(10, 1);

	assert_true(client_slots_enter(slots, one, NULL));
	bool is_one = !client_slots_enter(slots, other, NULL);
	client_slots_leave(slots, one);
	if (!is_one)
		client_slots_leave(slots, other);
	assert_int_equal(slots_of(slots, one), 1);
	client_slots_free(slots);
	return is_one;
}

static void
there_are_so_many_places_and_no_more(void **state)
{
	char address[32];
	unsigned taken;

	(void)state;
	struct client_slots *slots = client_slots_new(100, 3);
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i);
		assert_true(client_slots_enter(slots, address, &taken));
		assert_int_equal(taken, i);
	}
	assert_int_equal(client_slots_count(slots), 100);
	assert_false(client_slots_enter(slots, "10.0.1.1", NULL));
	client_slots_leave(slots, "10.0.0.7");
	assert_true(client_slots_enter(slots, "10.0.1.1", NULL));
	assert_false(client_slots_enter(slots, "10.0.0.7", NULL));
	client_slots_free(slots);
}

static void
each_client_has_its_own_share(void **state)
{
	(void)state;
	struct client_slots *slots = client_slots_new(100, 3);
	assert_int_equal(slots_of(slots, "10.0.0.1"), 3);
	for (int i = 0; i < 3; i++)
		assert_true(client_slots_enter(slots, "10.0.0.1", NULL));
	assert_int_equal(slots_of(slots, "10.0.0.1"), 0);
	assert_int_equal(slots_of(slots, "10.0.0.2"), 3);
	client_slots_leave(slots, "10.0.0.1");
	assert_int_equal(slots_of(slots, "10.0.0.1"), 1);
	client_slots_free(slots);
}

static void
ipv6_counts_by_half_an_address(void **state)
{
	(void)state;
	assert_true(is_one_client("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"));
	assert_true(is_one_client("2001:db8::1", "2001:0DB8:0:0:1::"));
	assert_false(is_one_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
	assert_false(is_one_client("2001:db8::1", "2001:db9::1"));
}

static void
ipv4_counts_by_the_whole_address(void **state)
{
	(void)state;
	assert_true(is_one_client("10.0.0.1", "10.0.0.1"));
	assert_false(is_one_client("10.0.0.1", "10.0.0.2"));
	assert_false(is_one_client("10.0.0.1", "11.0.0.1"));
}

/* As a web server that listens on both tells it. */
static void
ipv4_within_ipv6_is_ipv4(void **state)
{
	(void)state;
	assert_false(is_one_client("::ffff:10.0.0.1", "::ffff:10.0.0.2"));
	assert_true(is_one_client("::ffff:10.0.0.1", "10.0.0.1"));
}

static void
what_is_no_address_is_one_client(void **state)
{
	(void)state;
	assert_true(is_one_client("", "unix:"));
	assert_true(is_one_client("localhost", "10.0.0"));
	assert_false(is_one_client("", "10.0.0.1"));
}

static void
who_is_not_there_cannot_leave(void **state)
{
	(void)state;
	struct client_slots *slots = client_slots_new(2, 2);
	client_slots_leave(slots, "10.0.0.1");
	assert_int_equal(slots_of(slots, "10.0.0.1"), 2);
	client_slots_free(slots);
}

static struct client_slots *shared;

static void *
come_and_go(void *context)
{
	char address[32];
	intptr_t number = (intptr_t)context;

	for (int i = 0; i < 2000; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", (int)number % 2, i % 50);
		if (client_slots_enter(shared, address, NULL))
			client_slots_leave(shared, address);
	}
	return NULL;
}

static void
all_threads_may_enter_and_leave(void **state)
{
	pthread_t threads[4];

	(void)state;
	shared = client_slots_new(3, 2);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, come_and_go, (void *)(intptr_t)i), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(slots_of(shared, "10.0.0.1"), 2);
	client_slots_free(shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_so_many_places_and_no_more),
		cmocka_unit_test(each_client_has_its_own_share),
		cmocka_unit_test(ipv6_counts_by_half_an_address),
		cmocka_unit_test(ipv4_counts_by_the_whole_address),
		cmocka_unit_test(ipv4_within_ipv6_is_ipv4),
		cmocka_unit_test(what_is_no_address_is_one_client),
		cmocka_unit_test(who_is_not_there_cannot_leave),
		cmocka_unit_test(all_threads_may_enter_and_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
