/*
 * Every fixed limit, each with its reason. Those that a site owner may want to move are defaults
 * here and keys of plainchat.conf (src/config.c); the others are part of how the program works.
 * Every layer may include it; it knows none of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_BOUNDS_H
#define PLAINCHAT_BASE_BOUNDS_H

/* --- defaults of configuration keys --- */

/* Bytes of a message in UTF-8: some ten pages of text, and still one small row in a store. */
#define BOUND_MESSAGE_BYTES (32 * 1024)

/* Bytes of a request body: the longest message, most of it escaped, and room for other members. */
#define BOUND_BODY_BYTES (64 * 1024)

/* Nesting of a JSON request: ours needs 1; clients may add members of their own, not abuse. */
#define BOUND_JSON_DEPTH 8

/* Threads that read and parse requests: one is enough for a lighttpd, two use a second core. */
#define BOUND_THREADS 2

/* Seconds that a request may take to arrive whole. Slow visitors are the web server's business:
 * it hands over what it has buffered, so whoever is slower than this is broken. */
#define BOUND_REQUEST_SECONDS 30

/* FastCGI connections at once per process; lighttpd opens one per request that it has under way. */
#define BOUND_CONNECTIONS 2048

/* --- what the program is built around --- */

/* The highest values that the keys above take, so that sums of sizes cannot overflow, and the
 * echo of the longest message is still a reply. */
#define BOUND_MESSAGE_BYTES_MAX (128 * 1024)
#define BOUND_BODY_BYTES_MAX (1024 * 1024)
#define BOUND_JSON_DEPTH_MAX 64
#define BOUND_THREADS_MAX 16

/* Members of one JSON object: searching for duplicates is quadratic in it. */
#define BOUND_JSON_MEMBERS 256

/* Bytes of a request's parameters in all. lighttpd and nginx limit a head to 8-32 KiB; Apache
 * allows more, and then the program refuses it. */
#define BOUND_PARAMS_BYTES (64 * 1024)

/* Code points in a visitor's name and in a room's. */
#define BOUND_NAME_CODE_POINTS 64

/* Bytes of a reply in UTF-8: what a language model says in one go, several times over. */
#define BOUND_REPLY_BYTES (256 * 1024)

/* Bytes of a response: the longest reply with every byte escaped as \u0001, and what is around. */
#define BOUND_RESPONSE_BYTES (6 * BOUND_REPLY_BYTES + 64 * 1024)

/* Bytes of a configured text, such as the echo's wording. */
#define BOUND_SETTING_BYTES 1024

/* Seconds from a signal to the end: what is in flight gets this long to be answered. Web servers
 * and service managers kill after 5 or more; a person waits for less than 2. */
#define BOUND_STOP_SECONDS 1

/* Seconds in which a peer has to take its answer, or to send the rest of what was refused. */
#define BOUND_SLOW_PEER_SECONDS 10

/* Bytes of a log line. */
#define BOUND_LOG_LINE_BYTES 1024

#endif
