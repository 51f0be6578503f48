/*
 * The configuration. One table says what there is; the file, the environment and the options all
 * set values through it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
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
check_yes_no(const char *value)
{
	return is_word_of("yes no", value);
}

/* Whether the value can name a responder; whether there is one is seen when all is read. */
static bool
check_reply(const char *value)
{
	size_t size = strlen(value);

	return size > 0 && size < CONFIG_NAME_BYTES &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
	               size;
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
	{ TEXT(data), .check = check_path, .initial = "", .must_be = "an absolute path",
	  .help = "folder of the store; without one nothing is kept" },
	{ TEXT(durability), .check = check_durability, .initial = "power",
	  .must_be = "power or process",
	  .help = "what a stored message survives: power cut, crash" },
	{ TEXT(journal), .check = check_journal, .initial = "wal", .must_be = "wal or delete",
	  .help = "of the store; delete for network file systems" },
	{ TEXT(reply), .check = check_reply, .initial = "echo",
	  .must_be = "echo, none, or the name of a [reply]",
	  .help = "who answers, where a room does not say" },
	{ TEXT(open_rooms), .check = check_yes_no, .initial = "no", .must_be = "yes or no",
	  .help = "whether any name is a room" },
	{ NUMBER(keep_messages, 0, 1000000000), .initial = "0",
	  .help = "messages to keep per room; 0: all" },
	{ NUMBER(keep_days, 0, 36500), .initial = "0",
	  .help = "days to keep messages; 0: for ever" },
	{ TEXT(live), .check = check_live, .initial = "auto",
	  .must_be = "auto, sse, longpoll or poll",
	  .help = "how news are delivered at best: auto, sse, longpoll or poll" },
	{ NUMBER(streams, 1, 100000), .initial = "1000", .help = "followers at once (FastCGI)" },
	{ NUMBER(streams_per_client, 1, 100000), .initial = "30",
	  .help = "followers at once from one address (FastCGI)" },
	{ NUMBER(replies, 1, 1000), .initial = "8", .help = "replies by programs at once" },
	{ NUMBER(replies_waiting, 0, 10000), .initial = "32",
	  .help = "replies that may wait for their turn (FastCGI)" },
	{ NUMBER(reply_wait, 0, 3600), .initial = "20",
	  .help = "seconds that a plain request waits for its reply" },
	{ NUMBER(reply_seconds, 1, 86400), .initial = "300",
	  .help = "seconds that a reply may take" },
	{ NUMBER(reply_bytes, 1, BOUND_REPLY_BYTES_MAX), .initial = "262144",
	  .help = "bytes of a reply, in UTF-8" },
	{ NUMBER(posts_burst, 0, 100000), .initial = "60",
	  .help = "posts at once from one address (FastCGI); 0: no limit" },
	{ NUMBER(posts_per_second, 1, 10000), .initial = "1", .help = "and then per second" },
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

enum err
config_add_room(struct config *config, const char *name, const char *where,
                config_report_function report, struct config_room **room)
{
	size_t size = strlen(name);
	const char *what = NULL;

	if (config->room_count == CONFIG_ROOMS_MAX)
		what = "there are too many rooms";
	else if (utf8_valid_size(name, size) != size || !utf8_is_room_name(name, size))
		what = "a room's name has 1 to 64 letters, digits, '-', '_' and '.'";
	for (size_t i = 0; i < config->room_count; i++) {
		if (strcmp(config->rooms[i].name, name) == 0)
			what = "the room stands here twice";
	}
	if (what != NULL) {
		report(where, what);
		return ERR_CONFIG;
	}
	*room = &config->rooms[config->room_count++];
	memcpy((*room)->name, name, size + 1);
	return ERR_NONE;
}

enum err
config_set_room(struct config_room *room, const char *key, const char *value, const char *where,
                config_report_function report)
{
	if (strcmp(key, "reply") != 0) {
		report(where, "a room has only the setting \"reply\"");
		return ERR_CONFIG;
	}
	if (!check_reply(value)) {
		report(where, "reply must be echo, none, or the name of a [reply]");
		return ERR_CONFIG;
	}
	if (room->reply[0] != '\0') {
		report(where, "the setting stands here twice");
		return ERR_CONFIG;
	}
	snprintf(room->reply, sizeof(room->reply), "%s", value);
	return ERR_NONE;
}

/* --- programs that answer --- */

enum err
config_add_reply(struct config *config, const char *name, const char *where,
                 config_report_function report, struct config_reply **reply)
{
	const char *what = NULL;

	if (config->reply_count == CONFIG_REPLIES_MAX)
		what = "there are too many programs that answer";
	else if (!check_reply(name) || is_word_of("echo none", name))
		what = "its name has 1 to 31 of a-z, A-Z, 0-9, '-', '_', '.', and is not echo or "
		       "none";
	for (size_t i = 0; i < config->reply_count; i++) {
		if (strcmp(config->replies_by_programs[i].name, name) == 0)
			what = "the [reply] stands here twice";
	}
	if (what != NULL) {
		report(where, what);
		return ERR_CONFIG;
	}
	*reply = &config->replies_by_programs[config->reply_count++];
	snprintf((*reply)->name, sizeof((*reply)->name), "%s", name);
	return ERR_NONE;
}

/* NULL, or what is wrong. */
static const char *
add_word(struct config_reply *reply, const char *word, size_t size)
{
	if (reply->word_count == CONFIG_WORDS_MAX ||
	    size >= sizeof(reply->words) - reply->words_size)
		return "the program has too many arguments";
	memcpy(reply->words + reply->words_size, word, size);
	reply->words[reply->words_size + size] = '\0';
	reply->words_size += size + 1;
	reply->word_count++;
	return NULL;
}

/* Words between blanks; one that begins with a quotation mark goes to the next one. */
static const char *
add_words(struct config_reply *reply, const char *value)
{
	static const char blanks[] = " \t";
	const char *what = NULL;

	if (value[value[0] == '"'] != '/')
		return "program must begin with an absolute path";
	while (*value != '\0' && what == NULL) {
		bool is_quoted = *value == '"';
		const char *word = value + is_quoted;
		size_t size = strcspn(word, is_quoted ? "\"" : blanks);
		if (is_quoted && word[size] == '\0')
			return "a quotation mark without its other half";
		what = add_word(reply, word, size);
		value = word + size + is_quoted;
		if (is_quoted && *value != '\0' && strchr(blanks, *value) == NULL)
			return "after a closing quotation mark comes a blank";
		value += strspn(value, blanks);
	}
	return what;
}

static const char *
add_pass(struct config_reply *reply, const char *value)
{
	size_t size = strlen(reply->pass);

	if (strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ \t") !=
	    strlen(value))
		return "pass has names of variables, with blanks between them";
	if (size + 1 + strlen(value) >= sizeof(reply->pass))
		return "there are too many variables";
	snprintf(reply->pass + size, sizeof(reply->pass) - size, " %s", value);
	return NULL;
}

enum err
config_set_reply(struct config_reply *reply, const char *key, const char *value, const char *where,
                 config_report_function report)
{
	const char *what = "a [reply] has only the settings program, argument and pass";
	size_t size = strlen(value);

	if (utf8_valid_size(value, size) != size)
		what = "the value must be UTF-8";
	else if (strcmp(key, "program") == 0)
		what = reply->word_count > 0 ? "program stands here twice"
		                             : add_words(reply, value);
	else if (strcmp(key, "argument") == 0)
		what = reply->word_count == 0 ? "argument comes after program"
		                              : add_word(reply, value, size);
	else if (strcmp(key, "pass") == 0)
		what = add_pass(reply, value);
	if (what == NULL)
		return ERR_NONE;
	report(where, what);
	return ERR_CONFIG;
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

enum err
config_check_responder(const struct config *config, const char *name, const char *where,
                       config_report_function report)
{
	char what[128];

	if (name[0] == '\0' || is_word_of("echo none", name))
		return ERR_NONE;
	for (size_t i = 0; i < config->reply_count; i++) {
		if (strcmp(config->replies_by_programs[i].name, name) == 0)
			return ERR_NONE;
	}
	snprintf(what, sizeof(what),
	         "reply must be echo, none, or a section [reply %s] that there is", name);
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
	enum err result = check_sizes(config, report);

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
