/*
 * chat/people/session: tokens that are issued by us, and marks.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "chat/people/session.h"

#define OLD_TOKEN "0123456789abcdef0123456789abcdef"

static struct session_keys
keys_of(unsigned char first)
{
	unsigned char secret[SESSION_SECRET_BYTES];
	struct session_keys keys;

	for (unsigned i = 0; i < sizeof(secret); i++)
		secret[i] = (unsigned char)(first + i);
	session_keys_init(&keys, secret);
	return keys;
}

static bool
is_read(const struct session_keys *keys, const char *token)
{
	struct session session;

	return session_read(keys, token, strlen(token), &session);
}

static void
a_token_that_we_have_issued_is_read(void **state)
{
	struct session_keys keys = keys_of(0);
	struct session session;
	struct session again;

	(void)state;
	session_begin(&keys, &session);
	assert_int_equal(strlen(session.token), SESSION_TOKEN_BYTES - 1);
	assert_true(session_read(&keys, session.token, strlen(session.token), &again));
	assert_string_equal(again.token, session.token);
	assert_string_equal(again.mark, session.mark);
}

static void
tokens_go_on_being_what_they_are(void **state)
{
	struct session_keys keys = keys_of(0);
	struct session session;

	(void)state;
	assert_string_equal(keys.chat, STAGE_CHAT);
	assert_true(session_read(&keys, TEXT_OF(STAGE_TOKEN), &session));
	assert_string_equal(session.mark, "~6093bbec7cf80857ddc84cebf3f09023");
}

static void
a_token_of_another_chat_is_none(void **state)
{
	struct session_keys keys = keys_of(0);
	struct session_keys other = keys_of(1);

	(void)state;
	assert_string_not_equal(keys.chat, other.chat);
	assert_true(is_read(&keys, STAGE_TOKEN));
	assert_false(is_read(&other, STAGE_TOKEN));
}

static void
no_token_with_another_letter_is_taken(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_+/= ";
	struct session_keys keys = keys_of(0);
	char token[] = STAGE_TOKEN;
	unsigned count = 0;

	(void)state;
	for (size_t i = 0; i < strlen(token); i++) {
		char letter = token[i];
		for (const char *other = letters; *other != '\0'; other++) {
			token[i] = *other;
			count += is_read(&keys, token);
		}
		token[i] = letter;
	}
	/* Itself, at each place: so there is one way to write a token. */
	assert_int_equal(count, strlen(token));
}

static void
a_token_that_was_cut_or_made_longer_is_none(void **state)
{
	struct session_keys keys = keys_of(0);
	char token[SESSION_TOKEN_BYTES + 1] = STAGE_TOKEN "A";
	struct session session;

	(void)state;
	for (size_t size = 0; size <= strlen(token); size++)
		assert_true(session_read(&keys, token, size, &session) ==
		            (size == SESSION_TOKEN_BYTES - 1));
}

static void
a_token_of_an_earlier_version_is_taken_over_for_what_is_stored_of_it(void **state)
{
	struct session_keys keys = keys_of(0);
	char mark[SESSION_MARK_BYTES];
	struct session session;
	struct session again;

	(void)state;
	assert_true(session_read_old(TEXT_OF(OLD_TOKEN), mark));
	assert_string_equal(mark, "~a55798dd7966ed4b45bd53202cf7a982");
	session_take_over(&keys, OLD_TOKEN, &session);
	assert_string_equal(session.mark, mark);
	session_take_over(&keys, OLD_TOKEN, &again);
	assert_string_equal(again.token, session.token);
	assert_true(session_read(&keys, session.token, strlen(session.token), &again));
	assert_string_equal(again.mark, mark);
}

static void
what_anybody_can_make_up_is_never_the_mark_of_a_session(void **state)
{
	struct session_keys keys = keys_of(0);
	char mark[SESSION_MARK_BYTES];
	struct session session;

	(void)state;
	assert_false(is_read(&keys, OLD_TOKEN));
	/* The bits of a session of ours, as an earlier version would have had them. */
	assert_true(session_read(&keys, TEXT_OF(STAGE_TOKEN), &session));
	assert_true(session_read_old(TEXT_OF("fa1fef0e3728a2f0149a652f814e9b5c"), mark));
	assert_string_not_equal(mark, session.mark);
}

static void
what_has_not_the_form_of_earlier_versions_is_none(void **state)
{
	char mark[SESSION_MARK_BYTES];

	(void)state;
	assert_false(session_read_old(TEXT_OF(""), mark));
	assert_false(session_read_old(TEXT_OF(OLD_TOKEN "0"), mark));
	assert_false(session_read_old(OLD_TOKEN, SESSION_OLD_TOKEN_DIGITS - 1, mark));
	assert_false(session_read_old(TEXT_OF("0123456789ABCDEF0123456789ABCDEF"), mark));
	assert_false(session_read_old(TEXT_OF("0123456789abcdef;123456789abcdef"), mark));
}

static void
users_sessions_and_earlier_sessions_have_nothing_in_common(void **state)
{
	char room[SESSION_MARK_BYTES];
	char author[SESSION_MARK_BYTES];
	char mark[SESSION_MARK_BYTES];

	(void)state;
	assert_true(session_read_old(TEXT_OF(OLD_TOKEN), mark));
	session_of_user(OLD_TOKEN, room, author);
	assert_string_not_equal(room, mark);
	assert_string_not_equal(room + 1, author + 1);
	assert_int_equal(author[0], '=');
}

static void
a_tag_does_not_tell_the_mark(void **state)
{
	static const char mark[] = "~6093bbec7cf80857ddc84cebf3f09023";
	char tag[SESSION_TAG_BYTES];
	char other[SESSION_TAG_BYTES];

	(void)state;
	session_tag(mark, tag);
	assert_int_equal(strlen(tag), SESSION_TAG_BYTES - 1);
	assert_null(strstr(mark, tag));
	session_tag("~a55798dd7966ed4b45bd53202cf7a982", other);
	assert_string_not_equal(tag, other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_that_we_have_issued_is_read),
		cmocka_unit_test(tokens_go_on_being_what_they_are),
		cmocka_unit_test(a_token_of_another_chat_is_none),
		cmocka_unit_test(no_token_with_another_letter_is_taken),
		cmocka_unit_test(a_token_that_was_cut_or_made_longer_is_none),
		cmocka_unit_test(
			a_token_of_an_earlier_version_is_taken_over_for_what_is_stored_of_it),
		cmocka_unit_test(what_anybody_can_make_up_is_never_the_mark_of_a_session),
		cmocka_unit_test(what_has_not_the_form_of_earlier_versions_is_none),
		cmocka_unit_test(users_sessions_and_earlier_sessions_have_nothing_in_common),
		cmocka_unit_test(a_tag_does_not_tell_the_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
