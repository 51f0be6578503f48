/*
 * A store when something goes wrong or others write too: processes at once, kill -9, full and
 * read-only disks, files that are damaged, replaced or gone. Each test ends with the same handles
 * at work again. Names of files are those of the engine in store_sqlite.c.
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
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* "FOLDER/NAME" of the store, in a static buffer of which there are two. */
static const char *
file_of(const struct ground *ground, const char *name)
{
	static char paths[2][256];
	static unsigned next;
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", ground->folder, name);
	return path;
}

/* The reader must fail, and say so in the log. */
static void
assert_cannot_read(const struct ground *ground, struct store *store)
{
	const struct store_range range = { "lobby", -1, 0, 10, 0 };
	struct seen seen = { 0 };

	assert_int_equal(try_to_see(ground, store, &range, &seen), ERR_STORE);
	assert_int_equal(seen.count, 0);
	assert_int_equal(ground->engine->check(store), ERR_STORE);
	seen_fini(&seen);
}

/* --- several at once --- */

#define WRITES 60

struct writing_thread {
	pthread_t thread;
	const struct ground *ground;
	struct store *store;
	unsigned written;
};

static void *
write_many(void *context)
{
	struct writing_thread *writing = context;

	for (unsigned i = 0; i < WRITES; i++)
		writing->written += try_to_say(writing->ground, writing->store, "lobby", "t") > 0;
	return NULL;
}

static void
two_handles_of_a_process_write_at_once(void **state)
{
	const struct ground *ground = *state;
	struct writing_thread writing[2];
	struct store *reader = open_reader(ground);

	for (unsigned i = 0; i < 2; i++) {
		writing[i] =
			(struct writing_thread){ .ground = ground, .store = open_writer(ground) };
		assert_int_equal(pthread_create(&writing[i].thread, NULL, write_many, &writing[i]),
		                 0);
	}
	/* Readers at the same time are no obstacle, nor have they one. */
	struct seen seen = { 0 };
	do {
		see_page(ground, reader, "lobby", 0, 10, &seen);
	} while (seen.page.next < WRITES);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(writing[i].thread, NULL);
		assert_int_equal(writing[i].written, WRITES);
		ground->engine->close(writing[i].store);
	}
	assert_gapless(ground, reader, "lobby", (int64_t)2 * WRITES);
	seen_fini(&seen);
	ground->engine->close(reader);
}

/* A process that writes when it is told to, and tells each number that was committed. No handle
 * may be open when it is made. */
struct writing_process {
	pid_t pid;
	int go;   /* write a byte, or close it, to begin */
	int said; /* a number per commit; 0 for one that failed */
};

static void
run_writing_process(const struct ground *ground, int go, int said, unsigned count)
{
	struct store *store;
	char byte;
	char text[32];

	(void)!read(go, &byte, 1);
	bool is_open = ground->engine->open(&ground->settings, true, &store) == ERR_NONE;
	for (unsigned i = 0; is_open && i < count; i++) {
		snprintf(text, sizeof(text), "%ld/%u", (long)getpid(), i);
		int64_t seq = try_to_say(ground, store, "lobby", text);
		if (write(said, &seq, sizeof(seq)) != sizeof(seq))
			break;
	}
	ground->engine->close(store);
}

static struct writing_process
start_process(const struct ground *ground,
              void (*run)(const struct ground *ground, int go, int said, unsigned count),
              unsigned count)
{
	int go[2];
	int said[2];

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(go[1]);
		close(said[0]);
		run(ground, go[0], said[1], count);
		_exit(0);
	}
	close(go[0]);
	close(said[1]);
	return (struct writing_process){ pid, go[1], said[0] };
}

static struct writing_process
start_writing_process(const struct ground *ground, unsigned count)
{
	return start_process(ground, run_writing_process, count);
}

/* The next number that the process committed; 0 when it has ended. */
static int64_t
next_said(const struct writing_process *process)
{
	int64_t seq;

	return read(process->said, &seq, sizeof(seq)) == sizeof(seq) ? seq : 0;
}

static void
end_writing_process(const struct writing_process *process)
{
	int status;

	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	close(process->said);
}

static void
two_processes_write_at_once(void **state)
{
	const struct ground *ground = *state;
	struct writing_process processes[2];
	bool is_seen[2 * WRITES + 1] = { false };

	for (unsigned i = 0; i < 2; i++)
		processes[i] = start_writing_process(ground, WRITES);
	for (unsigned i = 0; i < 2; i++)
		close(processes[i].go);
	for (unsigned i = 0; i < 2; i++) {
		int64_t seq;
		unsigned count = 0;
		while ((seq = next_said(&processes[i])) > 0) {
			assert_in_range(seq, 1, 2 * WRITES);
			assert_false(is_seen[seq]);
			is_seen[seq] = true;
			count++;
		}
		assert_int_equal(count, WRITES);
		end_writing_process(&processes[i]);
	}
	struct store *reader = open_reader(ground);
	assert_gapless(ground, reader, "lobby", (int64_t)2 * WRITES);
	ground->engine->close(reader);
}

static void
what_another_process_commits_is_seen(void **state)
{
	const struct ground *ground = *state;
	struct writing_process process = start_writing_process(ground, 1);
	struct store *reader = open_reader(ground);
	struct store *writer = open_writer(ground);
	struct seen seen = { 0 };
	struct stat before;
	struct stat after;

	assert_int_equal(say(ground, writer, "lobby", "own"), 1);
	assert_int_equal(stat(lock_path(ground), &before), 0);
	close(process.go);
	assert_int_equal(next_said(&process), 2);
	assert_int_equal(stat(lock_path(ground), &after), 0);
	see_after(ground, reader, "lobby", 1, 10, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_true(before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
	            before.st_mtim.tv_nsec != after.st_mtim.tv_nsec);
	end_writing_process(&process);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(writer);
}

static void
a_killed_process_loses_nothing_that_it_said(void **state)
{
	const struct ground *ground = *state;
	uint64_t seed = 5;
	int64_t last = 0;

	for (unsigned round = 0; round < 20; round++) {
		struct writing_process process = start_writing_process(ground, 1000000);
		close(process.go);
		int64_t said = 0;
		for (unsigned i = next_random(&seed) % 8; i > 0; i--) {
			said = next_said(&process);
			assert_true(said > last);
			last = said;
		}
		/* Somewhere in the next transaction: a random moment, nothing waits for it. */
		int64_t until_us = clock_now_us() + next_random(&seed) % 2000;
		while (clock_now_us() < until_us)
			;
		assert_int_equal(kill(process.pid, SIGKILL), 0);
		while ((said = next_said(&process)) > 0)
			last = said;
		end_writing_process(&process);

		/* A reader comes first, and has to do without a writer's help. */
		struct store *reader = open_reader(ground);
		struct seen seen = { 0 };
		see_page(ground, reader, "lobby", 0, 1, &seen);
		assert_true(seen.page.next == last || seen.page.next == last + 1);
		last = seen.page.next;
		assert_gapless(ground, reader, "lobby", last);
		seen_fini(&seen);
		struct store *writer = open_writer(ground);
		assert_int_equal(say(ground, writer, "lobby", "again"), ++last);
		ground->engine->close(writer);
		assert_gapless(ground, reader, "lobby", last);
		ground->engine->close(reader);
	}
}

/* A transaction with a part of a reply; false if it fails. */
static bool
try_to_add_part(const struct ground *ground, struct store *store, int64_t ref, const char *text)
{
	const struct store_part part = {
		.ref = ref, .text = text, .text_size = strlen(text), .offset = 0, .time_ms = 1500
	};
	int64_t seq;

	if (ground->engine->begin(store) != ERR_NONE)
		return false;
	if (ground->engine->append_part(store, "lobby", &part, &seq) != ERR_NONE) {
		assert_int_equal(seq, 0);
		ground->engine->rollback(store);
		return false;
	}
	assert_true(seq > 0);
	return ground->engine->commit(store) == ERR_NONE;
}

/* The same with its end. */
static bool
try_to_finish(const struct ground *ground, struct store *store, int64_t ref, const char *text)
{
	const struct store_ending ending = { .ref = ref,
		                             .state = STATE_DONE,
		                             .text = text,
		                             .text_size = text == NULL ? 0 : strlen(text),
		                             .time_ms = 1800 };
	int64_t seq;

	if (ground->engine->begin(store) != ERR_NONE)
		return false;
	if (ground->engine->finish_message(store, "lobby", &ending, &seq) != ERR_NONE) {
		assert_int_equal(seq, 0);
		ground->engine->rollback(store);
		return false;
	}
	assert_true(seq > 0);
	return ground->engine->commit(store) == ERR_NONE;
}

/* Fails unless the message streams, ours, and has this text so far. */
static void
assert_streaming(const struct ground *ground, struct store *store, int64_t ref, const char *text)
{
	struct seen seen = { 0 };

	see_page(ground, store, "lobby", ref + 1, 1, &seen);
	assert_int_equal(seen.events[0].seq, ref);
	assert_int_equal(seen.events[0].state, STATE_STREAMING);
	assert_int_equal(seen.events[0].text_size, strlen(text));
	assert_memory_equal(seen.events[0].text, text, strlen(text));
	assert_int_equal(fail_abandoned(ground, store), 1);
	seen_fini(&seen);
}

static void
run_replying_process(const struct ground *ground, int go, int said, unsigned count)
{
	struct store *store = open_writer(ground);
	char byte;

	(void)!read(go, &byte, 1);
	for (unsigned i = 0; i < count; i++) {
		int64_t seq = begin_reply(ground, store, "lobby", 0);
		(void)add_part(ground, store, "lobby", seq, 0, "a");
		(void)add_part(ground, store, "lobby", seq, 1, "b");
		(void)finish_reply(ground, store, "lobby", seq, STATE_DONE, "abc");
		if (write(said, &seq, sizeof(seq)) != sizeof(seq))
			break;
	}
	ground->engine->close(store);
}

/* A reply is whole, or failed with the parts that there were, and no part outlives it. */
static void
assert_all_ended(const struct ground *ground, struct store *store, unsigned *done, unsigned *failed)
{
	struct seen seen = { 0 };
	unsigned ends = 0;

	*done = 0;
	*failed = 0;
	see_after(ground, store, "lobby", 0, 100000, &seen);
	assert_false(seen.page.more);
	for (size_t i = 0; i < seen.count; i++) {
		const struct event *event = &seen.events[i];
		assert_int_not_equal(event->kind, EVENT_PART);
		if (event->kind == EVENT_DONE) {
			ends++;
		} else if (event->state == STATE_DONE) {
			assert_string_equal(event->text, "abc");
			++*done;
		} else {
			assert_int_equal(event->state, STATE_FAILED);
			assert_memory_equal("ab", event->text, event->text_size);
			++*failed;
		}
	}
	assert_int_equal(ends, *done + *failed);
	seen_fini(&seen);
}

static void
a_killed_process_leaves_replies_that_can_be_failed(void **state)
{
	const struct ground *ground = *state;
	unsigned said = 0;
	unsigned killed = 0;
	unsigned done;
	unsigned failed;
	uint64_t seed = 7;

	for (unsigned round = 0; round < 15; round++) {
		struct writing_process process =
			start_process(ground, run_replying_process, 1000000);
		close(process.go);
		for (unsigned i = 1 + next_random(&seed) % 3; i > 0; i--)
			said += next_said(&process) > 0;
		/* Somewhere in the next reply: a random moment, nothing waits for it. */
		int64_t until_us = clock_now_us() + next_random(&seed) % 3000;
		while (clock_now_us() < until_us)
			;
		assert_int_equal(kill(process.pid, SIGKILL), 0);
		while (next_said(&process) > 0)
			said++;
		end_writing_process(&process);
		killed++;
		struct store *store = open_writer(ground);
		assert_int_equal(fail_abandoned(ground, store), 0);
		assert_int_equal(count_streaming(ground, store), 0);
		assert_all_ended(ground, store, &done, &failed);
		/* Killed between commit and saying so, a reply may be done that was not said. */
		assert_in_range(done, said, said + killed);
		assert_true(done + failed <= said + killed);
		ground->engine->close(store);
	}
}

static void
a_writer_waits_for_another_but_not_for_ever(void **state)
{
	const struct ground *ground = *state;
	struct store *first = open_writer(ground);
	struct store *second = open_writer(ground);

	begin(ground, first);
	log_watch_begin();
	int64_t start_us = clock_now_us();
	assert_int_equal(ground->engine->begin(second), ERR_STORE);
	int64_t waited_us = clock_now_us() - start_us;
	assert_non_null(strstr(log_watch_text(), "event=store_failed operation=lock "));
	log_watch_end();
	assert_in_range(waited_us, 4900000, (int64_t)PATIENCE_SECONDS * 1000000);
	ground->engine->rollback(first);
	assert_int_equal(say(ground, second, "lobby", "text"), 1);
	ground->engine->close(first);
	ground->engine->close(second);
}

/* A process that is never idle, until it is told. */
struct busy {
	const struct ground *ground;
	atomic_uint count; /* of its commits */
	atomic_bool is_over;
};

static void *
be_busy(void *context)
{
	struct busy *busy = context;
	struct store *store = open_writer(busy->ground);

	while (!atomic_load(&busy->is_over)) {
		say(busy->ground, store, "lobby", "busy");
		atomic_fetch_add(&busy->count, 1);
	}
	busy->ground->engine->close(store);
	return NULL;
}

static bool
has_begun(void *context)
{
	return atomic_load(&((struct busy *)context)->count) > 0;
}

#define TURNS 200

static void
a_writer_gets_its_turn_beside_one_that_never_rests(void **state)
{
	const struct ground *ground = *state;
	struct busy busy = { .ground = ground };
	struct store *store = open_writer(ground);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, be_busy, &busy), 0);
	assert_true(wait_until(has_begun, &busy));
	unsigned before = atomic_load(&busy.count);
	for (unsigned i = 0; i < TURNS; i++)
		say(ground, store, "lobby", "text");
	unsigned meanwhile = atomic_load(&busy.count) - before;
	atomic_store(&busy.is_over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	/* As often, give or take what the machine does. */
	assert_in_range(meanwhile, 1, 4 * TURNS);
	ground->engine->close(store);
}

static void
one_that_is_stopped_in_front_of_the_lock_keeps_nobody_from_it(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	int queue = open(file_of(ground, "plainchat.queue"), O_RDWR | O_CLOEXEC);
	assert_true(queue >= 0);
	assert_int_equal(flock(queue, LOCK_EX), 0);
	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	close(queue);
	ground->engine->close(store);
}

static void
a_text_that_a_reader_holds_on_to_goes_with_the_next_commit(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	sqlite3 *foreign;

	if (!ground->settings.is_wal)
		fail_msg("only a write-ahead log can hold on to it");
	say(ground, store, "lobby", "taken back");
	assert_int_equal(sqlite3_open(file_of(ground, "plainchat.db"), &foreign), SQLITE_OK);
	assert_int_equal(sqlite3_exec(foreign, "BEGIN; SELECT * FROM rooms", NULL, NULL, NULL),
	                 SQLITE_OK);
	log_watch_begin();
	assert_int_equal(take_back(ground, store, "lobby", 1, "ann"), STORE_DELETED);
	assert_non_null(strstr(log_watch_text(), "operation=truncate code=SQLITE_BUSY"));
	log_watch_end();
	assert_false(ground->engine->is_erased(store));
	assert_int_equal(sqlite3_close(foreign), SQLITE_OK);
	ground->engine->close(store);
	/* Whoever it is that comes next. */
	store = open_writer(ground);
	assert_false(is_in_files(ground, "taken back"));
	ground->engine->close(store);
}

static void
a_text_that_a_reader_holds_on_to_goes_when_that_is_asked_for_again(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *other = open_writer(ground);
	sqlite3 *foreign;

	say(ground, store, "lobby", "taken back");
	assert_true(ground->engine->is_erased(store));
	assert_int_equal(sqlite3_open(file_of(ground, "plainchat.db"), &foreign), SQLITE_OK);
	assert_int_equal(sqlite3_exec(foreign, "BEGIN; SELECT * FROM rooms", NULL, NULL, NULL),
	                 SQLITE_OK);
	log_watch_begin();
	assert_int_equal(take_back(ground, store, "lobby", 1, "ann"), STORE_DELETED);
	assert_false(ground->engine->is_erased(store));
	/* Another process knows, too. */
	assert_int_equal(take_back(ground, other, "lobby", 1, "ann"), STORE_ALREADY_DELETED);
	assert_false(ground->engine->is_erased(other));
	assert_true(is_in_files(ground, "taken back"));
	log_watch_end();
	assert_int_equal(sqlite3_close(foreign), SQLITE_OK);
	assert_int_equal(take_back(ground, other, "lobby", 1, "ann"), STORE_ALREADY_DELETED);
	assert_true(ground->engine->is_erased(other));
	assert_false(is_in_files(ground, "taken back"));
	ground->engine->close(other);
	ground->engine->close(store);
}

/* --- disks --- */

static rlim_t
limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	rlim_t before = limit.rlim_cur;
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	return before;
}

static rlim_t
size_of_files(const struct ground *ground)
{
	static const char *const names[] = { "plainchat.db", "plainchat.db-wal" };
	struct stat status;
	rlim_t size = 0;

	for (unsigned i = 0; i < COUNT(names); i++) {
		if (stat(file_of(ground, names[i]), &status) == 0 && (rlim_t)status.st_size > size)
			size = (rlim_t)status.st_size;
	}
	return size;
}

/* A full disk stands for itself by a limit on the size of files: it needs no root. */
static void
a_full_disk_stores_nothing_by_halves(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };
	char text[3000];
	int64_t last = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	signal(SIGXFSZ, SIG_IGN);
	for (unsigned round = 0; round < 5; round++) {
		assert_int_equal(say(ground, store, "lobby", text), ++last);
		log_watch_begin();
		rlim_t before = limit_files(size_of_files(ground) + 1 + round * 5000);
		int64_t seq;
		while ((seq = try_to_say(ground, store, "lobby", text)) > 0)
			assert_int_equal(seq, ++last);
		assert_int_equal(try_to_say(ground, store, "lobby", text), 0);
		/* What is there can be read. */
		see_page(ground, reader, "lobby", 0, 1, &seen);
		assert_int_equal(seen.page.next, last);
		limit_files(before);
		if (round == 0)
			assert_non_null(strstr(log_watch_text(), "event=store_failed "));
		log_watch_end();
		assert_int_equal(say(ground, store, "lobby", text), ++last);
		assert_gapless(ground, reader, "lobby", last);
	}
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
a_full_disk_takes_no_reply_by_halves(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	static char text[100000];
	char piece[1500];
	uint64_t seed = 3;

	signal(SIGXFSZ, SIG_IGN);
	for (unsigned round = 0; round < 5; round++) {
		int64_t reply = begin_reply(ground, store, "lobby", 0);
		size_t size = 0;
		log_watch_begin();
		rlim_t before = limit_files(size_of_files(ground) + 1 + round * 7000);
		bool is_stored = true;
		while (is_stored && size < sizeof(text) - sizeof(piece)) {
			memset(piece, 'a' + (int)(next_random(&seed) % 26), sizeof(piece));
			piece[sizeof(piece) - 1] = '\0';
			is_stored = try_to_add_part(ground, store, reply, piece);
			if (is_stored)
				memcpy(text + size, piece, sizeof(piece) - 1);
			size += is_stored ? sizeof(piece) - 1 : 0;
		}
		assert_false(is_stored);
		text[size] = '\0';
		memset(text + size + 1, 'z', sizeof(text) - size - 2);
		text[sizeof(text) - 1] = '\0';
		/* Longer than what is free, whatever the journal. */
		assert_false(try_to_finish(ground, store, reply, text + size + 1));
		limit_files(before);
		log_watch_end();
		assert_streaming(ground, store, reply, text);
		assert_true(try_to_finish(ground, store, reply, NULL));
		struct seen seen = { 0 };
		see_page(ground, reader, "lobby", 0, 1, &seen);
		assert_int_equal(seen.events[0].state, STATE_DONE);
		assert_string_equal(seen.events[0].text, text);
		seen_fini(&seen);
	}
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
a_broken_disk_does_not_flood_the_log(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	unsigned lines = 0;

	say(ground, store, "lobby", "text");
	signal(SIGXFSZ, SIG_IGN);
	log_watch_begin();
	rlim_t before = limit_files(4096);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(try_to_say(ground, store, "lobby", "text"), 0);
	limit_files(before);
	for (const char *at = log_watch_text(); (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	log_watch_end();
	assert_in_range(lines, 1, 3);
	assert_int_equal(say(ground, store, "lobby", "text"), 2);
	ground->engine->close(store);
}

/* Root may write everywhere, so the test is somebody else for a while, to whom the folder belongs.
 * The modes bind then. */
static void
become_nobody(const struct ground *ground)
{
	static const char *const names[] = { "",
		                             "plainchat.db",
		                             "plainchat.db-wal",
		                             "plainchat.db-shm",
		                             "plainchat.lock",
		                             "plainchat.owners" };

	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(scratch_folder(), 0711), 0);
	for (unsigned i = 0; i < COUNT(names); i++) {
		if (access(file_of(ground, names[i]), F_OK) == 0)
			assert_int_equal(chown(file_of(ground, names[i]), 65534, 65534), 0);
	}
	assert_int_equal(setegid(65534), 0);
	assert_int_equal(seteuid(65534), 0);
}

static int
tear_down_as_before(void **state)
{
	const struct ground *ground = *state;

	if (geteuid() != getuid() && (seteuid(getuid()) != 0 || setegid(getgid()) != 0))
		return -1;
	(void)chmod(ground->folder, 0700);
	return ground_tear_down(state);
}

static void
set_modes(const struct ground *ground, mode_t folder, mode_t files)
{
	static const char *const names[] = { "plainchat.db", "plainchat.db-wal", "plainchat.db-shm",
		                             "plainchat.lock", "plainchat.owners" };

	assert_int_equal(chmod(ground->folder, 0700), 0);
	for (unsigned i = 0; i < COUNT(names); i++)
		(void)chmod(file_of(ground, names[i]), files);
	assert_int_equal(chmod(ground->folder, folder), 0);
}

static void
a_read_only_store_is_not_written_to(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct store *new_store;
	struct seen seen = { 0 };

	say(ground, store, "lobby", "text");
	become_nobody(ground);
	log_watch_begin();
	/* Handles that are opened now; the others have their files open. */
	set_modes(ground, 0500, 0400);
	assert_int_equal(ground->engine->open(&ground->settings, true, &new_store), ERR_STORE);
	assert_int_equal(try_to_say(ground, new_store, "lobby", "text"), 0);
	struct store *new_reader = open_reader(ground);
	const struct store_range range = { "lobby", -1, 0, 10, 0 };
	/* Whether it can be read depends on the journal; half of it is never given. */
	if (try_to_see(ground, new_reader, &range, &seen) == ERR_NONE)
		assert_int_equal(seen.count, 1);
	assert_non_null(strstr(log_watch_text(), "event=store_failed "));
	log_watch_end();
	set_modes(ground, 0700, 0600);
	assert_int_equal(say(ground, new_store, "lobby", "text"), 2);
	see_page(ground, new_reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 2);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 2);
	seen_fini(&seen);
	ground->engine->close(new_reader);
	ground->engine->close(new_store);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
a_folder_that_cannot_be_made_may_come_later(void **state)
{
	const struct ground *outer = *state;
	struct ground ground = *outer;
	void *inner_state = &ground;
	struct store *store;

	FILE *in_its_place = fopen(outer->folder, "w");

	assert_non_null(in_its_place);
	fclose(in_its_place);
	snprintf(ground.folder, sizeof(ground.folder), "%.100s/inner", outer->folder);
	ground.settings.folder = ground.folder;
	log_watch_begin();
	assert_int_equal(ground.engine->open(&ground.settings, true, &store), ERR_STORE);
	assert_int_equal(ground.engine->begin(store), ERR_STORE);
	assert_non_null(strstr(log_watch_text(), "event=store_failed operation=make_folder "));
	struct store *reader = open_reader(&ground);
	assert_int_equal(ground.engine->check(reader), ERR_STORE);
	log_watch_end();
	assert_int_equal(unlink(outer->folder), 0);
	assert_int_equal(ground.engine->check(reader), ERR_NONE);
	assert_int_equal(say(&ground, store, "lobby", "text"), 1);
	ground.engine->close(reader);
	ground.engine->close(store);
	assert_int_equal(ground_tear_down(&inner_state), 0);
}

static void
a_folder_that_is_gone_is_not_made_anew(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };
	char away[200];

	snprintf(away, sizeof(away), "%s.away", ground->folder);
	say(ground, store, "lobby", "text");
	see_page(ground, reader, "lobby", 0, 10, &seen);
	log_watch_begin();
	assert_int_equal(rename(ground->folder, away), 0);
	assert_int_equal(try_to_say(ground, store, "lobby", "text"), 0);
	assert_cannot_read(ground, reader);
	assert_int_equal(access(ground->folder, F_OK), -1);
	assert_non_null(strstr(log_watch_text(), "event=store_failed operation=open_lock "));
	log_watch_end();
	assert_int_equal(rename(away, ground->folder), 0);
	assert_int_equal(say(ground, store, "lobby", "text"), 2);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 2);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

/* --- files --- */

static void
a_file_that_was_removed_is_begun_anew(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *second = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };

	say(ground, store, "lobby", "text");
	say(ground, second, "lobby", "text");
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(unlink(file_of(ground, "plainchat.db")), 0);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 0);
	assert_int_equal(say(ground, store, "lobby", "new"), 1);
	assert_int_equal(say(ground, second, "lobby", "new"), 2);
	see_page(ground, reader, "lobby", 0, 10, &seen);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.events[0].text, "new");
	assert_int_equal(unlink(file_of(ground, "plainchat.lock")), 0);
	assert_int_equal(say(ground, store, "lobby", "new"), 3);
	assert_int_equal(say(ground, second, "lobby", "new"), 4);
	assert_gapless(ground, reader, "lobby", 4);
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(second);
	ground->engine->close(store);
}

static const char *const side_files[][2] = {
	{ "plainchat.db-wal", NULL },
	{ "plainchat.db-shm", NULL },
	{ "plainchat.db-wal", "plainchat.db-shm" },
};

static void
remove_side_files(const struct ground *ground, unsigned which)
{
	for (unsigned i = 0; i < 2 && side_files[which][i] != NULL; i++)
		assert_int_equal(unlink(file_of(ground, side_files[which][i])), 0);
}

/* What is in the log is moved into the database before it is gone with the process. */
static void
a_log_that_was_removed_under_programs_takes_nothing_with_it(void **state)
{
	const struct ground *ground = *state;
	int64_t last = 0;

	for (unsigned which = 0; which < COUNT(side_files); which++) {
		struct store *store = open_writer(ground);
		struct store *second = open_writer(ground);
		struct store *reader = open_reader(ground);
		assert_int_equal(say(ground, store, "lobby", "text"), ++last);
		assert_int_equal(say(ground, second, "lobby", "text"), ++last);
		assert_gapless(ground, reader, "lobby", last);
		log_watch_begin();
		for (unsigned round = 0; round < 3; round++) {
			remove_side_files(ground, which);
			/* Whoever comes first. */
			if (round == 1)
				assert_gapless(ground, reader, "lobby", last);
			assert_int_equal(say(ground, round == 2 ? second : store, "lobby", "text"),
			                 ++last);
			assert_gapless(ground, reader, "lobby", last);
			assert_int_equal(say(ground, second, "lobby", "text"), ++last);
		}
		assert_non_null(strstr(log_watch_text(), "event=store_file_replaced"));
		log_watch_end();
		ground->engine->close(reader);
		ground->engine->close(second);
		ground->engine->close(store);
		/* As after a restart. */
		reader = open_reader(ground);
		assert_gapless(ground, reader, "lobby", last);
		ground->engine->close(reader);
	}
}

/* What was in it is gone, but nothing that is said after that. */
static void
after_a_log_was_cut_off_what_is_answered_is_there(void **state)
{
	const struct ground *ground = *state;
	int64_t last = 0;

	for (unsigned round = 0; round < 3; round++) {
		struct store *store = open_writer(ground);
		struct store *second = open_writer(ground);
		struct store *reader = open_reader(ground);
		struct seen seen = { 0 };
		for (int i = 0; i < 5; i++)
			(void)say(ground, store, "lobby", "text");
		log_watch_begin();
		assert_int_equal(truncate(file_of(ground, "plainchat.db-wal"), 0), 0);
		/* Whoever comes first. */
		if (round == 1)
			(void)ground->engine->check(reader);
		(void)say(ground, round == 2 ? second : store, "lobby", "text");
		last = say(ground, second, "lobby", "text");
		assert_non_null(strstr(log_watch_text(), "event=store_file_replaced"));
		log_watch_end();
		ground->engine->close(reader);
		ground->engine->close(second);
		ground->engine->close(store);
		/* As after a restart. */
		reader = open_reader(ground);
		see_page(ground, reader, "lobby", last - 2, 10, &seen);
		assert_int_equal(seen.page.next, last);
		assert_int_equal(seen.count, 2);
		seen_fini(&seen);
		ground->engine->close(reader);
	}
}

static void
what_is_committed_into_a_removed_file_is_there_or_refused(void **state)
{
	static const char *const names[] = { "plainchat.db-wal", "plainchat.db-shm", "plainchat.db",
		                             "plainchat.lock" };
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);

	for (unsigned i = 0; i < COUNT(names); i++) {
		struct seen seen = { 0 };
		say(ground, store, "lobby", "text");
		begin(ground, store);
		int64_t seq = append(ground, store, "lobby", "text");
		assert_int_equal(unlink(file_of(ground, names[i])), 0);
		log_watch_begin();
		bool is_stored = ground->engine->commit(store) == ERR_NONE;
		ground->engine->close(store);
		store = open_writer(ground);
		log_watch_end();
		see_page(ground, store, "lobby", 0, 1, &seen);
		assert_int_equal(seen.page.next, is_stored ? seq : i == 2 ? 0 : seq - 1);
		assert_int_equal(is_stored, i != 2);
		seen_fini(&seen);
	}
	ground->engine->close(store);
}

static void
a_database_that_was_cut_off_is_begun_anew(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *second = open_writer(ground);

	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	assert_int_equal(say(ground, second, "lobby", "text"), 2);
	assert_int_equal(truncate(file_of(ground, "plainchat.db"), 0), 0);
	log_watch_begin();
	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	assert_int_equal(say(ground, second, "lobby", "text"), 2);
	log_watch_end();
	ground->engine->close(second);
	ground->engine->close(store);
	store = open_reader(ground);
	assert_gapless(ground, store, "lobby", 2);
	ground->engine->close(store);
}

/* Tries SQL on the file, past the engine. */
static void
change_file(const struct ground *ground, const char *sql)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(file_of(ground, "plainchat.db"), &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* The number that the SQL gives. */
static int
ask_file(const struct ground *ground, const char *sql)
{
	sqlite3 *database;
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_open(file_of(ground, "plainchat.db"), &database), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int number = sqlite3_column_int(statement, 0);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
	return number;
}

static void
a_newer_schema_is_left_alone(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *late;
	char version[64];

	say(ground, store, "lobby", "text");
	int schema_version = ask_file(ground, "PRAGMA user_version");
	change_file(ground, "PRAGMA user_version = 99");
	struct store *reader = open_reader(ground);
	log_watch_begin();
	assert_int_equal(ground->engine->begin(store), ERR_STORE);
	assert_int_equal(ground->engine->open(&ground->settings, true, &late), ERR_STORE);
	assert_cannot_read(ground, reader);
	if (ground->settings.is_wal)
		assert_non_null(strstr(log_watch_text(), "the schema is newer than this program"));
	log_watch_end();
	snprintf(version, sizeof(version), "PRAGMA user_version = %d", schema_version);
	change_file(ground, version);
	assert_int_equal(say(ground, store, "lobby", "text"), 2);
	assert_int_equal(say(ground, late, "lobby", "text"), 3);
	assert_gapless(ground, reader, "lobby", 3);
	ground->engine->close(reader);
	ground->engine->close(late);
	ground->engine->close(store);
}

static void
a_file_of_another_program_is_left_alone(void **state)
{
	const struct ground *ground = *state;
	struct store *store;
	struct stat before;
	struct stat after;

	assert_int_equal(mkdir(ground->folder, 0700), 0);
	change_file(ground, "CREATE TABLE theirs (x)");
	assert_int_equal(stat(file_of(ground, "plainchat.db"), &before), 0);
	log_watch_begin();
	assert_int_equal(ground->engine->open(&ground->settings, true, &store), ERR_STORE);
	assert_int_equal(ground->engine->begin(store), ERR_STORE);
	log_watch_end();
	assert_int_equal(stat(file_of(ground, "plainchat.db"), &after), 0);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	ground->engine->close(store);
}

static void
another_journal_is_taken_over(void **state)
{
	struct ground ground = *(const struct ground *)*state;
	struct seen seen = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		struct store *reader = open_reader(&ground);
		/* Still in the old mode; the reader must not hold on to it. */
		see_page(&ground, reader, "lobby", 0, 10, &seen);
		assert_int_equal(seen.count, i);
		struct store *store = open_writer(&ground);
		assert_int_equal(say(&ground, store, "lobby", "text"), i + 1);
		assert_gapless(&ground, reader, "lobby", i + 1);
		ground.engine->close(store);
		ground.engine->close(reader);
		ground.settings.is_wal = !ground.settings.is_wal;
	}
	seen_fini(&seen);
}

static void
a_reply_with_a_damaged_text_is_left_as_it_is(void **state)
{
	static const char *const whose[] = { "kind = 1", "kind = 2" };
	const struct ground *ground = *state;
	const struct store_range range = { "lobby", 0, 0, 10, 0 };
	struct store *store = open_writer(ground);
	struct store *reader = open_reader(ground);
	struct seen seen = { 0 };
	char sql[256];
	unsigned count;
	unsigned abandoned;

	int64_t reply = begin_reply(ground, store, "lobby", 0);
	assert_true(try_to_add_part(ground, store, reply, "so far"));
	for (unsigned i = 0; i < COUNT(whose); i++) {
		snprintf(sql, sizeof(sql),
		         "CREATE TABLE saved AS SELECT * FROM bodies;"
		         "UPDATE bodies SET bytes = x'ffffffffffffffffffffffffffffffffff'"
		         " WHERE id IN (SELECT body FROM events WHERE %s)",
		         whose[i]);
		change_file(ground, sql);
		log_watch_begin();
		assert_int_equal(try_to_see(ground, reader, &range, &seen), ERR_STORE);
		assert_false(try_to_finish(ground, store, reply, NULL));
		if (i == 0)
			assert_false(try_to_add_part(ground, store, reply, "more"));
		assert_non_null(strstr(log_watch_text(), "code=SQLITE_CORRUPT"));
		log_watch_end();
		assert_int_equal(ground->engine->count_streaming(reader, &count, &abandoned),
		                 ERR_NONE);
		assert_int_equal(count, 1);
		change_file(ground, "INSERT OR REPLACE INTO bodies SELECT * FROM saved;"
		                    "DROP TABLE saved");
		assert_streaming(ground, store, reply, "so far");
	}
	assert_true(try_to_finish(ground, store, reply, NULL));
	seen_fini(&seen);
	ground->engine->close(reader);
	ground->engine->close(store);
}

static void
without_a_file_of_owners_no_reply_begins_or_fails(void **state)
{
	const struct ground *ground = *state;
	struct store *gone = open_writer(ground);
	struct store *store = open_writer(ground);
	struct store_message message = message_of("");
	int64_t seq;
	unsigned count;
	unsigned abandoned;

	assert_int_equal(begin_reply(ground, gone, "lobby", 0), 1);
	ground->engine->close(gone);
	assert_int_equal(unlink(file_of(ground, "plainchat.owners")), 0);
	assert_int_equal(mkdir(file_of(ground, "plainchat.owners"), 0700), 0);
	log_watch_begin();
	message.state = STATE_STREAMING;
	begin(ground, store);
	assert_int_equal(ground->engine->append_message(store, "lobby", &message, &seq), ERR_STORE);
	assert_int_equal(seq, 0);
	assert_int_equal(ground->engine->commit(store), ERR_STORE);
	begin(ground, store);
	assert_int_equal(ground->engine->fail_abandoned(store, 1900, &count), ERR_STORE);
	ground->engine->rollback(store);
	assert_int_equal(ground->engine->count_streaming(store, &count, &abandoned), ERR_STORE);
	assert_non_null(strstr(log_watch_text(), "event=store_failed operation=open_owners "));
	log_watch_end();
	/* All else goes on. */
	assert_int_equal(say(ground, store, "lobby", "text"), 2);
	assert_int_equal(rmdir(file_of(ground, "plainchat.owners")), 0);
	assert_int_equal(count_abandoned(ground, store), 1);
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 3);
	assert_int_equal(fail_abandoned(ground, store), 1);
	ground->engine->close(store);
}

static void
a_file_of_owners_that_was_removed_is_begun_anew(void **state)
{
	const struct ground *ground = *state;
	struct store *store = open_writer(ground);
	struct store *second = open_writer(ground);

	assert_int_equal(begin_reply(ground, store, "lobby", 0), 1);
	assert_int_equal(unlink(file_of(ground, "plainchat.owners")), 0);
	assert_int_equal(begin_reply(ground, store, "lobby", 0), 2);
	/* Both are owned where others look now. */
	assert_int_equal(fail_abandoned(ground, second), 2);
	ground->engine->close(store);
	assert_int_equal(fail_abandoned(ground, second), 0);
	ground->engine->close(second);
}

/* Overwrites a run of bytes of the database. */
static void
overwrite(const struct ground *ground, off_t from, size_t size, uint64_t *seed)
{
	int fd = open(file_of(ground, "plainchat.db"), O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < size; i++) {
		char byte = (char)next_random(seed);
		assert_int_equal(pwrite(fd, &byte, 1, from + (off_t)i), 1);
	}
	close(fd);
}

static void
use_every_operation(const struct ground *ground, struct store *store, struct store *reader)
{
	const struct store_range ranges[] = { { "lobby", -1, 0, 200, 0 },
		                              { "lobby", 0, 0, 200, 0 } };
	struct store_key_result result;
	struct seen seen = { 0 };
	enum store_outcome outcome;
	int64_t number;
	struct store_trimmed trimmed;
	unsigned count;
	unsigned abandoned;
	bool flags[2];
	char room[64];

	for (unsigned i = 0; i < COUNT(ranges); i++)
		(void)try_to_see(ground, reader, &ranges[i], &seen);
	(void)ground->engine->check(reader);
	(void)ground->engine->next_room(reader, "", room, sizeof(room));
	(void)ground->engine->find_key(reader, "lobby", "k", 1, &flags[0], &flags[1], &result);
	(void)ground->engine->next_reply(reader, "lobby", 1, 0, &number);
	(void)ground->engine->count_streaming(reader, &count, &abandoned);
	(void)try_to_say(ground, store, "lobby", "text");
	if (ground->engine->begin(store) == ERR_NONE) {
		const struct store_part part = {
			.ref = 101, .text = "more", .text_size = 4, .offset = 4, .time_ms = 1500
		};
		(void)ground->engine->append_part(store, "lobby", &part, &number);
		(void)ground->engine->commit(store);
	}
	if (ground->engine->begin(store) == ERR_NONE) {
		const struct store_ending ending = { .ref = 102,
			                             .state = STATE_DONE,
			                             .text = NULL,
			                             .text_size = 0,
			                             .time_ms = 1800 };
		(void)ground->engine->finish_message(store, "lobby", &ending, &number);
		(void)ground->engine->commit(store);
	}
	if (ground->engine->begin(store) == ERR_NONE) {
		(void)ground->engine->fail_abandoned(store, 1900, &count);
		(void)ground->engine->commit(store);
	}
	if (ground->engine->begin(store) == ERR_NONE) {
		(void)ground->engine->delete_message(store, "lobby", 30, "ann", 1, &outcome,
		                                     &number);
		const struct store_retention retention = { .messages_max = 5 };
		(void)ground->engine->trim(store, "lobby", &retention, 10, &trimmed);
		(void)ground->engine->commit(store);
	}
	seen_fini(&seen);
}

static void
a_damaged_file_is_survived(void **state)
{
	const struct ground *ground = *state;
	uint64_t seed = 17;

	for (unsigned round = 0; round < 25; round++) {
		struct store *store = open_writer(ground);
		begin(ground, store);
		for (unsigned i = 0; i < 100; i++)
			append(ground, store, "lobby", "a text that takes some room");
		commit(ground, store);
		for (int64_t i = 101; i <= 103; i++)
			assert_int_equal(begin_reply(ground, store, "lobby", 1), i);
		for (int64_t i = 101; i <= 103; i++)
			assert_true(try_to_add_part(ground, store, i, "part"));
		/* Has all of it moved into the database. */
		assert_int_equal(take_back(ground, store, "lobby", 20, "ann"), STORE_DELETED);
		ground->engine->close(store);
		off_t size = (off_t)size_of_files(ground);
		if (round == 0)
			overwrite(ground, 0, (size_t)size, &seed);
		else
			overwrite(ground, next_random(&seed) % (uint32_t)size,
			          1 + next_random(&seed) % 300, &seed);
		log_watch_begin();
		enum err err = ground->engine->open(&ground->settings, true, &store);
		if (round == 0)
			assert_int_equal(err, ERR_STORE);
		struct store *reader = open_reader(ground);
		if (round == 0)
			assert_cannot_read(ground, reader);
		use_every_operation(ground, store, reader);
		if (round == 0)
			assert_non_null(strstr(log_watch_text(), "code=SQLITE_NOTADB"));
		log_watch_end();
		/* It is taken away, and the handles go on. */
		assert_int_equal(unlink(file_of(ground, "plainchat.db")), 0);
		assert_int_equal(say(ground, store, "lobby", "new"), 1);
		assert_gapless(ground, reader, "lobby", 1);
		ground->engine->close(reader);
		ground->engine->close(store);
		assert_int_equal(ground_tear_down(state), 0);
	}
}

static void
a_folder_in_the_place_of_the_file_is_no_store(void **state)
{
	const struct ground *ground = *state;
	struct store *store;

	assert_int_equal(mkdir(ground->folder, 0700), 0);
	assert_int_equal(mkdir(file_of(ground, "plainchat.db"), 0700), 0);
	struct store *reader = open_reader(ground);
	log_watch_begin();
	assert_int_equal(ground->engine->open(&ground->settings, true, &store), ERR_STORE);
	assert_int_equal(ground->engine->begin(store), ERR_STORE);
	assert_cannot_read(ground, reader);
	log_watch_end();
	assert_int_equal(rmdir(file_of(ground, "plainchat.db")), 0);
	assert_int_equal(say(ground, store, "lobby", "text"), 1);
	assert_gapless(ground, reader, "lobby", 1);
	ground->engine->close(reader);
	ground->engine->close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ALL_GROUNDS(two_handles_of_a_process_write_at_once),
		ON_EACH_DURABILITY(two_processes_write_at_once),
		ON_BOTH_JOURNALS(what_another_process_commits_is_seen),
		ON_EACH_DURABILITY(a_killed_process_loses_nothing_that_it_said),
		ON_BOTH_JOURNALS(a_killed_process_leaves_replies_that_can_be_failed),
		ON_GROUND(a_writer_waits_for_another_but_not_for_ever, 1, "wal"),
		ON_GROUND(a_writer_gets_its_turn_beside_one_that_never_rests, 1, "wal"),
		ON_GROUND(one_that_is_stopped_in_front_of_the_lock_keeps_nobody_from_it, 1, "wal"),
		ON_GROUND(a_text_that_a_reader_holds_on_to_goes_with_the_next_commit, 1, "wal"),
		ON_GROUND(a_text_that_a_reader_holds_on_to_goes_when_that_is_asked_for_again, 1,
		          "wal"),
		ON_EACH_DURABILITY(a_full_disk_stores_nothing_by_halves),
		ON_BOTH_JOURNALS(a_full_disk_takes_no_reply_by_halves),
		ON_BOTH_JOURNALS(a_broken_disk_does_not_flood_the_log),
		{ "a_read_only_store_is_not_written_to, sqlite wal",
		  a_read_only_store_is_not_written_to, ground_set_up, tear_down_as_before,
		  &grounds[1] },
		{ "a_read_only_store_is_not_written_to, sqlite delete",
		  a_read_only_store_is_not_written_to, ground_set_up, tear_down_as_before,
		  &grounds[3] },
		ON_BOTH_JOURNALS(a_folder_that_cannot_be_made_may_come_later),
		ON_BOTH_JOURNALS(a_folder_that_is_gone_is_not_made_anew),
		ON_BOTH_JOURNALS(a_file_that_was_removed_is_begun_anew),
		ON_GROUND(a_log_that_was_removed_under_programs_takes_nothing_with_it, 0,
		          "wal power"),
		ON_GROUND(after_a_log_was_cut_off_what_is_answered_is_there, 1, "wal"),
		ON_GROUND(what_is_committed_into_a_removed_file_is_there_or_refused, 1, "wal"),
		ON_BOTH_JOURNALS(a_database_that_was_cut_off_is_begun_anew),
		ON_BOTH_JOURNALS(a_newer_schema_is_left_alone),
		ON_BOTH_JOURNALS(a_file_of_another_program_is_left_alone),
		ON_BOTH_JOURNALS(another_journal_is_taken_over),
		ON_BOTH_JOURNALS(a_reply_with_a_damaged_text_is_left_as_it_is),
		ON_BOTH_JOURNALS(without_a_file_of_owners_no_reply_begins_or_fails),
		ON_BOTH_JOURNALS(a_file_of_owners_that_was_removed_is_begun_anew),
		ON_BOTH_JOURNALS(a_damaged_file_is_survived),
		ON_BOTH_JOURNALS(a_folder_in_the_place_of_the_file_is_no_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
