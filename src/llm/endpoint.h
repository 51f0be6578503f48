/*
 * The address that is asked: which addresses we take, and what is made of them. For the bridge's
 * one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_ENDPOINT_H
#define PLAINCHAT_LLM_ENDPOINT_H

#include <stdbool.h>

#include "llm/failure.h"

struct endpoint {
	char *url;        /* what is asked, as libcurl takes it */
	char *name;       /* the same as it may be told: without the query, which may be a secret */
	bool is_secure;   /* https */
	bool is_loopback; /* the host is this machine */
};

/* Takes an http or https address: either a base such as http://127.0.0.1:8080/v1, to which
 * /chat/completions is added, or one that ends in that already. FAILURE_OPTIONS, noted: it is none,
 * or has a user name or password, which everybody on the machine could read. Freed by
 * endpoint_fini, also after a failure. */
enum failure_status MUST_CHECK
endpoint_init(struct endpoint *endpoint, const char *text, struct failure *failure);

void
endpoint_fini(struct endpoint *endpoint);

#endif
