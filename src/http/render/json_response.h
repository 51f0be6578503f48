/*
 * A response whose content is a JSON document. For the other files here. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_RENDER_JSON_RESPONSE_H
#define PLAINCHAT_HTTP_RENDER_JSON_RESPONSE_H

struct json_object;
struct response;

/* Frees the document. The response is the caller's. */
struct response *
json_response(int status, const char *content_type, struct json_object *document);

#endif
