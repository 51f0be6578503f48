/*
 * The contract of news, for every engine: which rooms have changed since a watch was last asked,
 * and that whoever watches is told to ask.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rooms that were named, in order of their names, and that they can be read meanwhile. */
struct named {
	const struct ground *ground;
	struct store *store;
	struct store_watch *watch;
	char rooms[8][32];
	unsigned count;
};

static void
note_room(void *context, const char *room)
{
	struct named *named = context;
	struct seen seen = { 0 };
	unsigned at = named->count++;

	assert_true(at < COUNT(named->rooms));
	if (room == NULL) {
		strcpy(named->rooms[at], "any");
		return;
	}
	see_page(named->ground, named->store, room, 0, 1, &seen);
	snprintf(named->rooms[at], sizeof(named->rooms[0]), "%s@%lld", room,
	         (long long)seen.page.next);
	seen_fini(&seen);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
assert_news(struct named *named, const char *expected)
{
	char text[256] = "";

	named->count = 0;
	assert_int_equal(named->ground->engine->find_news(named->watch, note_room, named),
	                 ERR_NONE);
	qsort(named->rooms, named->count, sizeof(named->rooms[0]), compare);
	for (unsigned i = 0; i < named->count; i++)
		strcat(strcat(text, named->rooms[i]), " ");
	assert_string_equal(text, expected);
}

static void
open_named(const struct ground *ground, struct named *named)
{
	*named = (struct named){ .ground = ground, .store = open_reader(ground) };
	assert_int_equal(ground->engine->watch_open(&ground->settings, NULL, NULL, &named->watch),
	                 ERR_NONE);
}

static void
close_named(struct named *named)
{
	named->ground->engine->watch_close(named->watch);
	named->ground->engine->close(named->store);
}

static void
rooms_that_changed_are_named_once(void **state)
{
	const struct ground *ground = *state;
	struct named named;
	struct named late;

	open_named(ground, &named);
	assert_news(&named, "any ");
	struct store *store = open_writer(ground);
	assert_news(&named, "");
	say(ground, store, "b", "text");
	say(ground, store, "a", "text");
	say(ground, store, "b", "text");
	assert_news(&named, "a@1 b@2 ");
	assert_news(&named, "");
	begin(ground, store);
	append(ground, store, "c", "text");
	append(ground, store, "a", "text");
	assert_news(&named, "");
	commit(ground, store);
	assert_news(&named, "a@2 c@1 ");
	begin(ground, store);
	append(ground, store, "b", "text");
	ground->engine->rollback(store);
	assert_news(&named, "");
	assert_int_equal(take_back(ground, store, "c", 1, "ann"), STORE_DELETED);
	assert_news(&named, "c@2 ");
	/* Whoever comes later begins at the end. */
	open_named(ground, &late);
	assert_news(&late, "any ");
	assert_news(&late, "");
	say(ground, store, "a", "text");
	assert_news(&late, "a@3 ");
	close_named(&late);
	assert_news(&named, "a@3 ");
	ground->engine->close(store);
	close_named(&named);
}

static void
what_changes_after_a_room_has_gone_is_noticed(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct named named;

	open_named(ground, &named);
	say(ground, store, "stays", "text");
	say(ground, store, "goes", "text");
	assert_news(&named, "any ");
	/* It was the one with the last change. */
	assert_int_equal(trim(ground, store, "goes", 0, 5000, 0, 9).events, 1);
	say(ground, store, "stays", "more");
	assert_news(&named, "stays@2 ");
	ground->engine->close(store);
	close_named(&named);
}

static void
every_kind_of_change_is_news(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct named named;

	open_named(ground, &named);
	assert_news(&named, "any ");
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 1);
	assert_news(&named, "lobby@1 ");
	assert_int_equal(add_part(ground, store, "lobby", 1, 0, "a"), 2);
	assert_news(&named, "lobby@2 ");
	assert_int_equal(finish_reply(ground, store, "lobby", 1, STATE_DONE, NULL), 3);
	assert_news(&named, "lobby@3 ");
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 4);
	ground->engine->close(store);
	store = open_writer(ground);
	assert_int_equal(fail_abandoned(ground, store), 0);
	assert_news(&named, "lobby@5 ");
	ground->engine->close(store);
	close_named(&named);
}

/* --- being told --- */

static void
count_look(void *context)
{
	atomic_fetch_add((atomic_uint *)context, 1);
}

struct looks {
	atomic_uint count;
	unsigned before;
};

static bool
has_looked(void *context)
{
	struct looks *looks = context;

	return atomic_load(&looks->count) > looks->before;
}

/* The function was told since the last call. */
static void
wait_for_look(struct looks *looks)
{
	assert_true(wait_until(has_looked, looks));
}

static void
whoever_watches_is_told_of_each_commit(void **state)
{
	const struct ground *ground = *state;
	struct looks looks = { .before = 0 };
	struct store_watch *watch;

	assert_int_equal(
		ground->engine->watch_open(&ground->settings, count_look, &looks.count, &watch),
		ERR_NONE);
	struct store *store = open_writer(ground);
	for (unsigned i = 0; i < 5; i++) {
		say(ground, store, "lobby", "text");
		wait_for_look(&looks);
		looks.before = atomic_load(&looks.count);
		/* There may be more of them for that one: what counts is that none is missed. */
	}
	struct store *other = open_writer(ground);
	looks.before = atomic_load(&looks.count);
	say(ground, other, "lobby", "text");
	wait_for_look(&looks);
	ground->engine->watch_close(watch);
	looks.before = atomic_load(&looks.count);
	say(ground, other, "lobby", "text");
	assert_int_equal(atomic_load(&looks.count), looks.before);
	ground->engine->close(other);
	ground->engine->close(store);
}

static void
a_watch_is_closed_whether_or_not_there_is_a_store(void **state)
{
	const struct ground *ground = *state;
	struct looks looks = { .before = 0 };
	struct store_watch *watches[8];

	for (unsigned i = 0; i < COUNT(watches); i++)
		assert_int_equal(ground->engine->watch_open(&ground->settings, count_look,
		                                            &looks.count, &watches[i]),
		                 ERR_NONE);
	for (unsigned i = 0; i < COUNT(watches); i++)
		ground->engine->watch_close(watches[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EVERY_ENGINE(rooms_that_changed_are_named_once),
		ON_EVERY_ENGINE(what_changes_after_a_room_has_gone_is_noticed),
		ON_EVERY_ENGINE(every_kind_of_change_is_news),
		ON_EVERY_ENGINE(whoever_watches_is_told_of_each_commit),
		ON_EVERY_ENGINE(a_watch_is_closed_whether_or_not_there_is_a_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
