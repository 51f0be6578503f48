/*
 * app/descriptor_budget: limits go only as far as the descriptors.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "app/descriptor_budget.h"

static struct config config;

/* What is left of the defaults with so many descriptors. Returns what was logged. */
static char *
apply(size_t descriptors)
{
	config_init(&config);
	log_watch_begin();
	descriptor_budget_apply(&config, descriptors);
	char *log = must_copy_text(log_watch_text());
	log_watch_end();
	return log;
}

static void
many_descriptors_leave_every_limit_as_it_is_configured(void **state)
{
	(void)state;
	char *log = apply(16384);
	assert_string_equal(log, "");
	assert_int_equal(config.streams, 1000);
	assert_int_equal(config.connections, 2048);
	free(log);
}

static void
a_thousand_descriptors_are_not_all_for_streams_and_the_log_says_so(void **state)
{
	(void)state;
	char *log = apply(1024);
	assert_non_null(strstr(log, "event=limits_lowered descriptors=1024 streams=128"));
	assert_int_equal(config.streams, 128);
	/* Streams, and as many held requests, are connections as well. */
	assert_in_range(config.connections + 2 * config.streams, 800, 1024);
	assert_in_range(config.connections, 500, 1024);
	free(log);
}

static void
no_limit_ends_below_one(void **state)
{
	(void)state;
	for (size_t descriptors = 0; descriptors < 200; descriptors++) {
		free(apply(descriptors));
		assert_in_range(config.streams, 1, 25);
		assert_in_range(config.streams_per_client, 1, config.streams);
		assert_in_range(config.connections, 1, 200);
	}
}

static void
an_endless_number_of_descriptors_is_enough(void **state)
{
	(void)state;
	free(apply((size_t)-1));
	assert_int_equal(config.streams, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_descriptors_leave_every_limit_as_it_is_configured),
		cmocka_unit_test(
			a_thousand_descriptors_are_not_all_for_streams_and_the_log_says_so),
		cmocka_unit_test(no_limit_ends_below_one),
		cmocka_unit_test(an_endless_number_of_descriptors_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
