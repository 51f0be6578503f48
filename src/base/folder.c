/*
 * Making the folder that is kept in.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int
folder_make(const char *path)
{
	if (mkdir(path, S_IRWXU) != 0)
		return errno == EEXIST ? 0 : errno;
	if (chmod(path, S_IRWXU) != 0)
		return errno;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int parent = folder < 0 ? -1 : openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent >= 0) {
		/* The parent may be one that cannot be synced; then this is all that can be done.
		 */
		(void)!fsync(parent);
		close(parent);
	}
	if (folder >= 0)
		close(folder);
	return 0;
}
