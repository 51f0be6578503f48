/*
 * What is kept, and for how long: rounds through all rooms, in steps of one short transaction each,
 * between which others write. The committer calls it, on its own thread; it knows nothing of who
 * posts.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_TRIMMING_H
#define PLAINCHAT_CHAT_TRIMMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bounds.h"
#include "base/err.h"
#include "store/store.h"

/* 0: no limit. */
struct trimming_limits {
	int64_t messages_max; /* of a room */
	int64_t age_max_ms;   /* of a message */
	int64_t idle_max_ms;  /* of a private conversation, since its last message */
	int64_t bytes_max;    /* of the store */
	bool has_oldest_go;   /* beyond that; else nothing is to be added */
};

/* Where it is. One thread's; begins as zeros but for the limits and `due_us`. */
struct trimming {
	struct trimming_limits limits;
	int64_t due_us; /* when the next step is */

	char room[BOUND_ROOM_BYTES]; /* that was looked at last; "" to begin anew */
	bool has_more;               /* and has more to be trimmed */
	bool must_tidy;              /* the round is over, and one more transaction has to follow */
	bool is_pressing;            /* the next round has to follow at once */
	int64_t now_ms;              /* as the clock said when the round began */
	struct store_time time;      /* and what that was worth */
	uint64_t events;             /* removed in this round, as the next */
	uint64_t rooms;
	int64_t oldest_ms;      /* of what is left; 0: nothing */
	int64_t squeezed_ms;    /* all before this goes, since the store is full; 0: it is not */
	int64_t squeezed_bytes; /* that the store held before that */
	int64_t share;          /* of the time that it covers, one part in so many goes */
	int64_t bytes;          /* that the store holds, where that is limited */
};

/* One step, in a transaction of its own; sets `due_us`. What fails is tried again in the next
 * round; the store has logged it. */
void
trimming_step(struct trimming *trimming, const struct store_engine *engine, struct store *store);

/* Within a transaction: notes what the store holds. *is_full: nothing is to be added to it. Where
 * the oldest goes instead, a round is due. */
enum err MUST_CHECK
trimming_count(struct trimming *trimming, const struct store_engine *engine, struct store *store,
               bool *is_full);

/* Whether the store holds more than it may, and the oldest is to go. */
bool
trimming_is_urgent(const struct trimming *trimming);

/* Whether the last step was the last one for a while. */
bool
trimming_is_at_rest(const struct trimming *trimming);

#endif
