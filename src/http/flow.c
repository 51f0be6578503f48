/*
 * Bodies and answers that flow: what handlers call, which the front does that carries the request.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/flow.h"

#include <stdlib.h>

#include "http/render/problem.h"
#include "http/request.h"
#include "http/response.h"

void
request_want_body(struct request *request, struct body_taker *taker)
{
	request->transport->want(request->transport, request, taker);
}

struct response *
flow_body_problem(const struct request *request, enum body_state state)
{
	if (state == BODY_IS_LONG)
		return problem_response(PROBLEM_BODY_TOO_LONG,
		                        "more than the %zu bytes of the body came",
		                        request->length);
	return problem_response(PROBLEM_BODY_TRUNCATED, "fewer than the %zu bytes of the body came",
	                        request->length);
}

void
request_flow(struct request *request, struct response *response, struct answer_source *source)
{
	request_finish_head(request, response);
	request->transport->flow(request->transport, request, response, source);
}

void
flow_give(struct transport *transport, const char *bytes, size_t size)
{
	if (size > BOUND_PIECE_BYTES)
		abort();
	transport->give(transport, bytes, size);
}

void
flow_cut(struct transport *transport)
{
	transport->cut(transport);
}

enum flow_step
flow_count(uint64_t *left, size_t size)
{
	if (*left == RESPONSE_SIZE_UNKNOWN)
		return size == 0 ? FLOW_ENDS : FLOW_GOES_ON;
	if (size == 0 || size > *left)
		return FLOW_IS_CUT;
	*left -= size;
	return *left == 0 ? FLOW_ENDS : FLOW_GOES_ON;
}
