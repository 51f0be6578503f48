/*
 * The FastCGI front on a thread; see support_front.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_front.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "chat/limits/fair_pool.h"
#include "server/listen.h"

#define REQUEST_BYTES_MAX ((size_t)32 * 1024 * 1024)

static struct {
	const struct api *api;
	const struct front_fcgi_settings *settings;
	struct listener listener;
	pthread_t thread;
	sem_t is_started;
	uv_async_t stop;
	enum err start_result;
	bool is_open;
} server;

const struct front_fcgi_settings front_defaults = {
	.threads = 1,
	.connections_max = BOUND_CONNECTIONS,
	.request_seconds = PATIENCE_SECONDS,
	.body_bytes_max = BOUND_BODY_BYTES,
};

static void
on_stop(uv_async_t *stop)
{
	uv_stop(stop->loop);
}

static void *
serve(void *context)
{
	uv_loop_t loop;
	struct front_fcgi *front;

	(void)context;
	uv_loop_init(&loop);
	uv_async_init(&loop, &server.stop, on_stop);
	server.start_result =
		front_fcgi_start(server.listener.fd, server.settings, server.api, &loop, &front);
	sem_post(&server.is_started);
	if (server.start_result == ERR_NONE) {
		uv_run(&loop, UV_RUN_DEFAULT);
		(void)front_fcgi_stop_reading(front, INT64_MAX);
		if (server.api->reads != NULL)
			(void)fair_pool_stop(server.api->reads, INT64_MAX);
		front_fcgi_stop(front, INT64_MAX);
		front_fcgi_free(front);
	}
	uv_close((uv_handle_t *)&server.stop, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop) != 0)
		abort();
	return NULL;
}

void
front_start(struct stage *stage, const struct front_fcgi_settings *settings)
{
	static struct front_fcgi_settings kept;

	kept = *settings;
	stage->api.body_bytes_max = settings->body_bytes_max;
	server.api = &stage->api;
	server.settings = &kept;
	assert_int_equal(listen_open(front_path(), &server.listener), ERR_NONE);
	sem_init(&server.is_started, 0, 0);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
	sem_wait(&server.is_started);
	assert_int_equal(server.start_result, ERR_NONE);
	server.is_open = true;
}

void
front_begin_stop(void)
{
	uv_async_send(&server.stop);
}

void
front_join(void)
{
	pthread_join(server.thread, NULL);
}

void
front_close(void)
{
	listen_remove(&server.listener);
	close(server.listener.fd);
	sem_destroy(&server.is_started);
	server.is_open = false;
}

void
front_stop(void)
{
	if (!server.is_open)
		return;
	front_begin_stop();
	front_join();
	front_close();
}

const char *
front_path(void)
{
	return scratch_path("socket");
}

int
front_connect(void)
{
	return client_connect(front_path());
}

void
assert_serves(void)
{
	int fd = front_connect();

	client_exchange(fd, &(struct fcgi_form){ .body = "{\"message\":\"django\"}" }, "200 OK",
	                "{\"message\":\"received django\"}");
	assert_closed(fd);
	close(fd);
}

void
make_request(struct buf *request, const struct fcgi_form *form)
{
	buf_init(request, REQUEST_BYTES_MAX);
	fcgi_append_request(request, form);
}

void
expect_reply(int fd, unsigned request_id, const char *status, const char *body)
{
	struct fcgi_reply reply;

	client_receive(fd, &reply);
	assert_reply(&reply, request_id, status, body);
	fcgi_reply_fini(&reply);
}
