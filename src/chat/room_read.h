/*
 * Rooms as they are found and read, by requests as by replies that stream. Callable on any
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_ROOM_READ_H
#define PLAINCHAT_CHAT_ROOM_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "responder/responder.h"
#include "store/store.h"

struct committer;
struct store_pool;
struct replies;
struct workers;

/* A shared room as it is configured. */
struct room_rule {
	const char *name;
	const struct responder *responder; /* NULL: a room for people only */
	const char *title;                 /* what people see; NULL or "" for the name */
};

/* What rooms need to work; const after start, shared by all threads. */
struct rooms {
	const struct room_rule *shared;
	size_t shared_count;
	bool is_open; /* any other name is a room, too, with `responder` */
	const struct responder
		*responder;          /* for private conversations, and without a room; or NULL */
	size_t reply_bytes_max;      /* bytes of a reply in UTF-8 */
	size_t history_messages;     /* that a responder is told of, at the most */
	size_t history_bytes;        /* the same in bytes of their texts */
	struct committer *committer; /* NULL, as store_pool: nothing is stored */
	struct store_pool *store_pool;
	struct workers *workers; /* read for the loop; NULL where there is none */
	struct replies *replies; /* NULL where all responders answer at once */
};

/* A room as a request means it. */
struct room {
	const char *key;                   /* the store's; NULL: nothing is kept */
	const struct responder *responder; /* NULL: nobody answers */
};

/* The shared room of that name, valid as long as the name. False: there is none. */
bool
room_find(const struct rooms *rooms, const char *name, struct room *room);

/* Reads a range of a room: see struct store_engine. Waits for no writer. ERR_STORE: logged. */
enum err MUST_CHECK
room_read(const struct rooms *rooms, const struct store_range *range, store_event_function function,
          void *context, struct store_page *page);

/* Called exactly once, on any thread, maybe before room_check has returned: ERR_NONE, or a message
 * would not be stored, which was logged unless the store just holds as much as it may. */
typedef void (*room_checked_function)(void *context, enum err err);

/* Whether messages would be stored and read: by a transaction that changes nothing, so that the
 * caller does not wait for the store. One that says nothing where nothing is to be stored; a store
 * that is not there yet is not made. */
void
room_check(const struct rooms *rooms, room_checked_function checked, void *context);

/* Whether some reply was left streaming by a process that has ended; false where the store
 * cannot be read. */
bool
room_has_abandoned(const struct rooms *rooms);

/* Marks as failed what other processes, which have ended, have left streaming. Happens some
 * time, as a CGI program before this returns. */
void
room_fail_abandoned(const struct rooms *rooms);

#endif
