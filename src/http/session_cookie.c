/*
 * The cookie of a session.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/session_cookie.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "chat/people/session.h"
#include "http/request.h"

#define OLD_NAME "plainchat"
#define NAME_START "plainchat-"
#define HOST_PREFIX "__Host-"

/* A year: browsers allow little more. */
#define COOKIE_SECONDS (365 * 24 * 3600)

/* Bytes of a path that a cookie is bound to; a longer one is left out. */
#define PATH_BYTES 256

#define NAME_BYTES (sizeof(HOST_PREFIX NAME_START) + sizeof(((struct session_keys *)0)->chat))

/* --- reading --- */

bool
session_cookie_next(const char **at, struct cookie *cookie)
{
	*at += strspn(*at, "; \t");
	if (**at == '\0')
		return false;
	size_t size = strcspn(*at, ";");
	size_t name_size = strcspn(*at, "=;");
	bool has_value = name_size < size;
	*cookie = (struct cookie){ .name = *at, .name_size = name_size };
	cookie->value = *at + name_size + (has_value ? 1 : 0);
	cookie->value_size = size - name_size - (has_value ? 1 : 0);
	while (cookie->value_size > 0 && strchr(" \t", cookie->value[cookie->value_size - 1]))
		cookie->value_size--;
	*at += size;
	return true;
}

static bool
name_starts(const struct cookie *cookie, const char *start)
{
	size_t size = strlen(start);

	return cookie->name_size >= size && memcmp(cookie->name, start, size) == 0;
}

static bool
name_is(const struct cookie *cookie, const char *name)
{
	return cookie->name_size == strlen(name) && name_starts(cookie, name);
}

bool
session_cookie_may_be_ours(const struct cookie *cookie)
{
	return name_starts(cookie, NAME_START) || name_starts(cookie, HOST_PREFIX NAME_START);
}

bool
session_cookie_is_ours(const struct request *request, const struct session_keys *keys,
                       const struct cookie *cookie)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof(name), HOST_PREFIX NAME_START "%s", keys->chat);
	if (name_is(cookie, name))
		return true;
	/* Over https any page of the domain, or whoever is on the way, could have set it. */
	return name_is(cookie, name + strlen(HOST_PREFIX)) && !session_cookie_is_secure(request);
}

bool
session_cookie_is_old(const struct cookie *cookie)
{
	return name_is(cookie, OLD_NAME);
}

/* --- writing --- */

/* What the page's address begins with, as the browser tells it; "" where it does not. Requests of
 * the page bring it, both those that read and those that change something. */
static const char *
page_scheme(const struct request *request)
{
	const char *site = request->fetch_site;

	if (site[0] != '\0' && strcmp(site, "same-origin") != 0)
		return "";
	if (strncasecmp(request->referer, "https://", 8) == 0)
		return "https";
	return strncasecmp(request->referer, "http://", 7) == 0 ? "http" : "";
}

bool
session_cookie_is_secure(const struct request *request)
{
	const char *https = request->https;
	const char *scheme = page_scheme(request);

	if (scheme[0] == '\0')
		scheme = request->scheme;
	else
		https = "";
	bool is_on = https[0] != '\0' && strcasecmp(https, "off") != 0 && strcmp(https, "0") != 0;

	return is_on || strcasecmp(scheme, "https") == 0;
}

bool
session_cookie_can_be_set(const struct request *request)
{
	const char *path = request->path;

	return session_cookie_is_secure(request) ||
	       (path[0] == '/' && path[1] != '\0' && strchr(path + 1, '/') == NULL);
}

void
session_cookie_set(struct request *request, const struct session_keys *keys, const char *token)
{
	bool is_secure = session_cookie_is_secure(request);
	char cookie[256];

	/* Without Path it is for the folder of what the browser has asked for. */
	snprintf(cookie, sizeof(cookie),
	         "%s" NAME_START "%s=%s%s; Max-Age=%d; HttpOnly; SameSite=Lax%s",
	         is_secure ? HOST_PREFIX : "", keys->chat, token, is_secure ? "; Path=/" : "",
	         COOKIE_SECONDS, is_secure ? "; Secure" : "");
	request_add_header(request, "Set-Cookie", cookie);
}

/* Writes the path, or "/" where it is none that can stand in a cookie. */
static void
write_path(const char *path, char out[PATH_BYTES])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";
	size_t size = strlen(path);
	bool is_plain = size < PATH_BYTES && path[0] == '/' && strspn(path, plain) == size;

	snprintf(out, PATH_BYTES, "%s", is_plain ? path : "/");
}

void
session_cookie_remove_old(struct request *request)
{
	char path[PATH_BYTES];
	char cookie[PATH_BYTES + 128];

	write_path(request->mount, path);
	snprintf(cookie, sizeof(cookie), OLD_NAME "=; Path=%s; Max-Age=0; HttpOnly; SameSite=Lax%s",
	         path, session_cookie_is_secure(request) ? "; Secure" : "");
	request_add_header(request, "Set-Cookie", cookie);
}
