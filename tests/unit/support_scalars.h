/*
 * Every Unicode scalar that a JSON text may bring, one after the other, in each way in which it can
 * be written: for tests that nothing is changed on its way.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_UNIT_SUPPORT_SCALARS_H
#define PLAINCHAT_TESTS_UNIT_SUPPORT_SCALARS_H

#include "base/buf.h"

/* How many there are, without U+0000, and behind the last one. */
#define SCALARS (0x110000 - 0x800 - 1)
#define SCALARS_END 0x110000

typedef void (*scalar_write_function)(struct buf *text, unsigned scalar);

/* The scalar behind this one: there are no surrogates. */
unsigned
scalar_next(unsigned scalar);

/* The scalar as UTF-8 (RFC 3629, section 3), by arithmetic that is not the product's. Valid until
 * the next call. */
const char *
scalar_utf8(unsigned scalar);

/* Append it as it may be written in a JSON string: \uabcd, \uABCD, or as it is. */
void
scalar_write_lower(struct buf *text, unsigned scalar);
void
scalar_write_upper(struct buf *text, unsigned scalar);
void
scalar_write_raw(struct buf *text, unsigned scalar);

/* Appends `count` scalars from `first` on, or as many as there are; returns the one behind. */
unsigned
scalars_write(struct buf *text, unsigned first, unsigned count, scalar_write_function write);

/* The same as UTF-8, without any escapes. */
unsigned
scalars_append(struct buf *text, unsigned first, unsigned count);

#endif
