/*
 * Putting the layers together, and in which order they start and stop.
 *
 * SPDX-License-Identifier: MIT
 */
#include "app/assembly.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "chat/committer.h"
#include "chat/limits/fair_pool.h"
#include "chat/limits/rate_limit.h"
#include "chat/live/live.h"
#include "chat/people/secret.h"
#include "chat/replies/replies.h"
#include "chat/store_pool.h"
#include "loop/workers.h"
#include "responder/status.h"
#include "store/sqlite/engine.h"

/* --- programs that answer --- */

/* What a program is told of our environment, beside what the configuration passes on. */
static const struct {
	const char *name;
	const char *initial; /* where we do not have it; NULL: not at all */
} basic_environment[] = {
	{ "PATH", "/usr/local/bin:/usr/bin:/bin" },
	{ "LANG", "C.UTF-8" },
	{ "HOME", NULL },
};

#define STATUS_ENTRY STATUS_VARIABLE "=" DIGITS_OF(STATUS_DESCRIPTOR)
#define DIGITS_OF(number) DIGITS(number)
#define DIGITS(number) #number

#define BASIC_COUNT (sizeof(basic_environment) / sizeof(basic_environment[0]))

static void
add_variable(char **environment, size_t *count, const char *name, const char *initial)
{
	const char *value = getenv(name);
	struct buf text;

	if (value == NULL)
		value = initial;
	if (value == NULL)
		return;
	buf_init(&text, strlen(name) + strlen(value) + 1);
	if (buf_append_format(&text, "%s=%s", name, value) != ERR_NONE)
		abort();
	environment[(*count)++] = text.data;
}

static char **
environment_of(const struct config_reply *reply)
{
	char pass[sizeof(reply->pass)];
	char **environment =
		must_allocate((BASIC_COUNT + sizeof(pass) / 2 + 2) * sizeof(*environment));
	size_t count = 0;
	char *rest = NULL;

	for (size_t i = 0; i < BASIC_COUNT; i++)
		add_variable(environment, &count, basic_environment[i].name,
		             basic_environment[i].initial);
	memcpy(pass, reply->pass, sizeof(pass));
	for (char *name = strtok_r(pass, " \t", &rest); name != NULL;
	     name = strtok_r(NULL, " \t", &rest))
		add_variable(environment, &count, name, NULL);
	environment[count++] = must_copy_text(STATUS_ENTRY);
	return environment;
}

static char **
arguments_of(struct config_reply *reply)
{
	char **arguments = must_allocate((reply->word_count + 1) * sizeof(*arguments));
	char *word = reply->words;

	for (size_t i = 0; i < reply->word_count; i++) {
		arguments[i] = word;
		word += strlen(word) + 1;
	}
	return arguments;
}

static void
assemble_programs(struct assembly *assembly)
{
	struct config *config = &assembly->config;

	for (size_t i = 0; i < config->reply_count; i++) {
		struct config_reply *reply = &config->replies_by_programs[i];
		assembly->programs[i] = (struct program){
			.name = reply->name,
			.arguments = arguments_of(reply),
			.environment = environment_of(reply),
			.has_status = true,
			.loop = &assembly->loop,
			.seconds = (unsigned)config->reply_seconds,
		};
		program_init(&assembly->programs[i]);
	}
}

static void
free_programs(struct assembly *assembly)
{
	for (size_t i = 0; i < assembly->config.reply_count; i++) {
		struct program *program = &assembly->programs[i];
		for (char **variable = program->environment; *variable != NULL; variable++)
			free(*variable);
		free(program->environment);
		free(program->arguments);
	}
}

/* --- rooms --- */

/* The responder of that name, which config_check_responder has found fine; NULL of "none". */
static const struct responder *
responder_of(const struct assembly *assembly, const char *name)
{
	size_t index;

	switch (config_find_responder(&assembly->config, name, &index)) {
	case CONFIG_RESPONDER_ECHO: return &assembly->echo.responder;
	case CONFIG_RESPONDER_PROGRAM: return &assembly->programs[index].responder;
	case CONFIG_RESPONDER_NONE:
	case CONFIG_RESPONDER_UNKNOWN: break;
	}
	return NULL;
}

static void
assemble_rooms(struct assembly *assembly)
{
	const struct config *config = &assembly->config;

	for (size_t i = 0; i < config->room_count; i++) {
		const struct config_room *room = &config->rooms[i];
		assembly->rules[i] = (struct room_rule){
			.name = room->name,
			.title = room->title,
			.responder = responder_of(assembly, room->reply[0] == '\0' ? config->reply
			                                                           : room->reply),
		};
	}
	assembly->rooms = (struct rooms){
		.shared = assembly->rules,
		.shared_count = config->room_count,
		.is_open = config->open_rooms == CONFIG_YES,
		.responder = responder_of(assembly, config->reply),
		.reply_bytes_max = (size_t)config->reply_bytes,
		.history_messages = (size_t)config->history_messages,
		.history_bytes = (size_t)config->history_bytes,
	};
}

static void
assemble(struct assembly *assembly, bool is_cgi)
{
	const struct config *config = &assembly->config;

	echo_init(&assembly->echo, config->echo);
	assemble_programs(assembly);
	assemble_rooms(assembly);
	assembly->store = (struct store_settings){
		.folder = config->data,
		.is_power_safe = config->durability == CONFIG_DURABILITY_POWER,
		.is_wal = config->journal == CONFIG_JOURNAL_WAL,
		.lease_ms = BOUND_LEASE_SECONDS * INT64_C(1000),
		.is_brief = is_cgi,
	};
	/* What config_set has found fine. */
	if (!proxies_read(config->proxies, &assembly->proxies) ||
	    !public_address_read(config->public, &assembly->public_address))
		abort();
	assembly->page_settings = (struct page_settings){
		.name = config->name,
		.greeting = config->greeting,
		.accent = config->accent,
		.logo = config->logo,
	};
	assembly->api = (struct api){
		.rooms = &assembly->rooms,
		.settings = &assembly->page_settings,
		.reply_wait_ms = (unsigned)config->reply_wait * 1000,
		.message_bytes_max = (size_t)config->message_bytes,
		.body_bytes_max = (size_t)config->body_bytes,
		.json_depth_max = (unsigned)config->json_depth,
		.proxies = assembly->proxies.count == 0 ? NULL : &assembly->proxies,
		.public_address = assembly->public_address,
	};
}

/* --- starting --- */

static bool
wants_news(void *context)
{
	const struct api *api = context;

	return api->live != NULL && live_wants_news(api->live);
}

static void
on_committed(void *context, struct news *news)
{
	const struct api *api = context;

	if (api->live != NULL)
		live_take_news(api->live, news);
}

/* The store, if there is one. */
static enum err
start_store(struct assembly *assembly, bool has_thread)
{
	const struct config *config = &assembly->config;
	const int64_t day_ms = 24 * 3600 * 1000;
	const struct committer_settings settings = {
		.engine = &store_sqlite,
		.store = &assembly->store,
		.has_thread = has_thread,
		.limits = {
			.messages_max = config->keep_messages,
			.age_max_ms = config->keep_days * day_ms,
			.idle_max_ms = config->keep_idle_days * day_ms,
			.bytes_max = (int64_t)config->keep_mib * 1024 * 1024,
			.has_oldest_go = config->when_full == CONFIG_WHEN_FULL_OLDEST,
		},
		.committed = on_committed,
		.wants_news = wants_news,
		.context = &assembly->api,
	};

	if (config->data[0] == '\0')
		return ERR_NONE;
	assembly->rooms.store_pool = store_pool_new(&store_sqlite, &assembly->store);
	assembly->api.secret = secret_new(config->data);
	return committer_start(&settings, &assembly->rooms.committer);
}

static enum err
start_loop(struct assembly *assembly)
{
	assembly->has_loop = uv_loop_init(&assembly->loop) == 0;
	if (!assembly->has_loop)
		return ERR_SYSTEM;
	assembly->rooms.workers = workers_new(&assembly->loop);
	return ERR_NONE;
}

static enum err
start_replies(struct assembly *assembly, unsigned waiting, int64_t store_patience_ms)
{
	const struct replies_settings settings = {
		.at_once = (unsigned)assembly->config.replies,
		.waiting = waiting,
		.per_client = (unsigned)assembly->config.replies_per_client,
		.store_patience_ms = store_patience_ms,
	};

	if (assembly->config.reply_count == 0)
		return ERR_NONE;
	descriptors_keep();
	return replies_start(&assembly->loop, &assembly->rooms, &settings,
	                     &assembly->rooms.replies);
}

static enum err
start_live(struct assembly *assembly, unsigned streams_max, unsigned streams_per_client_max)
{
	const struct live_settings settings = { streams_max, streams_per_client_max,
		                                assembly->read_limit };

	return live_start(&assembly->loop, &assembly->rooms, &settings, &assembly->api.live);
}

/* Who reads pages, so that they stand in nobody's way. */
static enum err
start_reads(struct assembly *assembly)
{
	const struct config *config = &assembly->config;
	const struct fair_pool_settings settings = {
		/* Whoever follows by long-polls reads when something has come. */
		.waiting = BOUND_READS_WAITING + (unsigned)config->streams,
		.waiting_per_client =
			BOUND_READS_WAITING_PER_CLIENT + (unsigned)config->streams_per_client,
		.held_per_client = BOUND_HELD_BYTES_PER_CLIENT,
		.rate = assembly->read_limit,
	};

	return fair_pool_start(&settings, &assembly->api.reads);
}

/* How news reach a client at best: streams, held requests, or neither. */
static void
allow_live(struct assembly *assembly, unsigned wait_seconds, bool has_streams)
{
	enum config_live live = assembly->config.live;

	assembly->api.wait_seconds = live == CONFIG_LIVE_POLL ? 0 : wait_seconds;
	assembly->api.has_streams =
		has_streams && (live == CONFIG_LIVE_AUTO || live == CONFIG_LIVE_SSE);
}

enum err
assembly_start_cgi(struct assembly *assembly, bool wants_stream)
{
	const struct config *config = &assembly->config;
	/* A process for each follower: only where that is wanted. */
	bool has_streams =
		wants_stream && config->live == CONFIG_LIVE_SSE && config->data[0] != '\0';
	enum err err = ERR_NONE;

	assemble(assembly, true);
	allow_live(assembly, BOUND_WAIT_SECONDS_CGI, has_streams);
	if (config->reply_count > 0 || has_streams)
		err = start_loop(assembly);
	if (err == ERR_NONE)
		err = start_store(assembly, false);
	/* None waits: each process is there for one, and does not stay for ever. */
	if (err == ERR_NONE)
		err = start_replies(assembly, 0, BOUND_REPLY_STORE_MS_CGI);
	if (err == ERR_NONE && has_streams)
		err = start_live(assembly, 1, 1);
	return err;
}

enum err
assembly_start_fcgi(struct assembly *assembly)
{
	const struct config *config = &assembly->config;

	assemble(assembly, false);
	allow_live(assembly, BOUND_WAIT_SECONDS, true);
	if (config->data[0] != '\0' && assembly->api.wait_seconds > 0) {
		assembly->advice.streams_max = (unsigned)config->streams;
		assembly->api.advice = &assembly->advice;
	}
	if (config->posts_burst > 0)
		assembly->api.post_limit = rate_limit_new((unsigned)config->posts_burst,
		                                          (unsigned)config->posts_per_second);
	if (config->reads_burst > 0)
		assembly->read_limit = rate_limit_new((unsigned)config->reads_burst,
		                                      (unsigned)config->reads_per_second);
	enum err err = start_loop(assembly);
	if (err == ERR_NONE)
		err = start_store(assembly, true);
	if (err == ERR_NONE)
		err = start_replies(assembly, (unsigned)config->replies_waiting, 0);
	if (err == ERR_NONE && assembly->rooms.store_pool != NULL)
		err = start_live(assembly, (unsigned)config->streams,
		                 (unsigned)config->streams_per_client);
	if (err == ERR_NONE && assembly->rooms.store_pool != NULL)
		err = start_reads(assembly);
	return err;
}

/* --- stopping --- */

/* The later of this time and a little from now. */
static int64_t
at_least_soon(int64_t end_us)
{
	int64_t soon_us = clock_now_us() + BOUND_STOP_STEP_MS * 1000;

	return end_us > soon_us ? end_us : soon_us;
}

static bool
stop_workers(struct assembly *assembly, int64_t end_us)
{
	int64_t patience_ms = (at_least_soon(end_us) - clock_now_us()) / 1000;

	return assembly->rooms.workers == NULL ||
	       workers_stop(assembly->rooms.workers, (unsigned)patience_ms);
}

bool
assembly_stop(struct assembly *assembly, bool has_hanging_reader, int64_t end_us)
{
	struct replies *replies = assembly->rooms.replies;
	bool is_read = !has_hanging_reader;
	bool is_written = true;

	/* First, since they are waited for together: each asks the store. */
	if (replies != NULL)
		replies_stop(replies);
	if (assembly->api.reads != NULL)
		is_read &= fair_pool_stop(assembly->api.reads, at_least_soon(end_us));
	if (assembly->rooms.committer != NULL)
		is_written = committer_stop(assembly->rooms.committer, at_least_soon(end_us));
	bool is_over = stop_workers(assembly, end_us) && is_read && is_written;
	if (replies != NULL && is_over)
		replies_free(replies);
	else if (replies != NULL)
		replies_dismiss(replies);
	/* Who reads may still come to follow. */
	if (assembly->api.live != NULL && is_read)
		live_stop(assembly->api.live);
	return is_over;
}

void
assembly_free(struct assembly *assembly)
{
	if (assembly->rooms.store_pool != NULL)
		store_pool_free(assembly->rooms.store_pool);
	if (assembly->api.secret != NULL)
		secret_free(assembly->api.secret);
	free_programs(assembly);
	if (assembly->api.reads != NULL)
		fair_pool_free(assembly->api.reads);
	if (assembly->read_limit != NULL)
		rate_limit_free(assembly->read_limit);
	if (assembly->api.post_limit != NULL)
		rate_limit_free(assembly->api.post_limit);
	if (assembly->rooms.workers != NULL)
		workers_free(assembly->rooms.workers);
	if (assembly->has_loop)
		uv_loop_close(&assembly->loop);
}
