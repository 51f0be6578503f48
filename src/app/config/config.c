/*
 * The configuration. One table says what there is; the file, the environment and the options all
 * set values through it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/config/config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config/config_place.h"
#include "base/log.h"
#include "responder/echo.h"
#include "text/utf8.h"

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

/* Whether the value is one of the words in `words`, between spaces. */
static bool
is_word_of(const char *words, const char *value)
{
	size_t size = strlen(value);

	for (const char *word = words; *word != '\0'; word += strspn(word, " ")) {
		size_t word_size = strcspn(word, " ");
		if (word_size == size && memcmp(word, value, size) == 0)
			return true;
		word += word_size;
	}
	return false;
}

static bool
check_durability(const char *value)
{
	return is_word_of("power process", value);
}

static bool
check_journal(const char *value)
{
	return is_word_of("wal delete", value);
}

static bool
check_when_full(const char *value)
{
	return is_word_of("refuse oldest", value);
}

static bool
check_yes_no(const char *value)
{
	return is_word_of("yes no", value);
}

static bool
check_live(const char *value)
{
	return is_word_of("auto sse longpoll poll", value);
}

static bool
check_path(const char *value)
{
	return value[0] == '/' || value[0] == '\0';
}

/* A relative one is made absolute at the end. */
static bool
check_data(const char *value)
{
	(void)value;
	return true;
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
	{ NUMBER(threads, 1, BOUND_THREADS_MAX), .initial = "4",
	  .help = "threads that read requests (FastCGI)" },
	{ NUMBER(connections, 1, 65536), .initial = "2048",
	  .help = "connections from the web server at once (FastCGI)" },
	{ NUMBER(request_seconds, 1, 3600), .initial = "30",
	  .help = "seconds in which a request must have come (FastCGI)" },
	{ TEXT(listen), .check = check_path, .initial = "", .must_be = "an absolute path",
	  .help = "Unix socket to listen on, where no web server hands one over" },
	{ TEXT(data), .check = check_data, .initial = "", .must_be = "a path",
	  .help = "folder of the store; without one nothing is kept" },
	{ TEXT(durability), .check = check_durability, .initial = "power",
	  .must_be = "power or process",
	  .help = "what a stored message survives: power cut, crash" },
	{ TEXT(journal), .check = check_journal, .initial = "wal", .must_be = "wal or delete",
	  .help = "of the store; delete for network file systems" },
	{ TEXT(reply), .check = config_names_responder, .initial = "echo",
	  .must_be = "echo, none, or the name of a [reply]",
	  .help = "who answers, where a room does not say" },
	{ TEXT(open_rooms), .check = check_yes_no, .initial = "no", .must_be = "yes or no",
	  .help = "whether any name is a room" },
	{ NUMBER(keep_messages, 0, 1000000000), .initial = "0",
	  .help = "messages to keep per room; 0: all" },
	{ NUMBER(keep_days, 0, 36500), .initial = "0",
	  .help = "days to keep messages; 0: for ever" },
	{ NUMBER(keep_idle_days, 0, 36500), .initial = "0",
	  .help = "days to keep a private conversation in which nothing is said; 0: for ever" },
	{ NUMBER(keep_mib, 0, 1048576), .initial = "0",
	  .help = "MiB that the store may hold; 0: no limit" },
	{ TEXT(when_full), .check = check_when_full, .initial = "refuse",
	  .must_be = "refuse or oldest",
	  .help = "what happens beyond keep_mib: posts are refused, or the oldest goes" },
	{ TEXT(live), .check = check_live, .initial = "auto",
	  .must_be = "auto, sse, longpoll or poll",
	  .help = "how news are delivered at best: auto, sse, longpoll or poll" },
	{ NUMBER(streams, 1, 100000), .initial = "1000", .help = "followers at once (FastCGI)" },
	{ NUMBER(streams_per_client, 1, 100000), .initial = "30",
	  .help = "followers at once from one address (FastCGI)" },
	{ NUMBER(replies, 1, 1000), .initial = "8", .help = "replies by programs at once" },
	{ NUMBER(replies_waiting, 0, 10000), .initial = "32",
	  .help = "replies that may wait for their turn (FastCGI)" },
	{ NUMBER(replies_per_client, 0, 10000), .initial = "0",
	  .help = "of both, for one address (FastCGI); 0: no limit" },
	{ NUMBER(reply_wait, 0, 3600), .initial = "20",
	  .help = "seconds that a plain request waits for its reply" },
	{ NUMBER(reply_seconds, 1, 86400), .initial = "300",
	  .help = "seconds that a reply may take" },
	{ NUMBER(reply_bytes, 1, BOUND_REPLY_BYTES_MAX), .initial = "262144",
	  .help = "bytes of a reply, in UTF-8" },
	{ NUMBER(history_messages, 0, BOUND_HISTORY_MESSAGES_MAX), .initial = "40",
	  .help = "messages before the question that a program is told of" },
	{ NUMBER(history_bytes, 0, BOUND_HISTORY_BYTES_MAX), .initial = "32768",
	  .help = "bytes of their texts, in UTF-8" },
	{ NUMBER(posts_burst, 0, 100000), .initial = "60",
	  .help = "posts at once from one address (FastCGI); 0: no limit" },
	{ NUMBER(posts_per_second, 1, 10000), .initial = "1", .help = "and then per second" },
	{ NUMBER(reads_burst, 0, 1000000), .initial = "16384",
	  .help = "KiB of pages at once for one address (FastCGI); 0: no limit" },
	{ NUMBER(reads_per_second, 1, 1000000), .initial = "4096", .help = "and then per second" },
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
	/* Only what is read: clearing the rest, a quarter of a MiB of sections that may come, takes
	 * a tenth of a CGI program's time. */
	config->room_count = 0;
	config->reply_count = 0;
	config->file[0] = '\0';
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		if (config_set(config, settings[i].key, settings[i].initial, "", "default",
		               report_nothing) != ERR_NONE)
			abort();
	}
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

static enum err
check_sizes(struct config *config, config_report_function report)
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

static enum err
check_responders(const struct config *config, config_report_function report)
{
	const char *origin = origin_of(config, "reply");
	enum err result = ERR_NONE;
	char where[64];

	/* Those that the file names were checked with it. */
	snprintf(where, sizeof(where), "reply (%s)", origin);
	if (strcmp(origin, "file") != 0)
		result = config_check_responder(config, config->reply, where, report);
	for (size_t i = 0; i < config->reply_count; i++) {
		snprintf(where, sizeof(where), "[reply %s]", config->replies_by_programs[i].name);
		if (config->replies_by_programs[i].word_count > 0)
			continue;
		report(where, "there is no program");
		result = ERR_CONFIG;
	}
	return result;
}

enum err
config_check(struct config *config, config_report_function report)
{
	bool is_data_of_file = strcmp(origin_of(config, "data"), "file") == 0;
	enum err result = check_sizes(config, report);

	if (config_place_resolve(config, is_data_of_file, report) != ERR_NONE)
		result = ERR_CONFIG;
	return check_responders(config, report) == ERR_NONE ? result : ERR_CONFIG;
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
