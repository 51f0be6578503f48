/*
 * Making the folder that is kept in.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes the folder that this one is in. Returns 0, or an errno. */
static int
make_parent(const char *path)
{
	char parent[PATH_MAX];
	size_t size = strlen(path);

	while (size > 0 && path[size - 1] == '/')
		size--;
	while (size > 0 && path[size - 1] != '/')
		size--;
	if (size == 0 || size >= sizeof(parent))
		return ENOENT;
	memcpy(parent, path, size);
	parent[size] = '\0';
	return folder_make(parent);
}

int
folder_make(const char *path)
{
	int error = mkdir(path, S_IRWXU) == 0 ? 0 : errno;

	if (error == ENOENT) {
		error = make_parent(path);
		if (error == 0)
			error = mkdir(path, S_IRWXU) == 0 ? 0 : errno;
	}
	if (error != 0)
		return error == EEXIST ? 0 : error;
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
