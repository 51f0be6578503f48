/*
 * chat/limits/fair_queue: addresses take turns, whatever each has waiting, and who has had more
 * than its share is passed over.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "chat/limits/fair_queue.h"
#include "chat/limits/rate_limit.h"

#define SECOND ((int64_t)1000000)
#define START (1000 * SECOND)

static const struct fair_limits wide = { .waiting = 100,
	                                 .waiting_per_client = 100,
	                                 .held_per_client = 1000 };

static struct fair_queue *queue;
static struct fair_job jobs[100];
static char names[COUNT(jobs)];
static unsigned job_count;

static void
open_queue(const struct fair_limits *limits)
{
	job_count = 0;
	queue = fair_queue_new(limits);
}

/* A job of the client at 10.0.0.NUMBER; it is known by the letter. */
static enum fair_outcome
put(unsigned number, char letter)
{
	struct fair_job *job = &jobs[job_count];

	assert_true(job_count < COUNT(jobs));
	*job = (struct fair_job){ .client.bytes = { 10, 0, 0, (unsigned char)number } };
	names[job_count++] = letter;
	return fair_queue_put(queue, job);
}

/* As many jobs as the text has letters. */
static void
put_all(unsigned number, const char *letters)
{
	for (; *letters != '\0'; letters++)
		assert_int_equal(put(number, *letters), FAIR_TAKEN);
}

static char
take(int64_t now_us, int64_t *next_us)
{
	struct fair_job *job = fair_queue_take(queue, now_us, false, next_us);

	return job == NULL ? '-' : names[job - jobs];
}

/* In which order all that can be taken now is taken. */
static void
assert_order(const char *expected)
{
	char order[COUNT(jobs) + 1] = "";
	int64_t next_us;

	for (size_t i = 0; i < COUNT(jobs); i++) {
		order[i] = take(START, &next_us);
		if (order[i] == '-') {
			order[i] = '\0';
			break;
		}
	}
	assert_string_equal(order, expected);
}

static void
jobs_of_one_address_are_done_as_they_came(void **state)
{
	(void)state;
	open_queue(&wide);
	put_all(1, "abcdef");
	assert_order("abcdef");
	assert_order("");
	put_all(1, "gh");
	assert_order("gh");
	fair_queue_free(queue);
}

static void
addresses_take_turns(void **state)
{
	(void)state;
	open_queue(&wide);
	put_all(1, "abcdef");
	put_all(2, "uvw");
	put_all(3, "1");
	assert_order("au1bvcwdef");
	fair_queue_free(queue);
}

static void
who_comes_waits_for_one_job_of_each_other_address(void **state)
{
	int64_t next_us;

	(void)state;
	open_queue(&wide);
	put_all(1, "abcdef");
	put_all(2, "uvwxyz");
	assert_int_equal(take(START, &next_us), 'a');
	put_all(3, "1");
	assert_order("ub1vcwdxeyfz");
	fair_queue_free(queue);
}

static void
too_many_of_one_address_are_refused_and_others_are_not(void **state)
{
	(void)state;
	open_queue(&(const struct fair_limits){
		.waiting = 4, .waiting_per_client = 2, .held_per_client = 1 });
	put_all(1, "ab");
	assert_int_equal(put(1, 'c'), FAIR_CLIENT_FULL);
	put_all(2, "xy");
	assert_int_equal(put(3, '1'), FAIR_FULL);
	assert_order("axby");
	put_all(1, "cd");
	assert_order("cd");
	fair_queue_free(queue);
}

static void
who_has_had_more_than_its_share_is_passed_over(void **state)
{
	const struct client_address greedy = { { 10, 0, 0, 1 } };
	int64_t next_us;

	(void)state;
	struct rate_limit *rate = rate_limit_new(10, 2);
	struct fair_limits limits = wide;
	limits.rate = rate;
	open_queue(&limits);
	rate_limit_charge(rate, &greedy, 15, START);
	put_all(1, "ab");
	put_all(2, "x");
	assert_int_equal(take(START, &next_us), 'x');
	assert_int_equal(take(START, &next_us), '-');
	/* Five too many, and one that it needs, come back at two a second. */
	assert_int_equal(next_us, START + 3 * SECOND);
	assert_int_equal(take(next_us - 1, &next_us), '-');
	assert_int_equal(take(START + 3 * SECOND, &next_us), 'a');
	assert_int_equal(take(START + 3 * SECOND, &next_us), 'b');
	assert_int_equal(take(START + 3 * SECOND, &next_us), '-');
	assert_true(next_us == INT64_MAX);
	fair_queue_free(queue);
	rate_limit_free(rate);
}

static void
who_does_not_take_its_answers_gets_no_more_until_it_does(void **state)
{
	const struct client_address slow = { { 10, 0, 0, 1 } };
	int64_t next_us;

	(void)state;
	open_queue(&wide);
	fair_queue_hold(queue, &slow, 600);
	put_all(1, "ab");
	assert_int_equal(take(START, &next_us), 'a');
	fair_queue_hold(queue, &slow, 600);
	put_all(2, "x");
	assert_order("x");
	fair_queue_hold(queue, &slow, -600);
	assert_order("b");
	fair_queue_hold(queue, &slow, -600);
	fair_queue_free(queue);
}

static void
at_the_end_everything_is_taken(void **state)
{
	const struct client_address client = { { 10, 0, 0, 1 } };
	int64_t next_us;

	(void)state;
	struct rate_limit *rate = rate_limit_new(1, 1);
	struct fair_limits limits = wide;
	limits.rate = rate;
	open_queue(&limits);
	rate_limit_charge(rate, &client, 1000, START);
	fair_queue_hold(queue, &client, 2000);
	put_all(1, "a");
	assert_null(fair_queue_take(queue, START, false, &next_us));
	assert_ptr_equal(fair_queue_take(queue, START, true, &next_us), &jobs[0]);
	assert_null(fair_queue_take(queue, START, true, &next_us));
	fair_queue_free(queue);
	rate_limit_free(rate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_of_one_address_are_done_as_they_came),
		cmocka_unit_test(addresses_take_turns),
		cmocka_unit_test(who_comes_waits_for_one_job_of_each_other_address),
		cmocka_unit_test(too_many_of_one_address_are_refused_and_others_are_not),
		cmocka_unit_test(who_has_had_more_than_its_share_is_passed_over),
		cmocka_unit_test(who_does_not_take_its_answers_gets_no_more_until_it_does),
		cmocka_unit_test(at_the_end_everything_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
