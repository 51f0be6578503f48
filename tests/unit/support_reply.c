/*
 * What the tests of replies share; see support_reply.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_reply.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/committer.h"
#include "chat/people/secret.h"
#include "chat/store_pool.h"
#include "loop/workers.h"
#include "support_live.h"
#include "text/event.h"

#define KEPT_BYTES ((size_t)4 * 1024 * 1024)

/* --- the responder --- */

static void
note_question(struct reply_run *reply_run, const struct question *question)
{
	struct buf *out = &reply_run->question;

	buf_init(out, KEPT_BYTES);
	assert_int_equal(buf_append_format(out, "%s|%s|%.*s", question->room, question->name,
	                                   (int)question->message_size, question->message),
	                 ERR_NONE);
	for (size_t i = 0; i < question->history_count; i++) {
		const struct turn *turn = &question->history[i];
		assert_int_equal(buf_append_format(out, "|%s:%.*s", event_role_name(turn->role),
		                                   (int)turn->text_size, turn->text),
		                 ERR_NONE);
	}
}

static enum err
start(const struct responder *self, const struct question *question, const struct reply_sink *sink,
      struct reply_run **result)
{
	struct scripted *scripted = (struct scripted *)(uintptr_t)self;

	if (scripted->cannot_start)
		return ERR_SYSTEM;
	assert_true(scripted->count < COUNT(scripted->reply_runs));
	struct reply_run *reply_run = &scripted->reply_runs[scripted->count++];
	*reply_run = (struct reply_run){ .scripted = scripted, .sink = *sink };
	note_question(reply_run, question);
	*result = reply_run;
	return ERR_NONE;
}

static void
end_stopped(uv_timer_t *timer)
{
	struct scripted *scripted = timer->data;

	for (unsigned i = 0; i < scripted->count; i++) {
		if (scripted->reply_runs[i].stop_count > 0 && !scripted->reply_runs[i].is_over)
			scripted_end(scripted, i, REPLY_FAILED);
	}
}

static void
stop(struct reply_run *reply_run, bool at_once)
{
	/* It may not be touched when it is over. */
	assert_false(reply_run->is_over);
	reply_run->stop_count++;
	reply_run->was_stopped_at_once |= at_once;
	if (!reply_run->scripted->ignores_stop)
		uv_timer_start(&reply_run->scripted->soon, end_stopped, 0, 0);
}

void
scripted_init(struct scripted *scripted, uv_loop_t *loop)
{
	*scripted = (struct scripted){ .responder = { .start = start, .stop = stop } };
	uv_timer_init(loop, &scripted->soon);
	scripted->soon.data = scripted;
}

void
scripted_fini(struct scripted *scripted)
{
	for (unsigned i = 0; i < scripted->count; i++)
		buf_fini(&scripted->reply_runs[i].question);
	uv_close((uv_handle_t *)&scripted->soon, NULL);
	uv_run(scripted->soon.loop, UV_RUN_NOWAIT);
}

enum err
scripted_say(struct scripted *scripted, unsigned index, const char *text)
{
	struct reply_run *reply_run = &scripted->reply_runs[index];

	assert_true(index < scripted->count && !reply_run->is_over);
	return reply_run->sink.part(reply_run->sink.context, text, strlen(text));
}

void
scripted_end(struct scripted *scripted, unsigned index, enum reply_state state)
{
	struct reply_run *reply_run = &scripted->reply_runs[index];

	assert_true(index < scripted->count && !reply_run->is_over);
	reply_run->is_over = true;
	reply_run->sink.end(reply_run->sink.context, state);
}

/* --- the product --- */

void
reply_stage_open(struct reply_stage *stage, const struct replies_settings *settings,
                 bool has_thread)
{
	assert_int_equal(uv_loop_init(&stage->loop), 0);
	stage_init(&stage->stage);
	stage_open_store(&stage->stage, has_thread);
	scripted_init(&stage->scripted, &stage->loop);
	stage->rules[0] = stage->stage.rooms.shared[0];
	stage->rules[1] = stage->stage.rooms.shared[1];
	stage->rules[2] =
		(struct room_rule){ .name = "bots", .responder = &stage->scripted.responder };
	stage->stage.rooms.shared = stage->rules;
	stage->stage.rooms.shared_count = COUNT(stage->rules);
	stage->stage.rooms.responder = &stage->scripted.responder;
	stage->stage.rooms.workers = workers_new(&stage->loop);
	assert_int_equal(
		replies_start(&stage->loop, &stage->stage.rooms, settings, &stage->replies),
		ERR_NONE);
	stage->stage.rooms.replies = stage->replies;
}

void
reply_stage_close(struct reply_stage *stage)
{
	replies_stop(stage->replies);
	reply_stage_close_committer(stage);
	reply_stage_close_rest(stage);
}

void
reply_stage_close_committer(struct reply_stage *stage)
{
	assert_true(committer_stop(stage->stage.rooms.committer, INT64_MAX));
	assert_true(workers_stop(stage->stage.rooms.workers, PATIENCE_SECONDS * 1000));
	replies_free(stage->replies);
	if (stage->stage.api.live != NULL)
		live_stop(stage->stage.api.live);
	workers_free(stage->stage.rooms.workers);
}

void
reply_stage_close_rest(struct reply_stage *stage)
{
	store_pool_free(stage->stage.rooms.store_pool);
	secret_free(stage->stage.api.secret);
	scripted_fini(&stage->scripted);
	store_memory_reset();
	assert_int_equal(uv_loop_close(&stage->loop), 0);
}

struct begun {
	const struct scripted *scripted;
	unsigned count;
};

static bool
has_begun(void *context)
{
	const struct begun *begun = context;

	return begun->scripted->count >= begun->count;
}

void
run_until_begun(struct reply_stage *stage, unsigned count)
{
	struct begun begun = { &stage->scripted, count };

	run_until(&stage->loop, has_begun, &begun);
	assert_int_equal(stage->scripted.count, count);
}

/* --- who says something --- */

void
note_told(void *context, const struct post_result *said)
{
	struct post_told *told = context;

	told->count++;
	told->outcome = said->outcome;
	told->has_reply = said->has_reply;
	told->state = said->reply_state;
	told->seq = said->seq;
	told->reply_seq = said->reply_seq;
	told->queued = said->queued;
	snprintf(told->reply, sizeof(told->reply), "%.*s", (int)said->reply_size, said->reply);
}

struct post
reply_post(struct reply_stage *stage, const char *room, const char *text)
{
	struct post say = { .room_name = room == NULL ? "" : room,
		            .message = text,
		            .message_size = strlen(text),
		            .name = "ann",
		            .author = "~a",
		            .address = "192.0.2.1",
		            .key = "" };

	if (room != NULL)
		assert_true(room_find(&stage->stage.rooms, room, &say.room));
	else
		say.room.responder = &stage->scripted.responder;
	return say;
}

/* --- who listens --- */

static void
hear_begin(struct reply_listener *listener, uv_loop_t *loop, unsigned queued)
{
	struct heard *heard = (struct heard *)listener;

	assert_ptr_equal(loop, heard->loop);
	heard->begin_count++;
	heard->queued = queued;
	if (heard->leaves_at_once)
		replies_forget(listener);
}

static void
hear_event(struct reply_listener *listener, const struct event *event)
{
	struct heard *heard = (struct heard *)listener;

	assert_int_equal(heard->begin_count, 1);
	assert_int_equal(heard->end_count, 0);
	size_t size = strlen(heard->events);
	char *end = heard->events + size;
	size_t room = sizeof(heard->events) - size;
	int added =
		snprintf(end, room, "%d:%s:%.*s:%d:", (int)event->seq, event_kind_name(event->kind),
	                 (int)event->text_size, event->text, (int)event->ref);
	assert_true(added > 0 && (size_t)added < room);
	if (event->kind == EVENT_PART)
		snprintf(end + added, room - (size_t)added, "@%d ", (int)event->offset);
	else
		snprintf(end + added, room - (size_t)added, "%s ", event_state_name(event->state));
}

static void
hear_end(struct reply_listener *listener, bool is_late)
{
	struct heard *heard = (struct heard *)listener;

	heard->end_count++;
	heard->is_late = is_late;
}

static void
hear_beat(struct reply_listener *listener)
{
	struct heard *heard = (struct heard *)listener;

	heard->beat_count++;
}

void
heard_init(struct heard *heard, uv_loop_t *loop)
{
	*heard = (struct heard){
		.listener = { .begin = hear_begin,
		              .event = hear_event,
		              .beat = hear_beat,
		              .end = hear_end },
		.loop = loop,
	};
}

bool
heard_is_over(void *heard)
{
	return ((struct heard *)heard)->end_count > 0;
}

void
wait_for_end(struct heard *heard, const char *events)
{
	run_until(heard->loop, heard_is_over, heard);
	assert_int_equal(heard->begin_count, 1);
	assert_int_equal(heard->end_count, 1);
	assert_false(heard->is_late);
	assert_string_equal(heard->events, events);
}

struct hearing {
	struct heard *heard;
	const char *events;
};

static bool
has_heard(void *context)
{
	const struct hearing *hearing = context;

	return strcmp(hearing->heard->events, hearing->events) == 0;
}

void
wait_for_events(struct heard *heard, const char *events)
{
	struct hearing hearing = { heard, events };

	run_until(heard->loop, has_heard, &hearing);
}

/* --- the log --- */

static void
append_event(void *context, const struct event *event)
{
	struct buf *log = context;
	const char *state = event->kind == EVENT_MESSAGE || event->kind == EVENT_DONE
	                            ? event_state_name(event->state)
	                            : "";

	assert_int_equal(buf_append_format(log, "%d:%s:%.*s:%d:%s", (int)event->seq,
	                                   event_kind_name(event->kind), (int)event->text_size,
	                                   event->text == NULL ? "" : event->text, (int)event->ref,
	                                   state),
	                 ERR_NONE);
	if (event->kind == EVENT_PART)
		assert_int_equal(buf_append_format(log, "@%d", (int)event->offset), ERR_NONE);
	assert_int_equal(buf_append_text(log, " "), ERR_NONE);
}

static void
read_log(struct reply_stage *stage, const char *room, struct buf *log)
{
	const struct store_range range = { .room = room, .limit = 200 };
	struct store_page page;

	buf_init(log, KEPT_BYTES);
	assert_int_equal(buf_append_text(log, ""), ERR_NONE);
	assert_int_equal(room_read(&stage->stage.rooms, &range, append_event, log, &page),
	                 ERR_NONE);
}

void
assert_room_log(struct reply_stage *stage, const char *room, const char *expected)
{
	struct buf log;

	read_log(stage, room, &log);
	assert_string_equal(log.size == 0 ? "" : log.data, expected);
	buf_fini(&log);
}

void
run_until_log(struct reply_stage *stage, const char *room, const char *expected)
{
	int64_t end_us = clock_now_us() + (int64_t)PATIENCE_SECONDS * 1000000;
	bool is_there = false;

	while (!is_there && clock_now_us() < end_us) {
		struct buf log;
		if (uv_run(&stage->loop, UV_RUN_NOWAIT) != 0)
			poll(NULL, 0, 1);
		read_log(stage, room, &log);
		is_there = strcmp(log.size == 0 ? "" : log.data, expected) == 0;
		buf_fini(&log);
	}
	/* Says what came instead. */
	assert_room_log(stage, room, expected);
}
