/*
 * Why there is no reply, or not a whole one: the exit status, and a sentence for the site's log.
 * Every file of the bridge uses it. What a server says may be quoted in it as it is: only when the
 * line is written is it escaped, cut, and rid of the key. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_FAILURE_H
#define PLAINCHAT_LLM_FAILURE_H

#include <stdbool.h>

#include "base/buf.h"
#include "llm/context.h"

/* The exit statuses, which doc/plainchat-llm.1 lists: those of sysexits.h where one of them fits.
 */
enum failure_status {
	FAILURE_NONE = 0,
	FAILURE_OPTIONS = 64,    /* the command line cannot be used */
	FAILURE_INPUT = 65,      /* stdin is not what the responder contract says */
	FAILURE_FILE = 66,       /* a file that an option names cannot be used */
	FAILURE_HOST = 68,       /* the host's name is not known */
	FAILURE_CONNECT = 69,    /* refused, unreachable, or not there in time */
	FAILURE_OUTPUT = 74,     /* nobody takes the reply */
	FAILURE_RATE = 75,       /* too many requests (429), also after waiting */
	FAILURE_PROTOCOL = 76,   /* the answer is not what the API sends */
	FAILURE_KEY = 77,        /* the key is missing or refused (401, 403) */
	FAILURE_NOT_FOUND = 78,  /* no such path or model (404) */
	FAILURE_TLS = 80,        /* no secure connection, or not to whom it should be */
	FAILURE_REQUEST = 81,    /* the request was refused (any other 4xx) */
	FAILURE_SERVER = 82,     /* the server failed (5xx) */
	FAILURE_FIRST_BYTE = 83, /* nothing came in time */
	FAILURE_BETWEEN = 84,    /* it began, then nothing more came in time */
	FAILURE_TRUNCATED = 85,  /* the connection ended in the middle */
	FAILURE_REPORTED = 86,   /* an error in place of the reply, or in the middle of it */
	FAILURE_EMPTY = 87,      /* the reply has no text */
	FAILURE_TOO_LONG = 88,   /* the reply is over BOUND_LLM_REPLY_BYTES */
	FAILURE_FILTERED = 89,   /* the provider's filter withheld the rest */
	FAILURE_REDIRECT = 90,   /* the server sends us elsewhere, where we do not go */
	FAILURE_CONTEXT = 91,    /* the conversation is longer than the model has room for */
};

struct failure {
	enum failure_status status;
	struct buf text;
	bool is_busy;                 /* the server has too much to do */
	bool is_loading;              /* it is loading the model */
	struct context_limit context; /* with FAILURE_CONTEXT: what it says of it */
};

void
failure_init(struct failure *failure);

void
failure_fini(struct failure *failure);

/* Notes what went wrong, in the words that printf would print, unless something is noted already:
 * the first is the cause. Returns the status that is noted then. */
enum failure_status
failure_set(struct failure *failure, enum failure_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What a visitor is told of it: "unreachable", "busy" or "too_long" (doc/bots.md); NULL: nothing in
 * particular. A constant. */
const char *
failure_reason(const struct failure *failure);

/* Appends the line "plainchat-llm: TEXT\n": any occurrence of `key` (NULL: there is none) in the
 * text is written as [key], what is not printable ASCII is escaped as \xNN, and after
 * BOUND_LLM_REPORT_BYTES bytes it is cut. */
void
failure_append_line(struct buf *out, const char *text, size_t size, const char *key);

#endif
