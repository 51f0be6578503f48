/*
 * The configuration: defaults < file < environment < options. Read once, in main.c, and const from
 * then on; the layers below get what concerns them and do not know this file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_APP_CONFIG_CONFIG_H
#define PLAINCHAT_APP_CONFIG_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/bounds.h"
#include "base/err.h"
#include "base/log.h"

#define CONFIG_SETTING_COUNT 40

/* Bytes of a setting's name, at the most, and a NUL. */
#define CONFIG_NAME_BYTES 32

/* Characters of the chat's name, and of a room's title, at the most. */
#define CONFIG_TITLE_CHARACTERS 64
#define CONFIG_TITLE_BYTES (4 * CONFIG_TITLE_CHARACTERS + 1)

/* Shared rooms that can be configured. */
#define CONFIG_ROOMS_MAX 256

/* Programs that can be configured, the bytes of one with all its arguments, and their number. */
#define CONFIG_REPLIES_MAX 32
#define CONFIG_WORDS_BYTES 4096
#define CONFIG_WORDS_MAX 64

/* Where a setting came from. */
enum config_origin {
	CONFIG_FROM_DEFAULT,
	CONFIG_FROM_FILE,
	CONFIG_FROM_ENVIRONMENT,
	CONFIG_FROM_OPTION,
};

/* Settings that are one of a few words; the words are in config.c. */
enum config_answer { CONFIG_NO, CONFIG_YES };
enum config_durability { CONFIG_DURABILITY_POWER, CONFIG_DURABILITY_PROCESS };
enum config_journal { CONFIG_JOURNAL_WAL, CONFIG_JOURNAL_DELETE };
enum config_when_full { CONFIG_WHEN_FULL_REFUSE, CONFIG_WHEN_FULL_OLDEST };
enum config_live { CONFIG_LIVE_AUTO, CONFIG_LIVE_SSE, CONFIG_LIVE_LONGPOLL, CONFIG_LIVE_POLL };

/* Whom the name of a responder means. */
enum config_responder {
	CONFIG_RESPONDER_ECHO,
	CONFIG_RESPONDER_NONE,
	CONFIG_RESPONDER_PROGRAM,
	CONFIG_RESPONDER_UNKNOWN,
};

/* A section [room NAME]. */
struct config_room {
	char name[BOUND_ROOM_BYTES];
	char reply[CONFIG_NAME_BYTES];  /* who answers; "" for whom the setting names */
	char title[CONFIG_TITLE_BYTES]; /* what people see; "" for the name */
};

/* A section [reply NAME]: a program that answers. */
struct config_reply {
	char name[CONFIG_NAME_BYTES];
	char words[CONFIG_WORDS_BYTES]; /* the program and its arguments, a NUL behind each */
	size_t words_size;
	size_t word_count;
	char pass[BOUND_SETTING_BYTES]; /* names of variables that it gets, blanks between them */
};

struct config {
	/* The settings, as the table in config.c and plainchat.conf(5) list them. */
	char name[BOUND_SETTING_BYTES];
	char greeting[BOUND_SETTING_BYTES];
	char accent[BOUND_SETTING_BYTES]; /* "#rrggbb", or "" */
	char logo[BOUND_SETTING_BYTES];
	char echo[BOUND_SETTING_BYTES];
	char listen[BOUND_SETTING_BYTES];
	enum log_level log_level;
	char data[BOUND_SETTING_BYTES];
	enum config_durability durability;
	enum config_journal journal;
	enum config_answer open_rooms;
	char reply[BOUND_SETTING_BYTES];
	enum config_when_full when_full;
	enum config_live live;
	char public[BOUND_SETTING_BYTES];
	char proxies[BOUND_SETTING_BYTES];
	long keep_messages;
	long keep_days;
	long keep_idle_days;
	long keep_mib;
	long streams;
	long streams_per_client;
	long posts_burst;
	long posts_per_second;
	long reads_burst; /* KiB */
	long reads_per_second;
	long message_bytes;
	long body_bytes;
	long json_depth;
	long threads;
	long connections;
	long request_seconds;
	long replies;
	long replies_waiting;
	long replies_per_client;
	long reply_wait;
	long reply_seconds;
	long reply_bytes;
	long history_messages;
	long history_bytes;

	struct config_room rooms[CONFIG_ROOMS_MAX]; /* of the file, in its order */
	size_t room_count;
	struct config_reply replies_by_programs[CONFIG_REPLIES_MAX];
	size_t reply_count;

	char file[PATH_MAX]; /* the file that was read; "" if there is none */
	enum config_origin origins[CONFIG_SETTING_COUNT]; /* where each setting came from */
};

/* Where an error is told; `where` is "FILE:LINE", an environment variable or an option. */
typedef void (*config_report_function)(const char *where, const char *what);

/* Sets the defaults. */
void
config_init(struct config *config);

/* Reads the file `path` or, if that is NULL, the first of $PLAINCHAT_CONF, the places of
 * config_place.h, and plainchat.conf in `sysconfdir`; it is no error if none of the last ones
 * exists. ERR_CONFIG: reported; all errors of a file are. */
enum err MUST_CHECK
config_read_file(struct config *config, const char *path, const char *sysconfdir,
                 config_report_function report);

/* Takes PLAINCHAT_KEY for each setting from the environment. ERR_CONFIG: reported. */
enum err MUST_CHECK
config_read_environment(struct config *config, config_report_function report);

/* Sets one setting by its key. ERR_CONFIG: there is no such key, or the value is bad; reported
 * with `where`. */
enum err MUST_CHECK
config_set(struct config *config, const char *key, const char *value, const char *where,
           enum config_origin origin, config_report_function report);

/* Adds a room. On ERR_NONE *room is its place in the configuration. ERR_CONFIG: the name is none,
 * or there is such a room already; reported. */
enum err MUST_CHECK
config_add_room(struct config *config, const char *name, const char *where,
                config_report_function report, struct config_room **room);

/* Whether the value, valid UTF-8, is a line in which something can be seen. */
bool
config_is_line(const char *value);

/* Whether it can be the name of a chat or the title of a room: such a line of at most
 * CONFIG_TITLE_CHARACTERS. */
bool
config_is_title(const char *value);

/* Sets one of a room's settings, once. Errors as config_set. */
enum err MUST_CHECK
config_set_room(struct config_room *room, const char *key, const char *value, const char *where,
                config_report_function report);

/* The same for a program that answers. */
enum err MUST_CHECK
config_add_reply(struct config *config, const char *name, const char *where,
                 config_report_function report, struct config_reply **reply);

enum err MUST_CHECK
config_set_reply(struct config_reply *reply, const char *key, const char *value, const char *where,
                 config_report_function report);

/* The key of the setting, by which the file has it. `index` is below CONFIG_SETTING_COUNT. */
const char *
config_key(size_t index);

/* The setting's name as an option, without the dashes in front. */
void
config_option_name(size_t index, char name[CONFIG_NAME_BYTES]);

/* Whether the value can name a responder; whether there is one is seen when all is read. */
bool
config_names_responder(const char *value);

/* Whom the name means, among the programs that were added so far. If it is a program, *index is its
 * place in `replies_by_programs`. */
enum config_responder
config_find_responder(const struct config *config, const char *name, size_t *index);

/* Whether somebody of that name answers, among the programs that were added so far. ERR_CONFIG:
 * reported. */
enum err MUST_CHECK
config_check_responder(const struct config *config, const char *name, const char *where,
                       config_report_function report);

/* Whether settings fit together, and whoever is to answer is there; a message's default size is
 * lowered to that of a body. ERR_CONFIG: reported. */
enum err MUST_CHECK
config_check(struct config *config, config_report_function report);

/* Prints every setting as a line of plainchat.conf, with a comment that tells its origin. */
void
config_print(const struct config *config, FILE *out);

/* Prints a line of help per setting. */
void
config_print_help(FILE *out);

#endif
