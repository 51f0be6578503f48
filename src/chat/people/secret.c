/*
 * The secret by which sessions are known to be ours.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/people/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/log.h"

/* In the file: digits and a line end. */
#define TEXT_BYTES ((size_t)2 * SESSION_SECRET_BYTES + 1)

#define LOG_PAUSE_US 10000000

struct secret {
	char *folder; /* NULL: no file */
	char *path;
	pthread_mutex_t lock; /* for what follows */
	bool has_keys;
	struct session_keys keys;
	struct stat status; /* of the file that they are from */
	int64_t logged_us;  /* 0: never */
};

static struct secret *
allocate(void)
{
	struct secret *secret = must_allocate(sizeof(*secret));

	pthread_mutex_init(&secret->lock, NULL);
	return secret;
}

struct secret *
secret_new(const char *folder)
{
	struct secret *secret = allocate();
	struct buf path;

	secret->folder = must_copy_text(folder);
	buf_init(&path, strlen(folder) + sizeof("/" SECRET_FILE));
	if (buf_append_format(&path, "%s/%s", folder, SECRET_FILE) != ERR_NONE)
		abort();
	secret->path = path.data;
	return secret;
}

struct secret *
secret_new_fixed(const unsigned char bytes[SESSION_SECRET_BYTES])
{
	struct secret *secret = allocate();

	session_keys_init(&secret->keys, bytes);
	secret->has_keys = true;
	return secret;
}

void
secret_free(struct secret *secret)
{
	sodium_memzero(&secret->keys, sizeof(secret->keys));
	pthread_mutex_destroy(&secret->lock);
	free(secret->folder);
	free(secret->path);
	free(secret);
}

static enum err
fail(struct secret *secret, const char *operation, const char *why)
{
	int64_t now_us = clock_now_us();

	if (secret->logged_us == 0 || now_us - secret->logged_us > LOG_PAUSE_US) {
		log_event(LOG_ERROR, "secret_failed",
		          LOG_FIELDS(log_text("operation", operation),
		                     log_text("file", secret->path), log_text("error", why)));
		secret->logged_us = now_us;
	}
	return ERR_STORE;
}

/* --- the file --- */

/* Writes all of it to the disk. Returns 0, or an errno. */
static int
write_file(int fd, const char text[TEXT_BYTES])
{
	ssize_t written = write(fd, text, TEXT_BYTES);

	if (written < 0)
		return errno;
	if (written != (ssize_t)TEXT_BYTES)
		return ENOSPC;
	return fchmod(fd, S_IRUSR | S_IWUSR) == 0 && fsync(fd) == 0 ? 0 : errno;
}

/* Gives the file its name, if no other process has been first. Returns 0, or an errno. */
static int
name_file(const char *from, const char *to)
{
	if (link(from, to) == 0 || errno == EEXIST)
		return 0;
	/* A file system without links. musl 1.2.3 has no renameat2. */
	if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ||
	    errno == EEXIST)
		return 0;
	return errno;
}

static void
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Where folders cannot be synced, this is all that can be done. */
	(void)!fsync(fd);
	close(fd);
}

/* Makes the file under another name first: it is never seen half. */
static enum err
make_file(struct secret *secret)
{
	unsigned char bytes[SESSION_SECRET_BYTES];
	char text[TEXT_BYTES + 1];
	struct buf path;

	/* A folder that was there and is gone is not made anew: a file system may be missing. */
	int error = secret->has_keys ? 0 : folder_make(secret->folder);
	if (error != 0)
		return fail(secret, "make_folder", strerror(error));
	if (secret->has_keys)
		memcpy(bytes, secret->keys.secret, sizeof(bytes));
	else if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	sodium_bin2hex(text, sizeof(text), bytes, sizeof(bytes));
	text[TEXT_BYTES - 1] = '\n';

	buf_init(&path, strlen(secret->path) + sizeof("-XXXXXX"));
	if (buf_append_format(&path, "%s-XXXXXX", secret->path) != ERR_NONE)
		abort();
	int fd = mkostemp(path.data, O_CLOEXEC);
	error = fd < 0 ? errno : write_file(fd, text);
	if (error == 0)
		error = name_file(path.data, secret->path);
	if (fd >= 0) {
		(void)unlink(path.data);
		close(fd);
		sync_folder(secret->folder);
	}
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(text, sizeof(text));
	buf_fini(&path);
	return error == 0 ? ERR_NONE : fail(secret, "make", strerror(error));
}

static enum err
read_file(struct secret *secret)
{
	unsigned char bytes[SESSION_SECRET_BYTES];
	char text[TEXT_BYTES + 1];
	size_t size;

	int fd = open(secret->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(secret, "open", strerror(errno));
	ssize_t got = read(fd, text, sizeof(text));
	bool is_read = got >= 0 && fstat(fd, &secret->status) == 0;
	int error = errno;
	close(fd);
	if (!is_read)
		return fail(secret, "read", strerror(error));
	if (got != (ssize_t)TEXT_BYTES || text[TEXT_BYTES - 1] != '\n' ||
	    sodium_hex2bin(bytes, sizeof(bytes), text, TEXT_BYTES - 1, NULL, &size, NULL) != 0 ||
	    size != sizeof(bytes)) {
		secret->status = (struct stat){ 0 };
		return fail(secret, "read", "the file does not hold 64 hexadecimal digits");
	}
	session_keys_init(&secret->keys, bytes);
	secret->has_keys = true;
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(text, sizeof(text));
	return ERR_NONE;
}

static bool
is_same_file(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* With the lock held: sees to it that the keys are those of the file that is there now. */
static enum err
look(struct secret *secret)
{
	struct stat status;

	if (secret->folder == NULL)
		return ERR_NONE;
	if (stat(secret->path, &status) != 0) {
		if (errno != ENOENT)
			return fail(secret, "stat", strerror(errno));
		enum err err = make_file(secret);
		return err == ERR_NONE ? read_file(secret) : err;
	}
	return secret->has_keys && is_same_file(&status, &secret->status) ? ERR_NONE
	                                                                  : read_file(secret);
}

enum err
secret_keys(struct secret *secret, struct session_keys *keys)
{
	pthread_mutex_lock(&secret->lock);
	enum err err = look(secret);
	if (err == ERR_NONE)
		*keys = secret->keys;
	pthread_mutex_unlock(&secret->lock);
	return err;
}
