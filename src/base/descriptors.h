/*
 * The descriptors that a program is started with. For both programs' beginning.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_DESCRIPTORS_H
#define PLAINCHAT_BASE_DESCRIPTORS_H

/* Opens /dev/null in place of stdin, stdout or stderr where they are closed: the next that is
 * opened would become one of them, and get the log. To be called before anything is opened. */
void
descriptors_open_standard(void);

/* Sees to it that no program that we start gets a descriptor that we were started with, beside the
 * standard ones. Before there are threads. */
void
descriptors_keep(void);

#endif
