/*
 * The route table. A new route is one line here and one handler in handlers/.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/route.h"

#include <stdlib.h>
#include <string.h>

#include "chat/limits/rate_limit.h"
#include "http/cross_site.h"
#include "http/forwarded.h"
#include "http/handlers/api.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "http/server_advice.h"

static const struct route routes[] = {
	{ "", METHOD_POST, ROUTE_BODY_WHOLE, .handle = api_post },
	{ "/stop", METHOD_POST, ROUTE_BODY_WHOLE, .handle = api_stop },
	{ "/events", METHOD_GET, .handle = api_read },
	{ "/events/#", METHOD_DELETE, .handle = api_delete },
	{ "/rooms", METHOD_GET, .handle = api_rooms },
	{ "/settings", METHOD_GET, .handle = api_settings },
	{ "/health", METHOD_GET, .handle = api_health },
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

/* The line of that number, of the table and then of those that there are beside; NULL behind the
 * last. */
static const struct route *
route_at(const struct api *api, size_t i)
{
	if (i < ROUTE_COUNT)
		return &routes[i];
	i -= ROUTE_COUNT;
	return i < api->more_route_count ? &api->more_routes[i] : NULL;
}

static bool
route_has_path(const struct route *route, const char *path)
{
	/* A mount point is the same with a slash at its end. */
	if (strcmp(path, "/") == 0)
		path = "";
	size_t fixed = strcspn(route->path, "#");
	if (route->path[fixed] == '\0' || strncmp(route->path, path, fixed) != 0)
		return strcmp(route->path, path) == 0;
	/* 18 digits are below the highest number that there is. */
	size_t digits = strspn(path + fixed, "0123456789");
	return digits >= 1 && digits <= 18 && path[fixed + digits] == '\0';
}

static bool
route_has_method(const struct route *route, enum method method)
{
	return route->method == method || (route->method == METHOD_GET && method == METHOD_HEAD);
}

/* Adds the header Allow with every method that the path has. */
static void
add_allow(const struct api *api, struct response *response, const char *path)
{
	const struct route *route;
	struct buf methods;

	buf_init(&methods, 64);
	for (size_t i = 0; (route = route_at(api, i)) != NULL; i++) {
		if (!route_has_path(route, path))
			continue;
		const char *names = route->method == METHOD_GET      ? "GET, HEAD, "
		                    : route->method == METHOD_DELETE ? "DELETE, "
		                                                     : "POST, ";
		if (buf_append_text(&methods, names) != ERR_NONE)
			abort();
	}
	if (buf_append_text(&methods, "OPTIONS") != ERR_NONE)
		abort();
	response_add_header(response, "Allow", methods.data);
	buf_fini(&methods);
}

/* A problem with how much of a body there is, or NULL. */
static struct response *
check_body(const struct api *api, const struct route *route, const struct request *request)
{
	bool flows = route->body == ROUTE_BODY_FLOWS;
	size_t bytes_max = flows ? route->flow_body_bytes_max : api->body_bytes_max;

	if (route->body == ROUTE_BODY_NONE)
		return NULL;
	if (!request->has_length)
		return problem_response(PROBLEM_LENGTH_REQUIRED, "there is no Content-Length");
	if (!request->length_is_valid)
		return problem_response(PROBLEM_LENGTH_INVALID, "Content-Length is not a number");
	if (request->length > bytes_max || request_body_is_too_large(request))
		return problem_response(PROBLEM_BODY_TOO_LARGE, "a body has at most %zu bytes",
		                        bytes_max);
	if (flows)
		return NULL;
	if (request->body.size < request->length)
		return problem_response(PROBLEM_BODY_TRUNCATED, "%zu of %zu bytes of the body came",
		                        request->body.size, request->length);
	if (request->body.size > request->length)
		return problem_response(PROBLEM_BODY_TOO_LONG,
		                        "more than the %zu bytes of the body came",
		                        request->length);
	return NULL;
}

/* A problem with where a request comes from that changes something, or NULL. */
static struct response *
check_site(const struct api *api, const struct route *route, const struct request *request)
{
	if (route->method == METHOD_GET)
		return NULL;
	const char *reason = cross_site_reason(request, api->public_address.origin);
	if (reason == NULL)
		return NULL;
	return problem_response(PROBLEM_CROSS_SITE, "pages of other sites may not do this: %s",
	                        reason);
}

/* A problem with how much its client has asked to be changed lately, or NULL. */
static struct response *
check_rate(const struct api *api, const struct route *route, const struct request *request)
{
	unsigned wait_seconds;

	if (api->post_limit == NULL || route->method == METHOD_GET ||
	    rate_limit_take(api->post_limit, request->remote_address, request->arrived_us,
	                    &wait_seconds))
		return NULL;
	struct response *response =
		problem_response(PROBLEM_TOO_MANY_POSTS, "too many messages from this address");
	response_add_retry_after(response, wait_seconds);
	return response;
}

/* The path exists, but not with this method. */
static void
answer_other_method(const struct api *api, struct request *request)
{
	struct response *response;

	if (request->method == METHOD_OPTIONS)
		response = response_new(204, NULL);
	else
		response = problem_response(PROBLEM_METHOD_NOT_ALLOWED,
		                            "this path does not take this method");
	add_allow(api, response, request->path);
	request_answer(request, response);
}

/* Whether any route has the path. */
static bool
path_exists(const struct api *api, const char *path)
{
	const struct route *route;

	for (size_t i = 0; (route = route_at(api, i)) != NULL; i++) {
		if (route_has_path(route, path))
			return true;
	}
	return false;
}

const struct route *
route_find(const struct api *api, struct request *request)
{
	const struct route *route;

	for (size_t i = 0; request->route == NULL && (route = route_at(api, i)) != NULL; i++) {
		if (route_has_path(route, request->path) &&
		    route_has_method(route, request->method))
			request->route = route;
	}
	return request->route;
}

bool
route_body_flows(const struct api *api, struct request *request)
{
	const struct route *route = route_find(api, request);

	return route != NULL && route->body == ROUTE_BODY_FLOWS;
}

/* Who the visitor is, and by which scheme the page is seen, where it is not what the web server
 * sees. */
static void
adopt_proxies_word(const struct api *api, struct request *request)
{
	if (api->proxies != NULL)
		forwarded_apply(api->proxies, request);
	if (api->public_address.is_secure)
		request->https = "on";
}

void
route_request(const struct api *api, struct request *request)
{
	const struct route *route = route_find(api, request);

	adopt_proxies_word(api, request);
	if (api->advice != NULL)
		server_advice_give(api->advice, request);
	if (request->method_name[0] == '\0') {
		request_answer(request, problem_response(PROBLEM_METHOD_MISSING,
		                                         "the web server named no method"));
	} else if (route != NULL) {
		struct response *problem = check_site(api, route, request);
		if (problem == NULL)
			problem = check_rate(api, route, request);
		if (problem == NULL)
			problem = check_body(api, route, request);
		if (problem != NULL)
			request_answer(request, problem);
		else
			route->handle(api, request);
	} else if (path_exists(api, request->path)) {
		answer_other_method(api, request);
	} else {
		request_answer(request, problem_response(PROBLEM_PATH_UNKNOWN,
		                                         "there is nothing at this path"));
	}
}
