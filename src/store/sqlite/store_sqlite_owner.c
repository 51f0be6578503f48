/*
 * Who makes a message: each writing handle that does has a number, and holds a lock on the byte of
 * that number in a file beside the database for as long as it is open. A killed process lets go, so
 * whoever can have the lock knows that the message was abandoned. The locks are those of the open
 * file (F_OFD_SETLK, fcntl(2)), which work within a process as well; the file stays empty.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite/store_sqlite.h"

/* Numbers that are tried before it must be something else than chance. */
#define ATTEMPTS 16

static struct flock
lock_of(int64_t owner)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)owner, .l_len = 1
	};
}

/* Where the file was removed or put back meanwhile, others look into the new one: our number goes
 * there with us. */
static enum err
open_owners(struct store *store)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	struct flock lock = lock_of(store->owner);
	char path[4096];

	snprintf(path, sizeof(path), "%s/plainchat.owners", store->folder);
	if (store->owner_fd >= 0 && store_is_in_place(store->owner_fd, path))
		return ERR_NONE;
	if (store->owner_fd >= 0)
		close(store->owner_fd);
	store->owner_fd = open(path, flags, S_IRUSR | S_IWUSR);
	if (store->owner_fd < 0)
		return store_fail_system(store, "open_owners", errno);
	/* The umask may have taken bits away. */
	(void)!fchmod(store->owner_fd, S_IRUSR | S_IWUSR);
	if (store->owner != 0 && fcntl(store->owner_fd, F_OFD_SETLK, &lock) != 0)
		store->owner = 0;
	return ERR_NONE;
}

enum err
store_own(struct store *store, int64_t *owner)
{
	enum err err = open_owners(store);

	for (int attempt = 0; err == ERR_NONE && store->owner == 0; attempt++) {
		uint32_t number;
		sqlite3_randomness(sizeof(number), &number);
		int64_t chosen = 1 + (int64_t)(number & 0x3fffffff);
		struct flock lock = lock_of(chosen);
		if (fcntl(store->owner_fd, F_OFD_SETLK, &lock) == 0)
			store->owner = chosen;
		else if ((errno != EAGAIN && errno != EACCES) || attempt == ATTEMPTS)
			err = store_fail_system(store, "lock_owner", errno);
	}
	*owner = store->owner;
	return err;
}

enum err
store_is_owned(struct store *store, int64_t owner, bool *is_owned)
{
	struct flock lock = lock_of(owner);

	*is_owned = true;
	if (owner == store->owner)
		return ERR_NONE;
	enum err err = open_owners(store);
	if (err == ERR_NONE && fcntl(store->owner_fd, F_OFD_GETLK, &lock) != 0)
		err = store_fail_system(store, "test_owner", errno);
	*is_owned = lock.l_type != F_UNLCK;
	return err;
}

void
store_disown(struct store *store)
{
	if (store->owner_fd >= 0)
		close(store->owner_fd);
	store->owner_fd = -1;
	store->owner = 0;
}
