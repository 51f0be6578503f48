/*
 * GET /chat/api/events: a page of a room, what is behind a cursor, waiting for it, or following it.
 * DELETE /chat/api/events/SEQ: deleting a message.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "chat/limits/fair_pool.h"
#include "chat/live/live.h"
#include "chat/room.h"
#include "chat/room_wait.h"
#include "http/handlers/api.h"
#include "http/render/page.h"
#include "http/render/problem.h"
#include "http/render/representation.h"
#include "http/request.h"
#include "http/response.h"
#include "http/scope.h"
#include "http/url_query.h"
#include "text/cursor.h"

/* Bytes of a page with which a stream begins: more of it than a peer takes at once would wait. */
#define FOLLOWED_PAGE_BYTES (BOUND_STREAM_BYTES / 2)

/* A GET that is being answered; freed when it is. */
struct reading_request {
	struct fair_work work; /* first, so that the work is this */
	const struct api *api;
	struct request *request;
	const struct representation *representation;
	struct scope scope;
	struct store_range range;
	int64_t wait_seconds;
	bool has_wait;    /* whether it was said how long */
	bool has_waited;  /* as nothing was there */
	bool is_followed; /* the page is the beginning of a stream */
	bool is_of_known; /* a visitor who is not known gets no session */
};

/* --- what is asked for --- */

/* A number among the parameters; `initial` where it is absent. False: it is not readable. */
static bool
read_number(const char *query, const char *name, int64_t initial, int64_t *value)
{
	*value = initial;
	return url_query_number(query, name, value) != QUERY_INVALID;
}

/* The cursor behind which to read, if there is one. False: it is not readable. */
static bool
read_after(const char *query, struct cursor *after)
{
	struct buf text;

	*after = cursor_at(-1);
	buf_init(&text, CURSOR_BYTES);
	enum query_found found = url_query_text(query, "after", &text);
	bool is_valid = found == QUERY_ABSENT ||
	                (found == QUERY_FOUND && cursor_parse(buf_text(&text), after));
	buf_fini(&text);
	return is_valid;
}

/* Whether a visitor who is not known is to get a session, and whether the answer tells. */
static bool
read_session(struct reading_request *reading)
{
	struct buf value;

	buf_init(&value, 16);
	enum query_found found = url_query_text(reading->request->query, "session", &value);
	reading->is_of_known = found == QUERY_FOUND;
	bool is_fine =
		found == QUERY_ABSENT || (found == QUERY_FOUND && strcmp(value.data, "known") == 0);
	buf_fini(&value);
	return is_fine;
}

static struct response *
read_range(struct reading_request *reading)
{
	const char *query = reading->request->query;
	const char *last_event_id = reading->request->last_event_id;
	struct store_range *range = &reading->range;
	struct cursor after;
	int64_t limit;

	if (!read_after(query, &after) || !read_number(query, "before", 0, &range->before) ||
	    !read_number(query, "limit", BOUND_PAGE_EVENTS, &limit) ||
	    !read_number(query, "wait", -1, &reading->wait_seconds))
		return problem_response(PROBLEM_QUERY_INVALID,
		                        "after, before, limit and wait are whole numbers, "
		                        "after a cursor, too");
	if (!read_session(reading))
		return problem_response(PROBLEM_QUERY_INVALID, "session can only be \"known\"");
	reading->has_wait = reading->wait_seconds >= 0;
	/* The id of the last event that a stream's client has seen wins. */
	if (last_event_id[0] != '\0' && !cursor_parse(last_event_id, &after))
		return problem_response(PROBLEM_QUERY_INVALID, "Last-Event-ID is not a cursor");
	range->after = after.seq;
	range->epoch = after.epoch;
	if (range->after >= 0 && range->before > 0)
		return problem_response(PROBLEM_QUERY_INVALID, "either after or before, not both");
	if (limit < 1 || limit > BOUND_PAGE_EVENTS_MAX)
		return problem_response(PROBLEM_QUERY_INVALID, "limit is a number from 1 to %d",
		                        BOUND_PAGE_EVENTS_MAX);
	range->limit = (unsigned)limit;
	range->room = reading->scope.room.key;
	return NULL;
}

/* --- a page --- */

static struct response *
page_response(const struct reading_request *reading, const struct page *page,
              const struct store_page *read)
{
	const struct scope *scope = &reading->scope;
	char tag[SESSION_TAG_BYTES] = "";
	struct page_facts facts = {
		.room = scope_shown_name(scope),
		.next = { read->next, read->epoch },
		.more = read->more || page->is_cut,
		.is_reset = read->is_reset,
		.is_newcomer = scope->room.key == NULL && !reading->is_of_known,
	};
	struct response *response = response_new(200, reading->representation->content_type);

	if (page->is_forward && page->is_cut)
		facts.next.seq = page->numbers[page->count - 1];
	if (reading->is_of_known) {
		if (scope->visitor.is_known)
			session_tag(scope->visitor.author, tag);
		facts.session = tag;
	}
	page_append(page, &facts, response);
	return response;
}

/* --- answering --- */

static void
finish(struct reading_request *reading, struct response *response)
{
	struct request *request = reading->request;

	scope_fini(&reading->scope);
	free(reading);
	request_answer(request, response);
}

static void
read_in_turn(void *context);

static void
follow(struct reading_request *reading, const struct page *page, struct cursor after);

/* Waits where that was asked for, there is nothing yet, and not too many do so already: each takes
 * a connection, and posts need some. True: the answer comes later. */
static bool
wait_for_more(struct reading_request *reading, const struct store_page *page, size_t count)
{
	const struct api *api = reading->api;
	const struct cursor after = { reading->range.after, reading->range.epoch };
	int64_t seconds = reading->wait_seconds;

	if (seconds > api->wait_seconds)
		seconds = api->wait_seconds;
	if (seconds <= 0 || reading->range.after < 0 || count > 0 || page->is_reset)
		return false;
	reading->wait_seconds = 0;
	reading->has_waited = true;
	if (api->live != NULL)
		return live_wait(api->live, reading->range.room, after, seconds * 1000,
		                 reading->request->remote_address, read_in_turn, reading);
	room_wait(api->rooms, reading->range.room, after, seconds * 1000);
	read_in_turn(reading);
	return true;
}

static enum err
read_page(const struct reading_request *reading, struct page *page, struct store_page *read)
{
	const struct rooms *rooms = reading->api->rooms;
	enum err err = room_read(rooms, &reading->range, page_add_event, page, read);

	/* As CGI nobody looks after what a killed process has left, but who sees it, or waits for
	 * more of it. */
	bool may_wait = page->has_streaming || page->is_forward;
	if (err != ERR_NONE || !may_wait || reading->api->live != NULL ||
	    !room_has_abandoned(rooms))
		return err;
	room_fail_abandoned(rooms);
	page_clear(page);
	return room_read(rooms, &reading->range, page_add_event, page, read);
}

/* Reads, and answers or goes on waiting. Returns the answer's bytes. */
static size_t
answer_now(struct reading_request *reading)
{
	bool is_forward = reading->range.after >= 0;
	struct page *page = page_new(reading->representation, is_forward,
	                             reading->is_followed ? FOLLOWED_PAGE_BYTES : BOUND_PAGE_BYTES);
	struct store_page read = { .next = 0 };
	struct response *response = NULL;
	size_t size = 0;

	if (read_page(reading, page, &read) != ERR_NONE) {
		response = problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used");
	} else if (reading->is_followed) {
		size = page->events.size;
		follow(reading, page, (struct cursor){ read.next, read.epoch });
	} else if (!wait_for_more(reading, &read, page->count)) {
		response = page_response(reading, page, &read);
	}
	page_free(page);
	/* It may be answered already, and gone. */
	if (response == NULL)
		return size;
	size = response->body.size;
	finish(reading, response);
	return size;
}

/* --- in turn --- */

static size_t
run_reading(struct fair_work *work)
{
	return answer_now((struct reading_request *)work);
}

/* The program ends. Who has waited is told that nothing has come, without another look: it asks
 * again, from the same cursor. */
static struct response *
stopping_response(const struct reading_request *reading)
{
	const struct store_page read = { .next = reading->range.after,
		                         .epoch = reading->range.epoch };

	if (!reading->has_waited)
		return problem_response(PROBLEM_READS_BUSY, "the program is being stopped");
	struct page *page = page_new(reading->representation, true, BOUND_PAGE_BYTES);
	struct response *response = page_response(reading, page, &read);
	page_free(page);
	return response;
}

static void
refuse_reading(struct fair_work *work)
{
	struct reading_request *reading = (struct reading_request *)work;

	finish(reading, stopping_response(reading));
}

/* Has the page read when it is its address's turn, on whatever thread this is called. */
static void
read_in_turn(void *context)
{
	struct reading_request *reading = context;
	unsigned wait_seconds = 0;
	struct response *problem;

	if (reading->api->reads == NULL) {
		answer_now(reading);
		return;
	}
	reading->work.run = run_reading;
	reading->work.refuse = refuse_reading;
	switch (fair_pool_submit(reading->api->reads, &reading->work,
	                         reading->request->remote_address, &wait_seconds)) {
	case FAIR_POOL_TAKEN: return;
	case FAIR_POOL_STOPPED: problem = stopping_response(reading); break;
	case FAIR_POOL_CLIENT_FULL:
		problem = problem_response(PROBLEM_TOO_MANY_READS,
		                           "too many pages are asked for from this address");
		response_add_retry_after(problem, wait_seconds);
		break;
	default: problem = problem_response(PROBLEM_READS_BUSY, "too many pages are asked for");
	}
	finish(reading, problem);
}

/* A visitor without a session: nothing can be there yet. Who reads on has lost it. */
static void
answer_newcomer(struct reading_request *reading)
{
	const struct store_page read = { .next = 0, .is_reset = reading->range.after > 0 };

	if (!reading->is_of_known && visitor_start_session(reading->api, reading->request,
	                                                   &reading->scope.visitor) != ERR_NONE) {
		finish(reading,
		       problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used"));
		return;
	}
	struct page *page = page_new(reading->representation, false, BOUND_PAGE_BYTES);
	struct response *response = page_response(reading, page, &read);
	page_free(page);
	finish(reading, response);
}

/* --- following --- */

/* Whether the answer goes on: a format that has pages can also be read without. */
static bool
wants_to_follow(const struct reading_request *reading)
{
	const struct representation *representation = reading->representation;

	if (reading->request->method != METHOD_GET || representation->renderer == NULL)
		return false;
	return !representation->has_pages || (!reading->has_wait && reading->range.before == 0);
}

/* A problem with streaming to this client, or NULL: it has a room to follow. */
static struct response *
check_stream(struct reading_request *reading)
{
	const struct api *api = reading->api;

	if (!api->has_streams || api->live == NULL || !request_can_stream(reading->request))
		return problem_response(PROBLEM_STREAMS_UNAVAILABLE,
		                        "here events are not streamed: use wait=");
	if (reading->scope.room.key != NULL)
		return NULL;
	if (visitor_start_session(api, reading->request, &reading->scope.visitor) != ERR_NONE)
		return problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used");
	reading->scope.room.key = reading->scope.visitor.private_room;
	reading->range.room = reading->scope.room.key;
	return NULL;
}

/* Begins the stream, with the page if there is one, and goes on behind the cursor. */
static void
follow(struct reading_request *reading, const struct page *page, struct cursor after)
{
	const struct api *api = reading->api;
	struct request *request = reading->request;

	if (!live_enter(api->live, request->remote_address)) {
		finish(reading, problem_response(PROBLEM_TOO_MANY_STREAMS,
		                                 "too many streams are open: use wait="));
		return;
	}
	struct response *response = response_new_stream(reading->representation->content_type);
	if (page != NULL)
		page_append_events(page, response);
	char *address = must_copy_text(request->remote_address);
	struct event_sink *sink = request_stream(request, response);
	live_follow(api->live, reading->scope.room.key, after, address,
	            reading->representation->renderer, sink);
	free(address);
	scope_fini(&reading->scope);
	free(reading);
}

/* Who asks for lines and says no cursor is shown the newest page first, as by tail(1). */
static void
begin_following(struct reading_request *reading)
{
	struct response *problem = check_stream(reading);

	if (problem != NULL) {
		finish(reading, problem);
		return;
	}
	reading->is_followed = true;
	if (reading->representation->has_pages && reading->range.after < 0)
		read_in_turn(reading);
	else
		follow(reading, NULL,
		       (struct cursor){ reading->range.after, reading->range.epoch });
}

void
api_read(const struct api *api, struct request *request)
{
	if (api->rooms->store_pool == NULL) {
		request_answer(request,
		               problem_response(PROBLEM_PATH_UNKNOWN, "nothing is stored here"));
		return;
	}
	struct reading_request *reading = must_allocate(sizeof(*reading));
	reading->api = api;
	reading->request = request;
	reading->representation = representation_of_events(request->accept);
	/* There it is a stream, or nothing. */
	if (request->method == METHOD_HEAD && !reading->representation->has_pages)
		reading->representation = &representation_json;
	struct response *problem = scope_read_query(api, request, &reading->scope);
	if (problem == NULL)
		problem = read_range(reading);
	if (problem != NULL)
		finish(reading, problem);
	else if (wants_to_follow(reading))
		begin_following(reading);
	else if (reading->scope.room.key == NULL)
		answer_newcomer(reading);
	else
		read_in_turn(reading);
}

/* --- deleting --- */

static void
deleted(void *context, enum err err, enum store_outcome outcome)
{
	struct request *request = context;
	struct response *response;

	if (err == ERR_NOT_ERASED)
		response = problem_response(PROBLEM_STORE_UNAVAILABLE,
		                            "the message is deleted, but its text is still in "
		                            "the store: ask again");
	else if (err == ERR_UNKNOWN_COMMIT)
		response =
			problem_response(PROBLEM_OUTCOME_UNKNOWN,
		                         "whether the message was deleted is not known: ask again");
	else if (err != ERR_NONE)
		response = problem_response(PROBLEM_STORE_UNAVAILABLE, "the store cannot be used");
	else if (outcome == STORE_NOT_FOUND)
		response = problem_response(PROBLEM_EVENT_UNKNOWN, "there is no such message");
	else if (outcome == STORE_NOT_THE_AUTHOR)
		response = problem_response(PROBLEM_NOT_THE_AUTHOR, "it is not your message");
	else
		response = response_new(204, NULL);
	request_answer(request, response);
}

void
api_delete(const struct api *api, struct request *request)
{
	/* The route table has matched "/events/" and digits. */
	int64_t seq = strtoll(strrchr(request->path, '/') + 1, NULL, 10);
	struct scope scope;

	struct response *problem = scope_read_query(api, request, &scope);
	if (problem == NULL && scope.room.key == NULL)
		problem = problem_response(PROBLEM_EVENT_UNKNOWN, "there is no such message");
	if (problem != NULL)
		request_answer(request, problem);
	else
		room_delete(api->rooms, scope.room.key, seq, scope.visitor.author, deleted,
		            request);
	scope_fini(&scope);
}
