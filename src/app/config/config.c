/*
 * The configuration. One table says what there is; the file, the environment and the options all
 * set values through it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/config/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/config/config_place.h"
#include "app/config/setting.h"
#include "http/forwarded.h"
#include "http/public_address.h"
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
check_greeting(const char *value)
{
	return value[0] == '\0' || config_is_line(value);
}

static bool
check_accent(const char *value)
{
	return value[0] == '\0' || (value[0] == '#' && strlen(value) == 7 &&
	                            strspn(value + 1, "0123456789abcdefABCDEF") == 6);
}

/* What cannot lead to another host: no scheme, no second slash, nor what browsers take for one. */
static bool
check_logo(const char *value)
{
	return value[0] == '\0' || (config_is_line(value) && strncmp(value, "//", 2) != 0 &&
	                            strpbrk(value, ":\\ ") == NULL);
}

static bool
check_path(const char *value)
{
	return value[0] == '/' || value[0] == '\0';
}

static bool
check_public(const char *value)
{
	struct public_address address;

	return public_address_read(value, &address);
}

static bool
check_proxies(const char *value)
{
	struct proxies proxies;

	return proxies_read(value, &proxies);
}

/* --- the words of settings that are one of a few --- */

static const char *const answers[] = { [CONFIG_NO] = "no", [CONFIG_YES] = "yes", NULL };

static const char *const durabilities[] = {
	[CONFIG_DURABILITY_POWER] = "power",
	[CONFIG_DURABILITY_PROCESS] = "process",
	NULL,
};

static const char *const journals[] = {
	[CONFIG_JOURNAL_WAL] = "wal",
	[CONFIG_JOURNAL_DELETE] = "delete",
	NULL,
};

static const char *const ways_when_full[] = {
	[CONFIG_WHEN_FULL_REFUSE] = "refuse",
	[CONFIG_WHEN_FULL_OLDEST] = "oldest",
	NULL,
};

static const char *const deliveries[] = {
	[CONFIG_LIVE_AUTO] = "auto",
	[CONFIG_LIVE_SSE] = "sse",
	[CONFIG_LIVE_LONGPOLL] = "longpoll",
	[CONFIG_LIVE_POLL] = "poll",
	NULL,
};

/* --- the table --- */

#define SETTING(name, what) .key = #name, .offset = offsetof(struct config, name), .kind = (what)
#define NUMBER(name, low, high, number)                                                            \
	SETTING(name, SETTING_NUMBER), .least = (low), .most = (high), .initial = (number)
#define WORD(name, list, number)                                                                   \
	SETTING(name, SETTING_WORD), .words = (list), .initial = (long)(number)
#define TEXT(name, checker, text)                                                                  \
	SETTING(name, SETTING_TEXT), .check = (checker), .initial_text = (text)

static const struct setting settings[] = {
	{ TEXT(name, config_is_title, "Chat"), .must_be = "a line of 1 to 64 characters",
	  .help = "the name of the chat, as the page shows it" },
	{ TEXT(greeting, check_greeting, ""), .must_be = "a line of text",
	  .help = "what the page says where nothing was said yet" },
	{ TEXT(accent, check_accent, ""), .must_be = "a colour, such as #2a608d",
	  .help = "the colour of the page's buttons and links" },
	{ TEXT(logo, check_logo, ""),
	  .must_be = "the address of a picture on this host, such as /logo.svg",
	  .help = "a picture in place of the page's own mark" },
	{ TEXT(echo, check_echo, "received " ECHO_PLACEHOLDER),
	  .must_be = "a text, not blank, with " ECHO_PLACEHOLDER " at most once",
	  .help = "what the echo answers; " ECHO_PLACEHOLDER " stands for the message" },
	{ NUMBER(message_bytes, 1, BOUND_MESSAGE_BYTES_MAX, BOUND_MESSAGE_BYTES),
	  .help = "bytes of a message, in UTF-8" },
	{ NUMBER(body_bytes, 1, BOUND_BODY_BYTES_MAX, BOUND_BODY_BYTES),
	  .help = "bytes of a request's body" },
	{ NUMBER(json_depth, 1, BOUND_JSON_DEPTH_MAX, BOUND_JSON_DEPTH),
	  .help = "nesting of a request's JSON" },
	{ NUMBER(threads, 1, BOUND_THREADS_MAX, BOUND_THREADS),
	  .help = "threads that read requests (FastCGI)" },
	{ NUMBER(connections, 1, 65536, BOUND_CONNECTIONS),
	  .help = "connections from the web server at once (FastCGI)" },
	{ NUMBER(request_seconds, 1, 3600, BOUND_REQUEST_SECONDS),
	  .help = "seconds in which a request must have come (FastCGI)" },
	{ TEXT(listen, check_path, ""), .must_be = "an absolute path",
	  .help = "Unix socket to listen on, where no web server hands one over" },
	{ TEXT(data, NULL, ""), .must_be = "a path",
	  .help = "folder of the store; without one nothing is kept" },
	{ WORD(durability, durabilities, CONFIG_DURABILITY_POWER),
	  .help = "what a stored message survives, a power cut or a crash" },
	{ WORD(journal, journals, CONFIG_JOURNAL_WAL),
	  .help = "how the store is journaled; delete for network file systems" },
	{ TEXT(reply, config_names_responder, "echo"),
	  .must_be = "echo, none, or the name of a [reply]",
	  .help = "who answers, where a room does not say" },
	{ WORD(open_rooms, answers, CONFIG_NO), .help = "whether any name is a room" },
	{ NUMBER(keep_messages, 0, 1000000000, 0), .help = "messages to keep per room; 0: all" },
	{ NUMBER(keep_days, 0, 36500, 0), .help = "days to keep messages; 0: for ever" },
	{ NUMBER(keep_idle_days, 0, 36500, 0),
	  .help = "days to keep a private conversation in which nothing is said; 0: for ever" },
	{ NUMBER(keep_mib, 0, 1048576, 0), .help = "MiB that the store may hold; 0: no limit" },
	{ WORD(when_full, ways_when_full, CONFIG_WHEN_FULL_REFUSE),
	  .help = "beyond keep_mib posts are refused, or the oldest messages go" },
	{ WORD(live, deliveries, CONFIG_LIVE_AUTO), .help = "how news are delivered at best" },
	{ TEXT(public, check_public, ""),
	  .must_be = "the address of the page, such as https://example.org/talk/",
	  .help = "where visitors see the page, if no browser tells" },
	{ TEXT(proxies, check_proxies, ""),
	  .must_be = "addresses and networks, such as 127.0.0.1, 10.0.0.0/8",
	  .help = "proxies that are believed who the visitor is" },
	{ NUMBER(streams, 1, 100000, BOUND_STREAMS), .help = "followers at once (FastCGI)" },
	{ NUMBER(streams_per_client, 1, 100000, BOUND_STREAMS_PER_CLIENT),
	  .help = "followers at once from one address (FastCGI)" },
	{ NUMBER(replies, 1, 1000, BOUND_REPLIES), .help = "replies by programs at once" },
	{ NUMBER(replies_waiting, 0, 10000, BOUND_REPLIES_WAITING),
	  .help = "replies that may wait for their turn (FastCGI)" },
	{ NUMBER(replies_per_client, 0, 10000, 0),
	  .help = "of both, for one address (FastCGI); 0: no limit" },
	{ NUMBER(reply_wait, 0, 3600, BOUND_REPLY_WAIT_SECONDS),
	  .help = "seconds that a plain request waits for its reply" },
	{ NUMBER(reply_seconds, 1, 86400, BOUND_REPLY_SECONDS),
	  .help = "seconds that a reply may take" },
	{ NUMBER(reply_bytes, 1, BOUND_REPLY_BYTES_MAX, BOUND_REPLY_BYTES),
	  .help = "bytes of a reply, in UTF-8" },
	{ NUMBER(history_messages, 0, BOUND_HISTORY_MESSAGES_MAX, BOUND_HISTORY_MESSAGES),
	  .help = "messages before the question that a program is told of" },
	{ NUMBER(history_bytes, 0, BOUND_HISTORY_BYTES_MAX, BOUND_HISTORY_BYTES),
	  .help = "bytes of their texts, in UTF-8" },
	{ NUMBER(posts_burst, 0, 100000, BOUND_POSTS_BURST),
	  .help = "posts at once from one address (FastCGI); 0: no limit" },
	{ NUMBER(posts_per_second, 1, 10000, BOUND_POSTS_PER_SECOND),
	  .help = "and then per second" },
	{ NUMBER(reads_burst, 0, 1000000, BOUND_READS_BURST),
	  .help = "KiB of pages at once for one address (FastCGI); 0: no limit" },
	{ NUMBER(reads_per_second, 1, 1000000, BOUND_READS_PER_SECOND),
	  .help = "and then per second" },
	{ WORD(log_level, log_level_names, LOG_INFO), .help = "the least that is logged" },
};

_Static_assert(sizeof(settings) / sizeof(settings[0]) == CONFIG_SETTING_COUNT,
               "struct config has an origin for each setting");

/* --- setting them --- */

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
           enum config_origin origin, config_report_function report)
{
	char demand[SETTING_DEMAND_BYTES];
	char what[256];
	size_t index = 0;

	while (index < CONFIG_SETTING_COUNT && strcmp(settings[index].key, key) != 0)
		index++;
	if (index == CONFIG_SETTING_COUNT) {
		snprintf(what, sizeof(what), "there is no setting \"%.64s\"", key);
		report(where, what);
		return ERR_CONFIG;
	}
	config->origins[index] = origin;
	if (setting_set(&settings[index], config, value))
		return ERR_NONE;
	setting_describe(&settings[index], demand);
	snprintf(what, sizeof(what), "%s must be %s", key, demand);
	report(where, what);
	return ERR_CONFIG;
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
		setting_init(&settings[i], config);
		config->origins[i] = CONFIG_FROM_DEFAULT;
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
		if (value != NULL && config_set(config, settings[i].key, value, name,
		                                CONFIG_FROM_ENVIRONMENT, report) != ERR_NONE)
			result = ERR_CONFIG;
	}
	return result;
}

/* --- all of it --- */

static const char *const origin_names[] = {
	[CONFIG_FROM_DEFAULT] = "default",
	[CONFIG_FROM_FILE] = "file",
	[CONFIG_FROM_ENVIRONMENT] = "environment",
	[CONFIG_FROM_OPTION] = "option",
};

static enum config_origin
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
	enum config_origin origin = origin_of(config, "message_bytes");
	char where[64];
	char what[128];

	if (config->message_bytes <= config->body_bytes)
		return ERR_NONE;
	if (origin == CONFIG_FROM_DEFAULT) {
		config->message_bytes = config->body_bytes;
		return ERR_NONE;
	}
	snprintf(where, sizeof(where), "message_bytes (%s)", origin_names[origin]);
	snprintf(what, sizeof(what),
	         "a message cannot be larger than body_bytes, which is %ld (%s)",
	         config->body_bytes, origin_names[origin_of(config, "body_bytes")]);
	report(where, what);
	return ERR_CONFIG;
}

static enum err
check_responders(const struct config *config, config_report_function report)
{
	enum config_origin origin = origin_of(config, "reply");
	enum err result = ERR_NONE;
	char where[64];

	/* Those that the file names were checked with it. */
	snprintf(where, sizeof(where), "reply (%s)", origin_names[origin]);
	if (origin != CONFIG_FROM_FILE)
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
	bool is_data_of_file = origin_of(config, "data") == CONFIG_FROM_FILE;
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
		fprintf(out, "%s = ", settings[i].key);
		setting_print(&settings[i], config, out);
		fprintf(out, " ; %s\n", origin_names[config->origins[i]]);
	}
}

void
config_print_help(FILE *out)
{
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		char option[CONFIG_NAME_BYTES];
		config_option_name(i, option);
		setting_print_help(&settings[i], option, out);
	}
}
