/*
 * One setting: of which kind it is, what it may be, and how its value is written. The table of all
 * settings is in config.c. Pure functions, callable on every thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_APP_CONFIG_SETTING_H
#define PLAINCHAT_APP_CONFIG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum setting_kind {
	SETTING_NUMBER, /* a long */
	SETTING_WORD,   /* an enum without negative values: the number of its word in `words` */
	SETTING_TEXT,   /* BOUND_SETTING_BYTES of UTF-8 with its NUL */
};

struct setting {
	const char *key; /* in the file; options and variables are named after it */
	const char *help;
	size_t offset; /* bytes from the beginning of the configuration */
	enum setting_kind kind;

	/* The default: a number, or the number of a word. */
	long initial;

	/* of a number */
	long least;
	long most;

	/* of a word */
	const char *const *words; /* NULL after the last */

	/* of a text */
	const char *initial_text;
	const char *must_be;              /* what `check` wants, for people */
	bool (*check)(const char *value); /* NULL: any UTF-8 will do */
};

/* Bytes of what a setting must be, with the NUL. */
#define SETTING_DEMAND_BYTES 128

/* Sets the default in the configuration that begins at `config`. */
void
setting_init(const struct setting *setting, void *config);

/* False: the value is not what it must be, and nothing was set. */
bool
setting_set(const struct setting *setting, void *config, const char *value);

/* What the value must be, to go on after "must be ". */
void
setting_describe(const struct setting *setting, char demand[SETTING_DEMAND_BYTES]);

/* Prints the value, such that setting_set takes it. */
void
setting_print(const struct setting *setting, const void *config, FILE *out);

/* Prints its line of --help; `option` is its name there. */
void
setting_print_help(const struct setting *setting, const char *option, FILE *out);

#endif
