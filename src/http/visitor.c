/*
 * Who asks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/visitor.h"

#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "chat/people/secret.h"
#include "chat/room.h"
#include "http/handlers/api.h"
#include "http/request.h"
#include "http/session_cookie.h"

static void
adopt_session(struct visitor *visitor, const char *mark)
{
	visitor->is_known = true;
	memcpy(visitor->private_room, mark, sizeof(visitor->private_room));
	memcpy(visitor->author, mark, sizeof(visitor->author));
}

/* --- sessions of ours --- */

static bool
find_session(const struct request *request, const struct session_keys *keys,
             struct session *session)
{
	const char *at = request->cookie;
	struct cookie cookie;

	while (session_cookie_next(&at, &cookie)) {
		if (session_cookie_is_ours(request, keys, &cookie) &&
		    session_read(keys, cookie.value, cookie.value_size, session))
			return true;
	}
	return false;
}

/* --- sessions of earlier versions --- */

static void
ignore_event(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

/* Whether there is a conversation under the mark. Only an earlier version can have made it: no
 * session of ours has such a mark. */
static enum err
find_conversation(const struct api *api, const char *mark, bool *is_there)
{
	const struct store_range range = { .room = mark, .after = -1, .limit = 1 };
	struct store_page page = { .next = 0 };
	enum err err = room_read(api->rooms, &range, ignore_event, NULL, &page);

	*is_there = err == ERR_NONE && page.next > 0;
	return err;
}

/* `keys` NULL: there are none now, and the cookie is left as it is. */
static void
find_old_session(const struct api *api, struct request *request, const struct session_keys *keys,
                 struct visitor *visitor)
{
	const char *at = request->cookie;
	char mark[SESSION_MARK_BYTES];
	struct session session;
	struct cookie cookie;
	bool is_there;

	for (unsigned count = 0; count < BOUND_OLD_COOKIES && session_cookie_next(&at, &cookie);) {
		if (!session_cookie_is_old(&cookie) ||
		    !session_read_old(cookie.value, cookie.value_size, mark))
			continue;
		count++;
		if (find_conversation(api, mark, &is_there) != ERR_NONE) {
			visitor->is_unclear = true;
			return;
		}
		if (!is_there)
			continue;
		adopt_session(visitor, mark);
		if (keys != NULL && session_cookie_can_be_set(request)) {
			session_take_over(keys, cookie.value, &session);
			session_cookie_set(request, keys, session.token);
			session_cookie_remove_old(request);
		}
		return;
	}
}

/* --- visitors --- */

/* Whether there is a cookie that may be a session. */
static bool
has_candidate(const struct request *request, bool (*is_one)(const struct cookie *cookie))
{
	const char *at = request->cookie;
	struct cookie cookie;

	while (session_cookie_next(&at, &cookie)) {
		if (is_one(&cookie))
			return true;
	}
	return false;
}

static void
read_cookies(const struct api *api, struct request *request, struct visitor *visitor)
{
	bool may_be_ours = has_candidate(request, session_cookie_may_be_ours);
	bool may_be_old = has_candidate(request, session_cookie_is_old);
	struct session_keys keys;
	struct session session;

	if (!may_be_ours && !may_be_old)
		return;
	bool has_keys = secret_keys(api->secret, &keys) == ERR_NONE;
	if (has_keys && may_be_ours && find_session(request, &keys, &session))
		adopt_session(visitor, session.mark);
	else if (may_be_old)
		find_old_session(api, request, has_keys ? &keys : NULL, visitor);
	if (!visitor->is_known && !has_keys && may_be_ours)
		visitor->is_unclear = true;
}

void
visitor_read(const struct api *api, struct request *request, struct visitor *visitor)
{
	*visitor = (struct visitor){ .is_known = false };
	if (api->rooms->store_pool == NULL)
		return;
	if (request->remote_user[0] != '\0') {
		visitor->is_known = true;
		session_of_user(request->remote_user, visitor->private_room, visitor->author);
		return;
	}
	read_cookies(api, request, visitor);
}

enum err
visitor_start_session(const struct api *api, struct request *request, struct visitor *visitor)
{
	struct session_keys keys;
	struct session session;

	enum err err = secret_keys(api->secret, &keys);
	if (err != ERR_NONE)
		return err;
	session_begin(&keys, &session);
	adopt_session(visitor, session.mark);
	session_cookie_set(request, &keys, session.token);
	return ERR_NONE;
}
