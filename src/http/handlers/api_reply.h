/*
 * How the answer to a POST leaves: the whole reply at once, a word that it is being made, or the
 * reply as a stream while it is. For api_say.c; it frees itself when the answer has left.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_HANDLERS_API_REPLY_H
#define PLAINCHAT_HTTP_HANDLERS_API_REPLY_H

#include "chat/room.h"

struct api;
struct place;
struct reply_answer;
struct request;

/* Takes the request, which says how its answer is to leave (Accept; Prefer, RFC 7240). `say` is
 * what will be given to room_say, in that place; its listener is set. To be given to room_say as
 * the context of reply_answer_said. */
struct reply_answer *
reply_answer_new(const struct api *api, struct request *request, const struct place *place,
                 struct say *say);

/* A room_said_function. */
void
reply_answer_said(void *context, const struct said *said);

#endif
