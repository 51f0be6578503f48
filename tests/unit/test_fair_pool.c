/*
 * chat/limits/fair_pool: work for clients is done in turn, on other threads, and none is lost.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "chat/limits/fair_pool.h"
#include "chat/limits/rate_limit.h"

static const struct fair_pool_settings one_thread = {
	.threads = 1, .waiting = 100, .waiting_per_client = 10, .held_per_client = 1000
};

struct work {
	struct fair_work work; /* first, so that the work is this */
	char letter;
	size_t cost;
	bool holds; /* it takes until release_held */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char done[64]; /* letters of what was run, in capitals of what was refused */
static size_t done_count;
static bool is_held;
static bool must_hold;

static struct fair_pool *pool;
static struct work works[40];
static unsigned work_count;

static void
note(char letter)
{
	pthread_mutex_lock(&lock);
	assert_true(done_count < sizeof(done) - 1);
	done[done_count++] = letter;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static size_t
run(struct fair_work *fair_work)
{
	struct work *work = (struct work *)fair_work;

	if (work->holds) {
		pthread_mutex_lock(&lock);
		is_held = true;
		pthread_cond_broadcast(&changed);
		while (must_hold)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);
	}
	note(work->letter);
	return work->cost;
}

static void
refuse(struct fair_work *fair_work)
{
	note((char)(((struct work *)fair_work)->letter - 'a' + 'A'));
}

static enum fair_pool_outcome
submit(const char *address, char letter, size_t cost, bool holds)
{
	struct work *work = &works[work_count++];
	unsigned wait_seconds;

	assert_true(work_count <= COUNT(works));
	*work = (struct work){ { .run = run, .refuse = refuse }, letter, cost, holds };
	enum fair_pool_outcome outcome =
		fair_pool_submit(pool, &work->work, address, &wait_seconds);
	if (outcome == FAIR_POOL_TAKEN)
		assert_int_equal(wait_seconds, 0);
	else
		assert_true(wait_seconds >= 1);
	return outcome;
}

static void
start(const struct fair_pool_settings *settings)
{
	memset(done, 0, sizeof(done));
	done_count = work_count = 0;
	is_held = false;
	must_hold = true;
	assert_int_equal(fair_pool_start(settings, &pool), ERR_NONE);
}

/* The only thread does this until release_held. */
static void
hold_thread(void)
{
	assert_int_equal(submit("10.0.0.9", 'h', 0, true), FAIR_POOL_TAKEN);
	pthread_mutex_lock(&lock);
	while (!is_held)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void
release_held(void)
{
	pthread_mutex_lock(&lock);
	must_hold = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
wait_done(const char *expected)
{
	pthread_mutex_lock(&lock);
	while (done_count < strlen(expected))
		pthread_cond_wait(&changed, &lock);
	assert_string_equal(done, expected);
	pthread_mutex_unlock(&lock);
}

static void
stop(void)
{
	assert_true(fair_pool_stop(pool, INT64_MAX));
	fair_pool_free(pool);
}

static void
addresses_take_turns(void **state)
{
	(void)state;
	start(&one_thread);
	hold_thread();
	for (const char *letter = "abcd"; *letter != '\0'; letter++)
		assert_int_equal(submit("10.0.0.1", *letter, 0, false), FAIR_POOL_TAKEN);
	assert_int_equal(submit("10.0.0.2", 'x', 0, false), FAIR_POOL_TAKEN);
	release_held();
	wait_done("haxbcd");
	stop();
}

static void
who_wants_too_much_is_refused(void **state)
{
	(void)state;
	start(&one_thread);
	hold_thread();
	for (int i = 0; i < 10; i++)
		assert_int_equal(submit("10.0.0.1", 'a', 0, false), FAIR_POOL_TAKEN);
	assert_int_equal(submit("10.0.0.1", 'b', 0, false), FAIR_POOL_CLIENT_FULL);
	assert_int_equal(submit("10.0.0.2", 'x', 0, false), FAIR_POOL_TAKEN);
	release_held();
	wait_done("haxaaaaaaaaa");
	stop();
}

static void
where_too_much_waits_all_are_refused(void **state)
{
	struct fair_pool_settings settings = one_thread;

	(void)state;
	settings.waiting = 1;
	start(&settings);
	hold_thread();
	assert_int_equal(submit("10.0.0.1", 'a', 0, false), FAIR_POOL_TAKEN);
	assert_int_equal(submit("10.0.0.2", 'b', 0, false), FAIR_POOL_FULL);
	release_held();
	wait_done("ha");
	stop();
}

static void
who_was_answered_much_waits_and_others_do_not(void **state)
{
	struct fair_pool_settings settings = one_thread;

	(void)state;
	settings.rate = rate_limit_new(1, 1);
	start(&settings);
	assert_int_equal(submit("10.0.0.1", 'a', (size_t)1024 * 1024 * 1024, false),
	                 FAIR_POOL_TAKEN);
	wait_done("a");
	assert_int_equal(submit("10.0.0.2", 'x', 0, false), FAIR_POOL_TAKEN);
	wait_done("ax");
	assert_int_equal(submit("10.0.0.1", 'b', 0, false), FAIR_POOL_TAKEN);
	assert_int_equal(submit("10.0.0.3", 'y', 0, false), FAIR_POOL_TAKEN);
	wait_done("axy");
	/* As the program ends nobody waits any more. */
	assert_true(fair_pool_stop(pool, INT64_MAX));
	assert_string_equal(done, "axyb");
	fair_pool_free(pool);
	rate_limit_free(settings.rate);
}

static void
who_takes_its_answers_again_goes_on(void **state)
{
	const struct client_address slow = { { 10, 0, 0, 1 } };

	(void)state;
	start(&one_thread);
	fair_pool_hold(pool, &slow, 5000);
	assert_int_equal(submit("10.0.0.1", 'a', 0, false), FAIR_POOL_TAKEN);
	assert_int_equal(submit("10.0.0.2", 'x', 0, false), FAIR_POOL_TAKEN);
	wait_done("x");
	fair_pool_release(pool, &slow, 5000);
	wait_done("xa");
	stop();
}

static void
at_the_end_what_waits_is_done_or_refused(void **state)
{
	(void)state;
	start(&one_thread);
	hold_thread();
	for (int i = 0; i < 5; i++)
		assert_int_equal(submit("10.0.0.1", 'a', 0, false), FAIR_POOL_TAKEN);
	release_held();
	assert_true(fair_pool_stop(pool, INT64_MAX));
	assert_int_equal(done_count, 6);
	for (size_t i = 1; i < done_count; i++)
		assert_true(done[i] == 'a' || done[i] == 'A');
	assert_int_equal(submit("10.0.0.1", 'a', 0, false), FAIR_POOL_STOPPED);
	fair_pool_free(pool);
}

static void
what_hangs_does_not_hold_up_the_end_nor_what_waits_behind_it(void **state)
{
	static struct fair_pool *volatile left_over; /* so that it is no leak */

	(void)state;
	start(&one_thread);
	hold_thread();
	for (int i = 0; i < 2; i++)
		assert_int_equal(submit("10.0.0.1", 'a', 0, false), FAIR_POOL_TAKEN);
	assert_false(fair_pool_stop(pool, clock_now_us()));
	wait_done("AA");
	release_held();
	wait_done("AAh");
	left_over = pool;
	assert_non_null(left_over);
}

static atomic_uint counted;

static size_t
count_one(struct fair_work *work)
{
	(void)work;
	atomic_fetch_add(&counted, 1);
	return 10;
}

static void *
submit_many(void *context)
{
	static struct fair_work many[4][2000];
	struct fair_work *own = many[*(const unsigned *)context];
	char address[] = "10.0.0.0";
	unsigned wait_seconds;

	address[7] = (char)('0' + *(const unsigned *)context);
	for (size_t i = 0; i < COUNT(many[0]); i++) {
		own[i].run = count_one;
		while (fair_pool_submit(pool, &own[i], address, &wait_seconds) != FAIR_POOL_TAKEN)
			sched_yield();
	}
	return NULL;
}

static void
all_threads_may_submit(void **state)
{
	static const unsigned numbers[4] = { 0, 1, 2, 3 };
	struct fair_pool_settings settings = one_thread;
	pthread_t threads[COUNT(numbers)];

	(void)state;
	settings.threads = 3;
	start(&settings);
	for (size_t i = 0; i < COUNT(numbers); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, submit_many,
		                                (void *)(uintptr_t)&numbers[i]),
		                 0);
	for (size_t i = 0; i < COUNT(numbers); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(fair_pool_stop(pool, INT64_MAX));
	assert_int_equal(atomic_load(&counted), 8000);
	fair_pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_take_turns),
		cmocka_unit_test(who_wants_too_much_is_refused),
		cmocka_unit_test(where_too_much_waits_all_are_refused),
		cmocka_unit_test(who_was_answered_much_waits_and_others_do_not),
		cmocka_unit_test(who_takes_its_answers_again_goes_on),
		cmocka_unit_test(at_the_end_what_waits_is_done_or_refused),
		cmocka_unit_test(what_hangs_does_not_hold_up_the_end_nor_what_waits_behind_it),
		cmocka_unit_test(all_threads_may_submit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
