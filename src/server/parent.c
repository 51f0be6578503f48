/*
 * Watching the web server that has started the program; see parent.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/parent.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/log.h"

struct parent {
	uv_poll_t poll;   /* of the pidfd */
	uv_timer_t timer; /* until a launcher has left */
	int pidfd;        /* -1: the parent is not watched */
	unsigned closing_count;
	parent_gone_function gone;
	void *context;
};

/* glibc has a function for it from 2.36 on only. Returns -1 with errno. */
static int
open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void
on_end(uv_poll_t *poll, int status, int events)
{
	struct parent *parent = poll->data;

	(void)status;
	(void)events;
	uv_poll_stop(poll);
	parent->gone(parent->context);
}

static void
on_end_before_watching(uv_timer_t *timer)
{
	struct parent *parent = timer->data;

	parent->gone(parent->context);
}

/* Kernels before 5.3, and some hosts' rules, do not let us have a pidfd: then the kernel sends
 * SIGTERM, which ends the program too, only less quickly. */
static void
ask_for_signal(pid_t pid)
{
	log_event(LOG_DEBUG, "parent_without_pidfd", LOG_FIELDS(log_number("pid", pid)));
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void
watch(struct parent *parent, uv_loop_t *loop)
{
	pid_t pid = getppid();

	log_event(LOG_DEBUG, "parent", LOG_FIELDS(log_number("pid", pid)));
	if (pid <= 1)
		return;
	parent->pidfd = open_pidfd(pid);
	if (parent->pidfd < 0 && errno != ESRCH)
		ask_for_signal(pid);
	/* It may have ended before it was watched, and its number may be another process's. */
	if (getppid() != pid) {
		uv_timer_start(&parent->timer, on_end_before_watching, 0, 0);
	} else if (parent->pidfd >= 0) {
		if (uv_poll_init(loop, &parent->poll, parent->pidfd) != 0 ||
		    uv_poll_start(&parent->poll, UV_READABLE, on_end) != 0)
			abort();
		parent->poll.data = parent;
	}
}

static void
on_launcher_had_time(uv_timer_t *timer)
{
	watch(timer->data, timer->loop);
}

struct parent *
parent_watch_start(uv_loop_t *loop, parent_gone_function gone, void *context)
{
	struct parent *parent = must_allocate(sizeof(*parent));

	*parent = (struct parent){ .pidfd = -1, .gone = gone, .context = context };
	if (uv_timer_init(loop, &parent->timer) != 0)
		abort();
	parent->timer.data = parent;
	if (getsid(0) == getpid())
		uv_timer_start(&parent->timer, on_launcher_had_time, BOUND_LAUNCHER_MS, 0);
	else
		watch(parent, loop);
	return parent;
}

static void
on_closed(uv_handle_t *handle)
{
	struct parent *parent = handle->data;

	if (--parent->closing_count > 0)
		return;
	if (parent->pidfd >= 0)
		close(parent->pidfd);
	free(parent);
}

void
parent_watch_stop(struct parent *parent)
{
	parent->closing_count = 1;
	uv_close((uv_handle_t *)&parent->timer, on_closed);
	if (parent->pidfd >= 0 && parent->poll.data != NULL) {
		parent->closing_count++;
		uv_close((uv_handle_t *)&parent->poll, on_closed);
	}
}
