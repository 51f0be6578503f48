/*
 * Bodies and answers that flow over FastCGI. A connection that waits holds no piece: what has come
 * of a body is decoded and handed on at once, and an answer is made when the socket has room, so
 * that it takes most of a piece as soon as it is given.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/fcgi_flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/flow.h"
#include "http/request.h"
#include "http/response.h"
#include "server/fastcgi/body_decoder.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_answer.h"
#include "server/fastcgi/record.h"

struct flow {
	unsigned seconds;

	/* of the body */
	struct body_decoder decoder;
	struct request *request;
	struct body_taker *taker; /* who waits for a piece; or NULL */
	bool has_undecoded;       /* connection->in holds what came with the head */
	size_t came;              /* bytes of the body */
	int64_t waits_since_us;   /* for the client */
	int64_t waited_us;        /* before that */

	/* of the answer */
	struct answer_source *source; /* or NULL */
	bool is_last;                 /* what is in connection->out is the end */
	uint64_t left;                /* to be given; RESPONSE_SIZE_UNKNOWN: up to the source */
};

static int64_t
deadline_in(unsigned seconds)
{
	return clock_now_us() + (int64_t)seconds * 1000000;
}

void
fcgi_flow_begin(struct connection *connection, unsigned seconds)
{
	struct flow *flow = must_allocate(sizeof(*flow));

	flow->seconds = seconds;
	connection_set_flow(connection, flow);
}

/* --- a body --- */

void
fcgi_flow_expect_body(struct connection *connection)
{
	struct flow *flow = connection->flow;
	struct buf *in = &connection->in;
	size_t head_size = connection->validation.head_size;

	flow->decoder.request_id = connection->request_id;
	in->size -= head_size;
	memmove(in->data, in->data + head_size, in->size);
	flow->has_undecoded = in->size > 0;
	/* Until its end has come: whoever answers before does not want the rest. */
	connection->has_unread = true;
}

static void
hand_over(struct connection *connection, size_t size, enum body_state state)
{
	struct body_taker *taker = connection->flow->taker;

	connection->flow->taker = NULL;
	taker->take(taker, connection->in.data, size, state);
}

/* No more will come. */
static void
lose_body(struct connection *connection)
{
	connection->keep = false;
	connection->has_unread = false;
	hand_over(connection, 0, BODY_IS_LOST);
}

/* By when more of the body must come. What the handler takes its time for does not count. */
static int64_t
body_deadline(const struct flow *flow)
{
	int64_t second_us = 1000000;
	int64_t patience_us = flow->seconds * second_us;
	int64_t left_us = patience_us - flow->waited_us +
	                  (int64_t)(flow->came / BOUND_BODY_BYTES_PER_SECOND) * second_us;

	return flow->waits_since_us + (left_us < patience_us ? left_us : patience_us);
}

static void
wait_for_body(struct connection *connection)
{
	struct flow *flow = connection->flow;
	enum err err;

	flow->waits_since_us = clock_now_us();
	int64_t deadline_us = body_deadline(flow);

	/* A socket has room for output at once: its reader then finds what is there already. */
	if (flow->has_undecoded) {
		err = connection_wait_to_send(connection, deadline_us);
	} else {
		buf_fini(&connection->in);
		err = connection_wait(connection, deadline_us);
	}
	if (err != ERR_NONE)
		lose_body(connection);
}

void
fcgi_flow_want(struct transport *transport, struct request *request, struct body_taker *taker)
{
	struct connection *connection = (struct connection *)transport;

	connection->flow->request = request;
	connection->flow->taker = taker;
	wait_for_body(connection);
}

static enum body_state
body_state_of(const struct flow *flow)
{
	if (flow->came > flow->request->length)
		return BODY_IS_LONG;
	if (!body_decoder_is_over(&flow->decoder))
		return BODY_GOES_ON;
	return flow->came == flow->request->length ? BODY_IS_WHOLE : BODY_IS_SHORT;
}

static void
advance_body(struct connection *connection)
{
	struct flow *flow = connection->flow;
	size_t size;

	flow->waited_us += clock_now_us() - flow->waits_since_us;
	if (!flow->has_undecoded && connection_receive(connection) == ERR_PEER_GONE) {
		lose_body(connection);
		return;
	}
	flow->has_undecoded = false;
	if (body_decoder_take(&flow->decoder, connection->in.data, connection->in.size, &size) !=
	    ERR_NONE) {
		log_event(LOG_WARN, "request_refused",
		          LOG_FIELDS(log_text("reason", "unexpected_record")));
		lose_body(connection);
		return;
	}
	flow->came += size;
	enum body_state state = body_state_of(flow);
	if (body_decoder_is_over(&flow->decoder))
		connection->has_unread = false;
	if (size == 0 && state == BODY_GOES_ON)
		wait_for_body(connection);
	else
		hand_over(connection, size, state);
}

/* --- an answer --- */

/* What was given has left, or the rest never will. */
static void
end_answer(struct connection *connection, bool is_whole)
{
	struct answer_source *source = connection->flow->source;

	if (!is_whole) {
		connection->keep = false;
		connection->has_unread = false;
	}
	connection->flow->source = NULL;
	source->end(source, is_whole);
	/* What is in connection->out has left; what is left of a body may have to be dropped. */
	if (connection->has_unread)
		fcgi_answer_leave(connection, "");
	else
		fcgi_answer_finish(connection);
}

/* Sends what there is. */
static void
push(struct connection *connection)
{
	enum err err = connection_send(connection);

	if (err == ERR_PEER_GONE) {
		end_answer(connection, false);
		return;
	}
	fcgi_answer_hold(connection, connection->out.size - connection->sent_size);
	if (err == ERR_NONE) {
		buf_fini(&connection->out);
		connection->sent_size = 0;
		if (connection->flow->is_last) {
			end_answer(connection, true);
			return;
		}
	}
	if (connection_wait_to_send(connection, deadline_in(BOUND_SLOW_PEER_SECONDS)) != ERR_NONE)
		end_answer(connection, false);
}

static void
append_end(struct connection *connection)
{
	connection->flow->is_last = true;
	if (record_append_end(&connection->out, connection->request_id) != ERR_NONE)
		abort();
}

void
fcgi_flow_answer(struct transport *transport, struct request *request, struct response *response,
                 struct answer_source *source)
{
	struct connection *connection = (struct connection *)transport;
	struct flow *flow = connection->flow;

	buf_fini(&connection->in);
	flow->source = source;
	flow->left = request->method == METHOD_HEAD ? 0 : response->flow_size;
	connection->client = client_address_read(request->remote_address);
	fcgi_answer_append(connection, request, response, false);
	if (flow->left == 0)
		append_end(connection);
	request_free(request);
	response_free(response);
	push(connection);
}

void
fcgi_flow_give(struct transport *transport, const char *bytes, size_t size)
{
	struct connection *connection = (struct connection *)transport;
	struct flow *flow = connection->flow;
	enum flow_step step = flow_count(&flow->left, size);

	if (step == FLOW_IS_CUT) {
		fcgi_flow_cut(transport);
		return;
	}
	if (record_append_stdout(&connection->out, connection->request_id, bytes, size) != ERR_NONE)
		abort();
	if (step == FLOW_ENDS)
		append_end(connection);
	push(connection);
}

void
fcgi_flow_cut(struct transport *transport)
{
	end_answer((struct connection *)transport, false);
}

static void
advance_answer(struct connection *connection)
{
	struct answer_source *source = connection->flow->source;

	if (connection->out.size > 0)
		push(connection);
	else
		source->make(source, &connection->transport);
}

/* --- either --- */

void
fcgi_flow_advance(struct connection *connection)
{
	connection_take(connection);
	if (connection->flow->taker != NULL)
		advance_body(connection);
	else
		advance_answer(connection);
}

void
fcgi_flow_expire(struct connection *connection)
{
	bool is_body = connection->flow->taker != NULL;

	connection_take(connection);
	log_event(LOG_INFO, is_body ? "request_overdue" : "peer_too_slow", NULL);
	if (is_body)
		lose_body(connection);
	else
		end_answer(connection, false);
}
