/*
 * Bodies and answers that flow, as CGI. Whoever asks for a piece gets it later, from
 * cgi_flow_advance: a body of a million pieces must not be a million calls deep.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/cgi/cgi_flow.h"

#include "base/bounds.h"
#include "http/flow.h"
#include "http/request.h"
#include "http/response.h"
#include "server/cgi/cgi_input.h"
#include "server/cgi/cgi_output.h"

/* --- a body --- */

void
cgi_flow_want(struct cgi_flow *flow, struct request *request, struct body_taker *taker)
{
	flow->request = request;
	flow->taker = taker;
}

size_t
cgi_flow_unread(const struct cgi_flow *flow, const struct request *request)
{
	return flow->body_is_over || !request->length_is_valid ? 0 : request->length - flow->came;
}

/* RFC 3875, 4.2: no more than was announced may be read. */
static void
advance_body(struct cgi_flow *flow)
{
	static char piece[BOUND_PIECE_BYTES];
	struct body_taker *taker = flow->taker;
	size_t left = flow->request->length - flow->came;
	enum body_state state = BODY_GOES_ON;
	ssize_t got = 0;

	if (left > 0) {
		got = cgi_input_receive(piece, left < sizeof(piece) ? left : sizeof(piece));
		if (got == 0)
			state = BODY_IS_SHORT;
		else if (got < 0)
			state = BODY_IS_LOST;
		else
			flow->came += (size_t)got;
	}
	if (flow->came == flow->request->length)
		state = BODY_IS_WHOLE;
	flow->body_is_over = state != BODY_GOES_ON;
	flow->taker = NULL;
	taker->take(taker, piece, got > 0 ? (size_t)got : 0, state);
}

/* --- an answer --- */

static void
end_answer(struct cgi_flow *flow, enum err result)
{
	struct answer_source *source = flow->source;

	flow->source = NULL;
	flow->is_over = true;
	flow->result = result;
	source->end(source, result == ERR_NONE);
}

void
cgi_flow_answer(struct cgi_flow *flow, struct request *request, struct response *response,
                struct answer_source *source)
{
	flow->source = source;
	flow->left = request->method == METHOD_HEAD ? 0 : response->flow_size;
	enum err err = cgi_output_write_response(response, true);
	request_free(request);
	response_free(response);
	if (err != ERR_NONE || flow->left == 0)
		end_answer(flow, err);
}

void
cgi_flow_give(struct cgi_flow *flow, const char *bytes, size_t size)
{
	enum flow_step step = flow_count(&flow->left, size);

	flow->is_making = false;
	if (step == FLOW_IS_CUT) {
		cgi_flow_cut(flow);
		return;
	}
	enum err err = cgi_output_write(bytes, size);
	if (err != ERR_NONE || step == FLOW_ENDS)
		end_answer(flow, err);
}

void
cgi_flow_cut(struct cgi_flow *flow)
{
	flow->is_making = false;
	end_answer(flow, ERR_TRUNCATED);
}

bool
cgi_flow_advance(struct cgi_flow *flow, struct transport *transport)
{
	if (flow->taker != NULL) {
		advance_body(flow);
	} else if (flow->source != NULL && !flow->is_making) {
		flow->is_making = true;
		flow->source->make(flow->source, transport);
	} else {
		return false;
	}
	return true;
}
