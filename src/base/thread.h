/*
 * Waiting for a thread's end, but not for ever.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_THREAD_H
#define PLAINCHAT_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Joins the thread, until `end_us` of clock_now_us at the latest; INT64_MAX: however long it takes.
 * False: it runs still, and is detached, so that nothing that it uses may be freed any more. */
bool MUST_CHECK
thread_join_until(pthread_t thread, int64_t end_us);

#endif
