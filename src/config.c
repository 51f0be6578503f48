/*
 * The configuration. One table says what there is; the file, the environment and the options all
 * set values through it. inih reads the file's form.
 *
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "model/utf8.h"
#include "reply/echo.h"

/* inih cuts lines, sections and names at lengths that it was built with: nothing may be cut
 * silently, so lines that come near are errors. */
#define LINE_BYTES_MAX 190

static bool
check_echo(const char *value)
{
	const char *placeholder = strstr(value, ECHO_PLACEHOLDER);

	return !utf8_is_blank(value, strlen(value)) &&
	       (placeholder == NULL || strstr(placeholder + 1, ECHO_PLACEHOLDER) == NULL);
}

static bool
check_log_level(const char *value)
{
	enum log_level level;

	return log_level_parse(value, &level) == 0;
}

static bool
check_path(const char *value)
{
	return value[0] == '/' || value[0] == '\0';
}

#define TEXT(name) .key = #name, .offset = offsetof(struct config, name)
#define NUMBER(name, low, high)                                                                    \
	.key = #name, .offset = offsetof(struct config, name), .least = (low), .most = (high)

static const struct setting {
	const char *key;
	size_t offset;
	long least; /* a number's range; both 0 for a text */
	long most;
	bool (*check)(const char *value); /* of a text */
	const char *initial;
	const char *must_be; /* what a text must be */
	const char *help;
} settings[] = {
	{ TEXT(echo), .check = check_echo, .initial = "received " ECHO_PLACEHOLDER,
	  .must_be = "a text, not blank, with " ECHO_PLACEHOLDER " at most once",
	  .help = "what the echo answers; " ECHO_PLACEHOLDER " stands for the message" },
	{ NUMBER(message_bytes, 1, BOUND_MESSAGE_BYTES_MAX), .initial = "32768",
	  .help = "bytes of a message, in UTF-8" },
	{ NUMBER(body_bytes, 1, BOUND_BODY_BYTES_MAX), .initial = "65536",
	  .help = "bytes of a request's body" },
	{ NUMBER(json_depth, 1, BOUND_JSON_DEPTH_MAX), .initial = "8",
	  .help = "nesting of a request's JSON" },
	{ NUMBER(threads, 1, BOUND_THREADS_MAX), .initial = "2",
	  .help = "threads that read requests (FastCGI)" },
	{ NUMBER(connections, 1, 65536), .initial = "2048",
	  .help = "connections from the web server at once (FastCGI)" },
	{ NUMBER(request_seconds, 1, 3600), .initial = "30",
	  .help = "seconds in which a request must have come (FastCGI)" },
	{ TEXT(listen), .check = check_path, .initial = "", .must_be = "an absolute path",
	  .help = "Unix socket to listen on, where no web server hands one over" },
	{ TEXT(log_level), .check = check_log_level, .initial = "info",
	  .must_be = "error, warn, info or debug", .help = "error, warn, info or debug" },
};

_Static_assert(sizeof(settings) / sizeof(settings[0]) == CONFIG_SETTING_COUNT,
               "struct config has an origin for each setting");

static char *
text_of(struct config *config, const struct setting *setting)
{
	return (char *)config + setting->offset;
}

static long *
number_of(struct config *config, const struct setting *setting)
{
	return (long *)(void *)((char *)config + setting->offset);
}

static bool
is_number(const struct setting *setting)
{
	return setting->most != 0;
}

static bool
set_number(struct config *config, const struct setting *setting, const char *value)
{
	char *end;

	errno = 0;
	long number = strtol(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 ||
	    number < setting->least || number > setting->most)
		return false;
	*number_of(config, setting) = number;
	return true;
}

static bool
set_text(struct config *config, const struct setting *setting, const char *value)
{
	size_t size = strlen(value);

	if (size >= BOUND_SETTING_BYTES || utf8_valid_size(value, size) != size ||
	    !setting->check(value))
		return false;
	memcpy(text_of(config, setting), value, size + 1);
	return true;
}

const char *
config_key(size_t index)
{
	return settings[index].key;
}

void
config_option_name(size_t index, char name[CONFIG_NAME_BYTES])
{
	snprintf(name, CONFIG_NAME_BYTES, "%s", settings[index].key);
	for (char *c = name; *c != '\0'; c++) {
		if (*c == '_')
			*c = '-';
	}
}

enum err
config_set(struct config *config, const char *key, const char *value, const char *where,
           const char *origin, config_report_function report)
{
	char what[256];
	size_t index = 0;

	while (index < CONFIG_SETTING_COUNT && strcmp(settings[index].key, key) != 0)
		index++;
	if (index == CONFIG_SETTING_COUNT) {
		snprintf(what, sizeof(what), "there is no setting \"%.64s\"", key);
		report(where, what);
		return ERR_CONFIG;
	}
	const struct setting *setting = &settings[index];
	config->origins[index] = origin;
	if (is_number(setting) && !set_number(config, setting, value)) {
		snprintf(what, sizeof(what), "%s must be a whole number from %ld to %ld",
		         setting->key, setting->least, setting->most);
	} else if (!is_number(setting) && !set_text(config, setting, value)) {
		snprintf(what, sizeof(what), "%s must be UTF-8, and %s", setting->key,
		         setting->must_be);
	} else {
		return ERR_NONE;
	}
	report(where, what);
	return ERR_CONFIG;
}

static void
report_nothing(const char *where, const char *what)
{
	(void)where;
	(void)what;
}

void
config_init(struct config *config)
{
	*config = (struct config){ .file = "" };
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		if (config_set(config, settings[i].key, settings[i].initial, "", "default",
		               report_nothing) != ERR_NONE)
			abort();
	}
}

/* --- the file --- */

struct file_reader {
	struct config *config;
	config_report_function report;
	FILE *file;
	unsigned line;
	bool is_set[CONFIG_SETTING_COUNT]; /* by this file: twice is an error */
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
	else if (line[0] == '[')
		what = "there are no sections"; /* inih says nothing of one without settings */
	if (what != NULL) {
		report_line(reader, what);
		line[0] = '\0';
	}
	return line;
}

static int
on_setting(void *context, const char *section, const char *key, const char *value)
{
	struct file_reader *reader = context;
	char where[PATH_MAX + 16];

	(void)section; /* read_line lets none through */
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		if (strcmp(settings[i].key, key) != 0)
			continue;
		if (reader->is_set[i]) {
			report_line(reader, "the setting stands here twice");
			return 1;
		}
		reader->is_set[i] = true;
	}
	snprintf(where, sizeof(where), "%s:%u", reader->config->file, reader->line);
	if (config_set(reader->config, key, value, where, "file", reader->report) != ERR_NONE)
		reader->has_error = true;
	return 1;
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

/* "DIRECTORY/plainchat.conf", the directory being that of the executable; or "". */
static void
path_beside_executable(char *path, size_t size)
{
	static const char name[] = "plainchat.conf";
	ssize_t length = readlink("/proc/self/exe", path, size - 1);

	path[length < 0 ? 0 : length] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL || (size_t)(slash + 1 - path) + sizeof(name) > size)
		path[0] = '\0';
	else
		memcpy(slash + 1, name, sizeof(name));
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
	path_beside_executable(config->file, sizeof(config->file));
	if (config->file[0] != '\0') {
		enum err err = read_named(config, true, report);
		if (err != ERR_NONE || config->file[0] != '\0')
			return err;
	}
	snprintf(config->file, sizeof(config->file), "%s/plainchat.conf", sysconfdir);
	return read_named(config, true, report);
}

/* --- the environment --- */

enum err
config_read_environment(struct config *config, config_report_function report)
{
	enum err result = ERR_NONE;

	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		char name[64];
		snprintf(name, sizeof(name), "PLAINCHAT_%s", settings[i].key);
		for (char *c = name; *c != '\0'; c++)
			*c = (char)toupper((unsigned char)*c);
		const char *value = getenv(name);
		if (value != NULL && config_set(config, settings[i].key, value, name, "environment",
		                                report) != ERR_NONE)
			result = ERR_CONFIG;
	}
	return result;
}

/* --- all of it --- */

/* Where a setting came from. */
static const char *
origin_of(const struct config *config, const char *key)
{
	size_t index = 0;

	while (strcmp(settings[index].key, key) != 0)
		index++;
	return config->origins[index];
}

enum err
config_check(struct config *config, config_report_function report)
{
	const char *origin = origin_of(config, "message_bytes");
	char where[64];
	char what[128];

	if (config->message_bytes <= config->body_bytes)
		return ERR_NONE;
	if (strcmp(origin, "default") == 0) {
		config->message_bytes = config->body_bytes;
		return ERR_NONE;
	}
	snprintf(where, sizeof(where), "message_bytes (%s)", origin);
	snprintf(what, sizeof(what),
	         "a message cannot be larger than body_bytes, which is %ld (%s)",
	         config->body_bytes, origin_of(config, "body_bytes"));
	report(where, what);
	return ERR_CONFIG;
}

void
config_print(const struct config *config, FILE *out)
{
	fprintf(out, "# file: %s\n", config->file[0] == '\0' ? "none" : config->file);
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		const char *place = (const char *)config + settings[i].offset;
		long number;
		if (is_number(&settings[i])) {
			memcpy(&number, place, sizeof(number));
			fprintf(out, "%s = %ld", settings[i].key, number);
		} else {
			fprintf(out, "%s = %s", settings[i].key, place);
		}
		fprintf(out, " ; %s\n", config->origins[i]);
	}
}

void
config_print_help(FILE *out)
{
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		char name[CONFIG_NAME_BYTES];
		char option[CONFIG_NAME_BYTES + 8];
		config_option_name(i, name);
		snprintf(option, sizeof(option), "--%s=%s", name,
		         is_number(&settings[i]) ? "N" : "TEXT");
		fprintf(out, "  %-22s %s [%s]\n", option, settings[i].help, settings[i].initial);
	}
}
