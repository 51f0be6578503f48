/*
 * Which life of the store it is: copies that are put back, whichever way, are told from the store
 * that goes on. Names of files are those of the SQLite engine.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t
epoch_of(const struct ground *ground)
{
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	see_page(ground, reader, "lobby", 0, 10, &seen);
	uint64_t epoch = seen.page.epoch;
	seen_fini(&seen);
	ground->engine->close(reader);
	return epoch;
}

/* Opens and closes a writer, as a program that starts; nobody says anything. */
static void
start_and_stop(const struct ground *ground)
{
	ground->engine->close(open_writer(ground));
}

static void
say_and_stop(const struct ground *ground, unsigned count)
{
	struct store *store = open_writer(ground);

	for (unsigned i = 0; i < count; i++)
		assert_true(say(ground, store, "lobby", "text") > 0);
	ground->engine->close(store);
}

/* Runs a shell's command in the folder that the store's is in; "@" in it is the store's name. */
static void
run(const struct ground *ground, const char *command)
{
	char text[1024];
	size_t size = (size_t)snprintf(text, sizeof(text), "cd '%s/..' && ", ground->folder);

	for (const char *at = command; *at != '\0'; at++) {
		if (*at == '@')
			size += (size_t)snprintf(text + size, sizeof(text) - size, "%s",
			                         strrchr(ground->folder, '/') + 1);
		else
			text[size++] = *at;
		assert_true(size < sizeof(text) - 1);
	}
	text[size] = '\0';
	assert_int_equal(system(text), 0);
}

/* The file was put in place a while ago, as far as the lock file knows. */
static void
let_time_pass(const struct ground *ground)
{
	char path[256];
	char text[64] = "";

	snprintf(path, sizeof(path), "%s/plainchat.lock", ground->folder);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 40);
	memset(text + 39, '1', 10); /* the time */
	assert_int_equal(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	close(fd);
}

static void
the_epoch_stays_while_the_store_goes_on(void **state)
{
	const struct ground *ground = *state;

	say_and_stop(ground, 3);
	uint64_t epoch = epoch_of(ground);
	assert_true(epoch > 0 && epoch <= STORE_EPOCH_MAX);
	for (unsigned i = 0; i < 5; i++) {
		start_and_stop(ground);
		say_and_stop(ground, i * 10);
		assert_true(epoch_of(ground) == epoch);
	}
	/* The folder may be moved. */
	run(ground, "mv @ moved && mv moved @");
	say_and_stop(ground, 1);
	assert_true(epoch_of(ground) == epoch);
}

static void
each_store_has_another_epoch(void **state)
{
	const struct ground *ground = *state;

	start_and_stop(ground);
	uint64_t epoch = epoch_of(ground);
	run(ground, "rm -r @");
	start_and_stop(ground);
	assert_true(epoch_of(ground) != epoch);
}

/* However it is put back, also where it then grows past what was. */
static void
a_copy_that_was_put_back_is_another_life(void **state)
{
	static const char *const ways[] = {
		"rm -r @ && cp -a copy @",
		"mv @ away && cp -a copy @ && rm -r away",
		"rm -f @/* && cp copy/* @/",
		"rm -f @/plainchat.db* && cp -a copy/plainchat.db* @/",
		/* over the files that are there */
		"rm -f @/plainchat.db-* && cp copy/plainchat.db* @/",
		"rm -f @/plainchat.db-* && cp -a copy/plainchat.db* @/",
		"rm -f @/plainchat.db-* @/plainchat.lock && cp -a copy/plainchat.db* @/",
	};
	const struct ground *ground = *state;

	for (unsigned i = 0; i < COUNT(ways); i++) {
		say_and_stop(ground, 3);
		run(ground, "cp -a @ copy");
		say_and_stop(ground, 2);
		uint64_t epoch = epoch_of(ground);
		run(ground, ways[i]);
		log_watch_begin();
		say_and_stop(ground, 5);
		assert_non_null(strstr(log_watch_text(), "event=store_exchanged"));
		log_watch_end();
		assert_true(epoch_of(ground) != epoch);
		epoch = epoch_of(ground);
		say_and_stop(ground, 1);
		assert_true(epoch_of(ground) == epoch);
		run(ground, "rm -r copy @");
	}
}

static void
a_copy_over_all_files_is_another_life(void **state)
{
	const struct ground *ground = *state;

	say_and_stop(ground, 3);
	run(ground, "cp -a @ copy");
	say_and_stop(ground, 2);
	uint64_t epoch = epoch_of(ground);
	run(ground, "cp -a copy/. @/");
	let_time_pass(ground);
	log_watch_begin();
	start_and_stop(ground);
	log_watch_end();
	assert_true(epoch_of(ground) != epoch);
	run(ground, "rm -r copy");
}

static void
the_store_that_comes_back_is_not_the_copy(void **state)
{
	const struct ground *ground = *state;

	say_and_stop(ground, 3);
	uint64_t first = epoch_of(ground);
	run(ground, "cp -a @ copy && mv @ away && mv copy @");
	log_watch_begin();
	say_and_stop(ground, 3);
	uint64_t second = epoch_of(ground);
	run(ground, "mv @ copy && mv away @");
	say_and_stop(ground, 3);
	log_watch_end();
	assert_true(second != first);
	assert_true(epoch_of(ground) == first);
	run(ground, "rm -r copy");
}

static void
a_cursor_of_another_life_is_reset(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store_range range = { .room = "lobby", .after = 1, .limit = 10 };
	struct seen seen = { 0 };

	say(ground, store, "lobby", "one");
	say(ground, store, "lobby", "two");
	range.epoch = epoch_of(ground);
	assert_int_equal(try_to_see(ground, store, &range, &seen), ERR_NONE);
	assert_int_equal(seen.count, 1);
	assert_true(seen.page.epoch == range.epoch);
	assert_true(seen.events[0].epoch == range.epoch);
	range.epoch++;
	for (range.after = 0; range.after <= 2; range.after++) {
		assert_int_equal(try_to_see(ground, store, &range, &seen), ERR_NONE);
		assert_true(seen.page.is_reset);
		assert_int_equal(seen.count, 0);
	}
	seen_fini(&seen);
	ground->engine->close(store);
}

static void
note_room(void *context, const char *room)
{
	char *names = context;

	strcat(names, room == NULL ? "all" : room);
	strcat(names, " ");
}

static void
every_room_may_have_changed_in_another_life(void **state)
{
	const struct ground *ground = *state;
	struct store_watch *watch;
	char names[64] = "";

	say_and_stop(ground, 3);
	assert_int_equal(ground->engine->watch_open(&ground->settings, NULL, NULL, &watch),
	                 ERR_NONE);
	assert_int_equal(ground->engine->find_news(watch, note_room, names), ERR_NONE);
	assert_string_equal(names, "all ");
	names[0] = '\0';
	run(ground, "cp -a @ copy && rm -r @ && mv copy @");
	log_watch_begin();
	start_and_stop(ground);
	log_watch_end();
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ground->engine->find_news(watch, note_room, names), ERR_NONE);
	assert_string_equal(names, "all ");
	ground->engine->watch_close(watch);
}

/* A lock file that is gone says nothing, but who has the store open knows. */
static void
the_epoch_stays_where_the_lock_file_is_made_anew_under_a_program(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	say(ground, store, "lobby", "one");
	uint64_t epoch = epoch_of(ground);
	run(ground, "rm @/plainchat.lock");
	log_watch_begin();
	say(ground, store, "lobby", "two");
	log_watch_end();
	assert_true(epoch_of(ground) == epoch);
	ground->engine->close(store);
	start_and_stop(ground);
	assert_true(epoch_of(ground) == epoch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH_JOURNALS(the_epoch_stays_while_the_store_goes_on),
		ON_BOTH_JOURNALS(each_store_has_another_epoch),
		ON_BOTH_JOURNALS(a_copy_that_was_put_back_is_another_life),
		ON_BOTH_JOURNALS(a_copy_over_all_files_is_another_life),
		ON_BOTH_JOURNALS(the_store_that_comes_back_is_not_the_copy),
		ON_BOTH_JOURNALS(a_cursor_of_another_life_is_reset),
		ON_BOTH_JOURNALS(every_room_may_have_changed_in_another_life),
		ON_BOTH_JOURNALS(the_epoch_stays_where_the_lock_file_is_made_anew_under_a_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
