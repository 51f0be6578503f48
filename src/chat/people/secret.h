/*
 * The secret by which sessions are known to be ours: a file in the folder of the store, made once,
 * by whichever process needs it first, and read again where it has become another. Callable on any
 * thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_PEOPLE_SECRET_H
#define PLAINCHAT_CHAT_PEOPLE_SECRET_H

#include "base/err.h"
#include "chat/people/session.h"

/* Its name in the folder. */
#define SECRET_FILE "plainchat.secret"

struct secret;

/* Freed by secret_free. Touches no file yet. */
struct secret *
secret_new(const char *folder);

/* One that is in no file, for tests. */
struct secret *
secret_new_fixed(const unsigned char bytes[SESSION_SECRET_BYTES]);

void
secret_free(struct secret *secret);

/* Gives the keys. A file that is not there is made, mode 0600, and on the disk before this returns;
 * of processes that do so at once all get the same keys. A file that is gone is made anew with what
 * it held; a folder that is gone is not, since a file system may be missing. ERR_STORE: it cannot
 * be read or made now, or holds something else; logged, once in 10 s at the most. */
enum err MUST_CHECK
secret_keys(struct secret *secret, struct session_keys *keys);

#endif
