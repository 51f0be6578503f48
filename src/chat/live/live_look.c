/*
 * Looks: they have a store handle of their own, since what has changed is told to a handle.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "chat/live/live_read.h"
#include "chat/store_pool.h"
#include "loop/workers.h"

/* Bytes of the names of rooms that have changed between two looks; if there are more, each is
 * read. */
#define NAMES_BYTES_MAX ((size_t)1024 * 1024)

struct live_look {
	struct work work; /* first, so that the work is this */
	struct live_source source;
	bool is_under_way;
	bool is_freed; /* as soon as it is not under way */
	void (*done)(void *context, const struct live_news *news);
	void *context;

	/* the worker's, while it is under way */
	struct store *store; /* NULL until the first look */
	int64_t mark;        /* of the changes that were seen; -1: none */
	struct buf names;
	struct live_news news;
};

static void
on_changed_room(void *context, const char *key)
{
	struct live_look *look = context;

	if (key == NULL || buf_append(&look->names, key, strlen(key) + 1) != ERR_NONE)
		look->news.is_any = true;
}

static void
look_at_file(const char *path, struct live_watched *watched)
{
	struct stat status;

	free(watched->path);
	*watched = (struct live_watched){ .path = must_copy_text(path) };
	if (stat(path, &status) != 0) {
		watched->error = errno;
		return;
	}
	watched->device = status.st_dev;
	watched->inode = status.st_ino;
}

static void
on_run(struct work *work)
{
	struct live_look *look = (struct live_look *)work;
	const struct store_engine *engine = store_pool_engine(look->source.store_pool);
	struct live_news *news = &look->news;
	int64_t until = look->mark;

	if (look->store == NULL)
		look->store = store_pool_take(look->source.store_pool);
	look->names.size = 0;
	news->is_any = false;
	news->is_first = look->mark < 0;
	news->err = engine->changed_rooms(look->store, look->mark, on_changed_room, look, &until);
	if (news->err == ERR_NONE)
		look->mark = until;
	if (buf_append(&look->names, "", 1) != ERR_NONE)
		news->is_any = true;
	news->rooms = news->is_any ? "" : look->names.data;
	look_at_file(engine->watched_path(look->store), &news->watched);
}

static void
free_look(struct live_look *look)
{
	if (look->store != NULL)
		store_pool_give(look->source.store_pool, look->store);
	free(look->news.watched.path);
	buf_fini(&look->names);
	free(look);
}

static void
on_done(struct work *work, bool was_run)
{
	struct live_look *look = (struct live_look *)work;

	look->is_under_way = false;
	if (look->is_freed)
		free_look(look);
	else if (was_run)
		look->done(look->context, &look->news);
}

struct live_look *
live_look_new(const struct live_source *source)
{
	struct live_look *look = must_allocate(sizeof(*look));

	look->work.run = on_run;
	look->work.done = on_done;
	look->source = *source;
	look->mark = -1;
	buf_init(&look->names, NAMES_BYTES_MAX);
	return look;
}

void
live_look_begin(struct live_look *look, bool is_anew,
                void (*done)(void *context, const struct live_news *news), void *context)
{
	look->done = done;
	look->context = context;
	look->is_under_way = true;
	if (is_anew)
		look->mark = -1;
	workers_submit(look->source.workers, &look->work);
}

bool
live_look_is_under_way(const struct live_look *look)
{
	return look->is_under_way;
}

void
live_look_free(struct live_look *look)
{
	look->is_freed = true;
	if (!look->is_under_way)
		free_look(look);
}
