/*
 * Replies that stream: who waits, who is made, what ends them. reply_life.h has the life of one.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/replies/replies.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "chat/limits/client_slots.h"
#include "chat/replies/reply_leases.h"
#include "chat/replies/reply_life.h"
#include "chat/replies/reply_look.h"
#include "chat/replies/reply_tell.h"
#include "chat/replies/reply_turn.h"
#include "chat/room_read.h"
#include "loop/mailbox.h"

struct replies {
	struct reply_host host; /* what each of them needs of us */
	struct replies_settings settings;
	struct client_slots *slots; /* who have the places: each reply has one */
	struct reply_look *look;    /* asks the store; NULL: nothing is stored */
	bool must_count;            /* the next look is also for what was abandoned */
	uv_timer_t poll;            /* while there are replies */
	uv_timer_t tend;
	unsigned open_timers;
	struct reply *first; /* in the order in which they came */
	unsigned made_count; /* of them, have begun */
	uint64_t turn;       /* how many have begun since the start */
	bool is_stopping;
};

/* --- places --- */

bool
replies_enter(struct replies *replies, const char *address, unsigned *queued)
{
	unsigned at_once = replies->settings.at_once;
	unsigned taken;

	bool may_enter = client_slots_enter(replies->slots, address, &taken);
	*queued = taken < at_once ? 0 : taken - at_once + 1;
	return may_enter;
}

void
replies_leave(struct replies *replies, const char *address)
{
	client_slots_leave(replies->slots, address);
}

static void
on_leave(struct reply *reply)
{
	replies_leave(reply->host->context, reply->address);
}

unsigned
replies_capacity(const struct replies *replies)
{
	return replies->settings.at_once + replies->settings.waiting;
}

/* --- beginning and ending --- */

static void
take_slot(struct replies *replies, const struct reply *reply)
{
	replies->made_count++;
	reply_turn_take(replies->first, reply, ++replies->turn);
}

/* Begins the replies whose turn it is. */
static void
begin_next(struct replies *replies)
{
	while (!replies->is_stopping && replies->made_count < replies->settings.at_once) {
		struct reply *reply = reply_turn_next(replies->first);
		if (reply == NULL)
			return;
		take_slot(replies, reply);
		/* That may end it, and others. */
		reply_make(reply);
	}
}

static void
abandon(struct replies *replies, struct reply *reply)
{
	if (!reply->has_begun)
		take_slot(replies, reply);
	reply_abandon(reply);
}

/* There is nothing more to be done for the reply. */
static void
on_over(struct reply *reply)
{
	struct replies *replies = reply->host->context;
	struct reply **link = &replies->first;

	while (*link != reply)
		link = &(*link)->next;
	*link = reply->next;
	if (reply->has_begun) {
		replies->made_count--;
		reply_turn_end(replies->first, reply);
	}
	if (replies->first == NULL)
		uv_timer_stop(&replies->poll);
	begin_next(replies);
}

/* --- what others do --- */

/* Asks the store, unless that is under way: about replies that must be asked about and, with
 * `is_in_turn`, about all others but those that have been written to since the last look. They may
 * know already, and are asked about next time, if they are silent by then. */
static void
look(struct replies *replies, bool is_in_turn)
{
	bool is_all = is_in_turn;

	if (replies->look == NULL || replies->is_stopping || reply_look_is_under_way(replies->look))
		return;
	for (struct reply *reply = replies->first; reply != NULL; reply = reply->next) {
		bool is_silent = is_in_turn && !reply->has_spoken;
		is_all &= is_silent || reply->must_poll;
		if (is_in_turn)
			reply->has_spoken = false;
		if (reply->room_key != NULL && (is_silent || reply->must_poll))
			reply_look_add(replies->look, reply->room_key, reply->reply_seq,
			               reply->must_poll);
		reply->must_poll = false;
	}
	reply_look_begin(replies->look, is_all, replies->must_count);
	replies->must_count = false;
}

static struct reply *
find_reply(const struct replies *replies, const char *room_key, int64_t reply_seq)
{
	struct reply *reply = replies->first;

	while (reply != NULL && (reply->reply_seq != reply_seq || reply->room_key == NULL ||
	                         strcmp(reply->room_key, room_key) != 0))
		reply = reply->next;
	return reply;
}

static bool
has_urgent(const struct replies *replies)
{
	for (const struct reply *reply = replies->first; reply != NULL; reply = reply->next) {
		if (reply->must_poll)
			return true;
	}
	return false;
}

static void
on_seen(void *context, const struct reply_sight *sight)
{
	struct replies *replies = context;

	for (size_t i = 0; i < sight->count; i++) {
		const struct reply_standing *standing = &sight->standings[i];
		/* It may have ended meanwhile, as may others with it. */
		struct reply *reply = find_reply(replies, standing->room_key, standing->reply_seq);
		if (reply != NULL)
			reply_see(reply, standing);
	}
	if (sight->has_abandoned && !replies->is_stopping)
		room_fail_abandoned(replies->host.rooms);
	if (has_urgent(replies))
		look(replies, false);
}

static void
on_poll(uv_timer_t *timer)
{
	look(timer->data, true);
}

/* A reply asks for it. */
static void
on_must_poll(struct reply *reply)
{
	look(reply->host->context, false);
}

struct poll_mail {
	struct mail mail; /* first, so that the mail is this */
	struct replies *replies;
};

static void
on_poll_mail(struct mail *mail)
{
	struct poll_mail *poll = (struct poll_mail *)mail;
	struct replies *replies = poll->replies;

	for (struct reply *reply = replies->first; reply != NULL; reply = reply->next)
		reply->must_poll = true;
	if (replies->first != NULL)
		look(replies, false);
	free(poll);
}

void
replies_poll(struct replies *replies)
{
	struct poll_mail *poll = must_allocate(sizeof(*poll));

	poll->mail.deliver = on_poll_mail;
	poll->replies = replies;
	mailbox_post(replies->host.mailbox, &poll->mail);
}

struct end_mail {
	struct mail mail; /* first, so that the mail is this */
	struct replies *replies;
	char *room_key;
	int64_t reply_seq;
};

static void
on_end_mail(struct mail *mail)
{
	struct end_mail *end = (struct end_mail *)mail;
	struct replies *replies = end->replies;
	struct reply *reply = find_reply(replies, end->room_key, end->reply_seq);

	if (reply != NULL && !reply->has_begun)
		take_slot(replies, reply);
	if (reply != NULL)
		reply_stop(reply);
	free(end->room_key);
	free(end);
}

void
replies_stop_reply(struct replies *replies, const char *room_key, int64_t reply_seq)
{
	struct end_mail *end = must_allocate(sizeof(*end));

	end->mail.deliver = on_end_mail;
	end->replies = replies;
	end->room_key = must_copy_text(room_key);
	end->reply_seq = reply_seq;
	mailbox_post(replies->host.mailbox, &end->mail);
}

static void
on_tend(uv_timer_t *timer)
{
	struct replies *replies = timer->data;

	for (struct reply *reply = replies->first; reply != NULL; reply = reply->next) {
		struct reply_listener *listener = reply->listener;
		if (listener != NULL && listener->beat != NULL)
			listener->beat(listener);
	}
	reply_leases_renew(replies->host.rooms, replies->first);
	/* Another process may have ended, and left replies that stream. */
	replies->must_count = true;
	look(replies, true);
}

/* --- from other threads --- */

static void
on_arrival(struct mail *mail)
{
	struct reply *reply = (struct reply *)mail;
	struct replies *replies = reply->host->context;
	struct reply **end = &replies->first;
	unsigned queued = 0;

	while (*end != NULL) {
		queued += !(*end)->has_begun;
		end = &(*end)->next;
	}
	*end = reply;
	/* It may have been stopped on its way here. */
	reply->must_poll = true;
	reply_turn_join(replies->first, reply);
	bool must_wait = queued > 0 || replies->made_count >= replies->settings.at_once;
	reply_open(reply, must_wait ? queued + 1 : 0);
	if (replies->look != NULL && !uv_is_active((uv_handle_t *)&replies->poll))
		uv_timer_start(&replies->poll, on_poll, BOUND_REPLIES_POLL_MS,
		               BOUND_REPLIES_POLL_MS);
	if (replies->is_stopping)
		abandon(replies, reply);
	else
		begin_next(replies);
}

void
replies_begin(struct replies *replies, const struct reply_order *order)
{
	struct reply *reply = reply_new(&replies->host, order);

	reply->mail.deliver = on_arrival;
	mailbox_post(replies->host.mailbox, &reply->mail);
}

/* --- starting and stopping --- */

/* One client leaves a quarter of the places to wait in to others, whatever the settings are. */
static unsigned
slots_per_client(const struct replies_settings *settings)
{
	unsigned most = settings->at_once + settings->waiting - settings->waiting / 4;

	return settings->per_client == 0 || settings->per_client > most ? most
	                                                                : settings->per_client;
}

enum err
replies_start(uv_loop_t *loop, const struct rooms *rooms, const struct replies_settings *settings,
              struct replies **result)
{
	struct replies *replies = must_allocate(sizeof(*replies));

	if (mailbox_open(loop, NULL, NULL, &replies->host.mailbox) != ERR_NONE) {
		free(replies);
		return ERR_SYSTEM;
	}
	replies->host.context = replies;
	replies->host.over = on_over;
	replies->host.leave = on_leave;
	replies->host.poll = on_must_poll;
	replies->host.loop = loop;
	replies->host.rooms = rooms;
	replies->settings = *settings;
	replies->host.store_patience_ms = settings->store_patience_ms;
	replies->slots = client_slots_new(replies_capacity(replies), slots_per_client(settings));
	uv_timer_init(loop, &replies->poll);
	uv_timer_init(loop, &replies->tend);
	replies->poll.data = replies;
	replies->tend.data = replies;
	replies->open_timers = 2;
	if (rooms->store_pool != NULL)
		replies->look = reply_look_new(rooms, on_seen, replies);
	uv_timer_start(&replies->tend, on_tend, 0, BOUND_HEARTBEAT_SECONDS * 1000);
	*result = replies;
	return ERR_NONE;
}

void
replies_run(struct replies *replies)
{
	while (client_slots_count(replies->slots) > 0)
		uv_run(replies->host.loop, UV_RUN_ONCE);
}

static void
on_stop_time(uv_timer_t *timer)
{
	/* Only so that the loop returns. */
	(void)timer;
}

void
replies_stop(struct replies *replies)
{
	int64_t end_us = clock_now_us() + BOUND_REPLIES_STOP_MS * 1000LL;

	replies->is_stopping = true;
	mailbox_deliver(replies->host.mailbox);
	for (struct reply *reply = replies->first; reply != NULL;) {
		struct reply *next = reply->next;
		abandon(replies, reply);
		reply = next;
	}
	uv_timer_start(&replies->tend, on_stop_time, 10, 10);
	while (replies->first != NULL && clock_now_us() < end_us)
		uv_run(replies->host.loop, UV_RUN_ONCE);
}

void
replies_dismiss(struct replies *replies)
{
	replies->host.is_closed = true;
	mailbox_deliver(replies->host.mailbox);
	for (struct reply *reply = replies->first; reply != NULL; reply = reply->next)
		reply_end_listening(reply, true);
}

static void
on_timer_closed(uv_handle_t *handle)
{
	struct replies *replies = handle->data;

	replies->open_timers--;
}

void
replies_free(struct replies *replies)
{
	/* What the committer has still written is told, and what it has still begun arrives. */
	replies->host.is_closed = true;
	mailbox_deliver(replies->host.mailbox);
	while (replies->first != NULL)
		reply_give_up(replies->first);
	uv_close((uv_handle_t *)&replies->poll, on_timer_closed);
	uv_close((uv_handle_t *)&replies->tend, on_timer_closed);
	while (replies->open_timers > 0 || client_slots_count(replies->slots) > 0)
		uv_run(replies->host.loop, UV_RUN_ONCE);
	mailbox_close(replies->host.mailbox);
	client_slots_free(replies->slots);
	if (replies->look != NULL)
		reply_look_free(replies->look);
	free(replies);
}
