/*
 * Places of the configuration. On a shared host the executable lies among the web pages, and the
 * configuration should not: so it is looked for beside the folder of the web pages, too.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/config/config_place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXECUTABLE "/proc/self/exe"

/* Cuts the last part off, with its slash. False: it is the root, or has no slash. */
static bool
cut_last_part(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || path[1] == '\0')
		return false;
	slash[slash == path ? 1 : 0] = '\0';
	return true;
}

static bool
folder_of_executable(char path[PATH_MAX])
{
	ssize_t length = readlink(EXECUTABLE, path, PATH_MAX - 1);

	if (length < 0)
		return false;
	path[length] = '\0';
	return cut_last_part(path);
}

/* Whether a file of the same owner as the executable is there. */
static bool
is_ours(const char *path)
{
	struct stat own;
	struct stat status;

	return stat(path, &status) == 0 && stat(EXECUTABLE, &own) == 0 &&
	       status.st_uid == own.st_uid;
}

bool
config_place_get(unsigned index, char *path, size_t size)
{
	char folder[PATH_MAX];

	if (!folder_of_executable(folder))
		return false;
	for (unsigned i = 0; i < index; i++) {
		if (!cut_last_part(folder))
			return false;
	}
	int length =
		snprintf(path, size, "%s/%splainchat.conf", folder, index > 0 ? "plainchat/" : "");
	return (size_t)length < size && (index == 0 || is_ours(path));
}

/* --- relative paths --- */

static bool
folder_of_file(const struct config *config, char path[PATH_MAX])
{
	return realpath(config->file, path) != NULL && cut_last_part(path);
}

/* The path of what is relative to the file's folder, or to the executable's. NULL: too long, or
 * there is no such folder. */
static const char *
resolve(const struct config *config, const char *relative, bool is_of_file, char path[PATH_MAX])
{
	char folder[PATH_MAX];

	if (is_of_file ? !folder_of_file(config, folder) : !folder_of_executable(folder))
		return NULL;
	if (strncmp(relative, "./", 2) == 0)
		relative += 2;
	int length = snprintf(path, PATH_MAX, "%s/%s", folder, relative);
	return length < PATH_MAX ? path : NULL;
}

static bool
resolve_data(struct config *config, bool is_of_file)
{
	char resolved[PATH_MAX];

	if (config->data[0] == '\0' || config->data[0] == '/')
		return true;
	const char *path = resolve(config, config->data, is_of_file, resolved);
	if (path == NULL || strlen(path) >= sizeof(config->data))
		return false;
	memcpy(config->data, path, strlen(path) + 1);
	return true;
}

/* Replaces the first word, the program. */
static bool
resolve_program(const struct config *config, struct config_reply *reply)
{
	char resolved[PATH_MAX];
	size_t old_size = strlen(reply->words) + 1;

	if (reply->word_count == 0 || reply->words[0] == '/')
		return true;
	const char *path = resolve(config, reply->words, true, resolved);
	size_t size = path == NULL ? sizeof(reply->words) : strlen(path) + 1;
	if (reply->words_size - old_size + size > sizeof(reply->words))
		return false;
	memmove(reply->words + size, reply->words + old_size, reply->words_size - old_size);
	memcpy(reply->words, path, size);
	reply->words_size += size - old_size;
	return true;
}

enum err
config_place_resolve(struct config *config, bool is_data_of_file, config_report_function report)
{
	bool is_resolved = resolve_data(config, is_data_of_file);

	for (size_t i = 0; i < config->reply_count; i++)
		is_resolved &= resolve_program(config, &config->replies_by_programs[i]);
	if (is_resolved)
		return ERR_NONE;
	report(config->file, "a path is too long");
	return ERR_CONFIG;
}
