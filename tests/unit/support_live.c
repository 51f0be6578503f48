/*
 * What the tests of live delivery share; see support_live.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_live.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chat/live/live.h"
#include "text/event_list.h"

static enum err
attach(struct event_sink *sink, uv_loop_t *loop, void (*gone)(void *context),
       void (*drained)(void *context), void *context)
{
	struct tap *tap = (struct tap *)sink;

	assert_false(tap->is_attached || tap->is_closed);
	assert_non_null(loop);
	if (tap->cannot_be_attached)
		return ERR_SYSTEM;
	tap->is_attached = true;
	tap->gone = gone;
	tap->drained = drained;
	tap->context = context;
	return ERR_NONE;
}

static enum err
send_bytes(struct event_sink *sink, const char *bytes, size_t size)
{
	struct tap *tap = (struct tap *)sink;

	assert_true(tap->is_attached && !tap->is_closed);
	assert_true(size > 0);
	if (tap->is_gone)
		return ERR_PEER_GONE;
	if (tap->is_slow && tap->waiting > 0 && tap->waiting + size > BOUND_STREAM_BYTES)
		return ERR_TOO_LARGE;
	if (tap->is_slow)
		tap->waiting += size;
	if (tap->waiting > tap->waiting_most)
		tap->waiting_most = tap->waiting;
	assert_int_equal(buf_append(&tap->got, bytes, size), ERR_NONE);
	return ERR_NONE;
}

static size_t
pending(const struct event_sink *sink)
{
	return ((const struct tap *)sink)->waiting;
}

static void
close_tap(struct event_sink *sink)
{
	struct tap *tap = (struct tap *)sink;

	assert_false(tap->is_closed);
	tap->is_closed = true;
}

void
tap_init(struct tap *tap)
{
	*tap = (struct tap){ .sink = { attach, send_bytes, pending, close_tap } };
	buf_init(&tap->got, (size_t)256 * 1024 * 1024);
}

void
tap_fini(struct tap *tap)
{
	buf_fini(&tap->got);
}

void
tap_leave(struct tap *tap)
{
	tap->is_gone = true;
	if (tap->is_attached && !tap->is_closed)
		tap->gone(tap->context);
	assert_true(tap->is_closed);
}

void
tap_drain(struct tap *tap)
{
	bool was_waiting = tap->waiting > 0;

	tap->waiting = 0;
	if (was_waiting && tap->is_attached && !tap->is_closed)
		tap->drained(tap->context);
}

/* A line of an event, without its end. */
static void
read_line(const char *line, size_t size, struct tap_event *event)
{
	const char *value = memchr(line, ':', size);

	assert_non_null(value);
	size_t name_size = (size_t)(value - line);
	value += name_size == 0 ? 1 : 2;
	size_t value_size = size - (size_t)(value - line);
	if (name_size == 2 && memcmp(line, "id", 2) == 0) {
		event->id = strtoll(value, NULL, 10);
	} else if (name_size == 5 && memcmp(line, "event", 5) == 0) {
		assert_true(value_size < sizeof(event->kind));
		snprintf(event->kind, sizeof(event->kind), "%.*s", (int)value_size, value);
	} else if (name_size == 4 && memcmp(line, "data", 4) == 0) {
		assert_null(event->data);
		event->data = value;
		event->data_size = value_size;
	} else if (name_size != 0 && (name_size != 5 || memcmp(line, "retry", 5) != 0)) {
		fail_msg("a line that is none: %.*s", (int)(size < 80 ? size : 80), line);
	}
}

bool
tap_next(struct tap *tap, struct tap_event *event)
{
	*event = (struct tap_event){ .id = -1 };
	if (tap->parsed == tap->got.size)
		return false;
	const char *at = tap->got.data + tap->parsed;
	while (*at != '\n') {
		const char *end = strchr(at, '\n');
		assert_non_null(end);
		read_line(at, (size_t)(end - at), event);
		at = end + 1;
	}
	tap->parsed = (size_t)(at + 1 - tap->got.data);
	return true;
}

void
assert_events(struct tap *tap, int64_t first, int64_t last)
{
	struct tap_event event;

	for (int64_t seq = first; seq <= last; seq++) {
		char data[32];
		if (!tap_next(tap, &event))
			fail_msg("event %d did not come", (int)seq);
		assert_int_equal(event.id, seq);
		size_t size = (size_t)snprintf(data, sizeof(data), "{\"seq\":%d,", (int)seq);
		assert_non_null(event.data);
		assert_memory_equal(event.data, data, size);
	}
	if (tap_next(tap, &event))
		fail_msg("more came: %s %d", event.kind, (int)event.id);
}

void
assert_hello(struct tap *tap, int64_t next)
{
	struct tap_event event;
	char data[32];

	assert_true(tap_next(tap, &event));
	assert_string_equal(event.kind, "");
	assert_true(tap_next(tap, &event));
	assert_string_equal(event.kind, "hello");
	assert_int_equal(event.id, -1);
	size_t size = (size_t)snprintf(data, sizeof(data), "{\"next\":%d}", (int)next);
	assert_int_equal(event.data_size, size);
	assert_memory_equal(event.data, data, size);
}

void
assert_reset(struct tap *tap)
{
	struct tap_event event;

	assert_true(tap_next(tap, &event));
	assert_string_equal(event.kind, "reset");
	assert_int_equal(event.id, -1);
}

void
hand_over(struct live *live, const char *room, int64_t seq, const char *text, uint64_t epoch)
{
	struct event_list events = { .bytes = 0 };
	const struct event event = { .kind = EVENT_MESSAGE,
		                     .seq = seq,
		                     .epoch = epoch,
		                     .role = ROLE_USER,
		                     .state = STATE_DONE,
		                     .time_ms = 1,
		                     .name = "ann",
		                     .text = text,
		                     .text_size = strlen(text) };

	event_list_add(&events, room, &event);
	live_take(live, &events, epoch);
	assert_null(events.first);
}

void
run_workers(uv_loop_t *loop, const struct workers *workers)
{
	int64_t end_us = clock_now_us() + (int64_t)PATIENCE_SECONDS * 1000000;

	/* Twice, since what is done may be followed by what is due at once. */
	for (int idle = 0; idle < 2; idle++) {
		uv_run(loop, UV_RUN_NOWAIT);
		for (; workers_are_busy(workers); idle = 0) {
			assert_true(clock_now_us() < end_us);
			uv_run(loop, UV_RUN_NOWAIT);
			poll(NULL, 0, 0);
		}
	}
}

void
stop_workers(struct workers *workers, struct live *live)
{
	assert_true(workers_stop(workers, PATIENCE_SECONDS * 1000));
	if (live != NULL)
		live_stop(live);
	workers_free(workers);
}

void
run_until(uv_loop_t *loop, bool (*condition)(void *context), void *context)
{
	int64_t end_us = clock_now_us() + (int64_t)PATIENCE_SECONDS * 1000000;

	while (!condition(context)) {
		assert_true(clock_now_us() < end_us);
		if (uv_run(loop, UV_RUN_NOWAIT) != 0)
			poll(NULL, 0, 1);
	}
}
