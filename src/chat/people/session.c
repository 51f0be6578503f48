/*
 * Sessions: tokens and marks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "chat/people/session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ID_BYTES 16
#define MAC_BYTES 16
#define HASH_BYTES 16

enum token_kind {
	TOKEN_OURS = 1,
	TOKEN_TAKEN_OVER = 2, /* of earlier versions */
};

/* A token's bytes. Their number is a multiple of 3: no bits are left over in base64, so there is
 * one way to write a token. */
struct token {
	unsigned char kind;
	unsigned char id[ID_BYTES];
	unsigned char mac[MAC_BYTES];
};

_Static_assert(sizeof(struct token) % 3 == 0 &&
                       sizeof(struct token) / 3 * 4 + 1 == SESSION_TOKEN_BYTES,
               "a token has no padding");

/* --- hashes --- */

/* A hash for one purpose: those of two purposes have nothing to do with each other. `keys` NULL:
 * without a key. */
static void
hash_for(const char *purpose, const struct session_keys *keys, const void *data, size_t size,
         unsigned char *hash, size_t hash_size)
{
	static const unsigned char no_salt[crypto_generichash_blake2b_SALTBYTES];
	unsigned char personal[crypto_generichash_blake2b_PERSONALBYTES] = { 0 };

	memcpy(personal, purpose, strnlen(purpose, sizeof(personal)));
	if (crypto_generichash_blake2b_salt_personal(
		    hash, hash_size, data, size, keys == NULL ? NULL : keys->secret,
		    keys == NULL ? 0 : sizeof(keys->secret), no_salt, personal) != 0)
		abort();
}

static void
write_mark(char sign, const unsigned char hash[HASH_BYTES], char mark[SESSION_MARK_BYTES])
{
	mark[0] = sign;
	sodium_bin2hex(mark + 1, SESSION_MARK_BYTES - 1, hash, HASH_BYTES);
}

/* As earlier versions hashed tokens and users. */
static void
write_old_mark(char sign, const char *text, size_t size, char mark[SESSION_MARK_BYTES])
{
	unsigned char hash[HASH_BYTES];

	if (crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, size, NULL, 0) != 0)
		abort();
	write_mark(sign, hash, mark);
}

/* --- tokens --- */

static void
sign(const struct session_keys *keys, const struct token *token, unsigned char mac[MAC_BYTES])
{
	hash_for("plainchat token", keys, token, offsetof(struct token, mac), mac, MAC_BYTES);
}

/* The mark of a token of ours. With the key: nobody can look for one that is another's. */
static void
mark_token(const struct session_keys *keys, const struct token *token,
           char mark[SESSION_MARK_BYTES])
{
	unsigned char hash[HASH_BYTES];
	char digits[SESSION_OLD_TOKEN_DIGITS + 1];

	if (token->kind == TOKEN_TAKEN_OVER) {
		sodium_bin2hex(digits, sizeof(digits), token->id, sizeof(token->id));
		write_old_mark('~', digits, SESSION_OLD_TOKEN_DIGITS, mark);
		return;
	}
	hash_for("plainchat mark", keys, token->id, sizeof(token->id), hash, sizeof(hash));
	write_mark('~', hash, mark);
}

static void
finish(const struct session_keys *keys, struct token *token, struct session *session)
{
	sign(keys, token, token->mac);
	sodium_bin2base64(session->token, sizeof(session->token), (const unsigned char *)token,
	                  sizeof(*token), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	mark_token(keys, token, session->mark);
}

void
session_keys_init(struct session_keys *keys, const unsigned char secret[SESSION_SECRET_BYTES])
{
	unsigned char chat[(sizeof(keys->chat) - 1) / 2 + crypto_generichash_BYTES_MIN];

	memcpy(keys->secret, secret, sizeof(keys->secret));
	hash_for("plainchat name", keys, "", 0, chat, sizeof(chat));
	sodium_bin2hex(keys->chat, sizeof(keys->chat), chat, (sizeof(keys->chat) - 1) / 2);
}

void
session_begin(const struct session_keys *keys, struct session *session)
{
	struct token token = { .kind = TOKEN_OURS };

	if (getrandom(token.id, sizeof(token.id), 0) != sizeof(token.id))
		abort();
	finish(keys, &token, session);
}

bool
session_read(const struct session_keys *keys, const char *text, size_t size,
             struct session *session)
{
	struct token token;
	unsigned char mac[MAC_BYTES];
	size_t token_size;

	if (size != SESSION_TOKEN_BYTES - 1 ||
	    sodium_base642bin((unsigned char *)&token, sizeof(token), text, size, NULL, &token_size,
	                      NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    token_size != sizeof(token))
		return false;
	sign(keys, &token, mac);
	if (sodium_memcmp(mac, token.mac, sizeof(mac)) != 0)
		return false;
	memcpy(session->token, text, size);
	session->token[size] = '\0';
	mark_token(keys, &token, session->mark);
	return true;
}

bool
session_read_old(const char *text, size_t size, char mark[SESSION_MARK_BYTES])
{
	if (size != SESSION_OLD_TOKEN_DIGITS || strspn(text, "0123456789abcdef") < size)
		return false;
	write_old_mark('~', text, size, mark);
	return true;
}

void
session_take_over(const struct session_keys *keys, const char *old_token, struct session *session)
{
	struct token token = { .kind = TOKEN_TAKEN_OVER };
	size_t size;

	if (sodium_hex2bin(token.id, sizeof(token.id), old_token, SESSION_OLD_TOKEN_DIGITS, NULL,
	                   &size, NULL) != 0)
		abort();
	finish(keys, &token, session);
}

/* --- users --- */

void
session_of_user(const char *user, char room[SESSION_MARK_BYTES], char author[SESSION_MARK_BYTES])
{
	unsigned char hash[HASH_BYTES];

	hash_for("plainchat user", NULL, user, strlen(user), hash, sizeof(hash));
	write_mark('~', hash, room);
	write_old_mark('=', user, strlen(user), author);
}

void
session_tag(const char *mark, char tag[SESSION_TAG_BYTES])
{
	unsigned char hash[HASH_BYTES];

	hash_for("plainchat tag", NULL, mark, strlen(mark), hash, sizeof(hash));
	sodium_bin2hex(tag, SESSION_TAG_BYTES, hash, (SESSION_TAG_BYTES - 1) / 2);
}
