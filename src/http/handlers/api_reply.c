/*
 * How the answer to a POST leaves. The core tells first what became of the message, on any thread
 * (reply_answer_posted). A reply that takes its time is then heard on the loop's thread, or, where
 * it is kept and streamed, followed as anything else in its room is (live_follow_reply).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/handlers/api_reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "chat/live/live.h"
#include "chat/replies/replies.h"
#include "http/handlers/api.h"
#include "http/render/posted.h"
#include "http/render/problem.h"
#include "http/render/reply_stream.h"
#include "http/render/representation.h"
#include "http/request.h"
#include "http/response.h"
#include "http/scope.h"

struct reply_answer {
	struct reply_listener listener; /* first, so that the listener is this */
	struct request *request;        /* until it is answered */
	bool is_kept;
	bool is_async;  /* answered before the reply is made */
	bool is_stream; /* as events */
	/* Where the reply is followed in its room; else NULL, and what follows is not used. */
	struct live *live;
	char *room_key;
	char *address;
	const struct renderer *renderer;
	char *room; /* as clients are told */
	/* the message, for the stream; NULL where an earlier one is answered again */
	char *message;
	size_t message_size;
	char *name;

	/* as the core has told */
	int64_t seq;
	int64_t reply_seq;
	uint64_t epoch;
	int64_t time_ms;
	unsigned queued;
	enum message_state state;
	enum event_cause cause;
	struct buf reply;

	struct reply_stream *stream; /* that goes on; NULL: none */
	bool has_ended;              /* nothing more is heard of the reply */
};

static void
answer_free(struct reply_answer *answer)
{
	free(answer->room);
	free(answer->room_key);
	free(answer->address);
	free(answer->message);
	free(answer->name);
	buf_fini(&answer->reply);
	free(answer);
}

static void
leave(struct reply_answer *answer, struct response *response)
{
	struct request *request = answer->request;

	answer_free(answer);
	request_answer(request, response);
}

/* --- values --- */

/* What has become of it so far. Valid as long as the answer is not changed. */
static struct posted
posted_of(const struct reply_answer *answer, bool has_reply)
{
	return (struct posted){
		.room = answer->is_kept ? answer->room : NULL,
		.seq = answer->seq,
		.reply_seq = answer->reply_seq,
		.epoch = answer->epoch,
		.time_ms = answer->time_ms,
		.name = answer->name,
		.message = answer->message,
		.message_size = answer->message_size,
		.has_reply = has_reply,
		.state = answer->state,
		.cause = answer->cause,
		.reply = buf_text(&answer->reply),
		.reply_size = answer->reply.size,
		.queued = answer->queued,
	};
}

static struct response *
document_response(const struct reply_answer *answer, bool has_reply)
{
	const struct posted posted = posted_of(answer, has_reply);

	return posted_response(&posted);
}

static struct response *
whole_response(const struct reply_answer *answer, bool has_reply)
{
	const struct posted posted = posted_of(answer, has_reply);

	if (answer->is_stream && answer->state != STATE_STREAMING)
		return posted_events_response(&posted);
	return posted_response(&posted);
}

/* --- a stream that goes on --- */

/* The peer has left, or is not to be reached: it can read the reply in the room. */
static void
on_gone(void *context)
{
	struct reply_answer *answer = context;

	if (!answer->has_ended)
		replies_forget(&answer->listener);
	answer_free(answer);
}

static void
on_stream_over(void *context)
{
	answer_free(context);
}

static void
stream_begin(struct reply_listener *listener, uv_loop_t *loop, unsigned queued)
{
	struct reply_answer *answer = (struct reply_answer *)listener;
	struct buf out;

	answer->queued = queued;
	const struct posted posted = posted_of(answer, true);
	buf_init(&out, BOUND_RESPONSE_BYTES);
	posted_append_beginning(&posted, &out);
	reply_stream_begin(answer->stream, loop, &out);
	buf_fini(&out);
}

static void
stream_event(struct reply_listener *listener, const struct event *event)
{
	const struct reply_answer *answer = (const struct reply_answer *)listener;

	reply_stream_send(answer->stream, event);
}

static void
stream_beat(struct reply_listener *listener)
{
	const struct reply_answer *answer = (const struct reply_answer *)listener;

	reply_stream_beat(answer->stream);
}

static void
stream_end(struct reply_listener *listener, bool is_late)
{
	struct reply_answer *answer = (struct reply_answer *)listener;

	(void)is_late;
	answer->has_ended = true;
	reply_stream_end(answer->stream);
}

static void
open_stream(struct reply_answer *answer)
{
	struct event_sink *sink =
		request_stream(answer->request, response_new_stream("text/event-stream"));

	answer->stream = reply_stream_new(sink, on_gone, on_stream_over, answer);
	answer->request = NULL;
}

/* --- a stream that live delivery has --- */

static void
follow_reply(struct reply_answer *answer)
{
	const struct posted posted = posted_of(answer, true);
	struct buf greeting;

	buf_init(&greeting, BOUND_RESPONSE_BYTES);
	posted_append_beginning(&posted, &greeting);
	struct event_sink *sink =
		request_stream(answer->request, response_new_stream("text/event-stream"));
	live_follow_reply(answer->live, answer->room_key,
	                  (struct cursor){ answer->reply_seq, answer->epoch }, answer->address,
	                  answer->renderer, &greeting, sink);
	buf_fini(&greeting);
	answer_free(answer);
}

/* --- the whole reply --- */

static void
whole_begin(struct reply_listener *listener, uv_loop_t *loop, unsigned queued)
{
	struct reply_answer *answer = (struct reply_answer *)listener;

	(void)loop;
	answer->queued = queued;
}

static void
whole_event(struct reply_listener *listener, const struct event *event)
{
	struct reply_answer *answer = (struct reply_answer *)listener;

	if (event->kind != EVENT_DONE)
		return;
	answer->state = event->state;
	answer->cause = event->cause;
	answer->queued = 0;
	answer->reply.size = 0;
	if (buf_append(&answer->reply, event->text, event->text_size) != ERR_NONE)
		abort();
}

static void
whole_end(struct reply_listener *listener, bool is_late)
{
	struct reply_answer *answer = (struct reply_answer *)listener;
	bool is_nothing =
		!answer->is_kept && answer->state == STATE_FAILED && answer->reply.size == 0;

	if (is_late && listener->has_begun)
		answer->queued = 0;
	if (is_nothing)
		leave(answer,
		      problem_response(PROBLEM_REPLY_FAILED, "the reply could not be made"));
	else
		leave(answer, whole_response(answer, true));
}

/* --- what the core says first --- */

static struct response *
async_response(const struct reply_answer *answer)
{
	struct response *response = document_response(answer, true);

	response_add_header(response, "Preference-Applied", "respond-async");
	return response;
}

static struct response *
problem_of(enum post_outcome outcome)
{
	switch (outcome) {
	case POST_NOT_STORED:
		return problem_response(PROBLEM_STORE_UNAVAILABLE,
		                        "the message could not be stored");
	case POST_UNCERTAIN:
		return problem_response(PROBLEM_OUTCOME_UNKNOWN,
		                        "whether the message was stored is not known: the same "
		                        "Idempotency-Key again settles it");
	case POST_FULL:
		return problem_response(PROBLEM_STORE_FULL,
		                        "the store holds as much as it may; nothing was stored");
	case POST_KEY_REUSED:
		return problem_response(PROBLEM_KEY_REUSED,
		                        "this Idempotency-Key was used with another body");
	case POST_TOO_MANY:
		return problem_response(PROBLEM_TOO_MANY_REPLIES,
		                        "too many replies are being made, for you or for all");
	case POST_UNKNOWN:
		return problem_response(PROBLEM_EVENT_UNKNOWN, "there is no such message");
	case POST_REPLY_UNDER_WAY:
		return problem_response(PROBLEM_REPLY_UNDER_WAY,
		                        "a reply to the message is being made");
	case POST_NOBODY_ANSWERS:
		return problem_response(PROBLEM_NOBODY_ANSWERS, "nobody answers in this room");
	case POST_NO_REPLY:
	case POST_DONE:
	case POST_UNDER_WAY: break;
	}
	return problem_response(PROBLEM_REPLY_FAILED, "the reply could not be made");
}

void
reply_answer_posted(void *context, const struct post_result *result)
{
	struct reply_answer *answer = context;

	answer->seq = result->seq;
	answer->reply_seq = result->reply_seq;
	answer->epoch = result->epoch;
	answer->time_ms = result->time_ms;
	answer->queued = result->queued;
	answer->state = result->has_reply ? result->reply_state : STATE_DONE;
	answer->cause = result->reply_cause;
	if (buf_append(&answer->reply, result->reply, result->reply_size) != ERR_NONE)
		abort();
	if (result->outcome == POST_DONE)
		leave(answer, whole_response(answer, result->has_reply));
	else if (result->outcome != POST_UNDER_WAY)
		leave(answer, problem_of(result->outcome));
	else if (answer->is_async)
		leave(answer, async_response(answer));
	else if (answer->live != NULL)
		follow_reply(answer);
	else if (answer->listener.begin == stream_begin)
		open_stream(answer);
}

/* --- how it is to leave --- */

/* Where the reply cannot be read later, there is no end of waiting for it. */
static int64_t
patience_of(const struct reply_answer *answer, const struct api *api)
{
	if (!answer->is_kept)
		return 0;
	return api->reply_wait_ms > 0 ? api->reply_wait_ms : 1;
}

struct reply_answer *
reply_answer_new(const struct api *api, struct request *request, const struct scope *scope,
                 struct post *post)
{
	struct reply_answer *answer = must_allocate(sizeof(*answer));

	answer->request = request;
	answer->is_kept = scope->room.key != NULL;
	answer->is_stream = representation_of_reply(request->accept)->renderer != NULL;
	answer->is_async = answer->is_kept && !answer->is_stream &&
	                   request_header_has(request->prefer, "respond-async");
	answer->room = must_copy_text(scope_shown_name(scope));
	if (answer->is_stream && post->regenerate == 0) {
		answer->message = must_copy(post->message, post->message_size);
		answer->message_size = post->message_size;
		answer->name = must_copy_text(post->name);
	}
	buf_init(&answer->reply, BOUND_REPLY_BYTES_MAX);
	if (answer->is_stream && request_can_stream(request) && answer->is_kept &&
	    api->live != NULL) {
		answer->live = api->live;
		answer->room_key = must_copy_text(scope->room.key);
		answer->address = must_copy_text(request->remote_address);
		answer->renderer = representation_of_reply(request->accept)->renderer;
	} else if (answer->is_stream && request_can_stream(request)) {
		answer->listener = (struct reply_listener){
			.begin = stream_begin,
			.event = stream_event,
			.beat = stream_beat,
			.end = stream_end,
		};
	} else {
		answer->listener = (struct reply_listener){
			.begin = whole_begin,
			.event = whole_event,
			.end = whole_end,
			.patience_ms = patience_of(answer, api),
		};
	}
	post->listener = answer->is_async || answer->live != NULL ? NULL : &answer->listener;
	return answer;
}
