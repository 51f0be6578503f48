/*
 * The sections of plainchat.conf: [room NAME], [reply NAME], and whether they fit together.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "app/config/config.h"
#include "text/characters.h"
#include "text/names.h"
#include "text/utf8.h"

bool
config_names_responder(const char *value)
{
	size_t size = strlen(value);

	return size > 0 && size < CONFIG_NAME_BYTES &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
	               size;
}

enum config_responder
config_find_responder(const struct config *config, const char *name, size_t *index)
{
	if (strcmp(name, "echo") == 0)
		return CONFIG_RESPONDER_ECHO;
	if (strcmp(name, "none") == 0)
		return CONFIG_RESPONDER_NONE;
	for (*index = 0; *index < config->reply_count; (*index)++) {
		if (strcmp(config->replies_by_programs[*index].name, name) == 0)
			return CONFIG_RESPONDER_PROGRAM;
	}
	return CONFIG_RESPONDER_UNKNOWN;
}

/* --- texts that people see --- */

bool
config_is_line(const char *value)
{
	size_t size = strlen(value);

	for (size_t at = 0; at < size;) {
		if (character_is_control(characters_next(value, size, &at)))
			return false;
	}
	return !utf8_is_blank(value, size);
}

bool
config_is_title(const char *value)
{
	return config_is_line(value) && utf8_count(value, strlen(value)) <= CONFIG_TITLE_CHARACTERS;
}

/* --- rooms --- */

enum err
config_add_room(struct config *config, const char *name, const char *where,
                config_report_function report, struct config_room **room)
{
	size_t size = strlen(name);
	const char *what = NULL;
	struct buf composed;

	buf_init(&composed, BOUND_NAME_BYTES);
	if (config->room_count == CONFIG_ROOMS_MAX)
		what = "there are too many rooms";
	else if (utf8_valid_size(name, size) != size || !names_read_room(name, size, &composed))
		what = "a room's name has 1 to 64 letters, digits, '-', '_' and '.'";
	for (size_t i = 0; i < config->room_count; i++) {
		if (strcmp(config->rooms[i].name, buf_text(&composed)) == 0)
			what = "the room is given twice";
	}
	if (what != NULL) {
		report(where, what);
	} else {
		*room = &config->rooms[config->room_count++];
		**room = (struct config_room){ .reply = "" };
		memcpy((*room)->name, composed.data, composed.size + 1);
	}
	buf_fini(&composed);
	return what == NULL ? ERR_NONE : ERR_CONFIG;
}

static enum err
set_title(struct config_room *room, const char *value, const char *where,
          config_report_function report)
{
	size_t size = strlen(value);
	const char *what = NULL;

	if (size >= sizeof(room->title) || utf8_valid_size(value, size) != size ||
	    !config_is_title(value))
		what = "title must be a line of 1 to 64 characters";
	else if (room->title[0] != '\0')
		what = "the setting is given twice";
	if (what != NULL) {
		report(where, what);
		return ERR_CONFIG;
	}
	memcpy(room->title, value, size + 1);
	return ERR_NONE;
}

enum err
config_set_room(struct config_room *room, const char *key, const char *value, const char *where,
                config_report_function report)
{
	if (strcmp(key, "title") == 0)
		return set_title(room, value, where, report);
	if (strcmp(key, "reply") != 0) {
		report(where, "a room has only the settings \"reply\" and \"title\"");
		return ERR_CONFIG;
	}
	if (!config_names_responder(value)) {
		report(where, "reply must be echo, none, or the name of a [reply]");
		return ERR_CONFIG;
	}
	if (room->reply[0] != '\0') {
		report(where, "the setting is given twice");
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
	size_t index;

	enum config_responder found = config_find_responder(config, name, &index);
	if (found == CONFIG_RESPONDER_PROGRAM)
		what = "the [reply] is given twice";
	else if (config->reply_count == CONFIG_REPLIES_MAX)
		what = "there are too many programs that answer";
	else if (!config_names_responder(name) || found != CONFIG_RESPONDER_UNKNOWN)
		what = "the name of a [reply] has 1 to 31 of a-z, A-Z, 0-9, '-', '_', '.', and is "
		       "not echo or none";
	if (what != NULL) {
		report(where, what);
		return ERR_CONFIG;
	}
	*reply = &config->replies_by_programs[config->reply_count++];
	**reply = (struct config_reply){ .word_count = 0 };
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

	const char *path = value + (value[0] == '"');
	if (path[0] != '/' && strncmp(path, "./", 2) != 0 && strncmp(path, "../", 3) != 0)
		return "program must begin with a path, such as /usr/bin/program or ./program";
	while (*value != '\0' && what == NULL) {
		bool is_quoted = *value == '"';
		const char *word = value + is_quoted;
		size_t size = strcspn(word, is_quoted ? "\"" : blanks);
		if (!is_quoted && memchr(word, '"', size) != NULL)
			return "quotation marks must be around a whole argument";
		if (is_quoted && word[size] == '\0')
			return "a quotation mark is not closed";
		what = add_word(reply, word, size);
		value = word + size + is_quoted;
		if (is_quoted && *value != '\0' && strchr(blanks, *value) == NULL)
			return "a closing quotation mark must be followed by a blank";
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
		what = reply->word_count > 0 ? "program is given twice" : add_words(reply, value);
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

/* --- who answers in them --- */

enum err
config_check_responder(const struct config *config, const char *name, const char *where,
                       config_report_function report)
{
	char what[128];
	size_t index;

	if (name[0] == '\0' ||
	    config_find_responder(config, name, &index) != CONFIG_RESPONDER_UNKNOWN)
		return ERR_NONE;
	snprintf(what, sizeof(what),
	         "reply must be echo, none, or the name of a section, and there is no [reply %s]",
	         name);
	report(where, what);
	return ERR_CONFIG;
}
