/*
 * What an engine with files leaves in them: what was deleted is in none, and they are for their
 * owner only.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
files_are_for_their_owner_only(void **state)
{
	const struct ground *ground = *state;
	struct stat status;

	for (unsigned i = 0; i < 2; i++) {
		mode_t mask = umask(i == 0 ? 0 : 0777);
		struct store *store = open_writer(ground);
		say(ground, store, "lobby", "text");
		(void)begin_reply(ground, store, "lobby", 1);
		umask(mask);
		assert_int_equal(stat(ground->folder, &status), 0);
		assert_int_equal(status.st_mode & 07777, 0700);
		assert_int_equal(stat(lock_path(ground), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
		char command[512];
		snprintf(command, sizeof(command),
		         "test -z \"$(find %s -type f ! -perm 600)\" && test -n \"$(ls %s)\"",
		         ground->folder, ground->folder);
		assert_int_equal(system(command), 0);
		ground->engine->close(store);
		ground_tear_down(state);
	}
}

#define TOKEN "<%s of %u: %08x%08x>"

static void
say_with_tokens(const struct ground *ground, struct store *store, unsigned number, uint64_t *seed,
                char names[3][64], char *room, size_t room_size)
{
	static const char *const parts[3] = { "name", "author", "text" };
	static char text[9000];
	struct store_message message;
	int64_t seq;

	for (unsigned i = 0; i < 3; i++)
		snprintf(names[i], sizeof(names[i]), TOKEN, parts[i], number, next_random(seed),
		         next_random(seed));
	snprintf(room, room_size, "room%u", next_random(seed) % 5);
	/* Mostly short, some that take several pages. */
	size_t size = next_random(seed) % 300;
	if (next_random(seed) % 10 == 0)
		size = next_random(seed) % (sizeof(text) - sizeof(names[0]));
	memset(text, 'x', size);
	snprintf(text + size, sizeof(text) - size, "%s", names[2]);
	message = message_of(text);
	message.name = names[0];
	message.author = names[1];
	begin(ground, store);
	assert_int_equal(ground->engine->append_message(store, room, &message, &seq), ERR_NONE);
	commit(ground, store);
	snprintf(room + strlen(room), room_size - strlen(room), "/%lld", (long long)seq);
}

enum { TOKEN_COUNT = 400 };

static void
a_text_that_was_taken_back_is_in_no_file(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	static char names[TOKEN_COUNT][3][64];
	static char places[TOKEN_COUNT][32];
	struct seen seen = { 0 };
	uint64_t seed = 3;

	for (unsigned i = 0; i < TOKEN_COUNT; i++) {
		say_with_tokens(ground, store, i, &seed, names[i], places[i], sizeof(places[i]));
		see_page(ground, reader, "room1", 0, 10, &seen);
		if (i % 7 == 6)
			(void)trim(ground, store, "room2", 10, 0, 0, 5);
		if (i % 2 == 0)
			continue;
		/* One of all so far, which may be gone already. */
		unsigned which = next_random(&seed) % i;
		char *slash = strchr(places[which], '/');
		if (slash == NULL)
			continue;
		*slash = '\0';
		enum store_outcome outcome =
			take_back(ground, store, places[which], atoll(slash + 1), names[which][1]);
		assert_true(outcome == STORE_DELETED || outcome == STORE_NOT_FOUND);
		if (outcome != STORE_DELETED)
			continue;
		for (unsigned part = 0; part < 3; part++)
			assert_false(is_in_files(ground, names[which][part]));
		assert_true(is_in_files(ground, names[i][2]) || which == i);
	}
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

enum { REPLY_COUNT = 60, PART_COUNT = 5 };

/* A reply with parts that cannot be mistaken for another's. */
struct told {
	int64_t seq;
	unsigned part_count;
	char parts[PART_COUNT][48];
};

static void
tell(const struct ground *ground, struct store *store, unsigned number, uint64_t *seed,
     struct told *told)
{
	static char text[6000];
	int64_t offset = 0;

	told->seq = begin_reply(ground, store, "lobby", 0);
	told->part_count = next_random(seed) % (PART_COUNT + 1);
	for (unsigned i = 0; i < told->part_count; i++) {
		size_t size = next_random(seed) % (next_random(seed) % 8 == 0 ? 5000 : 100);
		snprintf(told->parts[i], sizeof(told->parts[i]), "<part %u of %u: %08x%08x>", i,
		         number, next_random(seed), next_random(seed));
		memset(text, 'x', size);
		snprintf(text + size, sizeof(text) - size, "%s", told->parts[i]);
		assert_true(add_part(ground, store, "lobby", told->seq, offset, text) > 0);
		offset += (int64_t)strlen(text);
	}
}

static void
what_parts_said_is_in_no_file_after_taking_back(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	static struct told told[REPLY_COUNT];
	struct seen seen = { 0 };
	uint64_t seed = 23;

	for (unsigned i = 0; i < REPLY_COUNT; i++) {
		struct told *latest = &told[i];
		tell(ground, store, i, &seed, latest);
		see_page(ground, reader, "lobby", 0, 3, &seen);
		/* Still streaming, or finished with its parts' text or another. */
		if (next_random(&seed) % 3 > 0)
			(void)finish_reply(ground, store, "lobby", latest->seq, STATE_DONE,
			                   next_random(&seed) % 2 == 0 ? NULL : "other");
		if (i % 2 == 0)
			continue;
		struct told *gone = &told[next_random(&seed) % i];
		if (gone->seq == 0)
			continue;
		assert_int_equal(take_back(ground, store, "lobby", gone->seq, "ann"),
		                 STORE_DELETED);
		for (unsigned part = 0; part < gone->part_count; part++)
			assert_false(is_in_files(ground, gone->parts[part]));
		gone->seq = 0;
	}
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
a_trimmed_text_leaves_room_for_others(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	char path[256];
	struct stat before;
	struct stat after;

	begin(ground, store);
	for (unsigned i = 0; i < 200; i++)
		append(ground, store, "lobby", "a text of some size, and then some more");
	commit(ground, store);
	(void)trim(ground, store, "lobby", 20, 0, 0, 200);
	snprintf(path, sizeof(path), "%s/plainchat.db", ground->folder);
	/* Deleting has all of it moved into the database. */
	assert_int_equal(take_back(ground, store, "lobby", 200, "ann"), STORE_DELETED);
	assert_int_equal(stat(path, &before), 0);
	for (unsigned i = 0; i < 100; i++) {
		begin(ground, store);
		for (unsigned n = 0; n < 20; n++)
			append(ground, store, "lobby", "another text of the same size, of course");
		commit(ground, store);
		(void)trim(ground, store, "lobby", 20, 0, 0, 50);
	}
	assert_int_equal(take_back(ground, store, "lobby", 2201, "ann"), STORE_DELETED);
	assert_int_equal(stat(path, &after), 0);
	assert_in_range(after.st_size, 1, before.st_size + 8 * 4096);
	ground->engine->close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH_DURABILITY(files_are_for_their_owner_only),
		ON_BOTH_JOURNALS(a_text_that_was_taken_back_is_in_no_file),
		ON_BOTH_JOURNALS(what_parts_said_is_in_no_file_after_taking_back),
		ON_BOTH_JOURNALS(a_trimmed_text_leaves_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
