/*
 * The command line of plainchat-llm. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_OPTIONS_H
#define PLAINCHAT_LLM_OPTIONS_H

#include <stdbool.h>

#include "base/bounds.h"
#include "llm/failure.h"

/* Texts are those of argv, or constants; NULL where an option is not given. */
struct options {
	const char *url;
	const char *model;
	const char *system;
	const char *system_file;
	const char *temperature; /* a JSON number */
	long max_tokens;         /* 0: no maximum */
	const char *max_tokens_name;
	bool alternate;      /* without effect: it is always so */
	long context_tokens; /* 0: not known */
	const char *fields[BOUND_LLM_FIELDS];
	size_t field_count;
	const char *header_file;
	const char *key_file;
	bool key_over_http;
	const char *ca_file;
	long connect_ms;
	long first_byte_ms;
	long between_ms;
	bool wants_help;
	bool wants_version;
};

/* Reads the command line. FAILURE_OPTIONS, noted: it cannot be used. The note repeats no value and
 * no unknown word: somebody may have put the key there. */
enum failure_status MUST_CHECK
options_read(int argc, char *argv[], struct options *options, struct failure *failure);

/* What --help prints. */
void
options_print_help(void);

#endif
