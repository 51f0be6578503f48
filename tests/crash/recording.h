/*
 * What recorder.c writes and power_cut.c reads: one record after the other, in the order in which
 * things have happened, each a head and then `size` bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_CRASH_RECORDING_H
#define PLAINCHAT_TESTS_CRASH_RECORDING_H

#include <stdint.h>

enum record_type {
	RECORD_CREATE = 1,  /* inode; bytes: the file's name */
	RECORD_RENAME,      /* bytes: the old name, a NUL, the new one */
	RECORD_UNLINK,      /* bytes: the name */
	RECORD_LINK,        /* bytes: as with a new name, which the file gets as well */
	RECORD_WRITE,       /* inode, offset; bytes: what was written */
	RECORD_TRUNCATE,    /* inode, offset: the size */
	RECORD_SYNC,        /* inode */
	RECORD_SYNC_FOLDER, /* the folder's entries are on the disk */
	RECORD_MAKE_FOLDER, /* the folder itself was made */
	RECORD_SYNC_PARENT, /* and is on the disk */
	RECORD_ANSWER,      /* bytes: what was sent to a client, recorded before it is */
};

struct record_head {
	uint64_t type;
	uint64_t inode;
	uint64_t offset;
	uint64_t size; /* of the bytes behind this */
};

#endif
