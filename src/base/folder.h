/*
 * Making the folder that is kept in. Callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_FOLDER_H
#define PLAINCHAT_BASE_FOLDER_H

/* Makes the folder, and those above it, each for its owner alone whatever the umask is, if it is
 * not there; its entry in the parent survives a power cut, where the parent can be synced. `path`
 * is NUL-terminated. Returns 0, or an errno. Callable on any thread; waits for the file system. */
int
folder_make(const char *path);

#endif
