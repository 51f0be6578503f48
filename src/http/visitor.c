/*
 * Who asks. The cookie's token is known to the visitor alone; the store sees a hash of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/visitor.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "http/response.h"

#define COOKIE_NAME "plainchat"

/* A year: browsers allow little more. */
#define COOKIE_SECONDS (365 * 24 * 3600)

#define TOKEN_BITS_BYTES ((VISITOR_TOKEN_BYTES - 1) / 2)

/* Makes a store's key of a token: nobody who reads the store can come back as the visitor. */
static void
hash_token(const char *token, char *hash, size_t hash_size)
{
	unsigned char bytes[TOKEN_BITS_BYTES];

	if (hash_size < 2 * sizeof(bytes) + 1 ||
	    crypto_generichash(bytes, sizeof(bytes), (const unsigned char *)token, strlen(token),
	                       NULL, 0) != 0)
		abort();
	sodium_bin2hex(hash, hash_size, bytes, sizeof(bytes));
}

/* Copies the token out of the header Cookie (RFC 6265, 4.2.1). */
static bool
find_token(const char *cookies, char token[VISITOR_TOKEN_BYTES])
{
	static const char prefix[] = COOKIE_NAME "=";

	while (*cookies != '\0') {
		cookies += strspn(cookies, "; ");
		size_t size = strcspn(cookies, ";");
		if (size == sizeof(prefix) - 1 + VISITOR_TOKEN_BYTES - 1 &&
		    strncmp(cookies, prefix, sizeof(prefix) - 1) == 0) {
			memcpy(token, cookies + sizeof(prefix) - 1, VISITOR_TOKEN_BYTES - 1);
			token[VISITOR_TOKEN_BYTES - 1] = '\0';
			return strspn(token, "0123456789abcdef") == VISITOR_TOKEN_BYTES - 1;
		}
		cookies += size;
	}
	return false;
}

static void
adopt_token(struct visitor *visitor)
{
	visitor->has_session = true;
	visitor->private_room[0] = '~';
	hash_token(visitor->token, visitor->private_room + 1, sizeof(visitor->private_room) - 1);
	if (visitor->author[0] == '\0')
		memcpy(visitor->author, visitor->private_room, sizeof(visitor->author));
}

void
visitor_read(const struct request *request, struct visitor *visitor)
{
	*visitor = (struct visitor){ .has_session = false };
	if (request->remote_user[0] != '\0') {
		/* Of a length that names cannot overflow; "=" stands in no session's mark. */
		visitor->author[0] = '=';
		hash_token(request->remote_user, visitor->author + 1, sizeof(visitor->author) - 1);
	}
	if (find_token(request->cookie, visitor->token))
		adopt_token(visitor);
}

void
visitor_start_session(const struct request *request, struct visitor *visitor,
                      struct response *response)
{
	unsigned char bits[TOKEN_BITS_BYTES];
	char cookie[512];

	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		abort();
	sodium_bin2hex(visitor->token, sizeof(visitor->token), bits, sizeof(bits));
	adopt_token(visitor);

	bool path_is_plain = request->mount[0] == '/' &&
	                     strspn(request->mount, "abcdefghijklmnopqrstuvwxyz"
	                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                            "0123456789-._~/") == strlen(request->mount) &&
	                     strlen(request->mount) < 256;
	snprintf(cookie, sizeof(cookie), "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Lax%s",
	         COOKIE_NAME, visitor->token, path_is_plain ? request->mount : "/", COOKIE_SECONDS,
	         strcasecmp(request->https, "on") == 0 ? "; Secure" : "");
	response_add_header(response, "Set-Cookie", cookie);
}

bool
visitor_is_cross_site(const struct request *request)
{
	const char *site = request->fetch_site;
	const char *origin = request->origin;

	if (site[0] != '\0')
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	if (origin[0] == '\0')
		return false;
	/* "null" and whatever has no host is another site. */
	const char *host = strstr(origin, "://");
	return host == NULL || strcasecmp(host + 3, request->host) != 0;
}
