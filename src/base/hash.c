/*
 * A hash for tables in memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/hash.h"

uint32_t
hash_bytes(const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 16777619U;
	return hash;
}
