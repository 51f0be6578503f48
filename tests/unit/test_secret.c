/*
 * chat/people/secret: the file that sessions hang on.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chat/people/secret.h"

#define PROCESSES 16

static char folder[128];
static char file[160];

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "%s", scratch_path("secret"));
	snprintf(file, sizeof(file), "%s/%s", folder, SECRET_FILE);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	(void)unlink(file);
	(void)rmdir(folder);
	return 0;
}

static void
write_text(const char *text)
{
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

/* The digits of the chat, as somebody sees them who comes now; "" where that fails. */
static const char *
chat_of_newcomer(void)
{
	static char chat[sizeof(((struct session_keys *)0)->chat)];
	struct secret *secret = secret_new(folder);
	struct session_keys keys = { .chat = "" };

	(void)!secret_keys(secret, &keys);
	secret_free(secret);
	memcpy(chat, keys.chat, sizeof(chat));
	return chat;
}

static unsigned
count_files(void)
{
	DIR *open_folder = opendir(folder);
	unsigned count = 0;

	assert_non_null(open_folder);
	for (const struct dirent *entry; (entry = readdir(open_folder)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(open_folder);
	return count;
}

static void
it_is_made_once_for_its_owner_alone(void **state)
{
	struct stat status;
	char chat[16];

	(void)state;
	mode_t mask = umask(0);
	snprintf(chat, sizeof(chat), "%s", chat_of_newcomer());
	umask(mask);
	assert_int_equal(strlen(chat), 8);
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(stat(folder, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_string_equal(chat_of_newcomer(), chat);
	assert_int_equal(count_files(), 1);
}

static void
processes_that_make_it_at_once_get_the_same(void **state)
{
	char chats[PROCESSES][8];
	int ready[2];
	int result[2];
	int status;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(result), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		close(ready[1]);
		/* All begin when the pipe is closed. */
		if (read(ready[0], &byte, 1) != 0 ||
		    write(result[1], chat_of_newcomer(), sizeof(chats[0])) != sizeof(chats[0]))
			_exit(1);
		_exit(0);
	}
	close(ready[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
		assert_int_equal(read(result[0], chats[i], sizeof(chats[i])), sizeof(chats[i]));
		assert_memory_equal(chats[i], chats[0], sizeof(chats[0]));
	}
	assert_memory_equal(chats[0], chat_of_newcomer(), sizeof(chats[0]));
	assert_int_equal(count_files(), 1);
	close(ready[0]);
	close(result[0]);
	close(result[1]);
}

static void
a_file_that_is_gone_is_made_anew_with_what_it_held(void **state)
{
	struct session_keys before;
	struct session_keys after;

	(void)state;
	struct secret *secret = secret_new(folder);
	assert_int_equal(secret_keys(secret, &before), ERR_NONE);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(secret_keys(secret, &after), ERR_NONE);
	assert_string_equal(after.chat, before.chat);
	assert_string_equal(chat_of_newcomer(), before.chat);
	secret_free(secret);
}

static void
a_file_that_has_become_another_is_read_again(void **state)
{
	struct session_keys keys;
	char before[16];

	(void)state;
	struct secret *secret = secret_new(folder);
	assert_int_equal(secret_keys(secret, &keys), ERR_NONE);
	snprintf(before, sizeof(before), "%s", keys.chat);
	assert_int_equal(unlink(file), 0);
	write_text("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
	assert_int_equal(secret_keys(secret, &keys), ERR_NONE);
	assert_string_equal(keys.chat, STAGE_CHAT);
	assert_string_not_equal(keys.chat, before);
	secret_free(secret);
}

static void
a_folder_that_is_gone_is_not_made_anew(void **state)
{
	struct session_keys keys;
	struct stat status;

	(void)state;
	struct secret *secret = secret_new(folder);
	assert_int_equal(secret_keys(secret, &keys), ERR_NONE);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
	log_watch_begin();
	assert_int_equal(secret_keys(secret, &keys), ERR_STORE);
	assert_non_null(strstr(log_watch_text(), "event=secret_failed"));
	log_watch_end();
	assert_int_not_equal(stat(folder, &status), 0);
	secret_free(secret);
}

static void
what_holds_something_else_is_an_error_and_stays_as_it_is(void **state)
{
	static const char *const texts[] = {
		"",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g\n",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n",
		"0001020304050607\n",
	};
	char text[128] = "";

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	log_watch_begin();
	for (size_t i = 0; i < COUNT(texts); i++) {
		write_text(texts[i]);
		assert_string_equal(chat_of_newcomer(), "");
		FILE *in = fopen(file, "r");
		assert_non_null(in);
		size_t size = fread(text, 1, sizeof(text) - 1, in);
		fclose(in);
		text[size] = '\0';
		assert_string_equal(text, texts[i]);
	}
	assert_non_null(strstr(log_watch_text(), "64 hexadecimal digits"));
	assert_null(strstr(log_watch_text(), "000102"));
	log_watch_end();
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(it_is_made_once_for_its_owner_alone),
		IN_A_FOLDER(processes_that_make_it_at_once_get_the_same),
		IN_A_FOLDER(a_file_that_is_gone_is_made_anew_with_what_it_held),
		IN_A_FOLDER(a_file_that_has_become_another_is_read_again),
		IN_A_FOLDER(a_folder_that_is_gone_is_not_made_anew),
		IN_A_FOLDER(what_holds_something_else_is_an_error_and_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
