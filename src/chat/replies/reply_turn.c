/*
 * Whose turn it is. What is known of an address is noted in each of its replies, and is forgotten
 * with the last of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/reply_turn.h"

#include <stdbool.h>
#include <stddef.h>

#include "chat/replies/reply_life.h"

static bool
is_of_one_client(const struct reply *one, const struct reply *other)
{
	return client_address_is(&one->client, &other->client);
}

struct reply *
reply_turn_next(struct reply *first)
{
	struct reply *next = NULL;

	for (struct reply *reply = first; reply != NULL; reply = reply->next) {
		if (reply->has_begun)
			continue;
		if (next == NULL || reply->client_running < next->client_running ||
		    (reply->client_running == next->client_running &&
		     reply->client_turn < next->client_turn))
			next = reply;
	}
	return next;
}

void
reply_turn_join(const struct reply *first, struct reply *reply)
{
	for (const struct reply *other = first; other != NULL; other = other->next) {
		if (other != reply && is_of_one_client(other, reply)) {
			reply->client_running = other->client_running;
			reply->client_turn = other->client_turn;
			return;
		}
	}
}

void
reply_turn_take(struct reply *first, const struct reply *reply, uint64_t turn)
{
	for (struct reply *other = first; other != NULL; other = other->next) {
		if (is_of_one_client(other, reply)) {
			other->client_running++;
			other->client_turn = turn;
		}
	}
}

void
reply_turn_end(struct reply *first, const struct reply *reply)
{
	for (struct reply *other = first; other != NULL; other = other->next) {
		if (is_of_one_client(other, reply))
			other->client_running--;
	}
}
