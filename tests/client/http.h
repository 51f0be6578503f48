/*
 * An HTTP client for the tests that are written in C: connections over TCP, from any loopback
 * address, and requests. Who reads the answers waits for the descriptor as it likes. For one thread
 * at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CLIENT_HTTP_H
#define PLAINCHAT_CLIENT_HTTP_H

#include <netinet/in.h>
#include <stdint.h>

/* The server at 127.0.0.1 and this port. */
struct sockaddr_in
http_server(uint16_t port);

/* Connects from the loopback address 127.0.0.`source`, by which the server tells visitors apart. On
 * success *fd, which blocks, is the caller's. Returns 0 or an errno. */
int
http_connect(const struct sockaddr_in *server, uint8_t source, int *fd);

/* Sends a request without a body, HTTP/1.1, with these further headers, each with its line's end;
 * or "". Returns 0 or an errno. */
int
http_get(int fd, const char *path, const char *headers);

/* The same with a POST of this body, NUL-terminated, and its type. */
int
http_post(int fd, const char *path, const char *type, const char *headers, const char *body);

#endif
