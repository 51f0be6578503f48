/*
 * From what a responder gets on stdin (doc/bots.md) to the request of the chat API. Pure. For the
 * bridge's one thread.
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
	const char *const *fields;   /* further members, each NAME=JSON or NAME=TEXT */
	size_t field_count;
	bool system_as_user; /* for templates without a system role: it is put before the user's */
	size_t bytes_max;    /* of all texts; 0: no limit */
};

/* How large the conversation has become. */
struct prompt_size {
	size_t bytes;   /* of its texts */
	size_t turns;   /* with the message, without the system's */
	size_t dropped; /* turns that are left out since there was no room for them */
};

/* Appends the request, JSON, to `request`: the system message, the history, the message as the
 * user's. It is in an order that every template takes, whatever the input is: a user begins, user
 * and assistant take turns, the message is the last. Neighbours of one role are joined by a blank
 * line; where several people have names, "NAME: " is in front of what they said. Empty texts, and
 * thoughts in front of replies, are left out.
 * Where it is more than settings->bytes_max the longest texts of the history lose their middle, and
 * then the oldest turns are left out, but never the message. FAILURE_INPUT, noted: `input` is not
 * what the contract says. */
enum failure_status MUST_CHECK
prompt_append(struct buf *request, const char *input, size_t size,
              const struct prompt_settings *settings, struct prompt_size *made,
              struct failure *failure);

/* Whether a field is NAME=..., and the name is one of the request that is not ours to be set. */
bool
prompt_field_is_fine(const char *field);

#endif
