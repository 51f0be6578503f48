/*
 * Replies that stream: who waits, who is made, what ends them. reply_life.c has the life of one:
 * what is stored of it, and how its listener hears it.
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
#include "chat/replies/reply_life.h"
#include "chat/replies/reply_turn.h"
#include "chat/room_read.h"
#include "chat/store_pool.h"
#include "loop/mailbox.h"

struct replies {
	struct reply_host host; /* what each of them needs of us */
	struct replies_settings settings;
	struct client_slots *slots; /* who have the places: each reply has one */
	struct store *store;        /* the loop's own, to look; NULL: nothing is stored */
	int64_t version;            /* of the store, when it was last looked at */
	uv_timer_t look;            /* while there are replies */
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
		uv_timer_stop(&replies->look);
	begin_next(replies);
}

/* --- what others do --- */

/* Asks the store about each reply; with `silent_only` not about those that have been written to
 * since the last look: they may know already. False: there were some of these. */
static bool
poll_all(struct replies *replies, bool silent_only)
{
	struct reply *reply;
	bool is_all = true;

	for (reply = replies->first; reply != NULL; reply = reply->next) {
		reply->must_poll = !silent_only || !reply->has_spoken;
		reply->has_spoken = false;
		is_all &= reply->must_poll;
	}
	/* From the first again each time: a reply that ends takes itself and others out. */
	for (;;) {
		for (reply = replies->first; reply != NULL && !reply->must_poll;)
			reply = reply->next;
		if (reply == NULL)
			return is_all;
		reply->must_poll = false;
		reply_poll(reply);
	}
}

static void
on_poll(uv_timer_t *timer)
{
	struct replies *replies = timer->data;
	int64_t version;

	if (store_pool_engine(replies->host.rooms->store_pool)->version(replies->store, &version) !=
	            ERR_NONE ||
	    version == replies->version)
		return;
	/* What was left out is looked at next time, if it is silent by then. */
	if (poll_all(replies, true))
		replies->version = version;
}

struct poll_mail {
	struct mail mail; /* first, so that the mail is this */
	struct replies *replies;
};

static void
on_poll_mail(struct mail *mail)
{
	struct poll_mail *look = (struct poll_mail *)mail;

	(void)poll_all(look->replies, false);
	free(look);
}

void
replies_poll(struct replies *replies)
{
	struct poll_mail *look = must_allocate(sizeof(*look));

	look->mail.deliver = on_poll_mail;
	look->replies = replies;
	mailbox_post(replies->host.mailbox, &look->mail);
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
	struct reply *reply = end->replies->first;

	while (reply != NULL && (reply->reply_seq != end->reply_seq || reply->room_key == NULL ||
	                         strcmp(reply->room_key, end->room_key) != 0))
		reply = reply->next;
	if (reply != NULL)
		reply_end(reply);
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
	/* Another process may have ended, and left replies that stream. */
	if (replies->store != NULL && room_has_abandoned(replies->host.rooms))
		room_fail_abandoned(replies->host.rooms);
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
	reply_turn_join(replies->first, reply);
	bool must_wait = queued > 0 || replies->made_count >= replies->settings.at_once;
	reply_open(reply, must_wait ? queued + 1 : 0);
	if (replies->store != NULL && !uv_is_active((uv_handle_t *)&replies->look))
		uv_timer_start(&replies->look, on_poll, BOUND_REPLIES_POLL_MS,
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
	replies->host.loop = loop;
	replies->host.rooms = rooms;
	replies->settings = *settings;
	replies->host.store_patience_ms = settings->store_patience_ms;
	replies->slots = client_slots_new(replies_capacity(replies), slots_per_client(settings));
	uv_timer_init(loop, &replies->look);
	uv_timer_init(loop, &replies->tend);
	replies->look.data = replies;
	replies->tend.data = replies;
	replies->open_timers = 2;
	if (rooms->store_pool != NULL)
		replies->store = store_pool_take(rooms->store_pool);
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
	uv_close((uv_handle_t *)&replies->look, on_timer_closed);
	uv_close((uv_handle_t *)&replies->tend, on_timer_closed);
	while (replies->open_timers > 0 || client_slots_count(replies->slots) > 0)
		uv_run(replies->host.loop, UV_RUN_ONCE);
	mailbox_close(replies->host.mailbox);
	client_slots_free(replies->slots);
	if (replies->store != NULL)
		store_pool_give(replies->host.rooms->store_pool, replies->store);
	free(replies);
}
