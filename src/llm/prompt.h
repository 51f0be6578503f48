/*
 * From what a responder gets on stdin (doc/bots.md) to the request of the chat API. Pure.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_PROMPT_H
#define PLAINCHAT_LLM_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "llm/failure.h"

struct prompt_settings {
	const char *model;           /* NULL: the server has one */
	const char *system;          /* UTF-8; NULL: no system message */
	const char *temperature;     /* a JSON number; NULL: the server's default */
	long max_tokens;             /* 0: no maximum */
	const char *max_tokens_name; /* of the member that says so */
	bool alternate;              /* user and assistant take turns, and the user begins */
};

/* Appends the request, JSON, to `request`: the system message, the history, the message as the
 * user's, each as it is. With `alternate`, neighbours of one role are joined by a blank line, and
 * what the assistant said before any user is left out. FAILURE_INPUT, noted: `input` is not what
 * the contract says. */
enum failure_status MUST_CHECK
prompt_append(struct buf *request, const char *input, size_t size,
              const struct prompt_settings *settings, struct failure *failure);

#endif
