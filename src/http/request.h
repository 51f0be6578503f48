/*
 * One request, whole before a handler sees it unless its body flows (flow.h); and the ways in which
 * its answer leaves.
 * A front makes it from CGI meta-variables (RFC 3875) and the body; the route table and the
 * handlers read it. It belongs to one thread at a time: passing the pointer on gives it away.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_REQUEST_H
#define PLAINCHAT_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER, /* any that no route knows */
};

struct answer_source;
struct body_taker;
struct event_sink;
struct request;
struct response;
struct route;

/* What a front adds to a request so that its answer can leave: by one of these, called once, on
 * any thread. Both free request and response. */
struct transport {
	/* Sends the response. */
	void (*answer)(struct transport *transport, struct request *request,
	               struct response *response);
	/* Begins a response that goes on, and returns where (chat/live/event_sink.h). NULL where
	 * the front cannot do that. */
	struct event_sink *(*stream)(struct transport *transport, struct request *request,
	                             struct response *response);
	/* Sees to it that what the request sets off outlives it. NULL where it does anyway. */
	void (*detach)(struct transport *transport);
	/* What flow.h says of request_want_body, request_flow, flow_give, and flow_cut; the last
	 * two after `flow`, which takes request and response, and ends the source. */
	void (*want)(struct transport *transport, struct request *request,
	             struct body_taker *taker);
	void (*flow)(struct transport *transport, struct request *request,
	             struct response *response, struct answer_source *source);
	void (*give)(struct transport *transport, const char *bytes, size_t size);
	void (*cut)(struct transport *transport);
};

struct request {
	enum method method;
	/* Meta-variables; "" if they were not there. */
	const char *method_name;
	const char *mount; /* the path of the mount point */
	const char *path;  /* what follows the mount point: "" or "/...", percent-decoded */
	const char *query; /* as it came, encoded */
	const char *content_type;
	const char *content_encoding;
	const char *accept;
	const char *cookie;
	const char *idempotency_key;
	const char *last_event_id;
	const char *origin;
	const char *prefer;
	const char *referer;
	const char *fetch_site;
	const char *forwarded; /* what proxies say (forwarded.h) */
	const char *forwarded_for;
	const char *forwarded_proto;
	const char *remote_address;  /* the visitor's, as far as is known: by it limits count */
	const char *remote_user;     /* whom the web server has authenticated */
	const char *server_software; /* of the web server: "nginx/1.22.1" */
	const char *https;           /* "on" under https */
	const char *scheme;          /* "http" or "https"; not all web servers tell it */
	const char *uri; /* the path that the client asked for, with the query, encoded */
	const char *length_text;
	bool has_length;           /* whether there was a Content-Length */
	bool length_is_valid;      /* and whether it was a number */
	size_t length;             /* its value; SIZE_MAX for all that is larger */
	struct buf body;           /* what came of the body, at most one byte more than allowed;
	                              empty where it flows */
	struct buf answer_headers; /* what the answer gets, whoever makes it */
	struct transport *transport;
	const struct route *route; /* which it is for, once that was looked for; or NULL */
	int64_t arrived_us;        /* clock_now_us() when it was made, or whole */
	char *values;              /* where the meta-variables' values are */
	char visitor_address[46]; /* what remote_address is, where a proxy has told (forwarded.h) */
};

/* Makes a request from meta-variables, "NAME=value" each and NULL at the end, as in environ(7).
 * They are copied. Of two with one name the last counts: nginx sends both its default and, behind
 * it, what its configuration has in its place. The body is empty, with room for `body_bytes_max`
 * and one byte more, by which a front shows that there were too many. Freed by request_answer, or
 * by request_free. */
struct request *
request_new(char *const variables[], size_t body_bytes_max, struct transport *transport);

/* Frees a request that was not answered. */
void
request_free(struct request *request);

/* Whether the body came to more bytes than were allowed. */
bool
request_body_is_too_large(const struct request *request);

/* Whether a header that is a list of words with parameters (RFC 9110, 5.6) has the word. */
bool
request_header_has(const char *header, const char *word);

/* Adds a header to whatever the answer will be; both are copied. */
void
request_add_header(struct request *request, const char *name, const char *value);

/* Whether the front can stream. */
bool
request_can_stream(const struct request *request);

/* What the request sets off will take its time: from here on it does not end with the client's
 * leaving, or with whatever ends requests. Before the store is used; as CGI this forks. */
void
request_detach(struct request *request);

/* Answers with a response that goes on: takes both, as request_answer, and returns where. */
struct event_sink *MUST_CHECK
request_stream(struct request *request, struct response *response);

/* For who answers by another function (flow.c): gives the response the headers that were added. */
void
request_finish_head(const struct request *request, struct response *response);

/* Answers: takes both, on any thread, and neither may be touched afterwards. */
void
request_answer(struct request *request, struct response *response);

#endif
