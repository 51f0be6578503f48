/*
 * The web server that has started the program, watched for its end. A program that outlives it
 * would keep its socket, and the next web server would take it over with the settings of the last,
 * and not start another one when it ends.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_SERVER_PARENT_H
#define PLAINCHAT_SERVER_PARENT_H

/* Watches the parent process, by a pidfd (pidfd_open(2)) and on a thread of its own, which nothing
 * keeps from it. When the parent has ended, who connects to the listening socket is refused at
 * once (listen_refuse), and this process gets SIGTERM.
 *
 * A parent that only launches, as spawn-fcgi(1) does, is not taken for a web server: launchers give
 * the program a session of its own, so such a program looks at its parent once the launcher has had
 * time to leave. A program that has no such session, and whose parent is of another one, has lost
 * its web server already. Init is not watched.
 *
 * To be called as early as possible, once, on the main thread, when the signals that end the
 * process are blocked: the thread keeps that mask. The descriptor must stay open. */
void
parent_watch(int listen_fd);

#endif
