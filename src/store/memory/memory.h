/*
 * What the files of the engine in memory share; nobody else includes it.
 *
 *	engine.c        the table of operations: open, close, transactions
 *	memory_stores.c the stores of the process, and what of one a handle sees
 *	memory_log.c    rooms, and what is in them
 *	memory_write.c  appending, finishing, deleting, keys
 *	memory_read.c   pages, following, walking
 *	memory_trim.c   retention
 *	memory_watch.c  news
 *
 * A room that was committed never changes. A transaction has a list of rooms of its own, in which
 * those that it writes to are copies; when it is committed its list becomes the store's. So readers
 * hold no lock while they read, only a room. Events are shared by the copies.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_MEMORY_MEMORY_H
#define PLAINCHAT_STORE_MEMORY_MEMORY_H

#include <pthread.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "store/store.h"

/* An event that never changes; its strings are its own. */
struct item {
	unsigned references; /* guarded by the lock of items */
	struct event event;
	char *author; /* of a message */
};

struct key {
	char text[BOUND_KEY_BYTES + 1];
	uint64_t body_hash;
	struct store_key_result result;
	int64_t time_ms;
};

/* A message that streams, and who makes it. */
struct lease {
	int64_t seq;
	uint64_t owner;
	int64_t until_ms; /* by memory_now_ms */
};

/* Grows as it is filled. */
struct array {
	void *items;
	size_t count;
	size_t capacity;
};

struct room {
	unsigned references; /* guarded by the store's lock */
	bool is_draft;       /* of the transaction that is under way */
	char *name;
	int64_t begun_at; /* the number before the first that it was given */
	int64_t first_seq;
	int64_t last_seq;
	int64_t message_count;
	int64_t changed_at;  /* the number of its last change */
	struct array items;  /* struct item *; ascending, with gaps where parts were */
	struct array keys;   /* struct key; as they came */
	struct array leases; /* struct lease */
};

/* Rooms by name, and what else is committed with them. */
struct rooms_state {
	struct array rooms;  /* struct room * */
	int64_t removed_seq; /* the highest number of any room that was removed */
	int64_t change;      /* the number of the last change of any room */
	int64_t clock_ms;    /* that was trusted last; 0: none */
	int64_t clock_at_ms; /* when, by memory_now_ms */
};

struct memory {
	struct memory *next;
	char *folder;
	pthread_mutex_t lock;
	pthread_cond_t is_free; /* to be written to */
	bool is_made;
	uint64_t epoch;
	struct rooms_state committed;
	struct store *writer;  /* who has a transaction; NULL: nobody */
	struct store *handles; /* that are open */
	struct store_watch *watches;
	int64_t moved_ms; /* by tests */
};

struct store {
	struct store *next;
	struct memory *memory;
	uint64_t number; /* by which it owns leases; not 0 */
	int64_t lease_ms;
	bool can_write;
	bool is_writing;
	struct rooms_state draft;
};

/* --- memory_log.c --- */

/* The i-th of an array of things of the type. */
#define AT(array, type, i) (&((type *)(array)->items)[i])
#define ITEM(room, i) (*AT(&(room)->items, struct item *, i))

/* Makes room for one more at `at`; what it is to be is the caller's. */
void *
array_insert(struct array *array, size_t size, size_t at);

void
array_remove(struct array *array, size_t size, size_t at, size_t count);

struct item *
item_new(const struct event *event, const char *author);

void
item_release(struct item *item);

/* The room, or NULL. */
struct room *
state_find(const struct rooms_state *state, const char *name);

/* A copy, whose rooms are shared. With the store's lock. */
struct rooms_state
state_share(const struct rooms_state *state);

/* With the store's lock. */
void
state_fini(struct rooms_state *state);

/* With the store's lock. */
void
room_release(struct room *room);

/* Where the first event is that has the number or a higher one. */
size_t
room_position(const struct room *room, int64_t seq);

/* The event of that number, or NULL. */
struct item **
room_item(const struct room *room, int64_t seq);

/* The lease of a message that streams, or NULL. */
struct lease *
room_lease(const struct room *room, int64_t seq);

/* Appends what the message's parts say and think. */
void
room_gather_parts(const struct room *room, int64_t seq, struct buf *text, struct buf *thought,
                  int64_t *thought_ms);

/* Within a transaction: the room as it may be written to. It is made if it is not there; NULL where
 * `must_be_there` and it is not. */
struct room *
draft_room(struct store *store, const char *name, bool must_be_there);

void
draft_remove_room(struct store *store, const char *name);

/* --- memory_stores.c --- */

/* The store of that name, which is made; it stays as long as the process. */
struct memory *
memory_find(const char *folder);

/* A number that no handle has had. */
uint64_t
memory_next_number(void);

/* Logs why the operation (a constant) has failed. Returns ERR_STORE. */
enum err
memory_fail(const char *operation, const char *reason);

/* Milliseconds by which leases run out. With the store's lock. */
int64_t
memory_now_ms(const struct memory *memory);

/* Whether somebody makes the message still. With the store's lock. */
bool
memory_is_owned(const struct memory *memory, const struct lease *lease);

/* ERR_STORE, which was logged, where there is no transaction. */
enum err MUST_CHECK
memory_check_writing(const struct store *store);

/* The room as the handle sees it, or NULL; given back by memory_give_room. */
struct room *
memory_take_room(struct store *store, const char *name);

void
memory_give_room(struct store *store, struct room *room);

/* --- memory_write.c --- */

enum err
memory_append_message(struct store *store, const char *room, const struct store_message *message,
                      int64_t *seq);
enum err
memory_append_part(struct store *store, const char *room, const struct store_part *part,
                   int64_t *seq);
enum err
memory_finish_message(struct store *store, const char *room, const struct store_ending *ending,
                      int64_t *seq);
enum err
memory_renew_lease(struct store *store, const char *room, int64_t seq, bool *is_held);
enum err
memory_fail_abandoned(struct store *store, int64_t time_ms, unsigned *count);
enum err
memory_delete_message(struct store *store, const char *room, int64_t seq, const char *author,
                      int64_t time_ms, enum store_outcome *outcome, int64_t *event_seq);
enum err
memory_add_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
               const struct store_key_result *result, int64_t time_ms);

/* --- memory_read.c --- */

enum err
memory_read(struct store *store, const struct store_range *range, store_event_function function,
            void *context, struct store_page *page);
enum err
memory_get(struct store *store, const char *room, int64_t seq, store_event_function function,
           void *context, bool *is_there);
enum err
memory_find_key(struct store *store, const char *room, const char *key, uint64_t body_hash,
                bool *is_known, bool *is_same, struct store_key_result *result);
enum err
memory_next_reply(struct store *store, const char *room, int64_t ref, int64_t after,
                  int64_t *reply);
enum err
memory_next_room(struct store *store, const char *room, char *next, size_t next_size);
enum err
memory_count_streaming(struct store *store, unsigned *count, unsigned *abandoned);
enum err
memory_count_bytes(struct store *store, bool is_exact, int64_t *bytes);

/* --- memory_trim.c --- */

enum err
memory_trim(struct store *store, const char *room, const struct store_retention *retention,
            unsigned step, struct store_trimmed *trimmed);
enum err
memory_judge_clock(struct store *store, int64_t now_ms, struct store_time *time);

/* --- memory_watch.c --- */

enum err
memory_watch_open(const struct store_settings *settings, store_look_function look, void *context,
                  struct store_watch **watch);
void
memory_watch_close(struct store_watch *watch);
enum err
memory_find_news(struct store_watch *watch, store_news_function function, void *context);

/* Tells whoever watches that something was committed. With the store's lock. */
void
memory_tell_watches(struct memory *memory);

#endif
