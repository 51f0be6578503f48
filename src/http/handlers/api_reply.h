/*
 * How the answer to a POST leaves: the whole reply at once, a word that it is being made, or the
 * reply as a stream while it is. For api_post.c; it frees itself when the answer has left.
 * Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_HANDLERS_API_REPLY_H
#define PLAINCHAT_HTTP_HANDLERS_API_REPLY_H

#include "chat/room.h"

struct api;
struct scope;
struct reply_answer;
struct request;

/* Takes the request, which says how its answer is to leave (Accept; Prefer, RFC 7240). `post` is
 * what will be given to room_post, in that scope; its listener is set. To be given to room_post as
 * the context of reply_answer_posted. */
struct reply_answer *
reply_answer_new(const struct api *api, struct request *request, const struct scope *scope,
                 struct post *post);

/* A room_posted_function. */
void
reply_answer_posted(void *context, const struct post_result *result);

#endif
