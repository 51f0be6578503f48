/*
 * Which handler answers which request. A front calls route_request; everything that the table
 * alone can decide is answered here: an unknown path, a method, what a body must be like.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_ROUTE_H
#define PLAINCHAT_HTTP_ROUTE_H

struct api;
struct request;

/* Takes the request and answers it, now or later. Callable on any thread. */
void
route_request(const struct api *api, struct request *request);

#endif
