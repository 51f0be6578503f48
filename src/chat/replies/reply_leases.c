/*
 * Leases: one transaction for all. What it needs is copied, since a reply may be over before it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_leases.h"

#include <stdlib.h>

#include "base/buf.h"
#include "chat/committer.h"
#include "chat/replies/reply_life.h"
#include "chat/room_read.h"

struct held {
	char *room_key;
	int64_t seq;
};

struct renewal {
	struct commit_job job; /* first, so that the job is this */
	size_t count;
	struct held held[];
};

static enum err
write_renewal(struct commit_job *job, const struct store_engine *engine, struct store *store)
{
	struct renewal *renewal = (struct renewal *)job;
	enum err err = ERR_NONE;
	bool is_held;

	for (size_t i = 0; i < renewal->count && err == ERR_NONE; i++)
		err = engine->renew_lease(store, renewal->held[i].room_key, renewal->held[i].seq,
		                          &is_held);
	return err;
}

static void
renewal_written(struct commit_job *job, enum err err)
{
	struct renewal *renewal = (struct renewal *)job;

	(void)err;
	for (size_t i = 0; i < renewal->count; i++)
		free(renewal->held[i].room_key);
	free(renewal);
}

static bool
has_lease(const struct reply *reply)
{
	return reply->room_key != NULL && !reply->is_closed;
}

void
reply_leases_renew(const struct rooms *rooms, const struct reply *first)
{
	size_t count = 0;

	for (const struct reply *reply = first; reply != NULL; reply = reply->next)
		count += has_lease(reply);
	if (count == 0)
		return;
	struct renewal *renewal =
		must_allocate(sizeof(*renewal) + count * sizeof(renewal->held[0]));
	renewal->job = (struct commit_job){ .write = write_renewal, .done = renewal_written };
	renewal->count = 0;
	for (const struct reply *reply = first; reply != NULL; reply = reply->next) {
		if (has_lease(reply))
			renewal->held[renewal->count++] =
				(struct held){ must_copy_text(reply->room_key), reply->reply_seq };
	}
	committer_submit(rooms->committer, &renewal->job);
}
