/*
 * Errors are values. A function that can fail returns one of these; whoever knows the detail logs
 * it once, there, and passes on the value. Values alone: on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_ERR_H
#define PLAINCHAT_BASE_ERR_H

enum err {
	ERR_NONE = 0,
	ERR_TOO_LARGE,      /* a size from outside is above its bound */
	ERR_SYNTAX,         /* bytes from outside are not in the form that they must have */
	ERR_TRUNCATED,      /* fewer bytes came than were announced */
	ERR_PEER_GONE,      /* the other side has left: no error of ours, not logged as one */
	ERR_SYSTEM,         /* the operating system refused; errno said why */
	ERR_CONFIG,         /* the configuration cannot be used */
	ERR_STORE,          /* the store cannot be used at the moment */
	ERR_UNKNOWN_COMMIT, /* whether the store has committed is not known, and cannot be found out
	                     * now */
	ERR_NOT_ERASED,     /* what was deleted is not gone from the store's files yet */
};

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
