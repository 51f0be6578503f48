/*
 * loop/workers: work runs on other threads, and the loop hears when it is done.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "loop/workers.h"

#define WORK_COUNT 200

/* More than libuv has threads, by default and by its own bound in the environment. */
#define HELD_COUNT 8
#define THREADS "2"

static uv_loop_t loop;
static struct workers *workers;
static pthread_t loop_thread;
static atomic_uint run_count;
static unsigned done_count;
static unsigned not_run_count;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void
run(struct work *work)
{
	(void)work;
	assert_false(pthread_equal(pthread_self(), loop_thread));
	atomic_fetch_add(&run_count, 1);
}

static void
run_when_let(struct work *work)
{
	run(work);
	pthread_mutex_lock(&held);
	pthread_mutex_unlock(&held);
}

static void
done(struct work *work, bool was_run)
{
	assert_true(pthread_equal(pthread_self(), loop_thread));
	if (was_run)
		done_count++;
	else
		not_run_count++;
	free(work);
}

static void
submit(void (*function)(struct work *work))
{
	struct work *work = must_allocate(sizeof(*work));

	*work = (struct work){ .run = function, .done = done };
	workers_submit(workers, work);
}

static int
begin(void **state)
{
	(void)state;
	loop_thread = pthread_self();
	atomic_store(&run_count, 0);
	done_count = not_run_count = 0;
	assert_int_equal(setenv("UV_THREADPOOL_SIZE", THREADS, 1), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	workers = workers_new(&loop);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	workers_free(workers);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static void
all_work_is_run_elsewhere_and_its_end_is_told_on_the_loop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WORK_COUNT; i++)
		submit(run);
	while (done_count < WORK_COUNT)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(run_count, WORK_COUNT);
	assert_true(workers_stop(workers, 0));
}

static void
to_stop_takes_back_what_has_not_begun_and_does_not_wait_for_what_hangs(void **state)
{
	(void)state;
	pthread_mutex_lock(&held);
	for (unsigned i = 0; i < HELD_COUNT; i++)
		submit(run_when_let);
	while (atomic_load(&run_count) < 2)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_false(workers_stop(workers, 1));
	assert_int_equal(done_count, 0);
	assert_int_equal(not_run_count, HELD_COUNT - 2);
	submit(run);
	assert_int_equal(not_run_count, HELD_COUNT - 1);

	pthread_mutex_unlock(&held);
	while (done_count < 2)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(run_count, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			all_work_is_run_elsewhere_and_its_end_is_told_on_the_loop, begin, end),
		cmocka_unit_test_setup_teardown(
			to_stop_takes_back_what_has_not_begun_and_does_not_wait_for_what_hangs,
			begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
