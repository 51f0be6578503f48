/*
 * http/visitor: the session cookie, who may take a message back, and pages of other sites.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "http/response.h"
#include "http/visitor.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static struct request *
request_of(const char *first, const char *second)
{
	char texts[2][1024];
	char *const variables[] = { texts[0], second == NULL ? NULL : texts[1], NULL };

	snprintf(texts[0], sizeof(texts[0]), "%s", first);
	snprintf(texts[1], sizeof(texts[1]), "%s", second == NULL ? "" : second);
	return request_new(variables, 0, NULL);
}

static struct visitor
visitor_of(const char *first, const char *second)
{
	struct request *request = request_of(first, second);
	struct visitor visitor;

	visitor_read(request, &visitor);
	request_free(request);
	return visitor;
}

static void
the_session_is_found_among_other_cookies(void **state)
{
	static const char *const cookies[] = {
		"HTTP_COOKIE=plainchat=" TOKEN,
		"HTTP_COOKIE=a=b; plainchat=" TOKEN "; c=d",
		"HTTP_COOKIE=a=b;plainchat=" TOKEN,
		"HTTP_COOKIE=xplainchat=fedcba9876543210fedcba9876543210; plainchat=" TOKEN,
		"HTTP_COOKIE=; ;; plainchat=" TOKEN ";",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cookies); i++) {
		struct visitor visitor = visitor_of(cookies[i], NULL);
		assert_true(visitor.has_session);
		assert_string_equal(visitor.token, TOKEN);
	}
}

static void
a_cookie_of_another_form_is_none(void **state)
{
	static const char *const cookies[] = {
		"HTTP_COOKIE=",
		"HTTP_COOKIE=plainchat",
		"HTTP_COOKIE=plainchat=",
		"HTTP_COOKIE=Plainchat=" TOKEN,
		"HTTP_COOKIE=plainchat=\"" TOKEN "\"",
		"HTTP_COOKIE=plainchat=" TOKEN "0",
		"HTTP_COOKIE=plainchat=0123456789abcdef0123456789abcde",
		"HTTP_COOKIE=plainchat=0123456789abcdef0123456789abcdeF",
		"HTTP_COOKIE=plainchat=0123456789abcdef0123456789abcde/",
		"HTTP_COOKIE=plainchat=../../../../../../../../../../..",
		"HTTP_COOKIE=plainchat =" TOKEN,
		"HTTP_COOKIE=notplainchat=" TOKEN,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cookies); i++) {
		struct visitor visitor = visitor_of(cookies[i], NULL);
		assert_false(visitor.has_session);
		assert_string_equal(visitor.private_room, "");
		assert_string_equal(visitor.author, "");
	}
}

static void
what_is_stored_does_not_tell_the_token(void **state)
{
	(void)state;
	struct visitor visitor = visitor_of("HTTP_COOKIE=plainchat=" TOKEN, NULL);
	assert_int_equal(strlen(visitor.private_room), VISITOR_MARK_BYTES - 1);
	assert_int_equal(visitor.private_room[0], '~');
	assert_int_equal(strspn(visitor.private_room + 1, "0123456789abcdef"),
	                 VISITOR_MARK_BYTES - 2);
	assert_string_not_equal(visitor.private_room + 1, TOKEN);
	struct visitor other =
		visitor_of("HTTP_COOKIE=plainchat=1123456789abcdef0123456789abcdef", NULL);
	assert_string_not_equal(other.private_room, visitor.private_room);
	assert_string_not_equal(other.author, visitor.author);
	other = visitor_of("HTTP_COOKIE=plainchat=" TOKEN, NULL);
	assert_string_equal(other.private_room, visitor.private_room);
	assert_string_equal(other.author, visitor.author);
}

static void
an_authenticated_user_is_the_same_author_everywhere(void **state)
{
	(void)state;
	struct visitor here = visitor_of("REMOTE_USER=ann", "HTTP_COOKIE=plainchat=" TOKEN);
	struct visitor there = visitor_of("REMOTE_USER=ann", NULL);
	struct visitor bob = visitor_of("REMOTE_USER=bob", "HTTP_COOKIE=plainchat=" TOKEN);
	assert_string_equal(here.author, there.author);
	assert_string_not_equal(here.author, bob.author);
	assert_string_not_equal(here.author, "");
	/* The private conversation is the cookie's all the same. */
	assert_true(here.has_session);
	assert_false(there.has_session);
	assert_string_equal(here.private_room, bob.private_room);
	/* Nobody can log in under a name that is a session's mark. */
	struct visitor session = visitor_of("HTTP_COOKIE=plainchat=" TOKEN, NULL);
	assert_int_not_equal(session.author[0], here.author[0]);
}

/* Starts a session and leaves the header in `cookie`. */
static struct visitor
start(const char *mount, const char *https, char cookie[1024])
{
	struct request *request = request_of(mount, https);
	struct response *response = response_new(200, NULL);
	struct visitor visitor;

	visitor_read(request, &visitor);
	visitor_start_session(request, &visitor, response);
	assert_true(response->headers.size < 1024);
	memcpy(cookie, response->headers.data, response->headers.size + 1);
	response_free(response);
	request_free(request);
	return visitor;
}

static void
a_new_session_is_what_its_cookie_says(void **state)
{
	char cookie[1024];
	char expected[1024];
	char back[1024] = "HTTP_COOKIE=";

	(void)state;
	struct visitor visitor = start("SCRIPT_NAME=/my-site/chat/api", NULL, cookie);
	assert_true(visitor.has_session);
	snprintf(expected, sizeof(expected),
	         "Set-Cookie: plainchat=%s; Path=/my-site/chat/api; Max-Age=31536000; HttpOnly; "
	         "SameSite=Lax\r\n",
	         visitor.token);
	assert_string_equal(cookie, expected);
	strncat(back, cookie + strlen("Set-Cookie: "), strcspn(cookie + 12, ";"));
	struct visitor returned = visitor_of(back, NULL);
	assert_string_equal(returned.private_room, visitor.private_room);
	assert_string_equal(returned.author, visitor.author);
}

static void
every_session_is_another(void **state)
{
	char cookie[1024];

	(void)state;
	struct visitor one = start("SCRIPT_NAME=/", NULL, cookie);
	struct visitor other = start("SCRIPT_NAME=/", NULL, cookie);
	assert_string_not_equal(one.token, other.token);
	assert_string_not_equal(one.private_room, other.private_room);
}

static void
under_https_the_cookie_is_secure(void **state)
{
	char cookie[1024];

	(void)state;
	start("SCRIPT_NAME=/chat/api", "HTTPS=on", cookie);
	assert_non_null(strstr(cookie, "; SameSite=Lax; Secure\r\n"));
	start("SCRIPT_NAME=/chat/api", "HTTPS=off", cookie);
	assert_null(strstr(cookie, "Secure"));
}

static void
no_mount_point_breaks_out_of_the_cookie(void **state)
{
	static const char *const mounts[] = {
		"SCRIPT_NAME=",           "SCRIPT_NAME=chat", "SCRIPT_NAME=/a; Domain=x",
		"SCRIPT_NAME=/a\r\nX: y", "SCRIPT_NAME=/a,b", "SCRIPT_NAME=/\xc3\xa9",
	};
	char mount[700] = "SCRIPT_NAME=/";
	char cookie[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(mounts); i++) {
		start(mounts[i], NULL, cookie);
		assert_non_null(strstr(cookie, "; Path=/; Max-Age="));
	}
	memset(mount + strlen(mount), 'x', 600);
	start(mount, "HTTPS=on", cookie);
	assert_non_null(strstr(cookie, "; Path=/; Max-Age="));
	mount[strlen("SCRIPT_NAME=") + 255] = '\0';
	start(mount, "HTTPS=on", cookie);
	assert_non_null(strstr(cookie, "xxx; Max-Age="));
	assert_non_null(strstr(cookie, "; Secure\r\n"));
}

static bool
is_cross_site(const char *first, const char *second)
{
	struct request *request = request_of(first, second);
	bool result = visitor_is_cross_site(request);

	request_free(request);
	return result;
}

static void
browsers_say_which_site_a_request_is_from(void **state)
{
	(void)state;
	assert_false(is_cross_site("HTTP_SEC_FETCH_SITE=same-origin", "HTTP_ORIGIN=null"));
	assert_false(is_cross_site("HTTP_SEC_FETCH_SITE=none", NULL));
	assert_true(is_cross_site("HTTP_SEC_FETCH_SITE=cross-site", NULL));
	assert_true(is_cross_site("HTTP_SEC_FETCH_SITE=same-site", NULL));
	assert_true(is_cross_site("HTTP_SEC_FETCH_SITE=Same-Origin", NULL));
}

static void
older_browsers_say_it_by_the_origin(void **state)
{
	(void)state;
	assert_false(is_cross_site("HTTP_ORIGIN=https://example.org", "HTTP_HOST=example.org"));
	assert_false(
		is_cross_site("HTTP_ORIGIN=http://Example.org:8000", "HTTP_HOST=example.ORG:8000"));
	assert_true(is_cross_site("HTTP_ORIGIN=https://example.org", "HTTP_HOST=example.com"));
	assert_true(is_cross_site("HTTP_ORIGIN=https://example.org:8443", "HTTP_HOST=example.org"));
	assert_true(
		is_cross_site("HTTP_ORIGIN=https://example.org.evil.org", "HTTP_HOST=example.org"));
	assert_true(is_cross_site("HTTP_ORIGIN=null", "HTTP_HOST=null"));
	assert_true(is_cross_site("HTTP_ORIGIN=https://example.org", NULL));
	assert_true(is_cross_site("HTTP_ORIGIN=example.org", "HTTP_HOST=example.org"));
}

static void
a_program_says_neither(void **state)
{
	(void)state;
	assert_false(is_cross_site("HTTP_HOST=example.org", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_session_is_found_among_other_cookies),
		cmocka_unit_test(a_cookie_of_another_form_is_none),
		cmocka_unit_test(what_is_stored_does_not_tell_the_token),
		cmocka_unit_test(an_authenticated_user_is_the_same_author_everywhere),
		cmocka_unit_test(a_new_session_is_what_its_cookie_says),
		cmocka_unit_test(every_session_is_another),
		cmocka_unit_test(under_https_the_cookie_is_secure),
		cmocka_unit_test(no_mount_point_breaks_out_of_the_cookie),
		cmocka_unit_test(browsers_say_which_site_a_request_is_from),
		cmocka_unit_test(older_browsers_say_it_by_the_origin),
		cmocka_unit_test(a_program_says_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
