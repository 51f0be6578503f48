/*
 * What it means to post to a room, to stop a reply, and to delete a message; to read a room is
 * room_read.h. The HTTP layer calls it with values that it has checked; it knows nothing of
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

/* A message to be posted, or a reply to be made again. Valid only during room_post, but for the
 * listener. */
struct post {
	struct room room;
	const char *room_name; /* as the responder is told: a name, "~" for a private one, "" */
	int64_t regenerate;    /* the message to be answered anew, in a room; 0: what follows */
	const char *message;   /* valid UTF-8, not blank, no U+0000 */
	size_t message_size;
	const char *name;    /* as it is shown; "" for none */
	const char *author;  /* the visitor's mark; "" for none */
	const char *address; /* of the client; "" if it is not known */
	const char *key;     /* idempotency key; "" for none; only with a room */
	uint64_t body_hash;  /* of what was sent with the key */
	/* Hears the reply where it takes its time, from POST_UNDER_WAY on; NULL: nobody. */
	struct reply_listener *listener;
};

enum post_outcome {
	POST_DONE,      /* and answered, or there is nobody who answers */
	POST_UNDER_WAY, /* the message is stored, if there is a room; the reply is being made */
	/* Whether anything was stored is not known. The same key again settles it. */
	POST_UNCERTAIN,
	/* Nothing was stored where one of these comes: */
	POST_NO_REPLY,        /* the responder failed */
	POST_NOT_STORED,      /* the store failed */
	POST_FULL,            /* the store holds as much as it may */
	POST_KEY_REUSED,      /* the key was used with another body */
	POST_TOO_MANY,        /* too many replies are made and wait */
	POST_UNKNOWN,         /* again: there is no such message */
	POST_REPLY_UNDER_WAY, /* again: a reply to it is being made */
	POST_NOBODY_ANSWERS,  /* again: in this room */
};

/* What came of it. Valid only during the callback. */
struct post_result {
	enum post_outcome outcome;
	bool has_reply;
	enum message_state reply_state; /* STATE_STREAMING while it is being made */
	enum event_cause reply_cause;
	const char *reply; /* valid UTF-8, not NULL: what there is of it */
	size_t reply_size;
	int64_t seq;       /* of the message; 0 where nothing is kept */
	int64_t reply_seq; /* 0: none */
	uint64_t epoch;    /* what both are of; 0: not known */
	int64_t time_ms;   /* when it was posted; Unix time */
	unsigned
		queued; /* with POST_UNDER_WAY: its position among those that wait; 0: none waits */
};

/* Called exactly once for each room_post, on any thread, maybe before room_post has returned; and
 * before any call of the listener's. */
typedef void (*room_posted_function)(void *context, const struct post_result *result);

/* Stores the message with its reply or, where that takes its time, lets the reply begin. As a CGI
 * program `result` is called before this returns. (post.c) */
void
room_post(const struct rooms *rooms, const struct post *post, room_posted_function result,
          void *context);

/* Called exactly once, as above. `state` is how the reply stands now; meaningful only with ERR_NONE
 * and `is_known`: there is such a reply. */
typedef void (*room_stopped_function)(void *context, enum err err, bool is_known,
                                      enum message_state state);

/* Ends a reply that is being made, in whatever process; one that has ended stays as it is. A reply
 * that is made here ends at once, also where the store fails or stalls, and is stored as stopped
 * when that works. The key is copied. */
void
room_stop_reply(const struct rooms *rooms, const char *room_key, int64_t seq,
                room_stopped_function stopped, void *context);

/* Called exactly once, as above. `outcome` is the store's (STORE_DELETED, ...); meaningful only
 * with ERR_NONE. ERR_UNKNOWN_COMMIT: to delete it again settles it. ERR_NOT_ERASED: the message is
 * deleted, but its text is still in a file of the store; to delete it again tries again. */
typedef void (*room_deleted_function)(void *context, enum err err, enum store_outcome outcome);

/* Deletes a message, if `author` has posted it, and all replies to it. Both texts are copied. */
void
room_delete(const struct rooms *rooms, const char *room_key, int64_t seq, const char *author,
            room_deleted_function deleted, void *context);

#endif
