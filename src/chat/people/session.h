/*
 * Sessions: what a visitor's cookie says, and what is stored of it. A token is issued by us and
 * carries a MAC, so one that never was is not taken. Pure but for the random bits of a new session;
 * callable on any thread. doc/decisions/sessions.md says why it is so.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_CHAT_PEOPLE_SESSION_H
#define PLAINCHAT_CHAT_PEOPLE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

/* Random bytes from which all keys of one chat are made. */
#define SESSION_SECRET_BYTES 32

/* A token: a kind, 128 random bits and a MAC of 128, in base64 (RFC 4648, 5), and a NUL. */
#define SESSION_TOKEN_BYTES 45

/* Digits of a token as earlier versions issued them. */
#define SESSION_OLD_TOKEN_DIGITS 32

/* Bytes of a visitor's mark, which is what is stored: a sign, 32 digits of a hash, and a NUL. */
#define SESSION_MARK_BYTES 34

/* Bytes of what clients are told: 16 digits that stand for a mark and do not tell it, and a NUL. */
#define SESSION_TAG_BYTES 17

struct session_keys {
	unsigned char secret[SESSION_SECRET_BYTES];
	char chat[9]; /* 8 digits, for the cookie's name: two chats on one host have others */
};

struct session {
	char token[SESSION_TOKEN_BYTES]; /* the cookie's value: never stored, never logged */
	char mark[SESSION_MARK_BYTES];   /* "~" and a hash: the key of the private conversation */
};

/* Makes the keys of the secret. */
void
session_keys_init(struct session_keys *keys, const unsigned char secret[SESSION_SECRET_BYTES]);

/* Begins a session that there was not before. */
void
session_begin(const struct session_keys *keys, struct session *session);

/* Reads a token. False: we have not issued it with these keys. */
bool
session_read(const struct session_keys *keys, const char *text, size_t size,
             struct session *session);

/* Reads a token of earlier versions, 32 digits, which anybody can make up. *mark is what they
 * stored of it, so whether there was a visitor who had it can be looked up: no new session has such
 * a mark. False: it has not that form. */
bool
session_read_old(const char *text, size_t size, char mark[SESSION_MARK_BYTES]);

/* Makes a token of ours of such a one, for the same mark. Two calls make the same token, so that
 * requests that come at once agree. `old_token` has that form. */
void
session_take_over(const struct session_keys *keys, const char *old_token, struct session *session);

/* The key of the private conversation of a user whom the web server has authenticated, and the mark
 * of what he has said, which begins with "=". */
void
session_of_user(const char *user, char room[SESSION_MARK_BYTES], char author[SESSION_MARK_BYTES]);

/* The tag of a mark. */
void
session_tag(const char *mark, char tag[SESSION_TAG_BYTES]);

#endif
