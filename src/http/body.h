/*
 * The body of a POST as JSON, and what handlers read from it. What is wrong is a problem document.
 * Callable on any thread, by the owner of the request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_BODY_H
#define PLAINCHAT_HTTP_BODY_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api;
struct scope;
struct request;
struct response;

/* The body as a JSON object, the caller's to json_object_put; or NULL and *problem, the caller's
 * to answer. */
struct json_object *
body_parse(const struct api *api, const struct request *request, struct response **problem);

/* A member that is absent (*text is NULL) or a string: `size` bytes of UTF-8 with a NUL behind,
 * which live as long as the body. False: it is something else. */
bool
body_read_text(struct json_object *body, const char *member, const char **text, size_t *size);

/* A member that is absent (*seq is 0) or the number of an event. False: it is something else. */
bool
body_read_seq(struct json_object *body, const char *member, int64_t *seq);

/* Finds the room that the member `room` names, or the private conversation: see scope_find. The
 * scope was begun by scope_init. Returns a problem, the caller's to answer, or NULL. */
struct response *
body_read_scope(const struct api *api, struct json_object *body, struct scope *scope);

#endif
