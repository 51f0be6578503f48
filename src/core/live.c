/*
 * Live delivery: what wakes it. Streams and waits arrive from other threads in a list; commits of
 * this process wake the loop, those of others are seen by watching a file of the store, only while
 * anybody follows. live_rooms.c does the rest.
 *
 * SPDX-License-Identifier: MIT
 */
#include "core/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/log.h"
#include "core/clients.h"
#include "core/live_rooms.h"
#include "core/room.h"

/* How soon to look again for a file that the first writer will make. */
#define RETRY_WATCH_MS 50

/* Something that came from another thread. */
struct arrival {
	char *room_key;
	int64_t cursor;
	char *address;
	struct outlet *outlet; /* a stream; or NULL, and a wait: */
	int64_t wait_ms;
	void (*ready)(void *context);
	void *context;
	struct arrival *next;
};

struct live {
	uv_loop_t *loop;
	struct live_rooms *rooms;
	struct clients *clients;
	uv_async_t wake;
	uv_timer_t heartbeat;
	uv_fs_event_t watch;
	uv_timer_t retry; /* of watching */
	bool is_watching;
	bool is_watch_lost; /* it failed, which was logged: the heartbeat looks instead */
	unsigned open_handles;
	pthread_mutex_t lock;
	struct arrival *arrivals; /* guarded by the lock */
};

/* --- what has come from other threads --- */

static struct arrival *
take_arrivals(struct live *live)
{
	struct arrival *reversed;
	struct arrival *arrivals = NULL;

	pthread_mutex_lock(&live->lock);
	reversed = live->arrivals;
	live->arrivals = NULL;
	pthread_mutex_unlock(&live->lock);
	while (reversed != NULL) {
		struct arrival *arrival = reversed;
		reversed = arrival->next;
		arrival->next = arrivals;
		arrivals = arrival;
	}
	return arrivals;
}

static void
free_arrival(struct arrival *arrival)
{
	free(arrival->room_key);
	free(arrival->address);
	free(arrival);
}

static void
admit(struct live *live, struct arrival *arrival)
{
	if (arrival->outlet != NULL)
		live_rooms_follow(live->rooms, arrival->room_key, arrival->cursor, arrival->address,
		                  arrival->outlet);
	else
		live_rooms_wait(live->rooms, arrival->room_key, arrival->cursor, arrival->wait_ms,
		                arrival->ready, arrival->context);
	free_arrival(arrival);
}

/* --- what wakes the loop --- */

static void
on_changed_file(uv_fs_event_t *watch, const char *name, int events, int status)
{
	struct live *live = watch->data;

	(void)name;
	(void)events;
	if (status == 0)
		live_rooms_look(live->rooms);
}

static void
on_retry(uv_timer_t *retry);

static void
start_watching(struct live *live)
{
	const char *path = live_rooms_watched_path(live->rooms);
	int failed = uv_fs_event_start(&live->watch, on_changed_file, path, 0);

	live->is_watching = failed == 0;
	if (failed == UV_ENOENT)
		uv_timer_start(&live->retry, on_retry, RETRY_WATCH_MS, 0);
	else if (failed != 0)
		log_event(
			LOG_WARN, "watch_failed",
			LOG_FIELDS(log_text("path", path), log_text("error", uv_strerror(failed))));
	live->is_watch_lost = failed != 0 && failed != UV_ENOENT;
}

/* Watches while anybody follows, and looks at what has changed. */
static void
look(struct live *live)
{
	bool is_followed = live_rooms_count(live->rooms) > 0;

	if (is_followed && !live->is_watching) {
		start_watching(live);
	} else if (!is_followed && live->is_watching) {
		uv_fs_event_stop(&live->watch);
		live->is_watching = false;
	}
	live_rooms_look(live->rooms);
}

static void
on_retry(uv_timer_t *retry)
{
	look(retry->data);
}

static void
on_wake(uv_async_t *wake)
{
	struct live *live = wake->data;

	for (struct arrival *arrival = take_arrivals(live); arrival != NULL;) {
		struct arrival *next = arrival->next;
		admit(live, arrival);
		arrival = next;
	}
	look(live);
}

static void
on_heartbeat(uv_timer_t *timer)
{
	struct live *live = timer->data;

	live_rooms_send_heartbeat(live->rooms);
	/* For what a watch may miss: a network file system, a queue that overflowed. */
	look(live);
}

/* --- from other threads --- */

static void
add_arrival(struct live *live, struct arrival *arrival)
{
	pthread_mutex_lock(&live->lock);
	arrival->next = live->arrivals;
	live->arrivals = arrival;
	pthread_mutex_unlock(&live->lock);
	uv_async_send(&live->wake);
}

void
live_wake(struct live *live)
{
	uv_async_send(&live->wake);
}

bool
live_enter(struct live *live, const char *address)
{
	return clients_enter(live->clients, address);
}

void
live_leave(struct live *live, const char *address)
{
	clients_leave(live->clients, address);
}

void
live_follow(struct live *live, const char *room_key, int64_t cursor, const char *address,
            struct outlet *outlet)
{
	struct arrival *arrival = must_allocate(sizeof(*arrival));

	arrival->room_key = must_copy(room_key, strlen(room_key));
	arrival->cursor = cursor;
	arrival->address = must_copy(address, strlen(address));
	arrival->outlet = outlet;
	add_arrival(live, arrival);
}

void
live_wait(struct live *live, const char *room_key, int64_t cursor, int64_t wait_ms,
          void (*ready)(void *context), void *context)
{
	struct arrival *arrival = must_allocate(sizeof(*arrival));

	arrival->room_key = must_copy(room_key, strlen(room_key));
	arrival->cursor = cursor;
	arrival->wait_ms = wait_ms;
	arrival->ready = ready;
	arrival->context = context;
	add_arrival(live, arrival);
}

/* --- starting and stopping --- */

enum err
live_start(uv_loop_t *loop, const struct rooms *rooms, const struct live_settings *settings,
           struct live **live)
{
	struct live *started = must_allocate(sizeof(*started));

	int failed = uv_async_init(loop, &started->wake, on_wake);
	if (failed != 0) {
		log_event(LOG_ERROR, "live_failed",
		          LOG_FIELDS(log_text("error", uv_strerror(failed))));
		free(started);
		return ERR_SYSTEM;
	}
	started->loop = loop;
	started->clients = clients_new(settings->streams_max, settings->streams_per_client_max);
	started->rooms = live_rooms_new(loop, rooms->readers, started->clients);
	pthread_mutex_init(&started->lock, NULL);
	uv_timer_init(loop, &started->heartbeat);
	uv_timer_init(loop, &started->retry);
	uv_fs_event_init(loop, &started->watch);
	started->wake.data = started;
	started->heartbeat.data = started;
	started->retry.data = started;
	started->watch.data = started;
	started->open_handles = 4;
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

/* What came too late to be admitted. */
static void
refuse_arrivals(struct live *live)
{
	for (struct arrival *arrival = take_arrivals(live); arrival != NULL;) {
		struct arrival *next = arrival->next;
		if (arrival->outlet != NULL)
			arrival->outlet->close(arrival->outlet);
		else
			arrival->ready(arrival->context);
		free_arrival(arrival);
		arrival = next;
	}
}

void
live_stop(struct live *live)
{
	refuse_arrivals(live);
	live_rooms_free(live->rooms);
	uv_close((uv_handle_t *)&live->wake, on_handle_closed);
	uv_close((uv_handle_t *)&live->heartbeat, on_handle_closed);
	uv_close((uv_handle_t *)&live->retry, on_handle_closed);
	uv_close((uv_handle_t *)&live->watch, on_handle_closed);
	while (live->open_handles > 0)
		uv_run(live->loop, UV_RUN_ONCE);
	clients_free(live->clients);
	pthread_mutex_destroy(&live->lock);
	free(live);
}
