/*
 * What the SQLite engine promises beside the contract of every engine: a store of an older release
 * is migrated, and what an operation costs does not grow with what is stored. Looks into the
 * engine's handle (store_sqlite.h), as nothing else outside it may.
 *
 * SPDX-License-Identifier: MIT
 */
#include "store_support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/sqlite/store_sqlite.h"

/* --- migration --- */

/* As it was released, never changed. */
static const char schema_1[] =
	"PRAGMA application_id = 1886151528;"
	"CREATE TABLE rooms ("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_seq INTEGER NOT NULL,"
	" last_seq INTEGER NOT NULL, messages INTEGER NOT NULL, change INTEGER NOT NULL) STRICT;"
	"CREATE INDEX rooms_by_change ON rooms (change);"
	"CREATE TABLE events ("
	" room INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" time INTEGER NOT NULL,"
	" ref INTEGER NOT NULL DEFAULT 0, role INTEGER NOT NULL DEFAULT 0,"
	" state INTEGER NOT NULL DEFAULT 0, off INTEGER NOT NULL DEFAULT 0, body INTEGER,"
	" PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX messages ON events (room, seq) WHERE kind = 1;"
	"CREATE TABLE bodies (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE free_bodies ("
	" size INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (size, id)) STRICT, WITHOUT "
	"ROWID;"
	"CREATE TABLE keys ("
	" room INTEGER NOT NULL, key TEXT NOT NULL, hash INTEGER NOT NULL, seq INTEGER NOT NULL,"
	" reply_seq INTEGER NOT NULL, time INTEGER NOT NULL,"
	" PRIMARY KEY (room, key)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX keys_by_time ON keys (room, time);"
	"PRAGMA user_version = 1;";

/* ann: django; its reply; one deleted; the event of that; a later reply to the first. A body is
 * the sizes of name, author and text, then each with a zero behind, and zeros up to a size. */
static const char rows_1[] =
	"INSERT INTO rooms VALUES (1, 'lobby', 1, 5, 4, 6), (2, 'attic', 3, 2, 0, 4);"
	"INSERT INTO events VALUES (1, 1, 1, 1000, 0, 1, 1, 0, 1), (1, 2, 1, 1001, 1, 2, 1, 0, 2),"
	" (1, 3, 1, 1002, 0, 1, 5, 0, NULL), (1, 4, 4, 1003, 3, 0, 0, 0, NULL),"
	" (1, 5, 1, 1004, 1, 2, 1, 0, 4);"
	"INSERT INTO bodies VALUES"
	" (1, X'030000000100000006000000616e6e006100646a616e676f00"
	"00000000000000'),"
	" (2, X'000000000100000008000000006100726563656976656400"
	"0000000000000000'),"
	" (3, zeroblob(32)),"
	" (4, X'000000000100000005000000006100616761696e00"
	"0000000000000000000000');"
	"INSERT INTO free_bodies VALUES (32, 3);"
	"INSERT INTO keys VALUES (1, 'k', 7, 1, 2, 1000);";

static void
run_sql(const struct ground *ground, const char *sql)
{
	char path[256];
	sqlite3 *database;

	snprintf(path, sizeof(path), "%s/plainchat.db", ground->folder);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(database));
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void
assert_old_content(const struct ground *ground, struct store *store)
{
	static const char *const texts[] = { "django", "received", NULL, NULL, "again" };
	struct store_key_result result;
	struct seen seen = { 0 };
	bool is_known;
	bool is_same;

	see_after(ground, store, "lobby", 0, 5, &seen);
	assert_int_equal(seen.count, 5);
	for (int i = 0; i < 5; i++) {
		const struct event *event = &seen.events[i];
		assert_int_equal(event->seq, i + 1);
		assert_int_equal(event->time_ms, 1000 + i);
		assert_int_equal(event->kind, i == 3 ? EVENT_DELETE : EVENT_MESSAGE);
		if (texts[i] == NULL)
			assert_null(event->text);
		else
			assert_string_equal(event->text, texts[i]);
	}
	assert_string_equal(seen.events[0].name, "ann");
	assert_int_equal(seen.events[1].ref, 1);
	assert_int_equal(seen.events[2].state, STATE_DELETED);
	see_page(ground, store, "lobby", 3, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(
		ground->engine->find_key(store, "lobby", "k", 7, &is_known, &is_same, &result),
		ERR_NONE);
	assert_true(is_known && is_same && result.seq == 1 && result.reply_seq == 2);
	see_after(ground, store, "attic", 1, 10, &seen);
	assert_true(seen.page.is_reset);
	seen_fini(&seen);
}

static void
make_old_store(const struct ground *ground)
{
	assert_int_equal(mkdir(ground->folder, 0700), 0);
	run_sql(ground, schema_1);
	run_sql(ground, rows_1);
}

static void
a_store_of_the_first_release_is_migrated(void **state)
{
	const struct ground *ground = *state;
	struct seen seen = { 0 };
	int64_t reply;

	make_old_store(ground);
	struct store *reader = open_reader(ground);
	struct store *store = open_writer(ground);
	assert_old_content(ground, store);
	assert_old_content(ground, reader);
	assert_int_equal(ground->engine->next_reply(reader, "lobby", 1, 0, &reply), ERR_NONE);
	assert_int_equal(reply, 2);
	assert_int_equal(ground->engine->next_reply(reader, "lobby", 1, 2, &reply), ERR_NONE);
	assert_int_equal(reply, 5);
	/* And it goes on. */
	assert_int_equal(count_streaming(ground, reader), 0);
	assert_int_equal(begin_reply(ground, store, "lobby", 1), 6);
	assert_int_equal(add_part(ground, store, "lobby", 6, 0, "once more"), 7);
	assert_int_equal(finish_reply(ground, store, "lobby", 6, STATE_DONE, NULL), 8);
	assert_old_content(ground, reader);
	assert_int_equal(take_back(ground, store, "lobby", 1, "a"), STORE_DELETED);
	assert_false(is_in_files(ground, "django"));
	assert_int_equal(say(ground, store, "attic", "text"), 3);
	ground->engine->close(store);
	/* Not a second time. */
	store = open_writer(ground);
	assert_int_equal(say(ground, store, "lobby", "text"), 10);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
rooms_of_before_are_found_by_the_names_that_they_have_now(void **state)
{
	/* Decomposed, and none else by that name; composed and decomposed; a private one. */
	static const char rows[] =
		"INSERT INTO rooms VALUES (1, 'zoe\xcc\x88', 1, 3, 1, 1),"
		" (2, 'caf\xc3\xa9', 1, 4, 1, 2), (3, 'cafe\xcc\x81', 1, 5, 1, 3),"
		" (4, '~e\xcc\x81', 1, 6, 1, 4), (5, 'lobby', 1, 7, 1, 5);";
	static const struct {
		const char *room;
		int64_t next;
	} rooms[] = {
		{ "zo\xc3\xab", 4 }, { "caf\xc3\xa9", 5 }, { "caf\xc3\xa9-3", 6 },
		{ "~e\xcc\x81", 7 }, { "lobby", 8 },       { "cafe\xcc\x81", 1 },
	};
	const struct ground *ground = *state;

	assert_int_equal(mkdir(ground->folder, 0700), 0);
	run_sql(ground, schema_1);
	run_sql(ground, rows);
	log_watch_begin();
	struct store *store = open_writer(ground);
	for (size_t i = 0; i < COUNT(rooms); i++)
		assert_int_equal(say(ground, store, rooms[i].room, "text"), rooms[i].next);
	assert_non_null(strstr(log_watch_text(), "event=room_renamed room=\"caf"));
	log_watch_end();
	ground->engine->close(store);
}

static void
who_reads_first_migrates(void **state)
{
	const struct ground *ground = *state;

	make_old_store(ground);
	struct store *reader = open_reader(ground);
	assert_old_content(ground, reader);
	assert_int_equal(ground->engine->check(reader), ERR_NONE);
	ground->engine->close(reader);
}

/* Opens the store and reads, in a process of its own that ends with 0 if all went well. */
static pid_t
start_migrating(const struct ground *ground, bool can_write, int go)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	const struct store_range range = { "lobby", -1, 0, 10, 0 };
	struct seen seen = { 0 };
	struct store *store;
	char byte;
	(void)!read(go, &byte, 1);
	bool is_well = ground->engine->open(&ground->settings, can_write, &store) == ERR_NONE &&
	               try_to_see(ground, store, &range, &seen) == ERR_NONE && seen.count == 4;
	ground->engine->close(store);
	_exit(is_well ? 0 : 1);
}

static void
many_processes_migrate_at_once(void **state)
{
	const struct ground *ground = *state;
	pid_t pids[8];
	int go[2];
	int status;

	make_old_store(ground);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	for (unsigned i = 0; i < COUNT(pids); i++)
		pids[i] = start_migrating(ground, i % 2 == 0, go[0]);
	assert_int_equal(write(go[1], "12345678", COUNT(pids)), COUNT(pids));
	for (unsigned i = 0; i < COUNT(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	close(go[0]);
	close(go[1]);
	struct store *reader = open_reader(ground);
	assert_old_content(ground, reader);
	ground->engine->close(reader);
}

static void
a_migration_that_is_killed_is_done_by_the_next(void **state)
{
	const struct ground *ground = *state;
	uint64_t seed = 3;
	int go[2];
	int status;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	for (unsigned round = 0; round < 20; round++) {
		make_old_store(ground);
		pid_t pid = start_migrating(ground, round % 2 == 0, go[0]);
		assert_int_equal(write(go[1], "1", 1), 1);
		/* Somewhere in it: a random moment, nothing waits for it. */
		int64_t until_us = clock_now_us() + next_random(&seed) % 6000;
		while (clock_now_us() < until_us)
			;
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		struct store *store = round % 3 == 0 ? open_writer(ground) : open_reader(ground);
		assert_old_content(ground, store);
		ground->engine->close(store);
		assert_int_equal(ground_tear_down(state), 0);
	}
	close(go[0]);
	close(go[1]);
}

/* --- costs --- */

static void
ignore_room(void *context, const char *room)
{
	(void)context;
	(void)room;
}

static void
take_parts_and_end(const struct ground *ground, struct store *store, int64_t question)
{
	struct seen seen = { 0 };
	int64_t number;
	int64_t reply = begin_reply(ground, store, "lobby", question);
	int64_t later = begin_reply(ground, store, "lobby", question);

	for (unsigned i = 0; i < 3; i++)
		(void)add_part(ground, store, "lobby", reply, i, "x");
	see_page(ground, store, "lobby", 0, 5, &seen);
	see_page(ground, store, "lobby", reply, 5, &seen);
	see_after(ground, store, "lobby", question, 5, &seen);
	(void)fail_abandoned(ground, store);
	(void)count_streaming(ground, store);
	(void)finish_reply(ground, store, "lobby", reply, STATE_DONE, NULL);
	see_after(ground, store, "lobby", question, 5, &seen);
	assert_int_equal(ground->engine->next_reply(store, "lobby", question, reply, &number),
	                 ERR_NONE);
	assert_int_equal(number, later);
	assert_int_equal(take_back(ground, store, "lobby", later, "ann"), STORE_DELETED);
	seen_fini(&seen);
}

/* A reply that another handle has begun, a part that may be there, and one event. */
static void
take_over_a_reply(const struct ground *ground, struct store *store)
{
	const struct store_part part = { .text = "x", .text_size = 1, .may_be_there = true };
	struct store *other = open_writer(ground);
	struct store_part again = part;
	struct seen seen = { 0 };
	bool is_held;
	int64_t number;

	again.ref = begin_reply(ground, other, "taken", 0);
	ground->engine->close(other);
	begin(ground, store);
	assert_int_equal(ground->engine->renew_lease(store, "taken", again.ref, &is_held),
	                 ERR_NONE);
	assert_true(is_held);
	assert_int_equal(ground->engine->append_part(store, "taken", &again, &number), ERR_NONE);
	commit(ground, store);
	assert_int_equal(
		ground->engine->get(store, "taken", again.ref, keep_event, &seen, &is_held),
		ERR_NONE);
	assert_int_equal(seen.count, 1);
	assert_true(finish_reply(ground, store, "taken", again.ref, STATE_DONE, NULL) > 0);
	seen_fini(&seen);
}

/* What the clock is worth, how much there is, a room that goes, and times that cannot be. */
static void
trim_all(const struct ground *ground, struct store *store)
{
	const struct store_retention retention = { .messages_max = 10, .now_ms = 1700000000000 };
	struct store_trimmed trimmed;
	struct store_time time;
	int64_t bytes;

	(void)say(ground, store, "gone", "text");
	assert_true(trim(ground, store, "gone", 0, 5000, 0, 3).is_room_removed);
	(void)say(ground, store, "dated", "text");
	begin(ground, store);
	assert_int_equal(ground->engine->trim(store, "dated", &retention, 10, &trimmed), ERR_NONE);
	assert_int_equal(ground->engine->judge_clock(store, 1700000000000, &time), ERR_NONE);
	assert_int_equal(ground->engine->count_bytes(store, true, &bytes), ERR_NONE);
	commit(ground, store);
}

/* Every operation, on one handle, so that it knows all its statements then. */
static void
use_every_operation(const struct ground *ground, struct store *store)
{
	const struct store_key_result result = { 1, 2 };
	struct store_key_result found;
	int64_t mark = -1;
	char room[BOUND_ROOM_BYTES];
	bool flags[2];

	assert_int_equal(store_sqlite_changed_rooms(store, mark, ignore_room, NULL, &mark),
	                 ERR_NONE);
	int64_t question = say(ground, store, "lobby", "question");
	assert_int_equal(store_sqlite_changed_rooms(store, mark, ignore_room, NULL, &mark),
	                 ERR_NONE);
	take_parts_and_end(ground, store, question);
	take_over_a_reply(ground, store);
	begin(ground, store);
	store->has_failed = true;
	assert_int_equal(ground->engine->check(store), ERR_NONE);
	assert_int_equal(ground->engine->add_key(store, "lobby", "k", 1, &result, 1), ERR_NONE);
	assert_int_equal(
		ground->engine->find_key(store, "lobby", "k", 1, &flags[0], &flags[1], &found),
		ERR_NONE);
	assert_int_equal(ground->engine->next_room(store, "a", room, sizeof(room)), ERR_NONE);
	commit(ground, store);
	assert_int_equal(trim(ground, store, "lobby", 10, 0, 1000, 3).events, 3);
	trim_all(ground, store);
	assert_int_equal(ground->engine->check(store), ERR_NONE);
}

/* What each statement costs, in steps of SQLite's machine. */
static void
measure(const struct ground *ground, struct store *store, int costs[STATEMENT_COUNT])
{
	use_every_operation(ground, store);
	/* What no transaction but the first uses. */
	(void)query_begin(store, STATEMENT_LIFE_BEGIN, "measure");
	for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
		if (store->statements[i] == NULL)
			fail_msg("statement %u was not used: this test has to use it", i);
		(void)sqlite3_stmt_status(store->statements[i], SQLITE_STMTSTATUS_VM_STEP, 1);
	}
	use_every_operation(ground, store);
	for (unsigned i = 0; i < STATEMENT_COUNT; i++)
		costs[i] = sqlite3_stmt_status(store->statements[i], SQLITE_STMTSTATUS_VM_STEP, 1);
}

/* Of all that may grow: messages, replies to one of them, ends of replies, messages deleted,
 * parts, rooms, keys. */
static void
store_much(const struct ground *ground, struct store *store, unsigned count)
{
	const struct store_key_result result = { 1, 2 };
	char text[16];
	int64_t seq;

	assert_int_equal(begin_reply(ground, store, "attic", 0), 1);
	begin(ground, store);
	for (unsigned i = 0; i < count; i++) {
		const struct store_part part = {
			.ref = 1, .text = "x", .text_size = 1, .offset = i, .time_ms = 1500
		};
		struct store_message reply = message_of("");
		enum store_outcome outcome;
		snprintf(text, sizeof(text), "r%u", i);
		(void)append(ground, store, text, "text");
		int64_t question = append(ground, store, "lobby", "text");
		assert_int_equal(ground->engine->append_part(store, "attic", &part, &seq),
		                 ERR_NONE);
		assert_int_equal(
			ground->engine->add_key(store, "lobby", text, 1, &result, 2000 + i),
			ERR_NONE);
		reply.state = STATE_STREAMING;
		reply.ref = i % 2 == 0 ? 1 : question;
		assert_int_equal(ground->engine->append_message(store, "lobby", &reply, &seq),
		                 ERR_NONE);
		const struct store_ending ending = { .ref = seq,
			                             .state = STATE_DONE,
			                             .text = "text",
			                             .text_size = 4,
			                             .time_ms = 1800 };
		assert_int_equal(ground->engine->finish_message(store, "lobby", &ending, &seq),
		                 ERR_NONE);
		if (i % 3 == 0)
			assert_int_equal(ground->engine->delete_message(store, "lobby", question,
			                                                "ann", 1, &outcome, &seq),
			                 ERR_NONE);
	}
	commit(ground, store);
}

static void
what_an_operation_costs_does_not_grow_with_the_store(void **state)
{
	const struct ground *ground = *state;
	int costs[2][STATEMENT_COUNT];

	for (unsigned i = 0; i < 2; i++) {
		struct store *store = open_writer(ground);
		store_much(ground, store, i == 0 ? 20 : 2000);
		measure(ground, store, costs[i]);
		ground->engine->close(store);
		assert_int_equal(ground_tear_down(state), 0);
	}
	for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
		if (costs[1][i] > 2 * costs[0][i] + 20)
			fail_msg("statement %u: %d steps, then %d", i, costs[0][i], costs[1][i]);
	}
}

static void
assert_plan(struct store *store, enum statement which)
{
	static const char *const bad[] = { "SCAN", "TEMP B-TREE", "AUTOMATIC" };
	const char *text = sqlite3_sql(store->statements[which]);
	sqlite3_stmt *plan;
	char question[2000];

	/* The first row of whichever room, what has a handful of rows, and what is for the whole
	 * store, or for rooms whose times cannot be, and seldom. */
	if (which == STATEMENT_CHECK || which == STATEMENT_MAKINGS || which == STATEMENT_PAGES ||
	    which == STATEMENT_EVENTS_DATE)
		return;
	snprintf(question, sizeof(question), "EXPLAIN QUERY PLAN %s", text);
	assert_int_equal(sqlite3_prepare_v2(store->database, question, -1, &plan, NULL), SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);
		for (unsigned i = 0; i < COUNT(bad); i++) {
			if (strstr(step, bad[i]) != NULL)
				fail_msg("%s: %s", text, step);
		}
	}
	(void)sqlite3_finalize(plan);
}

static void
every_statement_uses_an_index(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	int costs[STATEMENT_COUNT];

	store_much(ground, store, 20);
	measure(ground, store, costs);
	for (unsigned i = 0; i < STATEMENT_COUNT; i++)
		assert_plan(store, (enum statement)i);
	ground->engine->close(store);
}

/* --- the write-ahead log --- */

static void
the_log_stays_short_where_nobody_stays_connected(void **state)
{
	struct ground brief = *(const struct ground *)*state;
	const int64_t most = 2 * BOUND_STORE_WAL_PAGES_CGI * 4120;
	char path[256];
	struct stat status;
	struct store *store;

	brief.settings.is_brief = true;
	snprintf(path, sizeof(path), "%s/plainchat.db-wal", brief.folder);
	for (int64_t i = 1; i <= 100; i++) {
		store = open_writer(&brief);
		assert_int_equal(say(&brief, store, "lobby", "text"), i);
		brief.engine->close(store);
		assert_int_equal(stat(path, &status), 0);
		assert_in_range(status.st_size, 0, most);
	}
	store = open_writer(&brief);
	assert_gapless(&brief, store, "lobby", 100);
	brief.engine->close(store);
}

/* A thread that reads all the time, with hardly a pause between two pages. */
struct reading {
	pthread_t thread;
	const struct ground *ground;
	struct store *store;
	atomic_bool is_over;
};

static void
ignore_event(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

static void *
read_all_the_time(void *context)
{
	struct reading *reading = context;
	const struct store_range range = { "lobby", -1, 0, 10, 0 };
	struct store_page page;

	while (!atomic_load(&reading->is_over)) {
		if (reading->ground->engine->read(reading->store, &range, ignore_event, NULL,
		                                  &page) != ERR_NONE)
			abort();
	}
	return NULL;
}

static void
the_log_is_begun_anew_also_where_somebody_always_reads(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct reading readings[3] = { 0 };
	static char text[8000];
	unsigned begun_anew = 0;

	memset(text, 'x', sizeof(text) - 1);
	(void)say(ground, store, "lobby", text);
	for (unsigned i = 0; i < COUNT(readings); i++) {
		readings[i].ground = ground;
		readings[i].store = open_reader(ground);
		assert_int_equal(
			pthread_create(&readings[i].thread, NULL, read_all_the_time, &readings[i]),
			0);
	}
	while (begun_anew < 3) {
		int before = store->wal_pages;
		(void)say(ground, store, "lobby", text);
		if (store->wal_pages < before)
			begun_anew++;
		/* It is begun anew at twice the length, or a few times that where a reader is kept
		 * from the processor by others. */
		assert_in_range(store->wal_pages, 1, 8 * BOUND_STORE_WAL_PAGES);
	}
	for (unsigned i = 0; i < COUNT(readings); i++) {
		atomic_store(&readings[i].is_over, true);
		assert_int_equal(pthread_join(readings[i].thread, NULL), 0);
		ground->engine->close(readings[i].store);
	}
	ground->engine->close(store);
}

static void
the_log_gets_no_longer_than_the_database_where_that_is_small(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	while (store->moved_pages == 0) {
		assert_in_range(store->wal_pages, 0, BOUND_STORE_WAL_PAGES_LEAST + 100);
		(void)say(ground, store, "lobby", "text");
	}
	ground->engine->close(store);
}

static void
store_until_the_log_is_long(const struct ground *ground, struct store *store)
{
	while (store->wal_pages < 2 * BOUND_STORE_WAL_PAGES_FLUSHED)
		(void)say(ground, store, "lobby", "text");
}

static void
a_log_that_commits_do_not_wait_for_is_brought_to_the_disk_beside_them(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	store_until_the_log_is_long(ground, store);
	assert_non_null(store->wal_flusher);
	assert_in_range(store->flushed_pages, BOUND_STORE_WAL_PAGES_FLUSHED, store->wal_pages);
	ground->engine->close(store);
}

static void
a_log_that_is_on_the_disk_already_is_not_flushed(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	store_until_the_log_is_long(ground, store);
	assert_null(store->wal_flusher);
	ground->engine->close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH_JOURNALS(a_store_of_the_first_release_is_migrated),
		ON_BOTH_JOURNALS(rooms_of_before_are_found_by_the_names_that_they_have_now),
		ON_BOTH_JOURNALS(who_reads_first_migrates),
		ON_BOTH_JOURNALS(many_processes_migrate_at_once),
		ON_BOTH_JOURNALS(a_migration_that_is_killed_is_done_by_the_next),
		ON_GROUND(what_an_operation_costs_does_not_grow_with_the_store, 1, "wal"),
		ON_GROUND(every_statement_uses_an_index, 1, "wal"),
		ON_GROUND(the_log_stays_short_where_nobody_stays_connected, 0, "wal power"),
		ON_GROUND(the_log_stays_short_where_nobody_stays_connected, 1, "wal process"),
		ON_GROUND(the_log_is_begun_anew_also_where_somebody_always_reads, 1, "wal process"),
		ON_GROUND(the_log_gets_no_longer_than_the_database_where_that_is_small, 1,
		          "wal process"),
		ON_GROUND(a_log_that_commits_do_not_wait_for_is_brought_to_the_disk_beside_them, 1,
		          "wal process"),
		ON_GROUND(a_log_that_is_on_the_disk_already_is_not_flushed, 0, "wal power"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
