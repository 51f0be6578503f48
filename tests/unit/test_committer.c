/*
 * chat/committer: what waits goes into one transaction, and each job is told once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/committer.h"
#include "support_store.h"

#define ROOM "lobby"

static struct committer *committer;
static struct committer *volatile left_over; /* so that it is no leak */
static atomic_uint done_count;
static atomic_uint committed_count;

/* A message to be appended. */
struct small_post {
	struct commit_job job; /* first */
	char text[32];
	int64_t seq;
	unsigned written;      /* how often */
	unsigned done;         /* how often */
	unsigned done_as;      /* which one of all, from 1 on */
	unsigned committed_at; /* how many transactions had been committed by then */
	enum err err;
};

static enum err
write_post(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct small_post *post = (struct small_post *)job;
	const struct store_message message = {
		.role = ROLE_USER,
		.name = "",
		.author = "",
		.text = post->text,
		.text_size = strlen(post->text),
		.time_ms = clock_unix_ms(),
		.state = STATE_DONE,
	};

	post->written++;
	return engine->append_message(store, ROOM, &message, &post->seq);
}

static void
post_is_done(struct commit_job *job, enum err err)
{
	struct small_post *post = (struct small_post *)job;

	post->done++;
	post->err = err;
	post->committed_at = atomic_load(&committed_count);
	post->done_as = atomic_load(&done_count) + 1;
	/* From here on the post is the test's. */
	atomic_fetch_add(&done_count, 1);
}

static void
count_committed(void *context, struct news *news)
{
	assert_null(news);
	assert_ptr_equal(context, &committed_count);
	atomic_fetch_add(&committed_count, 1);
}

static void
start(bool has_thread, int64_t messages_max)
{
	const struct committer_settings settings = {
		.engine = &store_memory,
		.store = &store_memory_settings,
		.has_thread = has_thread,
		.limits = { .messages_max = messages_max },
		.committed = count_committed,
		.context = &committed_count,
	};

	store_memory_reset();
	atomic_store(&done_count, 0);
	atomic_store(&committed_count, 0);
	assert_int_equal(committer_start(&settings, &committer), ERR_NONE);
}

static int
begin(void **state)
{
	(void)state;
	start(true, 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	if (committer != NULL)
		assert_true(committer_stop(committer, INT64_MAX));
	store_memory_reset();
	return 0;
}

static void
stop(void)
{
	assert_true(committer_stop(committer, INT64_MAX));
	committer = NULL;
}

static void
submit(struct small_post *post, const char *text)
{
	*post = (struct small_post){ .job = { .write = write_post, .done = post_is_done } };
	snprintf(post->text, sizeof(post->text), "%s", text);
	committer_submit(committer, &post->job);
}

static bool
are_done(void *count)
{
	return atomic_load(&done_count) >= *(unsigned *)count;
}

static void
wait_done(unsigned count)
{
	assert_true(wait_until(are_done, &count));
	assert_int_equal(atomic_load(&done_count), count);
}

/* --- what is in the store --- */

struct found {
	size_t count;
	bool is_gapless;
	char texts[2000][32];
};

static void
note_event(void *context, const struct event *event)
{
	struct found *found = context;

	found->is_gapless &= event->seq == (int64_t)found->count + 1;
	snprintf(found->texts[found->count++], sizeof(found->texts[0]), "%s", event->text);
}

static const struct found *
read_all(void)
{
	static struct found found;
	const struct store_range range = { .room = ROOM, .limit = COUNT(found.texts) };
	struct store_page page;
	struct store *store;

	found.count = 0;
	found.is_gapless = true;
	assert_int_equal(store_memory.open(&store_memory_settings, false, &store), ERR_NONE);
	assert_int_equal(store_memory.read(store, &range, note_event, &found, &page), ERR_NONE);
	store_memory.close(store);
	assert_true(found.is_gapless);
	return &found;
}

/* --- the tests --- */

static void
a_job_is_told_after_its_commit(void **state)
{
	struct small_post post;

	(void)state;
	submit(&post, "hello");
	wait_done(1);
	assert_int_equal(post.err, ERR_NONE);
	assert_int_equal(post.seq, 1);
	assert_int_equal(post.committed_at, 1);
	assert_string_equal(read_all()->texts[0], "hello");
}

/* Submits a job that the store holds, and `count` behind it. */
static void
submit_behind(struct small_post *first, struct small_post posts[], unsigned count)
{
	char text[32];

	store_memory_hold();
	submit(first, "first");
	assert_true(store_memory_wait_held());
	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%u", i);
		submit(&posts[i], text);
	}
}

static void
all_that_wait_go_into_one_transaction(void **state)
{
	struct small_post first;
	struct small_post posts[100];

	(void)state;
	submit_behind(&first, posts, COUNT(posts));
	assert_int_equal(atomic_load(&done_count), 0);
	store_memory_release();
	wait_done(1 + COUNT(posts));
	assert_int_equal(store_memory_calls(MEMORY_BEGIN), 2);
	assert_int_equal(store_memory_calls(MEMORY_COMMIT), 2);
	for (unsigned i = 0; i < COUNT(posts); i++) {
		assert_int_equal(posts[i].done, 1);
		assert_int_equal(posts[i].err, ERR_NONE);
		/* In the order in which they came, each behind the commit. */
		assert_int_equal(posts[i].seq, 2 + i);
		assert_int_equal(posts[i].done_as, 2 + i);
		assert_int_equal(posts[i].committed_at, 2);
	}
	assert_int_equal(read_all()->count, 101);
}

static void
a_job_that_the_store_refuses_takes_no_other_with_it(void **state)
{
	struct small_post first;
	struct small_post posts[5];

	(void)state;
	store_memory_refuse("2");
	submit_behind(&first, posts, COUNT(posts));
	store_memory_release();
	wait_done(6);
	for (unsigned i = 0; i < COUNT(posts); i++) {
		assert_int_equal(posts[i].done, 1);
		assert_int_equal(posts[i].err, i == 2 ? ERR_STORE : ERR_NONE);
	}
	const struct found *found = read_all();
	assert_int_equal(found->count, 5);
	assert_string_equal(found->texts[2], "1");
	assert_string_equal(found->texts[3], "3");
	assert_int_equal(posts[3].seq, 4);
	assert_int_equal(store_memory_rollbacks(), 2);
}

static void
after_a_commit_that_failed_nothing_is_there_twice(void **state)
{
	struct small_post first;
	struct small_post posts[5];

	(void)state;
	submit_behind(&first, posts, COUNT(posts));
	store_memory_fail(MEMORY_COMMIT, 2);
	store_memory_release();
	wait_done(6);
	/* The first was alone: it has no second try. */
	assert_int_equal(first.err, ERR_STORE);
	unsigned stored = 0;
	for (unsigned i = 0; i < COUNT(posts); i++) {
		assert_int_equal(posts[i].done, 1);
		stored += posts[i].err == ERR_NONE;
	}
	assert_int_equal(stored, 5);
	assert_int_equal(read_all()->count, 5);
}

static void
after_a_commit_whose_outcome_is_unknown_nothing_is_there_twice(void **state)
{
	struct small_post first;
	struct small_post posts[5];

	(void)state;
	submit_behind(&first, posts, COUNT(posts));
	store_memory_fail(MEMORY_ANSWER, 2);
	store_memory_release();
	wait_done(6);
	assert_int_equal(first.err, ERR_UNKNOWN_COMMIT);
	for (unsigned i = 0; i < COUNT(posts); i++) {
		assert_int_equal(posts[i].done, 1);
		assert_int_equal(posts[i].err, ERR_UNKNOWN_COMMIT);
		/* Followers look: it may be there. */
		assert_int_equal(posts[i].committed_at, 2);
	}
	assert_int_equal(read_all()->count, 6);
	submit(&posts[0], "x");
	wait_done(7);
	assert_int_equal(posts[0].err, ERR_NONE);
	assert_int_equal(posts[0].seq, 7);
}

static void
whoever_is_told_of_a_failure_has_stored_nothing(void **state)
{
	struct small_post posts[40];
	unsigned stored = 0;

	(void)state;
	for (unsigned i = 0; i < COUNT(posts); i++) {
		store_memory_fail(i % 3 == 0 ? MEMORY_COMMIT : MEMORY_BEGIN, i % 2);
		submit(&posts[i], "x");
	}
	wait_done(COUNT(posts));
	for (unsigned i = 0; i < COUNT(posts); i++) {
		assert_int_equal(posts[i].done, 1);
		stored += posts[i].err == ERR_NONE;
	}
	assert_int_equal(read_all()->count, stored);
}

/* To begin may take BOUND_STORE_WAIT_SECONDS where the store is locked: one after the other they
 * would all wait for that. */
static void
where_no_transaction_begins_nobody_waits_for_one_of_his_own(void **state)
{
	struct small_post first;
	struct small_post posts[20];

	(void)state;
	submit_behind(&first, posts, COUNT(posts));
	store_memory_fail(MEMORY_BEGIN, 1000);
	store_memory_release();
	wait_done(1 + COUNT(posts));
	for (unsigned i = 0; i < COUNT(posts); i++)
		assert_int_equal(posts[i].err, ERR_STORE);
	assert_in_range(store_memory_calls(MEMORY_BEGIN), 2, 4);
}

static void
when_the_store_is_back_so_is_the_service(void **state)
{
	struct small_post posts[3];

	(void)state;
	store_memory_fail(MEMORY_OPEN, 1);
	store_memory_fail(MEMORY_BEGIN, 2);
	submit(&posts[0], "0");
	wait_done(1);
	submit(&posts[1], "1");
	wait_done(2);
	submit(&posts[2], "2");
	wait_done(3);
	assert_int_equal(posts[0].err, ERR_STORE);
	assert_int_equal(posts[1].err, ERR_STORE);
	assert_int_equal(posts[2].err, ERR_NONE);
	assert_int_equal(read_all()->count, 1);
}

static void
the_world_is_told_of_commits_and_of_nothing_else(void **state)
{
	struct small_post post;

	(void)state;
	store_memory_fail(MEMORY_COMMIT, 1);
	submit(&post, "lost");
	wait_done(1);
	assert_int_equal(post.committed_at, 0);
	submit(&post, "kept");
	wait_done(2);
	assert_int_equal(post.committed_at, 1);
}

static bool
is_closed(void *context)
{
	(void)context;
	return store_memory_handles() == 0;
}

static void
a_store_that_hangs_does_not_hold_up_the_end_and_nobody_behind_it(void **state)
{
	struct small_post first;
	struct small_post posts[5];

	(void)state;
	submit_behind(&first, posts, COUNT(posts));
	assert_false(committer_stop(committer, clock_now_us()));
	for (size_t i = 0; i < COUNT(posts); i++) {
		assert_int_equal(posts[i].done, 1);
		assert_int_equal(posts[i].err, ERR_STORE);
		assert_int_equal(posts[i].written, 0);
	}
	assert_int_equal(atomic_load(&done_count), COUNT(posts));

	/* What comes of the first one is told to nobody: they may be gone. */
	store_memory_release();
	assert_true(wait_until(is_closed, NULL));
	assert_int_equal(first.done, 0);
	assert_int_equal(atomic_load(&committed_count), 0);
	/* The committer is left to the end of the process. */
	left_over = committer;
	committer = NULL;
}

static void *
submit_many(void *context)
{
	struct small_post *posts = context;

	for (unsigned i = 0; i < 300; i++)
		submit(&posts[i], "x");
	return NULL;
}

static void
any_thread_may_submit(void **state)
{
	static struct small_post posts[4][300];
	pthread_t threads[COUNT(posts)];
	static bool is_there[COUNT(posts) * COUNT(posts[0]) + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, submit_many, posts[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	wait_done(COUNT(posts) * COUNT(posts[0]));
	for (size_t i = 0; i < COUNT(posts); i++) {
		for (size_t j = 0; j < COUNT(posts[0]); j++) {
			const struct small_post *post = &posts[i][j];
			assert_int_equal(post->done, 1);
			assert_int_equal(post->err, ERR_NONE);
			/* Each thread's own are in order, and no two have one number. */
			assert_true(j == 0 || post->seq > posts[i][j - 1].seq);
			assert_in_range(post->seq, 1, COUNT(is_there) - 1);
			assert_false(is_there[post->seq]);
			is_there[post->seq] = true;
		}
	}
}

static void *
stop_elsewhere(void *context)
{
	assert_true(committer_stop(context, INT64_MAX));
	return NULL;
}

static void
what_waits_when_it_stops_is_committed(void **state)
{
	struct small_post first;
	struct small_post posts[50];
	pthread_t thread;

	(void)state;
	submit_behind(&first, posts, COUNT(posts));
	assert_int_equal(pthread_create(&thread, NULL, stop_elsewhere, committer), 0);
	committer = NULL;
	store_memory_release();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&done_count), 51);
	assert_int_equal(read_all()->count, 51);
}

static void
what_was_submitted_last_is_committed(void **state)
{
	struct small_post posts[50];

	(void)state;
	for (unsigned i = 0; i < COUNT(posts); i++)
		submit(&posts[i], "x");
	stop();
	assert_int_equal(atomic_load(&done_count), 50);
	assert_int_equal(read_all()->count, 50);
}

static void
a_store_that_nobody_needs_is_not_opened(void **state)
{
	(void)state;
	stop();
	assert_int_equal(store_memory_calls(MEMORY_OPEN), 0);
}

static void
without_a_thread_a_job_is_done_at_once(void **state)
{
	struct small_post post;

	(void)state;
	stop();
	start(false, 0);
	submit(&post, "x");
	assert_int_equal(post.done, 1);
	assert_int_equal(post.err, ERR_NONE);
	assert_int_equal(atomic_load(&committed_count), 1);
	store_memory_fail(MEMORY_BEGIN, 1);
	submit(&post, "y");
	assert_int_equal(post.done, 1);
	assert_int_equal(post.err, ERR_STORE);
}

/* --- trimming --- */

static bool
has_trimmed_a_round(void *context)
{
	(void)context;
	return strstr(store_memory_trims(), "end ") != NULL;
}

/* Keys of long ago, more than two steps. */
static enum err
write_old_keys(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	const struct store_key_result result = { 1, 0 };
	char key[16];

	(void)job;
	for (int i = 0; i < 2 * BOUND_TRIM_EVENTS + 1; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		if (engine->add_key(store, "b", key, 7, &result, 1) != ERR_NONE)
			return ERR_STORE;
	}
	return ERR_NONE;
}

/* This one takes BOUND_TRIM_FIRST_US. */
static void
trimming_goes_from_room_to_room_in_small_steps(void **state)
{
	struct small_post post;

	(void)state;
	stop();
	start(true, 5);
	for (int i = 0; i < 1200; i++)
		store_memory_post("a", "x");
	for (int i = 0; i < 4; i++)
		store_memory_post("b", "x");
	for (int i = 0; i < 505; i++)
		store_memory_post("c", "x");
	for (int i = 0; i < 6; i++)
		store_memory_post("d", "x");
	post = (struct small_post){ .job = { .write = write_old_keys, .done = post_is_done } };
	committer_submit(committer, &post.job);
	wait_done(1);
	submit(&post, "x");
	wait_done(2);
	assert_int_equal(store_memory_keys("b"), 2 * BOUND_TRIM_EVENTS + 1);
	assert_string_equal(store_memory_trims(), "");
	assert_true(wait_until(has_trimmed_a_round, NULL));
	assert_string_equal(store_memory_trims(),
	                    "a:500 a:500 a:195 b:0 b:0 b:0 c:274 c:226 d:1 lobby:0 end ");
	assert_int_equal(store_memory_keys("b"), 0);
	/* Others write in between and afterwards. */
	submit(&post, "y");
	wait_done(3);
	assert_int_equal(post.err, ERR_NONE);
	assert_int_equal(atomic_load(&committed_count), 3);
}

/* Fifty times as many as chance should need. */
static void
without_a_thread_chance_trims(void **state)
{
	(void)state;
	stop();
	start(false, 5);
	for (int i = 0; i < 1200; i++)
		store_memory_post("a", "x");
	for (int i = 0; i < 2000 && strstr(store_memory_trims(), "a:195") == NULL; i++) {
		struct small_post post;
		submit(&post, "x");
		assert_int_equal(post.done, 1);
		assert_int_equal(post.err, ERR_NONE);
	}
	assert_non_null(strstr(store_memory_trims(), "a:500 a:500 a:195 "));
}

#define COMMITTING(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		COMMITTING(a_job_is_told_after_its_commit),
		COMMITTING(all_that_wait_go_into_one_transaction),
		COMMITTING(a_job_that_the_store_refuses_takes_no_other_with_it),
		COMMITTING(after_a_commit_that_failed_nothing_is_there_twice),
		COMMITTING(after_a_commit_whose_outcome_is_unknown_nothing_is_there_twice),
		COMMITTING(whoever_is_told_of_a_failure_has_stored_nothing),
		COMMITTING(where_no_transaction_begins_nobody_waits_for_one_of_his_own),
		COMMITTING(when_the_store_is_back_so_is_the_service),
		COMMITTING(the_world_is_told_of_commits_and_of_nothing_else),
		COMMITTING(a_store_that_hangs_does_not_hold_up_the_end_and_nobody_behind_it),
		COMMITTING(any_thread_may_submit),
		COMMITTING(what_waits_when_it_stops_is_committed),
		COMMITTING(what_was_submitted_last_is_committed),
		COMMITTING(a_store_that_nobody_needs_is_not_opened),
		COMMITTING(without_a_thread_a_job_is_done_at_once),
		COMMITTING(without_a_thread_chance_trims),
		COMMITTING(trimming_goes_from_room_to_room_in_small_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
