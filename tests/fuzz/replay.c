/*
 * A main() for an entry point without libFuzzer: runs it over every file of the folders named on
 * the command line, over every beginning of each, and with single bytes changed. Without arguments
 * the folder is the one of the program's own name, $srcdir/tests/fuzz/corpus/NAME for fuzz_NAME.
 * Prints TAP, a line per folder; a broken promise ends the process and so the test.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* A file is small; of a larger one only some beginnings and changes are tried. */
#define TRIES_PER_FILE 600

static void
replay_bytes(uint8_t *data, size_t size)
{
	static const uint8_t changes[] = { 0x00, 0x01, '"', '\\', 0x7f, 0x80, 0xff };
	size_t step = size < TRIES_PER_FILE ? 1 : size / TRIES_PER_FILE;

	LLVMFuzzerTestOneInput(data, size);
	for (size_t at = 0; at < size; at += step) {
		LLVMFuzzerTestOneInput(data, at);
		uint8_t before = data[at];
		for (size_t i = 0; i < sizeof(changes); i++) {
			data[at] = i % 2 == 0 ? changes[i] : before ^ changes[i];
			LLVMFuzzerTestOneInput(data, size);
		}
		data[at] = before;
	}
}

static bool
replay_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return false;
	size_t size = fread(data, 1, sizeof(data), file);
	bool is_read = ferror(file) == 0;
	fclose(file);
	if (is_read)
		replay_bytes(data, size);
	return is_read;
}

/* Returns how many files were replayed. */
static unsigned
replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	unsigned count = 0;

	if (folder == NULL)
		return 0;
	while ((entry = readdir(folder)) != NULL) {
		char file[PATH_MAX];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		/* Where a broken promise ends the process this tells which file it was. */
		fprintf(stderr, "# %s\n", file);
		count += replay_file(file);
	}
	closedir(folder);
	return count;
}

int
main(int argc, char *argv[])
{
	char path[PATH_MAX];
	char *own_folder[] = { path };
	char **folders = argv + 1;
	int folder_count = argc - 1;
	int failed = 0;

	if (folder_count == 0) {
		const char *source = getenv("srcdir");
		const char *name = strrchr(argv[0], '_');
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
		         source == NULL ? "." : source, name == NULL ? "" : name + 1);
		folders = own_folder;
		folder_count = 1;
	}
	printf("1..%d\n", folder_count);
	for (int i = 0; i < folder_count; i++) {
		unsigned count = replay_folder(folders[i]);
		/* An empty folder would prove nothing. */
		failed += count == 0;
		printf("%sok %d - %s: %u files\n", count == 0 ? "not " : "", i + 1, folders[i],
		       count);
		fflush(stdout);
	}
	return failed > 0;
}
