/*
 * Dividing descriptors; see descriptor_budget.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/descriptor_budget.h"

#include <stdbool.h>

#include "base/log.h"

/* Standard ones, the socket, the log, loops and what wakes them, the web server's end. */
#define FOR_PROGRAM 48
/* Database, its log and its index, for each handle on the store. */
#define PER_STORE_HANDLE 3
/* Handles beside those of the threads that serve requests: committer, loop, lock files. */
#define OTHER_STORE_HANDLES 4
/* Input, output and errors of a program that answers, and what tells of its end. */
#define PER_REPLY 4
/* The web server mostly has the limit that we have, and needs two descriptors for a stream and two
 * for a held request, of which there are as many; half of what it has is left for posts. */
#define PER_STREAM 8

/* Lowers *value to `most`, or to 1. Returns whether it was higher. */
static bool
lower(long *value, long most)
{
	if (most < 1)
		most = 1;
	if (*value <= most)
		return false;
	*value = most;
	return true;
}

void
descriptor_budget_apply(struct config *config, size_t descriptors)
{
	/* Beyond that no setting reaches. */
	const size_t enough = 1024 * 1024;
	long all = (long)(descriptors < enough ? descriptors : enough);
	long replies = config->reply_count > 0 ? config->replies : 0;
	long rest = all - FOR_PROGRAM - PER_STORE_HANDLE * (config->threads + OTHER_STORE_HANDLES) -
	            PER_REPLY * replies;

	bool is_lowered = lower(&config->streams, all / PER_STREAM);
	is_lowered |= lower(&config->streams, rest / 4);
	is_lowered |= lower(&config->connections, rest - 2 * config->streams);
	if (is_lowered) {
		(void)lower(&config->streams_per_client, config->streams);
		log_event(LOG_WARN, "limits_lowered",
		          LOG_FIELDS(log_number("descriptors", all),
		                     log_number("streams", config->streams),
		                     log_number("connections", config->connections)));
	}
}
