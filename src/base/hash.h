/*
 * A hash for tables in memory (FNV-1a, 32 bits): quick and short. Whoever chooses the keys can make
 * them meet, so the number of entries must be bounded. Pure; callable on every thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_HASH_H
#define PLAINCHAT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash of `size` bytes. */
uint32_t
hash_bytes(const void *bytes, size_t size);

#endif
