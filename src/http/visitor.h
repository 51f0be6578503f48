/*
 * Who asks: the session cookie, the user whom the web server has authenticated, and whether the
 * request came from a page of this site. Pure but for the random bits of a new session; callable on
 * any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_VISITOR_H
#define PLAINCHAT_HTTP_VISITOR_H

#include <stdbool.h>

#include "http/request.h"

/* Characters of a session's token: 128 random bits in hexadecimal, and a NUL. */
#define VISITOR_TOKEN_BYTES 33

/* Bytes of a visitor's mark, which is what is stored: a sign, 32 digits of a hash, and a NUL. */
#define VISITOR_MARK_BYTES 34

struct response;

struct visitor {
	bool has_session;
	char token[VISITOR_TOKEN_BYTES]; /* the cookie's value: never stored, never logged */
	/* What is stored of it: the key of the private conversation, "~" and a hash. */
	char private_room[VISITOR_MARK_BYTES];
	char author[VISITOR_MARK_BYTES]; /* who may take a message back; "" for nobody */
};

/* Reads the visitor from the request. A cookie that is not of our form is none. */
void
visitor_read(const struct request *request, struct visitor *visitor);

/* Gives a visitor without a session a new one, and the response the cookie for it: HttpOnly,
 * SameSite=Lax, for the mount point, Secure under https. */
void
visitor_start_session(const struct request *request, struct visitor *visitor,
                      struct response *response);

/* Whether a request that changes something comes from a page of another site: by Sec-Fetch-Site,
 * or else by Origin. Programs that are no browsers send neither. */
bool
visitor_is_cross_site(const struct request *request);

#endif
