/*
 * The log: one line per event on stderr, `time=... level=... event=... key=value...`. Values with
 * anything but plain printable characters are quoted and escaped, so a line is always one line.
 * No text of a message and no token goes in. Callable on every thread: a line is one write(2).
 *
 *	log_event(LOG_WARN, "accept_failed", LOG_FIELDS(log_text("error", strerror(errno))));
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_LOG_H
#define PLAINCHAT_BASE_LOG_H

enum log_level {
	LOG_ERROR, /* somebody has to do something */
	LOG_WARN,  /* something was lost or refused that should not have been */
	LOG_INFO,  /* start, stop, what an administrator wants to see once */
	LOG_DEBUG, /* a line per request */
};

/* Their names, by their numbers; NULL after the last. */
extern const char *const log_level_names[];

struct log_field {
	const char *key;  /* NULL ends a list */
	const char *text; /* the value, or NULL where it is a number */
	long long number;
	int is_ending; /* of the text, the end is of more interest than the beginning */
};

#define LOG_FIELDS(...) ((const struct log_field[]){ __VA_ARGS__, { 0 } })

/* `text` may be NULL, which is written as an empty value. Both must live until log_event returns.
 */
struct log_field
log_text(const char *key, const char *text);

/* The same for a text of which, where it is long, the end is written, as much of it as still fits
 * into the line: to be the last field. */
struct log_field
log_ending(const char *key, const char *text);

struct log_field
log_number(const char *key, long long number);

/* The least important level that is written from now on; LOG_INFO until then. To be called before
 * other threads start. */
void
log_set_level(enum log_level level);

/* Whether a line of this level would be written: to spare work that is only for the log. */
int
log_is_wanted(enum log_level level);

/* Writes one line. `fields` ends with an empty field (LOG_FIELDS adds it) and may be NULL. A line
 * over BOUND_LOG_LINE_BYTES is cut. errno is left as it was. */
void
log_event(enum log_level level, const char *event, const struct log_field *fields);

#endif
