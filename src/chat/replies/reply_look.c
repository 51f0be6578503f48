/*
 * Looks at the store for replies. It has a store handle of its own, since the store's version is
 * told to each handle anew. What a look needs is copied: a reply may be gone before it is over.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_look.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "chat/room_read.h"
#include "chat/store_pool.h"
#include "loop/workers.h"

struct reply_look {
	struct work work; /* first, so that the work is the look */
	const struct rooms *rooms;
	reply_seen_function seen; /* NULL: nobody is interested any more */
	void *context;
	bool is_under_way;
	bool is_all;
	bool must_count;
	struct reply_standing *standings;
	size_t count;
	size_t capacity;

	/* the worker's while it is under way */
	struct store *store; /* NULL: none was needed yet */
	int64_t version;     /* of the store: what was committed until then is known */
	bool has_abandoned;
};

/* --- on a worker's thread --- */

static void
take_standing(void *context, const struct event *event)
{
	struct reply_standing *standing = context;

	standing->state = event->state;
	standing->cause = event->cause;
	standing->thought_ms = event->thought_ms;
	if (event->state == STATE_STREAMING)
		return;
	if ((event->text != NULL &&
	     buf_append(&standing->text, event->text, event->text_size) != ERR_NONE) ||
	    buf_append(&standing->thought, event->thought, event->thought_size) != ERR_NONE)
		abort();
}

static void
read_standing(const struct store_engine *engine, struct store *store,
              struct reply_standing *standing)
{
	bool is_there;

	standing->state = STATE_STOPPED;
	standing->is_read = engine->get(store, standing->room_key, standing->reply_seq,
	                                take_standing, standing, &is_there) == ERR_NONE;
}

static void
on_run(struct work *work)
{
	struct reply_look *look = (struct reply_look *)work;
	const struct store_engine *engine = store_pool_engine(look->rooms->store_pool);
	int64_t version = 0;
	bool is_known = true;
	unsigned count;
	unsigned abandoned = 0;

	if (look->store == NULL)
		look->store = store_pool_take(look->rooms->store_pool);
	/* First, so that what is committed meanwhile is seen by the next look. */
	bool has_changed =
		engine->version(look->store, &version) == ERR_NONE && version != look->version;
	for (size_t i = 0; i < look->count; i++) {
		struct reply_standing *standing = &look->standings[i];
		if (!has_changed && !standing->is_urgent)
			continue;
		read_standing(engine, look->store, standing);
		is_known &= standing->is_read;
	}
	if (has_changed && is_known && look->is_all)
		look->version = version;
	if (look->must_count &&
	    engine->count_streaming(look->store, &count, &abandoned) != ERR_NONE)
		abandoned = 0;
	look->has_abandoned = abandoned > 0;
}

/* --- on the loop's thread --- */

static void
free_standings(struct reply_standing *standings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(standings[i].room_key);
		buf_fini(&standings[i].text);
		buf_fini(&standings[i].thought);
	}
	free(standings);
}

static void
free_look(struct reply_look *look)
{
	free_standings(look->standings, look->count);
	if (look->store != NULL)
		store_pool_give(look->rooms->store_pool, look->store);
	free(look);
}

static void
on_done(struct work *work, bool was_run)
{
	struct reply_look *look = (struct reply_look *)work;
	struct reply_standing *standings = look->standings;
	const struct reply_sight sight = { standings, look->count, look->has_abandoned };

	if (look->seen == NULL) {
		free_look(look);
		return;
	}
	/* The next look may begin at once. */
	look->standings = NULL;
	look->count = look->capacity = 0;
	look->is_under_way = false;
	if (was_run)
		look->seen(look->context, &sight);
	free_standings(standings, sight.count);
}

struct reply_look *
reply_look_new(const struct rooms *rooms, reply_seen_function seen, void *context)
{
	struct reply_look *look = must_allocate(sizeof(*look));

	look->work = (struct work){ .run = on_run, .done = on_done };
	look->rooms = rooms;
	look->seen = seen;
	look->context = context;
	return look;
}

void
reply_look_free(struct reply_look *look)
{
	look->seen = NULL;
	if (!look->is_under_way)
		free_look(look);
}

bool
reply_look_is_under_way(const struct reply_look *look)
{
	return look->is_under_way;
}

void
reply_look_add(struct reply_look *look, const char *room_key, int64_t reply_seq, bool is_urgent)
{
	if (look->count == look->capacity) {
		look->capacity = 2 * look->capacity + 8;
		look->standings =
			realloc(look->standings, look->capacity * sizeof(*look->standings));
		if (look->standings == NULL)
			abort();
	}
	struct reply_standing *standing = &look->standings[look->count++];
	*standing = (struct reply_standing){ .room_key = must_copy_text(room_key),
		                             .reply_seq = reply_seq,
		                             .is_urgent = is_urgent };
	/* As much as any reply may have, whatever the limit is now. */
	buf_init(&standing->text, BOUND_REPLY_BYTES_MAX);
	buf_init(&standing->thought, BOUND_THOUGHT_BYTES);
}

void
reply_look_begin(struct reply_look *look, bool is_all, bool must_count)
{
	look->is_under_way = true;
	look->is_all = is_all;
	look->must_count = must_count;
	look->has_abandoned = false;
	workers_submit(look->rooms->workers, &look->work);
}
