/*
 * The cookie of a session: its name, which is another for each chat and under https, its path and
 * attributes, and reading the header Cookie (RFC 6265, 4.2). Who it belongs to: visitor.c.
 * Callable on any thread, by the owner of the request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_SESSION_COOKIE_H
#define PLAINCHAT_HTTP_SESSION_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

struct request;
struct session_keys;

/* A cookie as it came, any bytes; points into the header. */
struct cookie {
	const char *name;
	size_t name_size;
	const char *value;
	size_t value_size;
};

/* Takes the next cookie from *at, which moves on. False: there is none. */
bool
session_cookie_next(const char **at, struct cookie *cookie);

/* Whether the cookie has the name of a session of some chat. */
bool
session_cookie_may_be_ours(const struct cookie *cookie);

/* Whether it has the name of a session of this chat. Under https that is one that only this host
 * can have set, over https ("__Host-": RFC 6265bis, 4.1.3.2). */
bool
session_cookie_is_ours(const struct request *request, const struct session_keys *keys,
                       const struct cookie *cookie);

/* Whether it has the name that earlier versions gave it. */
bool
session_cookie_is_old(const struct cookie *cookie);

/* Whether the answer to the request can bring a cookie that the browser sends with all requests to
 * us: over https any can; over http only one right below the mount point, such as "/events". */
bool
session_cookie_can_be_set(const struct request *request);

/* Gives the answer to the request the cookie with this token: HttpOnly, SameSite=Lax; under https
 * Secure and for the whole host, as "__Host-" wants it. Over http it names no path, so that it is
 * for the folder of the address that the browser has asked for (RFC 6265, 5.1.4): the mount point
 * as the browser sees it, whatever rewrites and proxies make of it on the way. */
void
session_cookie_set(struct request *request, const struct session_keys *keys, const char *token);

/* Lets the answer to the request remove the cookie of an earlier version. */
void
session_cookie_remove_old(struct request *request);

/* Whether the visitor came by https: by the page's address, which the browser tells (Referer), and
 * where it does not, by the web server's word (HTTPS, REQUEST_SCHEME), or by a proxy's
 * (forwarded.h). A client that tells what is not so harms only its own session. */
bool
session_cookie_is_secure(const struct request *request);

#endif
