/*
 * loop/handles: their owner hears once, when the last is closed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include "base/owner.h"
#include "loop/handles.h"

struct owner {
	uv_timer_t timers[3];
	struct handles handles;
	unsigned told; /* how often it was told that all are closed */
};

static uv_loop_t loop;

static void
on_all_closed(struct handles *handles)
{
	OWNER_OF(handles, struct owner, handles)->told++;
}

static void
open_all(struct owner *owner)
{
	*owner = (struct owner){ .handles.closed = on_all_closed };
	for (size_t i = 0; i < COUNT(owner->timers); i++) {
		uv_timer_init(&loop, &owner->timers[i]);
		handles_add(&owner->handles);
	}
}

static void
the_owner_hears_once_that_all_are_closed(void **state)
{
	struct owner owner;

	(void)state;
	open_all(&owner);
	for (size_t i = 0; i < COUNT(owner.timers); i++) {
		assert_int_equal(owner.told, 0);
		handles_close(&owner.handles, (uv_handle_t *)&owner.timers[i]);
		/* The last of them only when libuv is done with it. */
		assert_int_equal(owner.told, 0);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(owner.told, 1);
	assert_int_equal(owner.handles.count, 0);
}

static void
closing_twice_counts_once(void **state)
{
	struct owner owner;

	(void)state;
	open_all(&owner);
	for (size_t i = 0; i < 2 * COUNT(owner.timers); i++)
		handles_close(&owner.handles, (uv_handle_t *)&owner.timers[i / 2]);
	handles_wait(&owner.handles, &loop);
	assert_int_equal(owner.told, 1);
}

static void
an_owner_may_wait_instead_of_being_told(void **state)
{
	struct owner owner;

	(void)state;
	open_all(&owner);
	owner.handles.closed = NULL;
	for (size_t i = 0; i < COUNT(owner.timers); i++)
		handles_close(&owner.handles, (uv_handle_t *)&owner.timers[i]);
	handles_wait(&owner.handles, &loop);
	assert_int_equal(owner.handles.count, 0);
	assert_int_equal(owner.told, 0);
}

static int
open_loop(void **state)
{
	(void)state;
	return uv_loop_init(&loop);
}

/* Fails where a handle is left. */
static int
close_loop(void **state)
{
	(void)state;
	return uv_loop_close(&loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_owner_hears_once_that_all_are_closed, open_loop,
		                                close_loop),
		cmocka_unit_test_setup_teardown(closing_twice_counts_once, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(an_owner_may_wait_instead_of_being_told, open_loop,
		                                close_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
