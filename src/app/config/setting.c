/*
 * Settings of three kinds: numbers, words and texts.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/config/setting.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "text/utf8.h"

enum some_words { SOME_WORD };
_Static_assert(sizeof(enum some_words) == sizeof(unsigned), "a word is set as an unsigned int");

static void
set_word(const struct setting *setting, void *config, unsigned word)
{
	memcpy((char *)config + setting->offset, &word, sizeof(word));
}

static void
set_number(const struct setting *setting, void *config, long number)
{
	memcpy((char *)config + setting->offset, &number, sizeof(number));
}

static void
set_text(const struct setting *setting, void *config, const char *text)
{
	strcpy((char *)config + setting->offset, text);
}

static bool
read_number(const struct setting *setting, const char *value, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(value, &end, 10);
	return isdigit((unsigned char)value[0]) && *end == '\0' && errno == 0 &&
	       *number >= setting->least && *number <= setting->most;
}

static bool
read_word(const struct setting *setting, const char *value, unsigned *word)
{
	for (*word = 0; setting->words[*word] != NULL; (*word)++) {
		if (strcmp(setting->words[*word], value) == 0)
			return true;
	}
	return false;
}

static bool
is_text(const struct setting *setting, const char *value)
{
	size_t size = strlen(value);

	return size < BOUND_SETTING_BYTES && utf8_valid_size(value, size) == size &&
	       (setting->check == NULL || setting->check(value));
}

void
setting_init(const struct setting *setting, void *config)
{
	switch (setting->kind) {
	case SETTING_NUMBER: set_number(setting, config, setting->initial); break;
	case SETTING_WORD: set_word(setting, config, (unsigned)setting->initial); break;
	case SETTING_TEXT: set_text(setting, config, setting->initial_text); break;
	}
}

bool
setting_set(const struct setting *setting, void *config, const char *value)
{
	unsigned word;
	long number;

	switch (setting->kind) {
	case SETTING_NUMBER:
		if (!read_number(setting, value, &number))
			return false;
		set_number(setting, config, number);
		break;
	case SETTING_WORD:
		if (!read_word(setting, value, &word))
			return false;
		set_word(setting, config, word);
		break;
	case SETTING_TEXT:
		if (!is_text(setting, value))
			return false;
		set_text(setting, config, value);
		break;
	}
	return true;
}

/* "one, another or a third" */
static void
list_words(const struct setting *setting, char list[SETTING_DEMAND_BYTES])
{
	size_t size = 0;

	for (const char *const *word = setting->words; *word != NULL; word++) {
		const char *before = word == setting->words ? "" : word[1] == NULL ? " or " : ", ";
		int added =
			snprintf(list + size, SETTING_DEMAND_BYTES - size, "%s%s", before, *word);
		if (added < 0 || (size_t)added >= SETTING_DEMAND_BYTES - size)
			abort();
		size += (size_t)added;
	}
}

void
setting_describe(const struct setting *setting, char demand[SETTING_DEMAND_BYTES])
{
	switch (setting->kind) {
	case SETTING_NUMBER:
		snprintf(demand, SETTING_DEMAND_BYTES, "a whole number from %ld to %ld",
		         setting->least, setting->most);
		break;
	case SETTING_WORD: list_words(setting, demand); break;
	case SETTING_TEXT:
		snprintf(demand, SETTING_DEMAND_BYTES, "UTF-8, and %s", setting->must_be);
		break;
	}
}

void
setting_print(const struct setting *setting, const void *config, FILE *out)
{
	const char *place = (const char *)config + setting->offset;
	unsigned word;
	long number;

	switch (setting->kind) {
	case SETTING_NUMBER:
		memcpy(&number, place, sizeof(number));
		fprintf(out, "%ld", number);
		break;
	case SETTING_WORD:
		memcpy(&word, place, sizeof(word));
		fputs(setting->words[word], out);
		break;
	case SETTING_TEXT: fputs(place, out); break;
	}
}

void
setting_print_help(const struct setting *setting, const char *option, FILE *out)
{
	static const char *const values[] = {
		[SETTING_NUMBER] = "N",
		[SETTING_WORD] = "WORD",
		[SETTING_TEXT] = "TEXT",
	};
	char assignment[64];
	char list[SETTING_DEMAND_BYTES];

	snprintf(assignment, sizeof(assignment), "--%s=%s", option, values[setting->kind]);
	fprintf(out, "  %-22s %s", assignment, setting->help);
	switch (setting->kind) {
	case SETTING_NUMBER: fprintf(out, " [%ld]\n", setting->initial); break;
	case SETTING_WORD:
		list_words(setting, list);
		fprintf(out, ": %s [%s]\n", list, setting->words[setting->initial]);
		break;
	case SETTING_TEXT: fprintf(out, " [%s]\n", setting->initial_text); break;
	}
}
