/*
 * From a member to the struct that it is in. On any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_OWNER_H
#define PLAINCHAT_BASE_OWNER_H

#include <stddef.h>

/* The `type` whose `member` is at `pointer`, which is not NULL. */
#define OWNER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
