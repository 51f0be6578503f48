/*
 * plainchat.conf: where it is, and its form, which inih reads: KEY = VALUE, then sections
 * [room NAME] and [reply NAME] with settings of their own.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/config/config.h"
#include "app/config/config_place.h"

/* inih cuts lines at a length that it was built with: nothing may be cut silently, so lines that
 * come near are errors. It cuts sections, too, so their heads are read here. */
#define LINE_BYTES_MAX 190

struct file_reader {
	struct config *config;
	config_report_function report;
	FILE *file;
	unsigned line;
	bool is_set[CONFIG_SETTING_COUNT]; /* by this file: twice is an error */
	struct config_room *room; /* the section that we are in; both NULL before the first */
	struct config_reply *reply;
	unsigned reply_line;                    /* where the setting `reply` stands; 0: nowhere */
	unsigned reply_lines[CONFIG_ROOMS_MAX]; /* the same of each room */
	bool is_bad_section;                    /* and what is in it is of no interest */
	bool has_error;
};

static void
report_line(struct file_reader *reader, const char *what)
{
	char where[PATH_MAX + 16];

	snprintf(where, sizeof(where), "%s:%u", reader->config->file, reader->line);
	reader->report(where, what);
	reader->has_error = true;
}

/* The name in a line "[KIND NAME]", NUL-terminated; false if it is not of that form. */
static bool
read_section_name(const char *line, const char *kind, char name[LINE_BYTES_MAX + 1])
{
	size_t size = strlen(kind);
	const char *end = strchr(line, ']');

	if (strncmp(line + 1, kind, size) != 0 || line[1 + size] != ' ' || end == NULL ||
	    end[1 + strspn(end + 1, " \t\r\n")] != '\0')
		return false;
	const char *start = line + 2 + size;
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	return true;
}

/* A line that begins with "[". */
static void
read_section(struct file_reader *reader, const char *line)
{
	char name[LINE_BYTES_MAX + 1];
	char where[PATH_MAX + 16];
	enum err err = ERR_NONE;

	reader->room = NULL;
	reader->reply = NULL;
	snprintf(where, sizeof(where), "%s:%u", reader->config->file, reader->line);
	if (read_section_name(line, "room", name)) {
		err = config_add_room(reader->config, name, where, reader->report, &reader->room);
	} else if (read_section_name(line, "reply", name)) {
		err = config_add_reply(reader->config, name, where, reader->report, &reader->reply);
	} else {
		report_line(reader, "a section is of the form [room NAME] or [reply NAME]");
		err = ERR_CONFIG;
	}
	reader->is_bad_section = err != ERR_NONE;
	reader->has_error |= reader->is_bad_section;
}

/* Reads a line of any length and keeps what fits. Returns its length without the newline, -1 at the
 * end of the file. *has_nul: there is a NUL in it. */
static long
read_whole_line(FILE *file, char *line, size_t size, bool *has_nul)
{
	long length = 0;
	int byte;

	*has_nul = false;
	while ((byte = getc(file)) != EOF && byte != '\n') {
		if ((size_t)length < size - 1)
			line[length] = (char)byte;
		*has_nul |= byte == '\0';
		length++;
	}
	line[(size_t)length < size - 1 ? (size_t)length : size - 1] = '\0';
	return byte == EOF && length == 0 ? -1 : length;
}

/* Takes away what inih would make something of: a byte order mark, and white space in front, by
 * which a line would continue the one before. */
static void
strip_front(char *line, bool is_first)
{
	size_t size = is_first && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	size += strspn(line + size, " \t\r\v\f");
	memmove(line, line + size, strlen(line + size) + 1);
}

/* inih's way to a line. */
static char *
read_line(char *line, int size, void *context)
{
	struct file_reader *reader = context;
	const char *what = NULL;
	bool has_nul;

	long length = read_whole_line(reader->file, line, (size_t)size, &has_nul);
	if (length < 0)
		return NULL;
	reader->line++;
	strip_front(line, reader->line == 1);
	if (length > LINE_BYTES_MAX)
		what = "the line is too long";
	else if (has_nul)
		what = "a NUL in the line";
	if (what != NULL) {
		report_line(reader, what);
		reader->is_bad_section |= line[0] == '[';
	} else if (line[0] == '[') {
		read_section(reader, line);
	}
	if (what != NULL || line[0] == '[')
		line[0] = '\0';
	return line;
}

static int
on_setting(void *context, const char *section, const char *key, const char *value)
{
	struct file_reader *reader = context;
	char where[PATH_MAX + 16];

	(void)section;
	if (reader->is_bad_section)
		return 1;
	snprintf(where, sizeof(where), "%s:%u", reader->config->file, reader->line);
	if (reader->reply != NULL) {
		if (config_set_reply(reader->reply, key, value, where, reader->report) != ERR_NONE)
			reader->has_error = true;
		return 1;
	}
	if (reader->room != NULL) {
		if (config_set_room(reader->room, key, value, where, reader->report) != ERR_NONE)
			reader->has_error = true;
		else
			reader->reply_lines[reader->room - reader->config->rooms] = reader->line;
		return 1;
	}
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		if (strcmp(config_key(i), key) != 0)
			continue;
		if (reader->is_set[i]) {
			report_line(reader, "the setting is given twice");
			return 1;
		}
		reader->is_set[i] = true;
	}
	if (config_set(reader->config, key, value, where, CONFIG_FROM_FILE, reader->report) !=
	    ERR_NONE)
		reader->has_error = true;
	else if (strcmp(key, "reply") == 0)
		reader->reply_line = reader->line;
	return 1;
}

static void
check_responder(struct file_reader *reader, const char *name, unsigned line)
{
	char where[PATH_MAX + 16];

	snprintf(where, sizeof(where), "%s:%u", reader->config->file, line);
	if (line > 0 &&
	    config_check_responder(reader->config, name, where, reader->report) != ERR_NONE)
		reader->has_error = true;
}

/* Sections may come in any order, so whoever is to answer is looked for at the end. */
static void
check_responders(struct file_reader *reader)
{
	check_responder(reader, reader->config->reply, reader->reply_line);
	for (size_t i = 0; i < reader->config->room_count; i++)
		check_responder(reader, reader->config->rooms[i].reply, reader->reply_lines[i]);
}

static enum err
read_opened(struct config *config, FILE *file, config_report_function report)
{
	struct file_reader reader = { .config = config, .report = report, .file = file };

	int bad_line = ini_parse_stream(read_line, &reader, on_setting, &reader);
	if (ferror(file)) {
		report(config->file, strerror(errno));
		return ERR_CONFIG;
	}
	if (bad_line != 0) {
		reader.line = bad_line > 0 ? (unsigned)bad_line : 0;
		report_line(&reader, "not of the form KEY = VALUE");
	}
	check_responders(&reader);
	return reader.has_error ? ERR_CONFIG : ERR_NONE;
}

/* Opens and reads config->file. With `may_be_absent` a file that does not exist is none. */
static enum err
read_named(struct config *config, bool may_be_absent, config_report_function report)
{
	struct stat status;
	FILE *file = fopen(config->file, "re");

	if (file == NULL) {
		if (may_be_absent && errno == ENOENT) {
			config->file[0] = '\0';
			return ERR_NONE;
		}
		report(config->file, strerror(errno));
		return ERR_CONFIG;
	}
	enum err err = ERR_CONFIG;
	/* A device may never end. */
	if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
		report(config->file, "not a regular file");
	else
		err = read_opened(config, file, report);
	fclose(file);
	return err;
}

enum err
config_read_file(struct config *config, const char *path, const char *sysconfdir,
                 config_report_function report)
{
	const char *from_environment = getenv("PLAINCHAT_CONF");

	if (path == NULL && from_environment != NULL && from_environment[0] != '\0')
		path = from_environment;
	if (path != NULL) {
		snprintf(config->file, sizeof(config->file), "%s", path);
		return read_named(config, false, report);
	}
	for (unsigned place = 0; place < CONFIG_PLACE_COUNT; place++) {
		if (!config_place_get(place, config->file, sizeof(config->file)))
			continue;
		enum err err = read_named(config, true, report);
		if (err != ERR_NONE || config->file[0] != '\0')
			return err;
	}
	snprintf(config->file, sizeof(config->file), "%s/plainchat.conf", sysconfdir);
	return read_named(config, true, report);
}
