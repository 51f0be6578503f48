/*
 * The beginning and the end of a reply's life: its memory, its timers, its place.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_life.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "chat/replies/reply_tell.h"
#include "chat/room_read.h"

/* --- the beginning --- */

struct reply *
reply_new(struct reply_host *host, const struct reply_order *order)
{
	struct reply *reply = must_allocate(sizeof(*reply));

	reply->host = host;
	reply->responder = order->responder;
	reply->listener = order->listener;
	reply->room_key = must_copy_text(order->room_key);
	reply->room_name = must_copy_text(order->room_name);
	reply->name = must_copy_text(order->name);
	reply->address = must_copy_text(order->address);
	reply->client = client_address_read(order->address);
	reply->message = must_copy(order->message, order->message_size);
	reply->message_size = order->message_size;
	reply->message_seq = order->message_seq;
	reply->reply_seq = order->reply_seq;
	reply->state = STATE_STREAMING;
	buf_init(&reply->text, host->rooms->reply_bytes_max);
	buf_init(&reply->piece, host->rooms->reply_bytes_max);
	buf_init(&reply->thought, BOUND_THOUGHT_BYTES);
	buf_init(&reply->piece_of_thought, BOUND_THOUGHT_BYTES);
	if (reply->listener != NULL)
		reply->listener->reply = reply;
	return reply;
}

static void
on_patience_over(uv_timer_t *timer)
{
	reply_end_listening(timer->data, true);
}

void
reply_open(struct reply *reply, unsigned queued)
{
	uv_timer_init(reply->host->loop, &reply->pause);
	uv_timer_init(reply->host->loop, &reply->patience);
	reply->pause.data = reply;
	reply->patience.data = reply;
	reply->open_timers = 2;
	if (reply->listener == NULL)
		return;
	if (reply->listener->patience_ms > 0)
		uv_timer_start(&reply->patience, on_patience_over,
		               (uint64_t)reply->listener->patience_ms, 0);
	reply->listener->begin(reply->listener, reply->host->loop, queued);
}

/* --- the end --- */

void
reply_free_question(struct reply *reply)
{
	free(reply->room_name);
	free(reply->name);
	free(reply->message);
	reply->room_name = reply->name = reply->message = NULL;
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct reply *reply = handle->data;

	if (--reply->open_timers > 0)
		return;
	if (reply->host != NULL)
		reply->host->leave(reply);
	free(reply->room_key);
	free(reply->address);
	reply_free_question(reply);
	buf_fini(&reply->text);
	buf_fini(&reply->piece);
	buf_fini(&reply->thought);
	buf_fini(&reply->piece_of_thought);
	free(reply);
}

void
reply_close(struct reply *reply)
{
	uv_close((uv_handle_t *)&reply->pause, on_timer_closed);
	uv_close((uv_handle_t *)&reply->patience, on_timer_closed);
}

void
reply_drop(struct reply *reply)
{
	reply_close(reply);
	reply->host->over(reply);
}
