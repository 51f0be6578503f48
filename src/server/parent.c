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
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/buf.h"
#include "base/log.h"
#include "server/listen.h"

/* What the thread is given. */
struct watched {
	pid_t parent;
	int listen_fd;
};

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
	       poll(&wanted, pidfd < 0 ? 0 : 1, pidfd < 0 ? BOUND_PARENT_POLL_MS : -1) <= 0)
		;
	if (pidfd >= 0)
		close(pidfd);
}

static void *
watch(void *context)
{
	struct watched *watched = context;
	pid_t pid = watched->parent;
	int listen_fd = watched->listen_fd;

	free(watched);
	if (getsid(0) == getpid()) {
		(void)poll(NULL, 0, BOUND_LAUNCHER_MS);
		pid = getppid();
	}
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
	struct watched *watched = must_allocate(sizeof(*watched));

	/* Who asks later could find whoever takes in orphans already. */
	*watched = (struct watched){ .parent = getppid(), .listen_fd = listen_fd };
	int error = pthread_create(&thread, NULL, watch, watched);

	if (error == 0)
		error = pthread_detach(thread);
	else
		free(watched);
	if (error != 0)
		log_event(LOG_WARN, "parent_not_watched", LOG_FIELDS(log_number("errno", error)));
}
