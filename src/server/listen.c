/*
 * The program's own listening socket. A Unix socket and never TCP: whoever can connect is trusted
 * to be the web server, and tells who the visitor is.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* As many as the kernel lets wait; it lowers the number to its own limit. */
#define BACKLOG 4096

bool
listen_is_socket(int fd)
{
	int is_listening = 0;
	socklen_t size = sizeof(is_listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
	       is_listening != 0;
}

void
listen_refuse(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
}

static enum err
fail(const char *path, int error)
{
	log_event(LOG_ERROR, "listen_failed",
	          LOG_FIELDS(log_text("path", path), log_text("error", strerror(error))));
	return ERR_SYSTEM;
}

/* Removes a socket that nobody listens on. Returns 0, or the errno that says why it must stay. */
static int
remove_stale(const struct sockaddr_un *address)
{
	struct stat status;

	if (lstat(address->sun_path, &status) != 0)
		return errno == ENOENT ? 0 : errno;
	if (!S_ISSOCK(status.st_mode))
		return EEXIST;
	/* Not to wait for a program that does not accept: its queue being full it is there. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	int error =
		connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	close(fd);
	if (error == 0 || error == EAGAIN)
		return EADDRINUSE;
	if (error != ECONNREFUSED)
		return error;
	return unlink(address->sun_path) == 0 ? 0 : errno;
}

enum err
listen_open(const char *path, struct listener *listener)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail(path, ENAMETOOLONG);
	strcpy(address.sun_path, path);
	int error = remove_stale(&address);
	if (error != 0)
		return fail(path, error);

	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(path, errno);
	/* So that nobody can connect between bind and a chmod. */
	mode_t mask = umask(0117);
	int failed = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	error = errno;
	umask(mask);
	if (failed == 0 && listen(fd, BACKLOG) == 0 && lstat(path, &status) == 0) {
		*listener = (struct listener){ fd, path, status.st_dev, status.st_ino };
		return ERR_NONE;
	}
	if (failed == 0)
		error = errno;
	close(fd);
	return fail(path, error);
}

void
listen_remove(const struct listener *listener)
{
	struct stat status;

	if (lstat(listener->path, &status) == 0 && status.st_dev == listener->device &&
	    status.st_ino == listener->inode)
		unlink(listener->path);
}
