/*
 * Workers: libuv's thread pool, and a list of what was given to it, so that it can be stopped.
 *
 * SPDX-License-Identifier: MIT
 */
#include "loop/workers.h"

#include <stdlib.h>

#include "base/buf.h"

struct workers {
	uv_loop_t *loop;
	uv_timer_t patience; /* so that the loop returns; open while the workers are */
	struct work *first;
	bool is_stopping;
	bool is_over; /* patience is */
	bool is_closed;
};

static void
leave(struct work *work)
{
	if (work->previous != NULL)
		work->previous->next = work->next;
	else
		work->workers->first = work->next;
	if (work->next != NULL)
		work->next->previous = work->previous;
}

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

	leave(work);
	work->done(work, status != UV_ECANCELED);
}

struct workers *
workers_new(uv_loop_t *loop)
{
	struct workers *workers = must_allocate(sizeof(*workers));

	workers->loop = loop;
	uv_timer_init(loop, &workers->patience);
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
	work->previous = NULL;
	work->next = workers->first;
	if (work->next != NULL)
		work->next->previous = work;
	workers->first = work;
	work->request.data = work;
	if (uv_queue_work(workers->loop, &work->request, on_run, on_done) != 0)
		abort();
}

bool
workers_are_busy(const struct workers *workers)
{
	return workers->first != NULL;
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
	/* It fails for what runs already. */
	for (struct work *work = workers->first; work != NULL; work = work->next)
		(void)uv_cancel((uv_req_t *)&work->request);
	uv_timer_start(&workers->patience, on_patience_over, patience_ms, 0);
	while (workers->first != NULL && !workers->is_over)
		uv_run(workers->loop, UV_RUN_ONCE);
	uv_timer_stop(&workers->patience);
	return workers->first == NULL;
}

static void
on_closed(uv_handle_t *handle)
{
	struct workers *workers = handle->data;

	workers->is_closed = true;
}

void
workers_free(struct workers *workers)
{
	uv_close((uv_handle_t *)&workers->patience, on_closed);
	while (!workers->is_closed)
		uv_run(workers->loop, UV_RUN_ONCE);
	free(workers);
}
