/*
 * The last resort of stopping: a thread that sleeps, and then ends the process.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/stop_deadline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

static atomic_bool is_told;

struct deadline {
	int64_t end_us;
	int status;
};

void
stop_unfinished(const char *reason, int status)
{
	if (!atomic_exchange(&is_told, true))
		log_event(LOG_WARN, "stopped_unfinished", LOG_FIELDS(log_text("reason", reason)));
	_exit(status);
}

static void *
run(void *context)
{
	const struct deadline deadline = *(struct deadline *)context;
	int64_t left_us;

	free(context);
	while ((left_us = deadline.end_us - clock_now_us()) > 0) {
		const struct timespec pause = { .tv_sec = left_us / 1000000,
			                        .tv_nsec = left_us % 1000000 * 1000 };
		nanosleep(&pause, NULL);
	}
	stop_unfinished("something has not ended in time", deadline.status);
}

void
stop_deadline_set(int64_t end_us, int status)
{
	struct deadline *deadline = must_allocate(sizeof(*deadline));
	pthread_t thread;

	*deadline = (struct deadline){ end_us, status };
	/* Without it all ends as it does. */
	if (pthread_create(&thread, NULL, run, deadline) == 0)
		pthread_detach(thread);
	else
		free(deadline);
}
