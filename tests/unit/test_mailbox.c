/*
 * loop/mailbox: what any thread posts is delivered on the loop's, in order, once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdlib.h>

#include "loop/mailbox.h"
#include "support_live.h"

#define POSTER_COUNT 4
#define MAIL_COUNT 500

struct letter {
	struct mail mail; /* first, so that the mail is this */
	unsigned poster;
	unsigned number;
	unsigned again; /* how often it is posted once more when it is delivered */
};

static uv_loop_t loop;
static struct mailbox *mailbox;
static unsigned delivered[POSTER_COUNT]; /* letters of each poster */
static unsigned woken_count;
static pthread_t loop_thread;

static void
deliver(struct mail *mail)
{
	struct letter *letter = (struct letter *)mail;

	assert_true(pthread_equal(pthread_self(), loop_thread));
	assert_int_equal(letter->number, delivered[letter->poster]);
	if (letter->again > 0) {
		letter->again--;
		mailbox_post(mailbox, mail);
		return;
	}
	delivered[letter->poster]++;
	free(letter);
}

static void
post(unsigned poster, unsigned number, unsigned again)
{
	struct letter *letter = must_allocate(sizeof(*letter));

	*letter = (struct letter){ { .deliver = deliver }, poster, number, again };
	mailbox_post(mailbox, &letter->mail);
}

static void
note_woken(void *context)
{
	unsigned *count = context;

	(*count)++;
}

static int
begin(void **state)
{
	(void)state;
	loop_thread = pthread_self();
	woken_count = 0;
	for (size_t i = 0; i < COUNT(delivered); i++)
		delivered[i] = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(mailbox_open(&loop, note_woken, &woken_count, &mailbox), ERR_NONE);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	mailbox_close(mailbox);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static bool
is_woken(void *context)
{
	(void)context;
	return woken_count > 0;
}

static void
nothing_is_delivered_before_the_loop_runs(void **state)
{
	(void)state;
	post(0, 0, 0);
	post(0, 1, 0);
	assert_int_equal(delivered[0], 0);
	run_until(&loop, is_woken, NULL);
	assert_int_equal(delivered[0], 2);
}

static void
it_may_be_delivered_at_once(void **state)
{
	(void)state;
	post(0, 0, 0);
	mailbox_deliver(mailbox);
	assert_int_equal(delivered[0], 1);
	assert_int_equal(woken_count, 0);
}

static void
waking_needs_no_mail(void **state)
{
	(void)state;
	mailbox_wake(mailbox);
	run_until(&loop, is_woken, NULL);
	assert_int_equal(delivered[0], 0);
}

static bool
is_delivered(void *context)
{
	(void)context;
	return delivered[0] == 1;
}

static void
a_mail_may_be_posted_again_as_it_is_delivered(void **state)
{
	(void)state;
	post(0, 0, 3);
	run_until(&loop, is_delivered, NULL);
}

static void
what_was_posted_is_delivered_before_it_closes(void **state)
{
	(void)state;
	post(0, 0, 0);
	end(NULL);
	assert_int_equal(delivered[0], 1);
	begin(NULL);
}

static void
it_need_not_say_that_it_was_woken(void **state)
{
	struct mailbox *quiet;

	(void)state;
	assert_int_equal(mailbox_open(&loop, NULL, NULL, &quiet), ERR_NONE);
	mailbox_wake(quiet);
	uv_run(&loop, UV_RUN_NOWAIT);
	mailbox_close(quiet);
}

static void *
post_many(void *context)
{
	unsigned poster = *(unsigned *)context;

	for (unsigned i = 0; i < MAIL_COUNT; i++)
		post(poster, i, 0);
	return NULL;
}

static bool
are_all_delivered(void *context)
{
	(void)context;
	for (size_t i = 0; i < POSTER_COUNT; i++) {
		if (delivered[i] < MAIL_COUNT)
			return false;
	}
	return true;
}

static void
what_many_threads_post_arrives_in_the_order_of_each(void **state)
{
	pthread_t threads[POSTER_COUNT];
	unsigned numbers[POSTER_COUNT];

	(void)state;
	for (unsigned i = 0; i < POSTER_COUNT; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, &numbers[i]), 0);
	}
	run_until(&loop, are_all_delivered, NULL);
	for (size_t i = 0; i < POSTER_COUNT; i++)
		pthread_join(threads[i], NULL);
}

#define WITH_A_MAILBOX(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_A_MAILBOX(nothing_is_delivered_before_the_loop_runs),
		WITH_A_MAILBOX(it_may_be_delivered_at_once),
		WITH_A_MAILBOX(waking_needs_no_mail),
		WITH_A_MAILBOX(a_mail_may_be_posted_again_as_it_is_delivered),
		WITH_A_MAILBOX(what_was_posted_is_delivered_before_it_closes),
		WITH_A_MAILBOX(it_need_not_say_that_it_was_woken),
		WITH_A_MAILBOX(what_many_threads_post_arrives_in_the_order_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
