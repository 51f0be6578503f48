/*
 * Lists of structs that have a link in them. The list owns nothing and allocates nothing; each
 * function takes a few instructions. A list belongs to one thread at a time, or is guarded by a
 * lock of its owner's.
 *
 *	struct item { int number; struct list_link link; };
 *
 *	list_add_last(&list, &item->link);
 *	for (struct list_link *link = list_first(&list); link != NULL; link = list_next(&list,
 *link)) use(OWNER_OF(link, struct item, link));
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_LIST_H
#define PLAINCHAT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/owner.h"

struct list_link {
	struct list_link *previous;
	struct list_link *next;
};

/* To be made empty by list_init, and not to be moved while anything is in it. */
struct list {
	struct list_link ends; /* a link before the first and behind the last */
};

static inline void
list_init(struct list *list)
{
	list->ends.previous = &list->ends;
	list->ends.next = &list->ends;
}

static inline bool
list_is_empty(const struct list *list)
{
	return list->ends.next == &list->ends;
}

/* NULL: the list is empty. */
static inline struct list_link *
list_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->ends.next;
}

/* NULL: `link` is the last. */
static inline struct list_link *
list_next(const struct list *list, const struct list_link *link)
{
	return link->next == &list->ends ? NULL : link->next;
}

/* The link is in no list. */
static inline void
list_add_last(struct list *list, struct list_link *link)
{
	link->previous = list->ends.previous;
	link->next = &list->ends;
	link->previous->next = link;
	list->ends.previous = link;
}

/* The link is in a list. */
static inline void
list_remove(struct list_link *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
}

/* Removes the first. NULL: there is none. */
static inline struct list_link *
list_take_first(struct list *list)
{
	struct list_link *link = list_first(list);

	if (link != NULL)
		list_remove(link);
	return link;
}

/* Moves all that is in `from` into `to`, which need not have been initialised. */
static inline void
list_take_all(struct list *from, struct list *to)
{
	list_init(to);
	if (list_is_empty(from))
		return;
	to->ends = from->ends;
	to->ends.next->previous = &to->ends;
	to->ends.previous->next = &to->ends;
	list_init(from);
}

#endif
