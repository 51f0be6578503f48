/*
 * A position in a room's log, and its text form: "EPOCH-SEQ" (5f3a9c01b2d4-17), or "SEQ" where the
 * epoch is not known. Clients keep it and give it back. Pure; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_CURSOR_H
#define PLAINCHAT_TEXT_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

/* An epoch is at most this: 12 hexadecimal digits. */
#define CURSOR_EPOCH_MAX ((UINT64_C(1) << 48) - 1)

/* A number in a log is at most this: what a JavaScript number holds. */
#define CURSOR_SEQ_MAX ((INT64_C(1) << 53) - 1)

/* Bytes of the text form, with the NUL. */
#define CURSOR_BYTES (12 + 1 + 16 + 1)

struct cursor {
	int64_t seq;    /* the last event that was seen; 0: none; -1: there is no position */
	uint64_t epoch; /* which life of the store that is of; 0: not known, `seq` alone counts */
};

/* The position with no known epoch. */
struct cursor
cursor_at(int64_t seq);

/* Whether both may be positions of one life of the store. */
bool
cursor_is_of(struct cursor cursor, uint64_t epoch);

/* Writes the text form of a position, NUL-terminated; returns `text`. */
const char *
cursor_format(struct cursor cursor, char text[CURSOR_BYTES]);

/* Reads either form. False: it is neither, and *cursor is unchanged. */
bool
cursor_parse(const char *text, struct cursor *cursor);

#endif
