/*
 * Asks the kernel, since musl 1.2.3 has no statx.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/file_birth.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int64_t
file_birth_ns(const char *path)
{
	struct statx status;

	if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_BTIME, &status) != 0 ||
	    (status.stx_mask & STATX_BTIME) == 0)
		return 0;
	return (int64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
}
