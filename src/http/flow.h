/*
 * Bodies that come, and answers that leave, piece by piece, whatever their length: for handlers of
 * routes that say so in the table (route.h). Nothing is received before the handler asks for it,
 * and nothing is made before the peer has taken what there was; in between no thread waits, and no
 * piece is held. A handler whose work takes its time gives each piece to a thread that may wait,
 * and asks for the next, or gives the next, from there; one on the libuv loop does the same by
 * mail.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_FLOW_H
#define PLAINCHAT_HTTP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bounds.h"

struct transport;
struct request;
struct response;

/* --- a body --- */

enum body_state {
	BODY_GOES_ON,  /* more is to come, for which the handler asks */
	BODY_IS_WHOLE, /* these bytes are the last: as many came as were announced */
	BODY_IS_SHORT, /* it has ended, and fewer came than were announced */
	BODY_IS_LONG,  /* more came than were announced */
	BODY_IS_LOST,  /* the client has left or was too slow, or the program ends */
};

/* Who takes a body; the handler's, who embeds it. */
struct body_taker {
	/* What was asked for has come: at most BOUND_PIECE_BYTES, which may be none and stay valid
	 * until the handler asks for more or answers. In each state but BODY_GOES_ON the handler
	 * answers, now or later, and asks for no more; of BODY_IS_LOST nobody may hear the answer,
	 * and fair_pool_submit may take nothing any more. On a thread that must not wait. */
	void (*take)(struct body_taker *taker, const char *bytes, size_t size,
	             enum body_state state);
};

/* Asks for the next piece. taker->take is called once, on any thread, maybe before this returns;
 * the request stays the handler's. On any thread. A handler may answer without having asked for
 * all: the rest is then dropped. */
void
request_want_body(struct request *request, struct body_taker *taker);

/* What a client is told whose body has ended in a state other than BODY_IS_WHOLE; the caller's, to
 * be answered. */
struct response *
flow_body_problem(const struct request *request, enum body_state state);

/* --- an answer --- */

/* What makes an answer; the handler's, who embeds it. */
struct answer_source {
	/* The peer has taken what there was: flow_give or flow_cut is called once, during this call
	 * or later, on any thread. Called on any thread, which must not wait. */
	void (*make)(struct answer_source *source, struct transport *transport);
	/* The answer has left as a whole, or never will. Called once, on any thread, never between
	 * `make` and the end of flow_give or flow_cut; frees the source, which is not touched
	 * afterwards. */
	void (*end)(struct answer_source *source, bool is_whole);
};

/* Answers with a response of response_new_flow: takes all three, on any thread. To a HEAD,
 * and where the size is 0, the source is only ended. */
void
request_flow(struct request *request, struct response *response, struct answer_source *source);

/* The next piece of an answer: 1 to BOUND_PIECE_BYTES, which are the caller's again when this
 * returns. No bytes are the end of an answer whose size is not known; one whose size is known ends
 * by itself. With more, or less, the answer is cut off. The source may be gone when this returns.
 */
void
flow_give(struct transport *transport, const char *bytes, size_t size);

/* For transports: what becomes of an answer with a piece of it. */
enum flow_step {
	FLOW_GOES_ON,
	FLOW_ENDS,   /* the piece is the last */
	FLOW_IS_CUT, /* it is more, or less, than was promised: it is not to be sent */
};

/* Counts a piece of `size` bytes. *left is what is still to come of the answer, and is lowered, or
 * is RESPONSE_SIZE_UNKNOWN. Pure; callable on any thread. */
enum flow_step
flow_count(uint64_t *left, size_t size);

/* In place of a piece: there will be no more, though more was promised. The client sees that the
 * answer is not whole. */
void
flow_cut(struct transport *transport);

#endif
