/*
 * Which room a request is about, and who asks: what every handler of rooms begins with. Callable on
 * any thread, by the owner of the request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_SCOPE_H
#define PLAINCHAT_HTTP_SCOPE_H

#include "base/buf.h"
#include "chat/room.h"
#include "http/visitor.h"

struct api;
struct request;
struct response;

/* How clients name their own private conversation: no shared room can have this name. */
#define SCOPE_PRIVATE "~"

/* Lives as long as the handler needs it; `room` may point into it, so it is not copied. */
struct scope {
	struct visitor visitor;
	struct buf name; /* as clients name the room, in NFC once it is found; empty: none */
	struct room room;
	bool is_private;
};

/* Finds the room that the query parameter `room` names. Returns a problem, the caller's to answer,
 * or NULL; scope_fini follows in either case. Without a name it is the private conversation, and a
 * visitor without a session has no room yet (room.key is NULL). */
struct response *
scope_read_query(const struct api *api, struct request *request, struct scope *scope);

/* The same where scope->name is set already, and the visitor has been read. */
struct response *
scope_find(const struct api *api, struct scope *scope);

/* The problem that a room's name is malformed; the caller's to answer. */
struct response *
scope_name_problem(void);

/* The room's name as clients are told it, UTF-8. Valid as long as the scope. */
const char *
scope_shown_name(const struct scope *scope);

/* Begins with who asks, and no name. */
void
scope_init(const struct api *api, struct request *request, struct scope *scope);

/* Frees the name. */
void
scope_fini(struct scope *scope);

#endif
