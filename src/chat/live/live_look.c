/*
 * Looks: they have a watch of their own, since what has changed is told to a watch. It is opened,
 * asked and closed by workers.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live_look.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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
	pthread_mutex_t lock;
	struct live_look_settings settings;
	bool is_silent; /* under the lock: nobody is to be told any more */
	bool is_under_way;
	bool is_freed; /* as soon as it is not under way */
	bool must_rest;

	/* the worker's, while it is under way */
	struct store_watch *watch; /* NULL until the first look, and while it rests */
	struct buf names;
	struct live_news news;
};

/* Something may have been committed. On the watch's thread. */
static void
on_hint(void *context)
{
	struct live_look *look = context;

	pthread_mutex_lock(&look->lock);
	if (!look->is_silent)
		look->settings.look(look->settings.look_context);
	pthread_mutex_unlock(&look->lock);
}

/* --- on a worker's thread --- */

static void
on_changed_room(void *context, const char *key)
{
	struct live_look *look = context;

	if (key == NULL || buf_append(&look->names, key, strlen(key) + 1) != ERR_NONE)
		look->news.is_any = true;
}

static void
close_watch(struct live_look *look)
{
	if (look->watch != NULL)
		store_pool_engine(look->source.store_pool)->watch_close(look->watch);
	look->watch = NULL;
}

static void
find_news(struct live_look *look)
{
	struct live_news *news = &look->news;

	if (look->watch == NULL)
		look->watch = store_pool_watch(look->source.store_pool, on_hint, look);
	/* Where nothing can be watched, each look is at all rooms. */
	news->is_any = look->watch == NULL;
	news->is_marked = true;
	if (look->watch != NULL)
		news->err = store_pool_engine(look->source.store_pool)
		                    ->find_news(look->watch, on_changed_room, look);
}

static void
on_run(struct work *work)
{
	struct live_look *look = (struct live_look *)work;

	look->names.size = 0;
	look->news = (struct live_news){ .err = ERR_NONE };
	if (look->must_rest)
		close_watch(look);
	else
		find_news(look);
	if (buf_append(&look->names, "", 1) != ERR_NONE)
		look->news.is_any = true;
	look->news.rooms = look->news.is_any ? "" : look->names.data;
}

/* --- on the loop's thread --- */

static void
free_look(struct live_look *look)
{
	close_watch(look);
	pthread_mutex_destroy(&look->lock);
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
		look->settings.done(look->settings.done_context, &look->news);
}

struct live_look *
live_look_new(const struct live_source *source, const struct live_look_settings *settings)
{
	struct live_look *look = must_allocate(sizeof(*look));

	look->work.run = on_run;
	look->work.done = on_done;
	look->source = *source;
	pthread_mutex_init(&look->lock, NULL);
	look->settings = *settings;
	buf_init(&look->names, NAMES_BYTES_MAX);
	return look;
}

static void
begin(struct live_look *look, bool must_rest)
{
	look->must_rest = must_rest;
	look->is_under_way = true;
	workers_submit(look->source.workers, &look->work);
}

void
live_look_begin(struct live_look *look)
{
	begin(look, false);
}

void
live_look_rest(struct live_look *look)
{
	if (look->watch != NULL)
		begin(look, true);
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
	/* The watch may outlive whom it told, where a look hangs. */
	pthread_mutex_lock(&look->lock);
	look->is_silent = true;
	pthread_mutex_unlock(&look->lock);
	if (!look->is_under_way)
		free_look(look);
}
