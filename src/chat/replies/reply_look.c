/*
 * Looks at the store for replies. It has a watch of its own, since what has changed is told to a
 * watch. What a look needs is copied: a reply may be gone before it is over.
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
	struct store_watch *watch; /* NULL: none was needed yet */
	bool has_changed;          /* something was committed that is not known of each reply */
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
on_changed_room(void *context, const char *key)
{
	struct reply_look *look = context;

	(void)key;
	look->has_changed = true;
}

/* Notes whether anything was committed since the last look. */
static void
find_news(struct reply_look *look)
{
	struct store_pool *store_pool = look->rooms->store_pool;

	if (look->watch == NULL)
		look->watch = store_pool_watch(store_pool, NULL, NULL);
	/* Where the store cannot be read, nothing of it is known; the next look asks again. */
	if (look->watch == NULL ||
	    store_pool_engine(store_pool)->find_news(look->watch, on_changed_room, look) !=
	            ERR_NONE)
		look->has_changed = true;
}

static void
on_run(struct work *work)
{
	struct reply_look *look = (struct reply_look *)work;
	struct store_pool *store_pool = look->rooms->store_pool;
	const struct store_engine *engine = store_pool_engine(store_pool);
	bool is_known = true;
	unsigned count;
	unsigned abandoned = 0;

	/* First, so that what is committed meanwhile is seen by the next look. */
	find_news(look);
	struct store *store = store_pool_take(store_pool);
	for (size_t i = 0; i < look->count; i++) {
		struct reply_standing *standing = &look->standings[i];
		if (!look->has_changed && !standing->is_urgent)
			continue;
		read_standing(engine, store, standing);
		is_known &= standing->is_read;
	}
	if (is_known && look->is_all)
		look->has_changed = false;
	if (look->must_count && engine->count_streaming(store, &count, &abandoned) != ERR_NONE)
		abandoned = 0;
	store_pool_give(store_pool, store);
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
	if (look->watch != NULL)
		store_pool_engine(look->rooms->store_pool)->watch_close(look->watch);
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
