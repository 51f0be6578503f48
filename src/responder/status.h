/*
 * What a program says of its reply beside the reply: lines of JSON on a descriptor of its own
 * (doc/bots.md). A reader belongs to one thread at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_RESPONDER_STATUS_H
#define PLAINCHAT_RESPONDER_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/event.h"

/* The descriptor, and the variable by which a program learns of it. */
#define STATUS_DESCRIPTOR 3
#define STATUS_VARIABLE "PLAINCHAT_STATUS"

struct status_reader {
	struct buf line;  /* of which the end has not come */
	bool is_too_long; /* the line that is being read: it is left out */
	/* What was said last. */
	enum event_cause cut;    /* CAUSE_NONE or CAUSE_LENGTH */
	enum event_cause reason; /* CAUSE_NONE or why it failed */
};

/* Makes a reader that has read nothing; freed by status_reader_fini. */
void
status_reader_init(struct status_reader *reader);

void
status_reader_fini(struct status_reader *reader);

/* Takes the next bytes, and appends to `thought` what they say is thought: at most as many bytes as
 * came, and as the lines before had left. What is no such line, or says nothing that we know, is
 * passed over. */
void
status_reader_add(struct status_reader *reader, const char *bytes, size_t size,
                  struct buf *thought);

/* The reason that an exit status stands for (sysexits.h): 68 and 69 CAUSE_UNREACHABLE, 75
 * CAUSE_BUSY, others CAUSE_NONE. */
enum event_cause
status_exit_reason(int64_t exit_status);

#endif
