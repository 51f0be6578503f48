/*
 * Workers: libuv's thread pool, and a list of what was given to it, so that it can be stopped.
 *
 * SPDX-License-Identifier: MIT
 */
#include "loop/workers.h"

#include <stdlib.h>

#include "base/buf.h"
#include "loop/handles.h"

struct workers {
	uv_loop_t *loop;
	uv_timer_t patience; /* so that the loop returns; open while the workers are */
	struct list given;   /* and not done */
	bool is_stopping;
	bool is_over; /* patience is */
	struct handles handles;
};

static void
on_run(uv_work_t *request)
{
	struct work *work = request->data;

	work->run(work);
}

static void
on_done(uv_work_t *request, int status)
{
	struct work *work = request->data;

	list_remove(&work->link);
	work->done(work, status != UV_ECANCELED);
}

struct workers *
workers_new(uv_loop_t *loop)
{
	struct workers *workers = must_allocate(sizeof(*workers));

	workers->loop = loop;
	list_init(&workers->given);
	uv_timer_init(loop, &workers->patience);
	handles_add(&workers->handles);
	workers->patience.data = workers;
	uv_unref((uv_handle_t *)&workers->patience);
	return workers;
}

void
workers_submit(struct workers *workers, struct work *work)
{
	work->workers = workers;
	if (workers->is_stopping) {
		work->done(work, false);
		return;
	}
	list_add_last(&workers->given, &work->link);
	work->request.data = work;
	if (uv_queue_work(workers->loop, &work->request, on_run, on_done) != 0)
		abort();
}

bool
workers_are_busy(const struct workers *workers)
{
	return !list_is_empty(&workers->given);
}

static void
on_patience_over(uv_timer_t *timer)
{
	struct workers *workers = timer->data;

	workers->is_over = true;
}

bool
workers_stop(struct workers *workers, unsigned patience_ms)
{
	workers->is_stopping = true;
	workers->is_over = false;
	/* It fails for what runs already. */
	for (struct list_link *link = list_first(&workers->given); link != NULL;
	     link = list_next(&workers->given, link))
		(void)uv_cancel((uv_req_t *)&OWNER_OF(link, struct work, link)->request);
	uv_timer_start(&workers->patience, on_patience_over, patience_ms, 0);
	while (!list_is_empty(&workers->given) && !workers->is_over)
		uv_run(workers->loop, UV_RUN_ONCE);
	uv_timer_stop(&workers->patience);
	return list_is_empty(&workers->given);
}

void
workers_free(struct workers *workers)
{
	handles_close(&workers->handles, (uv_handle_t *)&workers->patience);
	handles_wait(&workers->handles, workers->loop);
	free(workers);
}
