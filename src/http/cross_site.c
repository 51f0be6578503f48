/*
 * Whether a page of another site could have sent a request.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/cross_site.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "http/request.h"

/* Whether a page of any site may send this without asking first (Fetch, "CORS-safelisted method"
 * and "request-header"). Browsers compare what stands before the parameters, in any case; what is
 * no media type at all needs a preflight. No route reads such a body. */
static bool
needs_no_preflight(const struct request *request)
{
	static const char *const types[] = { "application/x-www-form-urlencoded",
		                             "multipart/form-data", "text/plain" };
	const char *type = request->content_type + strspn(request->content_type, " \t");
	size_t size = strcspn(type, "; \t");

	if (request->method != METHOD_POST)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i]) == size && strncasecmp(type, types[i], size) == 0)
			return true;
	}
	return size == 0;
}

const char *
cross_site_reason(const struct request *request, const char *public_origin)
{
	const char *site = request->fetch_site;

	if (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0)
		return NULL;
	if (site[0] != '\0')
		return "the browser says that a page of another site has sent it";
	if (request->origin[0] == '\0')
		return NULL;
	if (needs_no_preflight(request))
		return "a form of any site could have sent it";
	if (public_origin[0] != '\0' && strcmp(request->origin, public_origin) != 0)
		return "its page is not at the address that the setting public names";
	return NULL;
}
