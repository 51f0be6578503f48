/*
 * Watching the web server that has started the program; see parent.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/parent.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/log.h"
#include "server/listen.h"

/* glibc has a function for it from 2.36 on only. Returns -1 with errno. */
static int
open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void
end(int listen_fd)
{
	/* First: the socket is free for the next server, which otherwise would take this program
	 * for its own in the moment that it still has. */
	listen_refuse(listen_fd);
	log_event(LOG_INFO, "parent_gone",
	          LOG_FIELDS(log_text("reason", "the web server has ended")));
	kill(getpid(), SIGTERM);
}

/* Whether the parent has ended before it could be watched, and whoever takes in orphans is in its
 * place. A web server's programs are of its own session. */
static bool
is_orphan(pid_t parent)
{
	return getsid(0) != getpid() && getsid(parent) != getsid(0);
}

/* Returns when the parent has ended. */
static void
wait_for_end(pid_t pid)
{
	int pidfd = open_pidfd(pid);

	struct pollfd wanted = { .fd = pidfd, .events = POLLIN };
	/* Kernels before 5.3, and some hosts' rules, do not let us have one: then it is looked at
	 * now and then. A process of its number may be another one by now. */
	while (getppid() == pid && !is_orphan(pid) &&
	       poll(&wanted, pidfd < 0 ? 0 : 1, pidfd < 0 ? BOUND_PARENT_LOOK_MS : -1) <= 0)
		;
	if (pidfd >= 0)
		close(pidfd);
}

static void *
watch(void *context)
{
	int listen_fd = (int)(intptr_t)context;

	if (getsid(0) == getpid())
		(void)poll(NULL, 0, BOUND_LAUNCHER_MS);
	pid_t pid = getppid();
	log_event(LOG_DEBUG, "parent", LOG_FIELDS(log_number("pid", pid)));
	/* One of another process namespace is 0. */
	bool is_watched = pid > 1 || (pid == 1 && is_orphan(pid));
	if (is_watched) {
		wait_for_end(pid);
		end(listen_fd);
	}
	return NULL;
}

void
parent_watch(int listen_fd)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, watch, (void *)(intptr_t)listen_fd);

	if (error == 0)
		error = pthread_detach(thread);
	if (error != 0)
		log_event(LOG_WARN, "parent_not_watched", LOG_FIELDS(log_number("errno", error)));
}
