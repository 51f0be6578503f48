/*
 * Who asks: the session cookie, the user whom the web server has authenticated. Callable on any
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_VISITOR_H
#define PLAINCHAT_HTTP_VISITOR_H

#include <stdbool.h>

#include "base/err.h"
#include "chat/people/session.h"

struct api;
struct request;

struct visitor {
	bool is_known;   /* as a user, or by a session: has a private conversation */
	bool is_unclear; /* brings what may be a session, and now it cannot be told whether it is */
	/* What is stored: the key of the private conversation, "~" and a hash; "" for none. */
	char private_room[SESSION_MARK_BYTES];
	char author[SESSION_MARK_BYTES]; /* who may delete a message; "" for nobody */
};

/* Reads the visitor from the request: the user, whatever cookies there are, or else the first of
 * the cookies that is a session of ours. One that an earlier version has issued is one if there is
 * a conversation under it, and then the answer replaces it. Where nothing is stored there are no
 * visitors. */
void
visitor_read(const struct api *api, struct request *request, struct visitor *visitor);

/* Gives a visitor who is not known a session, and the answer to the request the cookie for it.
 * ERR_STORE: there are no keys now; logged. */
enum err MUST_CHECK
visitor_start_session(const struct api *api, struct request *request, struct visitor *visitor);

#endif
