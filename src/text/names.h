/*
 * The names of people and of rooms: what can be one, and how it is written, so that what looks the
 * same is the same. The page decides the same (htdocs/chat/state/names.js). The policy and its
 * reasons: doc/decisions/names.md. Pure functions, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_NAMES_H
#define PLAINCHAT_TEXT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Reads a person's name from a text that is valid UTF-8: in NFC (UAX 15), with single spaces and
 * none at its ends, it has 1 to BOUND_NAME_CODE_POINTS code points, of which one at least can be
 * seen; none is a control, a line break, one that turns the direction of the text around it, or
 * invisible where nothing needs it; no mark comes first, and at most BOUND_NAME_MARKS in a row.
 * `name`, which is empty and has a cap of BOUND_NAME_BYTES or more, gets the name in that form.
 * False: the text is no name, and `name` is still empty. */
bool MUST_CHECK
names_read_person(const char *text, size_t size, struct buf *name);

/* The same for a room's, which has, besides what is said above, nothing but letters, their marks,
 * digits, '-', '_' and '.', and joiners where the letters need them. */
bool MUST_CHECK
names_read_room(const char *text, size_t size, struct buf *name);

#endif
