/*
 * The standard descriptors, as a program finds them. For both programs' main().
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_DESCRIPTORS_H
#define PLAINCHAT_BASE_DESCRIPTORS_H

/* Opens /dev/null in place of stdin, stdout or stderr where they are closed: the next that is
 * opened would become one of them, and get the log. To be called before anything is opened. */
void
descriptors_open_standard(void);

#endif
