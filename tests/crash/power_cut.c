/*
 * Makes the files that a power cut could have left: `power_cut RECORDING SEED FOLDER ANSWERS`. At
 * a moment that the seed picks, FOLDER gets what was brought to the disk until then and, of what
 * was not, a part that the seed picks, too: writes torn at 512 bytes, in any order; truncations;
 * names that were made, changed and removed. ANSWERS gets a line "STATUS BODY" for each answer that
 * was sent before that moment. Where the folder itself is lost there is none.
 *
 * SPDX-License-Identifier: MIT
 */
#include "recording.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define NAME_BYTES 128
#define ENTRIES_MAX 64

struct record {
	struct record_head head;
	const char *bytes;
};

/* What a file has on the disk, and what may get there. */
struct file {
	uint64_t inode;
	char *bytes;
	size_t size;
	const struct record **pending;
	size_t pending_count;
};

struct entry {
	char name[NAME_BYTES]; /* "": none */
	struct file *file;
};

struct change {
	const struct record *record;
	struct file *file; /* that was created */
};

static struct record *records;
static size_t record_count;
static struct file **files;
static size_t file_count;
static struct entry entries[ENTRIES_MAX];
static struct change *changes; /* of names, not on the disk yet */
static size_t change_count;
static bool is_folder_made;
static bool is_folder_there;
static uint64_t random_state;

static void
stop(const char *why)
{
	fprintf(stderr, "power_cut: %s\n", why);
	exit(2);
}

static void *
grow(void *list, size_t size)
{
	void *grown = realloc(list, size);

	if (grown == NULL)
		stop("out of memory");
	return grown;
}

/* splitmix64 */
static uint64_t
draw(uint64_t below)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % below;
}

/* --- the recording --- */

static void
read_recording(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) != 0)
		stop("there is no recording");
	size_t size = (size_t)status.st_size;
	char *bytes = grow(NULL, size + 1);
	for (size_t at = 0; at < size;) {
		ssize_t got = read(fd, bytes + at, size - at);
		if (got <= 0)
			stop("the recording cannot be read");
		at += (size_t)got;
	}
	close(fd);
	for (size_t at = 0; at + sizeof(struct record_head) <= size;) {
		if (record_count % 1024 == 0)
			records = grow(records, (record_count + 1024) * sizeof(*records));
		struct record *record = &records[record_count++];
		memcpy(&record->head, bytes + at, sizeof(record->head));
		record->bytes = bytes + at + sizeof(record->head);
		at += sizeof(record->head) + record->head.size;
	}
	if (record_count == 0)
		stop("the recording is empty");
}

/* --- files --- */

static void
resize(struct file *file, size_t size)
{
	if (size > file->size) {
		file->bytes = grow(file->bytes, size);
		memset(file->bytes + file->size, 0, size - file->size);
	}
	file->size = size;
}

static void
write_piece(struct file *file, const struct record *write, size_t from, size_t size)
{
	size_t at = (size_t)write->head.offset + from;

	if (at + size > file->size)
		resize(file, at + size);
	memcpy(file->bytes + at, write->bytes + from, size);
}

/* Of each sector chance decides with `is_torn`. */
static void
apply(struct file *file, const struct record *record, bool is_torn)
{
	if (record->head.type == RECORD_TRUNCATE) {
		resize(file, (size_t)record->head.offset);
		return;
	}
	for (size_t from = 0; from < record->head.size;) {
		size_t size = SECTOR - (size_t)(record->head.offset + from) % SECTOR;
		if (size > record->head.size - from)
			size = (size_t)record->head.size - from;
		if (!is_torn || draw(2) == 0)
			write_piece(file, record, from, size);
		from += size;
	}
}

/* The youngest with that number: it is used again after a file was removed. */
static struct file *
find_file(uint64_t inode)
{
	for (size_t i = file_count; i > 0; i--) {
		if (files[i - 1]->inode == inode)
			return files[i - 1];
	}
	stop("a file was written to that was never made");
	return NULL;
}

static struct file *
add_file(uint64_t inode)
{
	struct file *file = grow(NULL, sizeof(*file));

	*file = (struct file){ .inode = inode };
	files = grow(files, (file_count + 1) * sizeof(struct file *));
	files[file_count++] = file;
	return file;
}

static void
sync_file(struct file *file)
{
	for (size_t i = 0; i < file->pending_count; i++)
		apply(file, file->pending[i], false);
	file->pending_count = 0;
}

/* How much of what was not brought to the disk has got there all the same. */
enum part { NONE, ALL, THE_FIRST, SOME, SOME_TORN, PART_COUNT };

static void
cut_file(struct file *file)
{
	enum part part = (enum part)draw(PART_COUNT);
	size_t first = file->pending_count == 0 ? 0 : (size_t)draw(file->pending_count + 1);

	for (size_t i = 0; i < file->pending_count; i++) {
		bool is_torn = part == SOME_TORN || (part == THE_FIRST && i + 1 == first);
		if (part == ALL || (part == THE_FIRST && i < first) || part == SOME_TORN ||
		    (part == SOME && draw(2) == 0)) {
			/* Whether it is cut off is not torn. */
			if (part != SOME_TORN || file->pending[i]->head.type == RECORD_WRITE ||
			    draw(2) == 0)
				apply(file, file->pending[i], is_torn);
		}
	}
}

/* --- names --- */

static struct entry *
find_entry(const char *name, size_t size)
{
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		if (strlen(entries[i].name) == size && memcmp(entries[i].name, name, size) == 0)
			return &entries[i];
	}
	return NULL;
}

static void
set_entry(const char *name, size_t size, struct file *file)
{
	struct entry *entry = find_entry(name, size);

	if (entry == NULL)
		entry = find_entry("", 0);
	if (entry == NULL || size >= NAME_BYTES)
		stop("too many names, or too long ones");
	memcpy(entry->name, name, size);
	entry->name[size] = '\0';
	entry->file = file;
}

static void
apply_change(const struct change *change)
{
	const char *name = change->record->bytes;
	size_t size = (size_t)change->record->head.size;
	size_t from_size = strnlen(name, size);
	struct entry *entry = find_entry(name, from_size);

	if (change->record->head.type == RECORD_CREATE) {
		set_entry(name, size, change->file);
	} else if (entry != NULL) {
		struct file *file = entry->file;
		if (change->record->head.type != RECORD_LINK)
			entry->name[0] = '\0';
		if (change->record->head.type != RECORD_UNLINK)
			set_entry(name + from_size + 1, size - from_size - 1, file);
	}
}

static void
add_change(const struct record *record, struct file *file)
{
	changes = grow(changes, (change_count + 1) * sizeof(*changes));
	changes[change_count++] = (struct change){ record, file };
}

static void
sync_folder(void)
{
	for (size_t i = 0; i < change_count; i++)
		apply_change(&changes[i]);
	change_count = 0;
}

static void
cut_folder(void)
{
	enum part part = (enum part)draw(SOME_TORN);
	size_t first = (size_t)draw(change_count + 1);

	for (size_t i = 0; i < change_count; i++) {
		if (part == ALL || (part == THE_FIRST && i < first) ||
		    (part == SOME && draw(2) == 0))
			apply_change(&changes[i]);
	}
	if (is_folder_made && !is_folder_there)
		is_folder_there = draw(2) == 0;
}

/* --- answers --- */

/* A line for each answer that the bytes begin. */
static void
note_answer(FILE *out, const struct record *record)
{
	const char *status = memmem(record->bytes, record->head.size, "Status: ", 8);

	if (status == NULL)
		return;
	size_t left = (size_t)(record->bytes + record->head.size - status);
	const char *body = memmem(status, left, "\r\n\r\n", 4);
	fprintf(out, "%.3s ", status + 8);
	if (body != NULL) {
		const char *end = record->bytes + record->head.size;
		const char *first = memchr(body, '{', (size_t)(end - body));
		while (first != NULL && end > first && end[-1] != '}')
			end--;
		if (first != NULL)
			fwrite(first, 1, (size_t)(end - first), out);
	}
	fputc('\n', out);
}

/* --- all of it --- */

static void
follow(const struct record *record, FILE *answers)
{
	struct file *file;

	switch (record->head.type) {
	case RECORD_CREATE: add_change(record, add_file(record->head.inode)); break;
	case RECORD_RENAME:
	case RECORD_LINK:
	case RECORD_UNLINK: add_change(record, NULL); break;
	case RECORD_WRITE:
	case RECORD_TRUNCATE:
		file = find_file(record->head.inode);
		file->pending =
			grow(file->pending, (file->pending_count + 1) * sizeof(struct record *));
		file->pending[file->pending_count++] = record;
		break;
	case RECORD_SYNC: sync_file(find_file(record->head.inode)); break;
	case RECORD_SYNC_FOLDER: sync_folder(); break;
	case RECORD_MAKE_FOLDER: is_folder_made = true; break;
	case RECORD_SYNC_PARENT: is_folder_there = is_folder_made; break;
	case RECORD_ANSWER: note_answer(answers, record); break;
	default: stop("the recording is damaged");
	}
}

/* Every other cut comes right behind an answer: that is when all of it must be there. */
static size_t
pick_cut(void)
{
	size_t cut = (size_t)draw(record_count) + 1;

	if (draw(2) == 0) {
		while (cut < record_count && records[cut - 1].head.type != RECORD_ANSWER)
			cut++;
	}
	return cut;
}

static void
write_files(const char *folder)
{
	if (mkdir(folder, S_IRWXU) != 0 || chdir(folder) != 0)
		stop("the folder cannot be made");
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		const struct file *file = entries[i].file;
		if (entries[i].name[0] == '\0')
			continue;
		FILE *out = fopen(entries[i].name, "w");
		if (out == NULL || fwrite(file->bytes, 1, file->size, out) != file->size ||
		    fclose(out) != 0)
			stop("a file cannot be written");
	}
}

int
main(int argc, char *argv[])
{
	if (argc != 5)
		stop("usage: power_cut RECORDING SEED FOLDER ANSWERS");
	read_recording(argv[1]);
	random_state = strtoull(argv[2], NULL, 10);
	FILE *answers = fopen(argv[4], "w");
	if (answers == NULL)
		stop("the answers cannot be written");
	size_t cut = pick_cut();
	for (size_t i = 0; i < cut; i++)
		follow(&records[i], answers);
	for (size_t i = 0; i < file_count; i++)
		cut_file(files[i]);
	cut_folder();
	if (is_folder_there)
		write_files(argv[3]);
	if (fclose(answers) != 0)
		stop("the answers cannot be written");
	printf("record %zu of %zu\n", cut, record_count);
	return 0;
}
