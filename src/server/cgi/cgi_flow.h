/*
 * Bodies and answers that flow (http/flow.h), as CGI: standard input and output are read and
 * written by the only thread, which waits for them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_CGI_CGI_FLOW_H
#define PLAINCHAT_SERVER_CGI_CGI_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct answer_source;
struct body_taker;
struct transport;
struct request;
struct response;

/* All zero in the beginning. */
struct cgi_flow {
	/* of the body */
	struct request *request;
	struct body_taker *taker; /* who waits for a piece; or NULL */
	size_t came;              /* bytes of the body */
	bool body_is_over;        /* no more of it will come */

	/* of the answer */
	struct answer_source *source; /* or NULL */
	bool is_making;               /* a piece was asked for */
	uint64_t left;                /* to be given; RESPONSE_SIZE_UNKNOWN: up to the source */
	bool is_over;                 /* the answer has been written, or never will be */
	enum err result;              /* then: ERR_PEER_GONE, ERR_TRUNCATED where it was cut off */
};

/* Bytes of the body that were not asked for. */
size_t
cgi_flow_unread(const struct cgi_flow *flow, const struct request *request);

/* Does what was asked for, and waits for that: reads a piece of the body, or has one of the answer
 * made. False: nothing was asked for. */
bool
cgi_flow_advance(struct cgi_flow *flow, struct transport *transport);

/* What struct transport's want, flow, give, and cut do; the first only notes what is wanted. */
void
cgi_flow_want(struct cgi_flow *flow, struct request *request, struct body_taker *taker);

void
cgi_flow_answer(struct cgi_flow *flow, struct request *request, struct response *response,
                struct answer_source *source);

void
cgi_flow_give(struct cgi_flow *flow, const char *bytes, size_t size);

void
cgi_flow_cut(struct cgi_flow *flow);

#endif
