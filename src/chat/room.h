/*
 * What it means to say something in a room, to stop a reply, and to take a message back; to read
 * one is room_read.h. The HTTP layer calls it with values that it has checked; it knows nothing of
 * HTTP. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_ROOM_H
#define PLAINCHAT_CHAT_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chat/room_read.h"
#include "store/store.h"
#include "text/event.h"

struct reply_listener;

/* A message to be said, or a reply to be made again. Valid only during room_say, but for the
 * listener. */
struct say {
	struct room room;
	const char *room_name; /* as the responder is told: a name, "~" for a private one, "" */
	int64_t again;         /* the message to be answered anew, in a room; 0: what follows */
	const char *message;   /* valid UTF-8, not blank, no U+0000 */
	size_t message_size;
	const char *name;    /* as it is shown; "" for none */
	const char *author;  /* the visitor's mark; "" for none */
	const char *address; /* of the client; "" if it is not known */
	const char *key;     /* idempotency key; "" for none; only with a room */
	uint64_t body_hash;  /* of what was sent with the key */
	/* Hears the reply where it takes its time, from SAID_UNDER_WAY on; NULL: nobody. */
	struct reply_listener *listener;
};

enum said_outcome {
	SAID_DONE,      /* and answered, or there is nobody who answers */
	SAID_UNDER_WAY, /* the message is stored, if there is a room; the reply is being made */
	/* Nothing was stored where one of these comes: */
	SAID_NO_REPLY,        /* the responder failed */
	SAID_NOT_STORED,      /* the store failed */
	SAID_FULL,            /* the store holds as much as it may */
	SAID_KEY_REUSED,      /* the key was used with another body */
	SAID_TOO_MANY,        /* too many replies are made and wait */
	SAID_UNKNOWN,         /* again: there is no such message */
	SAID_REPLY_UNDER_WAY, /* again: a reply to it is being made */
	SAID_NOBODY_ANSWERS,  /* again: in this room */
};

/* What came of it. Valid only during the callback. */
struct said {
	enum said_outcome outcome;
	bool has_reply;
	enum message_state reply_state; /* STATE_STREAMING while it is being made */
	enum event_cause reply_cause;
	const char *reply; /* valid UTF-8, not NULL: what there is of it */
	size_t reply_size;
	int64_t seq;       /* of the message; 0 where nothing is kept */
	int64_t reply_seq; /* 0: none */
	int64_t time_ms;   /* when it was said */
	unsigned queued;   /* with SAID_UNDER_WAY: its place among those who wait; 0: none waits */
};

/* Called exactly once for each room_say, on any thread, maybe before room_say has returned; and
 * before any call of the listener's. */
typedef void (*room_said_function)(void *context, const struct said *said);

/* Stores the message with its reply or, where that takes its time, lets the reply begin. As a CGI
 * program `said` is told before this returns. (saying.c) */
void
room_say(const struct rooms *rooms, const struct say *say, room_said_function said, void *context);

/* Called exactly once, as above. `state` is how the reply stands now; meaningful only with ERR_NONE
 * and `is_known`: there is such a reply. */
typedef void (*room_stopped_function)(void *context, enum err err, bool is_known,
                                      enum message_state state);

/* Ends a reply that is being made, in whatever process; one that has ended stays as it is. Where
 * the store fails, a reply that is made here ends all the same, and is stored as stopped when that
 * works. The key is copied. */
void
room_stop_reply(const struct rooms *rooms, const char *room_key, int64_t seq,
                room_stopped_function stopped, void *context);

/* Called exactly once, as above. `outcome` is the store's (STORE_DELETED, ...); meaningful only
 * with ERR_NONE. ERR_NOT_ERASED: the message is taken back, but its text is still in a file of the
 * store; to take it back again tries again. */
typedef void (*room_taken_back_function)(void *context, enum err err, enum store_outcome outcome);

/* Takes a message back, if `author` has said it, and all replies to it. Both texts are copied. */
void
room_take_back(const struct rooms *rooms, const char *room_key, int64_t seq, const char *author,
               room_taken_back_function taken_back, void *context);

#endif
