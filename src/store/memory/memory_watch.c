/*
 * News: which rooms have changed since a watch was last asked, and telling that some have.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "store/memory/memory.h"

struct store_watch {
	struct store_watch *next;
	struct memory *memory;
	int64_t seen; /* the number of the last change that was told; -1: it was never asked */
	store_look_function look;
	void *context;
};

enum err
memory_watch_open(const struct store_settings *settings, store_look_function look, void *context,
                  struct store_watch **result)
{
	struct store_watch *watch = must_allocate(sizeof(*watch));
	struct memory *memory = memory_find(settings->folder);

	*watch = (struct store_watch){
		.memory = memory, .seen = -1, .look = look, .context = context
	};
	pthread_mutex_lock(&memory->lock);
	watch->next = memory->watches;
	memory->watches = watch;
	pthread_mutex_unlock(&memory->lock);
	*result = watch;
	return ERR_NONE;
}

void
memory_watch_close(struct store_watch *watch)
{
	struct store_watch **link = &watch->memory->watches;

	pthread_mutex_lock(&watch->memory->lock);
	while (*link != watch)
		link = &(*link)->next;
	*link = watch->next;
	pthread_mutex_unlock(&watch->memory->lock);
	free(watch);
}

void
memory_tell_watches(struct memory *memory)
{
	for (struct store_watch *watch = memory->watches; watch != NULL; watch = watch->next) {
		if (watch->look != NULL)
			watch->look(watch->context);
	}
}

enum err
memory_find_news(struct store_watch *watch, store_news_function function, void *context)
{
	struct memory *memory = watch->memory;
	struct array names = { 0 };

	pthread_mutex_lock(&memory->lock);
	const struct array *rooms = &memory->committed.rooms;
	for (size_t i = 0; watch->seen >= 0 && i < rooms->count; i++) {
		const struct room *room = *AT(rooms, struct room *, i);
		if (room->changed_at <= watch->seen)
			continue;
		char **name = array_insert(&names, sizeof(*name), names.count);
		*name = must_copy_text(room->name);
	}
	bool is_first = watch->seen < 0;
	watch->seen = memory->committed.change;
	pthread_mutex_unlock(&memory->lock);
	if (is_first)
		function(context, NULL);
	for (size_t i = 0; i < names.count; i++) {
		function(context, *AT(&names, char *, i));
		free(*AT(&names, char *, i));
	}
	free(names.items);
	return ERR_NONE;
}
