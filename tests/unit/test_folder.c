/*
 * base/folder: the folder that is kept in, and those above it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"

static char root[] = "/tmp/plainchat-folder.XXXXXX";
static char path[200];

static const char *
below_root(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static int
begin(void **state)
{
	(void)state;
	umask(0);
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int
end(void **state)
{
	static const char *const made[] = { "a/b/c", "a/b", "a", "file", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(made); i++)
		(void)!remove(below_root(made[i]));
	return 0;
}

static void
assert_is_private_folder(const char *name)
{
	struct stat status;

	assert_int_equal(stat(below_root(name), &status), 0);
	assert_true(S_ISDIR(status.st_mode));
	assert_int_equal(status.st_mode & 0777, 0700);
}

static void
folders_that_are_missing_are_made_for_the_owner_alone(void **state)
{
	(void)state;
	assert_int_equal(folder_make(below_root("a/b//c/")), 0);
	assert_is_private_folder("a");
	assert_is_private_folder("a/b");
	assert_is_private_folder("a/b/c");
	assert_int_equal(folder_make(below_root("a/b/c")), 0);
}

static void
what_cannot_be_made_is_told(void **state)
{
	FILE *file = fopen(below_root("file"), "w");

	(void)state;
	assert_non_null(file);
	fclose(file);
	assert_int_equal(folder_make(below_root("file/below")), ENOTDIR);
	assert_int_equal(folder_make(""), ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_that_are_missing_are_made_for_the_owner_alone),
		cmocka_unit_test(what_cannot_be_made_is_told),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
