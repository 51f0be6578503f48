/*
 * plainchat with routes whose bodies and answers flow (http/flow.h), as FastCGI and as CGI. They
 * are in this program only, so that the one that is installed has no route that anybody could fill
 * a disk or a line with. FastCGI does the work on a pool's threads, as handlers with files do.
 *
 *     POST /sink          digests the body: {"bytes":N,"hash":"..."}, BLAKE2b of 32 bytes
 *     POST /refuse        answers a problem after the first piece
 *     GET /source?N       answers N bytes: lines of 15 digits, counted from 0
 *     GET /endless?N      the same without a Content-Length
 *     GET /cut?N          promises one byte more than it gives
 *     GET /state          {"alive":N,"grown_kib":N}: bodies and answers under way, and memory
 *
 * As CGI, the memory is logged at the end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "base/log.h"
#include "chat/limits/fair_pool.h"
#include "chat/room.h"
#include "http/flow.h"
#include "http/handlers/api.h"
#include "http/render/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"
#include "responder/echo.h"
#include "server/cgi/front_cgi.h"
#include "server/fastcgi/front_fcgi.h"
#include "server/listen.h"

#define HASH_BYTES 32
#define LINE_BYTES 16

/* Bodies and answers under way. */
static atomic_uint alive;

/* KiB that the program had when it was idle. */
static atomic_long idle_kib;

/* The most KiB that the program ever had. */
static long
peak_kib(void)
{
	char line[256];
	long kib = -1;
	FILE *status = fopen("/proc/self/status", "re");

	while (status != NULL && fgets(line, sizeof(line), status) != NULL && kib < 0)
		(void)sscanf(line, "VmHWM: %ld", &kib);
	if (status != NULL)
		fclose(status);
	return kib;
}

/* Has it run by the pool; or does it here, where there is none or it takes nothing any more. */
static void
submit(const struct api *api, struct fair_work *work, const char *address)
{
	unsigned wait_seconds;

	if (api->reads == NULL ||
	    fair_pool_submit(api->reads, work, address, &wait_seconds) != FAIR_POOL_TAKEN)
		work->run(work);
}

/* --- bodies --- */

struct sink {
	struct fair_work work; /* first, so that the work is the sink */
	struct body_taker taker;
	const struct api *api;
	struct request *request;
	bool refuses;
	unsigned long long total;
	crypto_generichash_state hash;
	/* the piece */
	const char *bytes;
	size_t size;
	enum body_state state;
};

static struct response *
digest_response(struct sink *sink)
{
	unsigned char hash[HASH_BYTES];
	char text[2 * HASH_BYTES + 1];
	struct response *response = response_new(200, "application/json");

	crypto_generichash_final(&sink->hash, hash, sizeof(hash));
	sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	if (buf_append_format(&response->body, "{\"bytes\":%llu,\"hash\":\"%s\"}", sink->total,
	                      text) != ERR_NONE)
		abort();
	return response;
}

static void
finish_sink(struct sink *sink, struct response *response)
{
	struct request *request = sink->request;

	free(sink);
	atomic_fetch_sub(&alive, 1);
	request_answer(request, response);
}

static size_t
run_sink(struct fair_work *work)
{
	struct sink *sink = (struct sink *)work;
	size_t size = sink->size;

	if (size > 0)
		crypto_generichash_update(&sink->hash, (const unsigned char *)sink->bytes, size);
	sink->total += size;
	if (sink->refuses)
		finish_sink(sink, problem_response(PROBLEM_STORE_FULL, "there is no room"));
	else if (sink->state == BODY_GOES_ON)
		request_want_body(sink->request, &sink->taker);
	else if (sink->state == BODY_IS_WHOLE)
		finish_sink(sink, digest_response(sink));
	else
		finish_sink(sink, flow_body_problem(sink->request, sink->state));
	return size;
}

static void
refuse_sink(struct fair_work *work)
{
	struct sink *sink = (struct sink *)work;

	finish_sink(sink, flow_body_problem(sink->request, BODY_IS_LOST));
}

static void
take(struct body_taker *taker, const char *bytes, size_t size, enum body_state state)
{
	struct sink *sink = (struct sink *)(void *)((char *)taker - offsetof(struct sink, taker));

	sink->bytes = bytes;
	sink->size = size;
	sink->state = state;
	submit(sink->api, &sink->work, sink->request->remote_address);
}

static void
begin_sink(const struct api *api, struct request *request, bool refuses)
{
	struct sink *sink = must_allocate(sizeof(*sink));

	sink->work.run = run_sink;
	sink->work.refuse = refuse_sink;
	sink->taker.take = take;
	sink->api = api;
	sink->request = request;
	sink->refuses = refuses;
	crypto_generichash_init(&sink->hash, NULL, 0, HASH_BYTES);
	atomic_fetch_add(&alive, 1);
	request_want_body(request, &sink->taker);
}

static void
handle_sink(const struct api *api, struct request *request)
{
	begin_sink(api, request, false);
}

static void
handle_refuse(const struct api *api, struct request *request)
{
	begin_sink(api, request, true);
}

/* --- answers --- */

struct source {
	struct fair_work work; /* first, so that the work is the source */
	struct answer_source source;
	const struct api *api;
	struct transport *transport;
	char address[64];
	unsigned long long at;
	unsigned long long size;
	bool is_cut;
	char piece[BOUND_PIECE_BYTES];
};

static size_t
run_source(struct fair_work *work)
{
	struct source *source = (struct source *)work;
	char line[2 * LINE_BYTES];
	size_t size = 0;

	while (size + LINE_BYTES <= sizeof(source->piece) && source->at < source->size) {
		unsigned long long left = source->size - source->at;
		size_t taken = left < LINE_BYTES ? (size_t)left : LINE_BYTES;
		snprintf(line, sizeof(line), "%015llu\n", source->at / LINE_BYTES);
		memcpy(source->piece + size, line, taken);
		size += taken;
		source->at += taken;
	}
	if (size == 0 && source->is_cut)
		flow_cut(source->transport);
	else
		flow_give(source->transport, source->piece, size);
	return size;
}

static void
refuse_source(struct fair_work *work)
{
	flow_cut(((struct source *)work)->transport);
}

static struct source *
source_of(struct answer_source *source)
{
	return (struct source *)(void *)((char *)source - offsetof(struct source, source));
}

static void
make(struct answer_source *answer, struct transport *transport)
{
	struct source *source = source_of(answer);

	source->transport = transport;
	submit(source->api, &source->work, source->address);
}

static void
end_source(struct answer_source *source, bool is_whole)
{
	(void)is_whole;
	free(source_of(source));
	atomic_fetch_sub(&alive, 1);
}

static void
begin_source(const struct api *api, struct request *request, bool has_size, bool is_cut)
{
	struct source *source = must_allocate(sizeof(*source));

	source->work.run = run_source;
	source->work.refuse = refuse_source;
	source->source = (struct answer_source){ make, end_source };
	source->api = api;
	snprintf(source->address, sizeof(source->address), "%s", request->remote_address);
	source->size = strtoull(request->query, NULL, 10);
	source->is_cut = is_cut;
	atomic_fetch_add(&alive, 1);
	request_flow(request,
	             response_new_flow(200, "text/plain",
	                               has_size ? source->size + is_cut : RESPONSE_SIZE_UNKNOWN),
	             &source->source);
}

static void
handle_source(const struct api *api, struct request *request)
{
	begin_source(api, request, true, false);
}

static void
handle_endless(const struct api *api, struct request *request)
{
	begin_source(api, request, false, false);
}

static void
handle_cut(const struct api *api, struct request *request)
{
	begin_source(api, request, true, true);
}

static void
handle_state(const struct api *api, struct request *request)
{
	struct response *response = response_new(200, "application/json");

	(void)api;
	if (buf_append_format(&response->body, "{\"alive\":%u,\"grown_kib\":%ld}",
	                      atomic_load(&alive), peak_kib() - atomic_load(&idle_kib)) != ERR_NONE)
		abort();
	request_answer(request, response);
}

static const struct route routes[] = {
	{ "/sink", METHOD_POST, ROUTE_BODY_FLOWS, .flow_body_bytes_max = (size_t)4 << 30,
	  .handle = handle_sink },
	{ "/refuse", METHOD_POST, ROUTE_BODY_FLOWS, .flow_body_bytes_max = (size_t)4 << 30,
	  .handle = handle_refuse },
	{ "/source", METHOD_GET, .answer_flows = true, .handle = handle_source },
	{ "/endless", METHOD_GET, .answer_flows = true, .handle = handle_endless },
	{ "/cut", METHOD_GET, .answer_flows = true, .handle = handle_cut },
	{ "/state", METHOD_GET, .handle = handle_state },
};

/* --- the program --- */

static struct echo echo;
static struct rooms rooms = { .responder = &echo.responder, .reply_bytes_max = BOUND_REPLY_BYTES };
static struct api api = {
	.rooms = &rooms,
	.message_bytes_max = BOUND_MESSAGE_BYTES,
	.body_bytes_max = BOUND_BODY_BYTES,
	.json_depth_max = BOUND_JSON_DEPTH,
	.more_routes = routes,
	.more_route_count = sizeof(routes) / sizeof(routes[0]),
};

static int
serve_cgi(void)
{
	const struct front_cgi_settings settings = { .body_bytes_max = BOUND_BODY_BYTES };

	/* A web server that has all of the answer may end it, before it has said what is asked. */
	signal(SIGTERM, SIG_IGN);
	atomic_store(&idle_kib, peak_kib());
	enum err err = front_cgi_serve(&api, &settings);
	log_event(LOG_INFO, "memory",
	          LOG_FIELDS(log_number("alive", (long long)atomic_load(&alive)),
	                     log_number("grown_kib", peak_kib() - atomic_load(&idle_kib))));
	return err == ERR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
on_stop(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

static void
mask_stop(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(how, &signals, NULL);
}

static int
serve_fcgi(int listen_fd)
{
	const struct front_fcgi_settings settings = {
		.threads = 2,
		.connections_max = BOUND_CONNECTIONS,
		.request_seconds = BOUND_REQUEST_SECONDS,
		.body_bytes_max = BOUND_BODY_BYTES,
	};
	const struct fair_pool_settings pool = { .threads = 2,
		                                 .waiting = 1000,
		                                 .waiting_per_client = 1000,
		                                 .held_per_client = BOUND_HELD_BYTES };
	struct front_fcgi *front;
	uv_signal_t stop;
	uv_loop_t loop;

	mask_stop(SIG_BLOCK);
	if (uv_loop_init(&loop) != 0 || fair_pool_start(&pool, &api.reads) != ERR_NONE ||
	    front_fcgi_start(listen_fd, &settings, &api, &loop, &front) != ERR_NONE ||
	    uv_signal_init(&loop, &stop) != 0 || uv_signal_start(&stop, on_stop, SIGTERM) != 0)
		return EXIT_FAILURE;
	atomic_store(&idle_kib, peak_kib());
	log_event(LOG_INFO, "started", NULL);
	mask_stop(SIG_UNBLOCK);
	uv_run(&loop, UV_RUN_DEFAULT);
	mask_stop(SIG_BLOCK);
	(void)front_fcgi_stop_reading(front, INT64_MAX);
	(void)fair_pool_stop(api.reads, INT64_MAX);
	front_fcgi_stop(front, INT64_MAX);
	front_fcgi_free(front);
	fair_pool_free(api.reads);
	uv_close((uv_handle_t *)&stop, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
	log_event(LOG_INFO, "stopped",
	          LOG_FIELDS(log_number("alive", (long long)atomic_load(&alive))));
	return uv_loop_close(&loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0)
		abort();
	echo_init(&echo, "received " ECHO_PLACEHOLDER);
	return listen_is_socket(STDIN_FILENO) ? serve_fcgi(STDIN_FILENO) : serve_cgi();
}
