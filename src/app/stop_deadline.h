/*
 * The last resort of stopping: the process ends in time, whatever hangs.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_APP_STOP_DEADLINE_H
#define PLAINCHAT_APP_STOP_DEADLINE_H

#include <stdint.h>

/* Ends the process as stop_unfinished does at `end_us` of clock_now_us, unless it has ended before.
 * By a thread of its own, which gets the caller's signal mask. */
void
stop_deadline_set(int64_t end_us, int status);

/* Ends the process at once, with that exit status and nothing freed, and says why in the log, once.
 * Callable on any thread. */
_Noreturn void
stop_unfinished(const char *reason, int status);

#endif
