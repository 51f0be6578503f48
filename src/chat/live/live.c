/*
 * Live delivery: what wakes it. Streams and waits arrive from other threads by mail, as does what
 * this process has committed; what others have is looked for when a watch of the store says so,
 * which is open only while anybody follows. live_rooms.c does the rest.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/live/live.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/limits/client_slots.h"
#include "chat/live/event_sink.h"
#include "chat/live/live_rooms.h"
#include "chat/news.h"
#include "chat/room_read.h"
#include "loop/mailbox.h"
#include "text/event_list.h"

/* How long a look waits where this process has committed, as far as is known: that needs none, and
 * what others have committed meanwhile is found together. */
#define OWN_WRITE_MS 50

/* A wait and the place that it takes. */
struct wait {
	struct live *live;
	char *address;
	void (*ready)(void *context);
	void *context;
};

/* Something that came from another thread. */
struct arrival {
	struct mail mail; /* first, so that the mail is the arrival */
	struct live *live;
	char *room_key;
	struct cursor cursor;
	char *address;
	const struct renderer *renderer; /* of a stream */
	struct buf greeting;             /* of one that follows a reply; else empty */
	struct event_sink *sink;         /* a stream; or NULL, and a wait: */
	int64_t wait_ms;
	struct wait *wait;
};

/* What this process has committed. */
struct committed {
	struct mail mail; /* first, so that the mail is this */
	struct live *live;
	struct event_list events;
	uint64_t epoch;
};

struct live {
	uv_loop_t *loop;
	struct live_rooms *rooms;
	struct client_slots *slots; /* who follow */
	struct client_slots *waiting_slots;
	struct mailbox *mailbox;
	uv_timer_t heartbeat;
	uv_timer_t soon; /* until the look for what came together with our own commits */
	bool is_stopping;
	unsigned open_handles;
	/* Whether anybody waits for news. It is set before the store is read for who comes, and
	 * read after a commit: one of them sees the other. */
	atomic_bool has_audience;
	atomic_bool must_look; /* said by another thread */
	atomic_bool has_hint;  /* something may have been committed, by whomever */
	atomic_uint
		commit_count; /* transactions of this process, with an audience, that have begun */
	unsigned seen_count;  /* of them, at the last hint */
};

/* --- what has come from other threads --- */

static void
on_wait_over(void *context)
{
	struct wait *wait = context;

	client_slots_leave(wait->live->waiting_slots, wait->address);
	wait->ready(wait->context);
	free(wait->address);
	free(wait);
}

/* What comes too late is refused. */
static void
on_arrival(struct mail *mail)
{
	struct arrival *arrival = (struct arrival *)mail;
	struct live *live = arrival->live;
	struct event_sink *sink = arrival->sink;

	atomic_store(&live->has_audience, true);
	if (live->is_stopping && sink != NULL)
		sink->close(sink);
	else if (live->is_stopping)
		on_wait_over(arrival->wait);
	else if (arrival->greeting.size > 0)
		live_rooms_follow_reply(live->rooms, arrival->room_key, arrival->cursor,
		                        arrival->address, arrival->renderer, &arrival->greeting,
		                        sink);
	else if (sink != NULL)
		live_rooms_follow(live->rooms, arrival->room_key, arrival->cursor, arrival->address,
		                  arrival->renderer, sink);
	else
		live_rooms_wait(live->rooms, arrival->room_key, arrival->cursor, arrival->wait_ms,
		                on_wait_over, arrival->wait);
	free(arrival->room_key);
	free(arrival->address);
	buf_fini(&arrival->greeting);
	free(arrival);
}

static void
on_committed(struct mail *mail)
{
	struct committed *committed = (struct committed *)mail;
	struct live *live = committed->live;

	/* When it stops, too: replies end then, and those who follow hear it. */
	live_rooms_take(live->rooms, &committed->events, committed->epoch);
	event_list_clear(&committed->events);
	free(committed);
}

/* --- what wakes the loop --- */

static void
look(struct live *live)
{
	uv_timer_stop(&live->soon);
	live_rooms_look(live->rooms);
}

static void
on_look_timer(uv_timer_t *timer)
{
	look(timer->data);
}

/* Something may have been committed. On any thread. */
static void
on_hint(void *context)
{
	struct live *live = context;

	if (!atomic_load(&live->has_audience))
		return;
	atomic_store(&live->has_hint, true);
	mailbox_wake(live->mailbox);
}

static void
follow_hint(struct live *live)
{
	unsigned count = atomic_load(&live->commit_count);

	if (count == live->seen_count)
		look(live);
	else if (!uv_is_active((uv_handle_t *)&live->soon))
		uv_timer_start(&live->soon, on_look_timer, OWN_WRITE_MS, 0);
	live->seen_count = count;
}

/* After whatever has come. */
static void
on_woken(void *context)
{
	struct live *live = context;
	bool is_followed = live_rooms_count(live->rooms) > 0;

	if (live->is_stopping)
		return;
	if (atomic_exchange(&live->must_look, false) && is_followed)
		look(live);
	if (atomic_exchange(&live->has_hint, false) && is_followed)
		follow_hint(live);
	atomic_store(&live->has_audience, is_followed);
}

static void
on_heartbeat(uv_timer_t *timer)
{
	struct live *live = timer->data;

	live_rooms_send_heartbeat(live->rooms);
	live_rooms_rest(live->rooms);
	/* For what a watch may miss: a network file system, a queue that overflowed. */
	atomic_store(&live->must_look, true);
	on_woken(live);
}

/* --- from other threads --- */

static struct arrival *
arrival_new(struct live *live, const char *room_key, struct cursor cursor)
{
	struct arrival *arrival = must_allocate(sizeof(*arrival));

	arrival->mail.deliver = on_arrival;
	arrival->live = live;
	arrival->room_key = must_copy_text(room_key);
	arrival->cursor = cursor;
	return arrival;
}

bool
live_wants_news(struct live *live)
{
	if (!atomic_load(&live->has_audience))
		return false;
	atomic_fetch_add(&live->commit_count, 1);
	return true;
}

void
live_take(struct live *live, struct event_list *events, uint64_t epoch)
{
	struct committed *committed = must_allocate(sizeof(*committed));

	committed->mail.deliver = on_committed;
	committed->live = live;
	committed->events = *events;
	committed->epoch = epoch;
	*events = (struct event_list){ .bytes = 0 };
	mailbox_post(live->mailbox, &committed->mail);
}

void
live_wake(struct live *live)
{
	if (!atomic_load(&live->has_audience))
		return;
	atomic_store(&live->must_look, true);
	mailbox_wake(live->mailbox);
}

void
live_take_news(struct live *live, struct news *news)
{
	if (news != NULL && news->events.first != NULL)
		live_take(live, &news->events, news->epoch);
	if (news == NULL || news->has_more)
		live_wake(live);
}

bool
live_enter(struct live *live, const char *address)
{
	return client_slots_enter(live->slots, address, NULL);
}

void
live_leave(struct live *live, const char *address)
{
	client_slots_leave(live->slots, address);
}

void
live_follow(struct live *live, const char *room_key, struct cursor cursor, const char *address,
            const struct renderer *renderer, struct event_sink *sink)
{
	struct arrival *arrival = arrival_new(live, room_key, cursor);

	arrival->address = must_copy_text(address);
	arrival->renderer = renderer;
	arrival->sink = sink;
	mailbox_post(live->mailbox, &arrival->mail);
}

void
live_follow_reply(struct live *live, const char *room_key, struct cursor cursor,
                  const char *address, const struct renderer *renderer, const struct buf *greeting,
                  struct event_sink *sink)
{
	struct arrival *arrival = arrival_new(live, room_key, cursor);

	arrival->address = must_copy_text(address);
	arrival->renderer = renderer;
	arrival->sink = sink;
	buf_init(&arrival->greeting, greeting->size);
	if (buf_append(&arrival->greeting, greeting->data, greeting->size) != ERR_NONE)
		abort();
	mailbox_post(live->mailbox, &arrival->mail);
}

bool
live_wait(struct live *live, const char *room_key, struct cursor cursor, int64_t wait_ms,
          const char *address, void (*ready)(void *context), void *context)
{
	if (!client_slots_enter(live->waiting_slots, address, NULL))
		return false;
	struct arrival *arrival = arrival_new(live, room_key, cursor);
	struct wait *wait = must_allocate(sizeof(*wait));

	*wait = (struct wait){
		.live = live,
		.address = must_copy_text(address),
		.ready = ready,
		.context = context,
	};
	arrival->wait_ms = wait_ms;
	arrival->wait = wait;
	mailbox_post(live->mailbox, &arrival->mail);
	return true;
}

/* --- starting and stopping --- */

enum err
live_start(uv_loop_t *loop, const struct rooms *rooms, const struct live_settings *settings,
           struct live **live)
{
	struct live *started = must_allocate(sizeof(*started));

	if (mailbox_open(loop, on_woken, started, &started->mailbox) != ERR_NONE) {
		free(started);
		return ERR_SYSTEM;
	}
	started->loop = loop;
	started->slots = client_slots_new(settings->streams_max, settings->streams_per_client_max);
	started->waiting_slots =
		client_slots_new(settings->streams_max, settings->streams_per_client_max);
	const struct live_rooms_settings rooms_settings = {
		.workers = rooms->workers,
		.store_pool = rooms->store_pool,
		.slots = started->slots,
		.read_limit = settings->read_limit,
		.look = on_hint,
		.context = started,
	};
	started->rooms = live_rooms_new(loop, &rooms_settings);
	uv_timer_init(loop, &started->heartbeat);
	uv_timer_init(loop, &started->soon);
	started->heartbeat.data = started;
	started->soon.data = started;
	started->open_handles = 2;
	uv_timer_start(&started->heartbeat, on_heartbeat, BOUND_HEARTBEAT_SECONDS * 1000,
	               BOUND_HEARTBEAT_SECONDS * 1000);
	*live = started;
	return ERR_NONE;
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct live *live = handle->data;

	live->open_handles--;
}

void
live_stop(struct live *live)
{
	live->is_stopping = true;
	mailbox_deliver(live->mailbox);
	live_rooms_free(live->rooms);
	uv_close((uv_handle_t *)&live->heartbeat, on_handle_closed);
	uv_close((uv_handle_t *)&live->soon, on_handle_closed);
	while (live->open_handles > 0)
		uv_run(live->loop, UV_RUN_ONCE);
	mailbox_close(live->mailbox);
	client_slots_free(live->slots);
	client_slots_free(live->waiting_slots);
	free(live);
}
