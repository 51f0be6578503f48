/*
 * What a transaction has written, kept as the events that whoever reads the room will find, so that
 * live delivery gets them without reading them back. The operations of the store that append
 * events are called by these functions only. Within a transaction, on the thread that has it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_NEWS_H
#define PLAINCHAT_CHAT_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"
#include "text/event_list.h"

/* Begins with all zeros. */
struct news {
	struct event_list events; /* in order, each with its room's key */
	uint64_t epoch;           /* what their numbers are of */
	bool has_more;            /* something else was, or may have been, written */
};

/* See struct store_engine. `news` is NULL where nobody wants to know. */
enum err MUST_CHECK
news_append_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, const struct store_message *message, int64_t *seq);

enum err MUST_CHECK
news_append_part(struct news *news, const struct store_engine *engine, struct store *store,
                 const char *room, const struct store_part *part, int64_t *seq);

enum err MUST_CHECK
news_finish_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, const struct store_ending *ending, int64_t *seq);

enum err MUST_CHECK
news_delete_message(struct news *news, const struct store_engine *engine, struct store *store,
                    const char *room, int64_t seq, const char *author, int64_t time_ms,
                    enum store_outcome *outcome);

#endif
