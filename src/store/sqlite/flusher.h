/*
 * A thread that brings a file to the disk again and again while others go on writing to it, so that
 * little is left to be waited for when it has to be there.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_STORE_SQLITE_FLUSHER_H
#define PLAINCHAT_STORE_SQLITE_FLUSHER_H

struct flusher;

/* Opens the file and starts the thread. The caller's, for flusher_free; NULL where that cannot be,
 * which harms nothing: then all of it is left to whoever has to wait. */
struct flusher *
flusher_new(const char *path);

/* Brings to the disk what is in the file now. Returns at once. `flusher` may be NULL. */
void
flusher_flush(struct flusher *flusher);

/* Waits until the thread has ended, which takes as long as one fdatasync(2): on a disk that hangs,
 * until it does not any more. NULL is harmless. */
void
flusher_free(struct flusher *flusher);

#endif
