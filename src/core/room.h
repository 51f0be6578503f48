/*
 * What it means to say something in a room, to read it, and to take a message back. The HTTP layer
 * calls it with values that it has checked; it knows nothing of HTTP and is the only way to what is
 * stored.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CORE_ROOM_H
#define PLAINCHAT_CORE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reply/responder.h"
#include "store/store.h"

struct committer;
struct readers;

/* A shared room as it is configured. */
struct room_rule {
	const char *name;
	const struct responder *responder; /* NULL: a room for people only */
};

/* What rooms need to work; const after start, shared by all threads. */
struct rooms {
	const struct room_rule *shared;
	size_t shared_count;
	bool is_open; /* any other name is a room, too, with `responder` */
	const struct responder
		*responder;          /* for private conversations, and without a room; or NULL */
	size_t reply_bytes_max;      /* bytes of a reply in UTF-8 */
	struct committer *committer; /* NULL, as readers: nothing is stored */
	struct readers *readers;
};

/* A room as a request means it. */
struct room {
	const char *key;                   /* the store's; NULL: nothing is kept */
	const struct responder *responder; /* NULL: nobody answers */
};

/* The shared room of that name. False: there is none. */
bool
room_find(const struct rooms *rooms, const char *name, struct room *room);

/* A message to be said. Valid only during room_say. */
struct say {
	struct room room;
	const char *message; /* valid UTF-8, not blank, no U+0000 */
	size_t message_size;
	const char *name;   /* as it is shown; "" for none */
	const char *author; /* the visitor's mark; "" for none */
	const char *key;    /* idempotency key; "" for none; only with a room */
	uint64_t body_hash; /* of what was sent with the key */
};

enum said_outcome {
	SAID_DONE,
	SAID_NO_REPLY,   /* the responder failed; nothing was stored */
	SAID_NOT_STORED, /* the store failed; nothing was stored */
	SAID_KEY_REUSED, /* the key was used with another body; nothing was stored */
};

/* What came of it. Valid only during the callback. */
struct said {
	enum said_outcome outcome;
	bool has_reply;
	const char *reply; /* valid UTF-8, not NULL */
	size_t reply_size;
	int64_t seq;       /* of the message; 0 where nothing is kept */
	int64_t reply_seq; /* 0: none */
};

/* Called exactly once for each room_say, on any thread, maybe before room_say has returned. */
typedef void (*room_said_function)(void *context, const struct said *said);

void
room_say(const struct rooms *rooms, const struct say *say, room_said_function said, void *context);

/* Called exactly once, as above. `outcome` is the store's (STORE_DELETED, ...); meaningful only
 * with ERR_NONE. ERR_NOT_ERASED: the message is taken back, but its text is still in a file of the
 * store; to take it back again tries again. */
typedef void (*room_taken_back_function)(void *context, enum err err, enum store_outcome outcome);

/* Takes a message back, if `author` has said it. */
void
room_take_back(const struct rooms *rooms, const char *room_key, int64_t seq, const char *author,
               room_taken_back_function taken_back, void *context);

/* Reads a range of a room: see struct store_engine. Callable on any thread; does not wait for
 * writers. ERR_STORE: logged. */
enum err MUST_CHECK
room_read(const struct rooms *rooms, const struct store_range *range, store_event_function function,
          void *context, struct store_page *page);

/* Whether the store, if there is one, can be read. */
enum err MUST_CHECK
room_check(const struct rooms *rooms);

#endif
