/*
 * A library to be preloaded (LD_PRELOAD): records what a program writes into the files of one
 * folder, what it brings to the disk, and what it sends to its clients, in one order. It records
 * $RECORD_FOLDER, an absolute path without links, into the file $RECORD_FILE, and leaves out the
 * -shm file, which SQLite makes anew after a power cut. Nothing is really brought to the disk,
 * which takes no time then.
 *
 * One lock is held around each call, so that the order of the records is that of the effects.
 *
 * SPDX-License-Identifier: MIT
 */
#include "recording.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 4096

enum what { NOTHING, A_FILE, THE_FOLDER, THE_PARENT };

static struct {
	enum what what;
	uint64_t inode;
} open_files[DESCRIPTORS]; /* guarded by the lock */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static char parent[PATH_MAX];
static int out = -1;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("RECORD_FOLDER");
	const char *file = getenv("RECORD_FILE");

	if (path == NULL || file == NULL)
		return;
	snprintf(folder, sizeof(folder), "%s", path);
	snprintf(parent, sizeof(parent), "%s", path);
	*strrchr(parent, '/') = '\0';
	out = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	                   0600);
}

/* The real function behind this one. */
#define NEXT(name, result, ...)                                                                    \
	static result (*next)(__VA_ARGS__);                                                        \
	if (next == NULL)                                                                          \
	next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static void
record(enum record_type type, uint64_t inode, uint64_t offset, const void *bytes, size_t size)
{
	const struct record_head head = { type, inode, offset, size };
	const struct iovec pieces[] = { { (void *)(uintptr_t)&head, sizeof(head) },
		                        { (void *)(uintptr_t)bytes, size } };

	if (out < 0)
		return;
	if (syscall(SYS_writev, out, pieces, 2) != (long)(sizeof(head) + size))
		abort();
}

/* The name in the folder of what has the path; NULL: it is not in there, or of no interest. */
static const char *
name_of(const char *path)
{
	size_t size = strlen(folder);
	size_t path_size = strlen(path);

	if (out < 0 || strncmp(path, folder, size) != 0 || path[size] != '/')
		return NULL;
	if (path_size > 4 && strcmp(path + path_size - 4, "-shm") == 0)
		return NULL;
	return path + size + 1;
}

static enum what
what_is(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS ? open_files[fd].what : NOTHING;
}

/* --- files that are opened --- */

static void
note_open(int fd, int flags, bool was_there)
{
	char link[64];
	char path[PATH_MAX];
	struct stat status;

	if (out < 0 || fd < 0 || fd >= DESCRIPTORS)
		return;
	open_files[fd].what = NOTHING;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, sizeof(path) - 1);
	if (size < 0 || fstat(fd, &status) != 0)
		return;
	path[size] = '\0';
	if (strcmp(path, folder) == 0) {
		open_files[fd].what = THE_FOLDER;
	} else if (strcmp(path, parent) == 0) {
		open_files[fd].what = THE_PARENT;
	} else if (name_of(path) != NULL) {
		open_files[fd].what = A_FILE;
		open_files[fd].inode = status.st_ino;
		if ((flags & O_CREAT) != 0 && !was_there)
			record(RECORD_CREATE, status.st_ino, 0, name_of(path),
			       strlen(name_of(path)));
		else if ((flags & O_TRUNC) != 0)
			record(RECORD_TRUNCATE, status.st_ino, 0, NULL, 0);
	}
}

static int
open_at(int at, const char *path, int flags, mode_t mode)
{
	struct stat status;

	pthread_mutex_lock(&lock);
	bool was_there = (flags & O_CREAT) != 0 && fstatat(at, path, &status, 0) == 0;
	int fd = (int)syscall(SYS_openat, at, path, flags, mode);
	int error = errno;
	note_open(fd, flags, was_there);
	pthread_mutex_unlock(&lock);
	errno = error;
	return fd;
}

#define TAKE_MODE(mode)                                                                            \
	va_list arguments;                                                                         \
	va_start(arguments, flags);                                                                \
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;        \
	va_end(arguments)

int
open(const char *path, int flags, ...)
{
	TAKE_MODE(mode);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	TAKE_MODE(mode);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
openat(int at, const char *path, int flags, ...)
{
	TAKE_MODE(mode);
	return open_at(at, path, flags, mode);
}

int
openat64(int at, const char *path, int flags, ...)
{
	TAKE_MODE(mode);
	return open_at(at, path, flags, mode);
}

int
mkostemp(char *path, int flags)
{
	NEXT("mkostemp", int, char *, int);
	pthread_mutex_lock(&lock);
	int fd = next(path, flags);
	int error = errno;
	note_open(fd, O_CREAT, false);
	pthread_mutex_unlock(&lock);
	errno = error;
	return fd;
}

int
close(int fd)
{
	pthread_mutex_lock(&lock);
	if (fd >= 0 && fd < DESCRIPTORS)
		open_files[fd].what = NOTHING;
	int result = (int)syscall(SYS_close, fd);
	pthread_mutex_unlock(&lock);
	return result;
}

/* --- what is written --- */

static ssize_t
write_at(int fd, const void *bytes, size_t size, off_t offset)
{
	pthread_mutex_lock(&lock);
	ssize_t written = syscall(SYS_pwrite64, fd, bytes, size, offset);
	int error = errno;
	if (written > 0 && what_is(fd) == A_FILE)
		record(RECORD_WRITE, open_files[fd].inode, (uint64_t)offset, bytes,
		       (size_t)written);
	pthread_mutex_unlock(&lock);
	errno = error;
	return written;
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return write_at(fd, bytes, size, offset);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	return write_at(fd, bytes, size, offset);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	pthread_mutex_lock(&lock);
	if (fd == STDOUT_FILENO)
		record(RECORD_ANSWER, 0, 0, bytes, size);
	off_t offset = what_is(fd) == A_FILE ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t written = syscall(SYS_write, fd, bytes, size);
	int error = errno;
	if (written > 0 && what_is(fd) == A_FILE)
		record(RECORD_WRITE, open_files[fd].inode, (uint64_t)offset, bytes,
		       (size_t)written);
	pthread_mutex_unlock(&lock);
	errno = error;
	return written;
}

static int
truncate_to(int fd, off_t size)
{
	pthread_mutex_lock(&lock);
	int result = (int)syscall(SYS_ftruncate, fd, size);
	int error = errno;
	if (result == 0 && what_is(fd) == A_FILE)
		record(RECORD_TRUNCATE, open_files[fd].inode, (uint64_t)size, NULL, 0);
	pthread_mutex_unlock(&lock);
	errno = error;
	return result;
}

int
ftruncate(int fd, off_t size)
{
	return truncate_to(fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	return truncate_to(fd, size);
}

/* --- what is brought to the disk --- */

static int
sync_file(int fd)
{
	pthread_mutex_lock(&lock);
	switch (what_is(fd)) {
	case A_FILE: record(RECORD_SYNC, open_files[fd].inode, 0, NULL, 0); break;
	case THE_FOLDER: record(RECORD_SYNC_FOLDER, 0, 0, NULL, 0); break;
	case THE_PARENT: record(RECORD_SYNC_PARENT, 0, 0, NULL, 0); break;
	case NOTHING: break;
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

int
fsync(int fd)
{
	return sync_file(fd);
}

int
fdatasync(int fd)
{
	return sync_file(fd);
}

/* --- names --- */

int
mkdir(const char *path, mode_t mode)
{
	NEXT("mkdir", int, const char *, mode_t);
	pthread_mutex_lock(&lock);
	int result = next(path, mode);
	if (result == 0 && strcmp(path, folder) == 0)
		record(RECORD_MAKE_FOLDER, 0, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return result;
}

int
unlink(const char *path)
{
	NEXT("unlink", int, const char *);
	pthread_mutex_lock(&lock);
	const char *name = name_of(path);
	int result = next(path);
	if (result == 0 && name != NULL)
		record(RECORD_UNLINK, 0, 0, name, strlen(name));
	pthread_mutex_unlock(&lock);
	return result;
}

static void
record_names(enum record_type type, const char *from, const char *to)
{
	char names[2 * PATH_MAX];

	if (name_of(from) == NULL || name_of(to) == NULL)
		return;
	int size = snprintf(names, sizeof(names), "%s%c%s", name_of(from), 0, name_of(to));
	record(type, 0, 0, names, (size_t)size);
}

int
rename(const char *from, const char *to)
{
	NEXT("rename", int, const char *, const char *);
	pthread_mutex_lock(&lock);
	int result = next(from, to);
	if (result == 0)
		record_names(RECORD_RENAME, from, to);
	pthread_mutex_unlock(&lock);
	return result;
}

int
link(const char *from, const char *to)
{
	NEXT("link", int, const char *, const char *);
	pthread_mutex_lock(&lock);
	int result = next(from, to);
	int error = errno;
	if (result == 0)
		record_names(RECORD_LINK, from, to);
	pthread_mutex_unlock(&lock);
	errno = error;
	return result;
}

/* --- what clients are told --- */

ssize_t
send(int fd, const void *bytes, size_t size, int flags)
{
	NEXT("send", ssize_t, int, const void *, size_t, int);
	pthread_mutex_lock(&lock);
	record(RECORD_ANSWER, 0, 0, bytes, size);
	pthread_mutex_unlock(&lock);
	return next(fd, bytes, size, flags);
}
