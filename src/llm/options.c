/*
 * The command line of plainchat-llm; see options.h. One table says what there is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "llm/prompt.h"
#include "text/json.h"
#include "text/utf8.h"

/* What an option's value is. */
enum value_form {
	VALUE_NONE,
	VALUE_TEXT,
	VALUE_TEMPERATURE,
	VALUE_TOKENS,
	VALUE_CONTEXT,
	VALUE_FIELD,
	VALUE_SECONDS
};

#define MEMBER(name) offsetof(struct options, name)

static const struct known_option {
	const char *name;
	enum value_form form;
	size_t offset;
	const char *value_name; /* NULL where there is no value */
	const char *help;
} known[] = {
	{ "url", VALUE_TEXT, MEMBER(url), "URL",
	  "of the API, such as http://127.0.0.1:8080/v1; needed" },
	{ "model", VALUE_TEXT, MEMBER(model), "NAME", "which model is to answer" },
	{ "system", VALUE_TEXT, MEMBER(system), "TEXT", "what the model is told beforehand" },
	{ "system-file", VALUE_TEXT, MEMBER(system_file), "FILE", "a file with that" },
	{ "temperature", VALUE_TEMPERATURE, MEMBER(temperature), "NUMBER",
	  "from 0 (the same every time) to 2" },
	{ "max-tokens", VALUE_TOKENS, MEMBER(max_tokens), "NUMBER",
	  "how long a reply may get, in tokens" },
	{ "max-completion-tokens", VALUE_TOKENS, MEMBER(max_tokens), "NUMBER",
	  "the same, as newer models of OpenAI want it" },
	{ "context-tokens", VALUE_CONTEXT, MEMBER(context_tokens), "NUMBER",
	  "that the model has room for, where the server does not say it" },
	{ "field", VALUE_FIELD, MEMBER(fields), "NAME=VALUE",
	  "a further member of the request, such as top_p=0.9; may be repeated" },
	{ "alternate", VALUE_NONE, MEMBER(alternate), NULL,
	  "has no effect: neighbours of one role are always joined" },
	{ "header-file", VALUE_TEXT, MEMBER(header_file), "FILE",
	  "with further headers of the request, one in a line" },
	{ "key-file", VALUE_TEXT, MEMBER(key_file), "FILE",
	  "with the key, which is else taken from $PLAINCHAT_LLM_KEY" },
	{ "key-over-http", VALUE_NONE, MEMBER(key_over_http), NULL,
	  "send the key to other machines without encryption, too" },
	{ "ca-file", VALUE_TEXT, MEMBER(ca_file), "FILE",
	  "certificate authorities to trust, in place of the system's" },
	{ "connect-timeout", VALUE_SECONDS, MEMBER(connect_ms), "SECONDS",
	  "until there is a connection" },
	{ "first-byte-timeout", VALUE_SECONDS, MEMBER(first_byte_ms), "SECONDS",
	  "until the answer begins" },
	{ "between-timeout", VALUE_SECONDS, MEMBER(between_ms), "SECONDS",
	  "until more of it comes" },
	{ "help", VALUE_NONE, MEMBER(wants_help), NULL, "print this, and exit" },
	{ "version", VALUE_NONE, MEMBER(wants_version), NULL, "print the version, and exit" },
};

#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

void
options_print_help(void)
{
	printf("Usage: plainchat-llm --url=URL [OPTION]...\n"
	       "\n"
	       "Has a language model reply in plainchat: reads the conversation from standard "
	       "input,\n"
	       "asks an OpenAI-compatible chat API, and writes the reply to standard output as it "
	       "comes.\n"
	       "\n");
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", known[i].name,
		         known[i].value_name != NULL ? "=" : "",
		         known[i].value_name != NULL ? known[i].value_name : "");
		printf("  %-31s%s\n", left, known[i].help);
	}
	printf("\n"
	       "Time limits are %g, %g and %g s where they are not given. plainchat-llm(1) says "
	       "more,\n"
	       "and what each exit status means.\n",
	       BOUND_LLM_CONNECT_MS / 1000.0, BOUND_LLM_FIRST_BYTE_MS / 1000.0,
	       BOUND_LLM_BETWEEN_MS / 1000.0);
}

/* A number as JSON has it, from 0 to `most`. */
static bool
read_number(const char *text, double most, double *number)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) ||
	    json_validate(text, strlen(text), 1).fault != JSON_FINE)
		return false;
	*number = strtod(text, &end);
	return *end == '\0' && *number >= 0 && *number <= most;
}

static bool
set_text(const char **member, const char *value)
{
	size_t size = strlen(value);

	*member = value;
	return size > 0 && size <= BOUND_LLM_SYSTEM_BYTES && utf8_valid_size(value, size) == size;
}

/* Returns NULL, or what the value must be. */
static const char *
set_value(struct options *options, const struct known_option *option, const char *value)
{
	void *member = (char *)options + option->offset;
	double number;

	switch (option->form) {
	case VALUE_NONE: *(bool *)member = true; return NULL;
	case VALUE_TEXT: return set_text(member, value) ? NULL : "a text in UTF-8, not empty";
	case VALUE_TEMPERATURE:
		*(const char **)member = value;
		return read_number(value, 2, &number) ? NULL : "a number from 0 to 2";
	case VALUE_TOKENS:
		if (!read_number(value, INT_MAX, &number) || number < 1 ||
		    strspn(value, "0123456789") != strlen(value))
			return "a whole number from 1 on";
		*(long *)member = (long)number;
		options->max_tokens_name = strcmp(option->name, "max-tokens") == 0
		                                   ? "max_tokens"
		                                   : "max_completion_tokens";
		return NULL;
	case VALUE_CONTEXT:
		if (!read_number(value, INT_MAX, &number) || number < 1 ||
		    strspn(value, "0123456789") != strlen(value))
			return "a whole number from 1 on";
		*(long *)member = (long)number;
		return NULL;
	case VALUE_FIELD:
		if (utf8_valid_size(value, strlen(value)) != strlen(value) ||
		    !prompt_field_is_fine(value) || options->field_count == BOUND_LLM_FIELDS)
			return "NAME=VALUE, not of messages or stream, and not more than 32 times";
		options->fields[options->field_count++] = value;
		return NULL;
	case VALUE_SECONDS:
		if (!read_number(value, BOUND_LLM_TIMEOUT_SECONDS_MAX, &number) || number < 0.001)
			return "a number of seconds from 0.001 to 86400";
		*(long *)member = (long)(number * 1000);
		return NULL;
	}
	return NULL;
}

static enum failure_status
check(const struct options *options, struct failure *failure)
{
	if (options->wants_help || options->wants_version)
		return FAILURE_NONE;
	if (options->url == NULL)
		return failure_set(failure, FAILURE_OPTIONS,
		                   "which server is to answer? --url=URL is needed (see --help)");
	if (options->system != NULL && options->system_file != NULL)
		return failure_set(failure, FAILURE_OPTIONS,
		                   "--system and --system-file exclude each other");
	return FAILURE_NONE;
}

enum failure_status
options_read(int argc, char *argv[], struct options *options, struct failure *failure)
{
	struct option list[KNOWN_COUNT + 1] = { { 0 } };
	int index;

	*options = (struct options){
		.connect_ms = BOUND_LLM_CONNECT_MS,
		.first_byte_ms = BOUND_LLM_FIRST_BYTE_MS,
		.between_ms = BOUND_LLM_BETWEEN_MS,
	};
	for (size_t i = 0; i < KNOWN_COUNT; i++)
		list[i] = (struct option){ known[i].name,
			                   known[i].value_name != NULL ? required_argument
			                                               : no_argument,
			                   NULL, (int)i };
	/* getopt would repeat what it does not know, and that may be the key. */
	opterr = 0;
	/* 0, not 1: so that it starts anew, whoever has used it before. */
	optind = 0;
	while ((index = getopt_long(argc, argv, "", list, NULL)) != -1) {
		if (index == '?')
			return failure_set(failure, FAILURE_OPTIONS,
			                   "argument %d is no option, or has no value, or one too "
			                   "many (see --help)",
			                   optind - 1);
		const char *must_be = set_value(options, &known[index], optarg);
		if (must_be != NULL)
			return failure_set(failure, FAILURE_OPTIONS, "--%s must be %s",
			                   known[index].name, must_be);
	}
	if (optind < argc)
		return failure_set(failure, FAILURE_OPTIONS,
		                   "argument %d is no option (see --help)", optind);
	return check(options, failure);
}
