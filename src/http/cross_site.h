/*
 * Whether a request that changes something could have been sent by a page of another site. Decided
 * by what the browser says and by what browsers let such pages send, never by Host, which proxies
 * change. doc/decisions/cross-site.md has the rule and its reasons.
 * Pure; callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_CROSS_SITE_H
#define PLAINCHAT_HTTP_CROSS_SITE_H

struct request;

/* Why the request is refused, in words for the log, or NULL where no page of another site can have
 * sent it. Programs that are no browsers are never refused. `public_origin` is the origin at which
 * visitors see the page, as browsers write it (public_address.h); "" where nobody has told. The
 * reason is a constant. */
const char *
cross_site_reason(const struct request *request, const char *public_origin);

#endif
