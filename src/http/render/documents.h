/*
 * The small documents, as JSON: which rooms there are, what the page shows, that all is well, how a
 * reply stands that was stopped. Callable on any thread; what they are given stays the caller's,
 * and the response is the caller's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_DOCUMENTS_H
#define PLAINCHAT_HTTP_RENDER_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "text/event.h"

struct response;

/* A room of which a document tells. */
struct room_facts {
	const char *name;  /* as clients name it; valid UTF-8 */
	const char *title; /* what people see; valid UTF-8, NULL or "" for the name */
};

/* The shared rooms, in this order. */
struct response *
rooms_response(const struct room_facts *rooms, size_t count);

/* What the page shows of this host; valid UTF-8, NULL or "" for nothing. */
struct page_settings {
	const char *name;
	const char *greeting;
	const char *accent; /* "#rrggbb" */
	const char *logo;   /* an address on this host */
};

/* An object with a member for each that there is. */
struct response *
settings_response(const struct page_settings *settings);

/* All is well. */
struct response *
health_response(void);

/* `room` as clients name it; the reply's number and its state now. */
struct response *
stopped_response(const char *room, int64_t seq, enum message_state state);

#endif
