/*
 * http/visitor, http/session_cookie: who asks, by cookie or by the web server's word.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support_fixture.h"

#include <stdio.h>
#include <string.h>

#include "http/response.h"
#include "http/session_cookie.h"
#include "http/visitor.h"
#include "support_store.h"

#define NAME "plainchat-" STAGE_CHAT
#define GOOD NAME "=" STAGE_TOKEN
#define OLD_TOKEN "0123456789abcdef0123456789abcdef"
/* What earlier versions stored of that. */
#define OLD_MARK "~a55798dd7966ed4b45bd53202cf7a982"

/* A request with these variables, lines each. */
static struct request *
request_of(const char *lines)
{
	static char copy[8192];
	char *variables[8] = { NULL };
	char *rest = copy;

	assert_true(strlen(lines) < sizeof(copy));
	strcpy(copy, lines);
	for (size_t i = 0; i + 1 < COUNT(variables); i++)
		variables[i] = strsep(&rest, "\n");
	size_t count = 0;
	while (variables[count] != NULL)
		count++;
	return request_new(variables, 0, NULL);
}

/* The visitor of such a request; `headers`, if not NULL, gets what the answer will have. */
static struct visitor
visitor_of(const char *lines, char headers[2048])
{
	struct request *request = request_of(lines);
	struct visitor visitor;

	visitor_read(&stage.api, request, &visitor);
	if (headers != NULL)
		snprintf(headers, 2048, "%s", buf_text(&request->answer_headers));
	request_free(request);
	return visitor;
}

/* --- sessions --- */

static void
the_session_is_found_among_other_cookies(void **state)
{
	static const char *const cookies[] = {
		"HTTP_COOKIE=" GOOD,
		"HTTP_COOKIE=a=b; " GOOD "; c=d",
		"HTTP_COOKIE=a=b;" GOOD,
		"HTTP_COOKIE=x" GOOD "; " GOOD,
		"HTTP_COOKIE=; ;; " GOOD " ;",
		"HTTP_COOKIE=plainchat; plainchat=; plainchat=x; " GOOD,
		"HTTP_COOKIE=" NAME "; " NAME "=; " NAME "==; " NAME "=x; " GOOD,
		"HTTP_COOKIE=plainchat=" OLD_TOKEN "; " GOOD,
		"HTTP_COOKIE=" NAME "=Afof7w43KKLwFJplL4FOm1yxp39tQu6WaG5T7dNhpDtA; " GOOD,
		"HTTP_COOKIE=plainchat-00000000=" STAGE_OTHER_TOKEN "; " GOOD,
		"HTTP_COOKIE=__Host-" GOOD,
	};

	(void)state;
	struct visitor known = visitor_of(STAGE_COOKIE, NULL);
	for (size_t i = 0; i < COUNT(cookies); i++) {
		struct visitor visitor = visitor_of(cookies[i], NULL);
		assert_true(visitor.is_known);
		assert_string_equal(visitor.private_room, known.private_room);
	}
}

static void
a_cookie_that_was_never_issued_is_none(void **state)
{
	static const char *const cookies[] = {
		"HTTP_COOKIE=",
		"HTTP_COOKIE=" NAME,
		"HTTP_COOKIE=" NAME "=",
		"HTTP_COOKIE=plainchat=" STAGE_TOKEN,
		"HTTP_COOKIE=Plainchat-" STAGE_CHAT "=" STAGE_TOKEN,
		"HTTP_COOKIE=" NAME "=\"" STAGE_TOKEN "\"",
		"HTTP_COOKIE=" GOOD "A",
		"HTTP_COOKIE=" GOOD "=",
		"HTTP_COOKIE=" NAME "=Afof7w43KKLwFJplL4FOm1yxp39tQu6WaG5T7dNhpDt",
		"HTTP_COOKIE=" NAME "=Afof7w43KKLwFJplL4FOm1yxp39tQu6WaG5T7dNhpDt/",
		"HTTP_COOKIE=" NAME "=Bfof7w43KKLwFJplL4FOm1yxp39tQu6WaG5T7dNhpDtH",
		"HTTP_COOKIE=" NAME "=AgEjRWeJq83vASNFZ4mrze-dIqAc7rmkBZN64OkUM4SG",
		"HTTP_COOKIE=" NAME "=" OLD_TOKEN,
		"HTTP_COOKIE=" NAME "=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"HTTP_COOKIE=" NAME " =" STAGE_TOKEN,
		"HTTP_COOKIE=not" GOOD,
		"HTTP_COOKIE=plainchat-" STAGE_CHAT "0=" STAGE_TOKEN,
		"HTTP_COOKIE=plainchat-ff4dc091=" STAGE_TOKEN,
		"HTTP_COOKIE=plainchat-=" STAGE_TOKEN,
		"HTTP_COOKIE=__Host-plainchat=" STAGE_TOKEN,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cookies); i++) {
		struct visitor visitor = visitor_of(cookies[i], NULL);
		assert_false(visitor.is_known);
		assert_false(visitor.is_unclear);
		assert_string_equal(visitor.private_room, "");
		assert_string_equal(visitor.author, "");
	}
}

static void
over_https_only_a_cookie_that_this_host_has_set_counts(void **state)
{
	(void)state;
	assert_false(visitor_of("HTTPS=on\n" STAGE_COOKIE, NULL).is_known);
	assert_false(visitor_of("REQUEST_SCHEME=https\n" STAGE_COOKIE, NULL).is_known);
	struct visitor host = visitor_of(
		"HTTPS=on\nHTTP_COOKIE=" NAME "=" STAGE_OTHER_TOKEN "; __Host-" GOOD, NULL);
	assert_string_equal(host.private_room, visitor_of(STAGE_COOKIE, NULL).private_room);
}

static void
what_is_stored_does_not_tell_the_token(void **state)
{
	(void)state;
	struct visitor visitor = visitor_of(STAGE_COOKIE, NULL);
	assert_int_equal(strlen(visitor.private_room), SESSION_MARK_BYTES - 1);
	assert_int_equal(visitor.private_room[0], '~');
	assert_int_equal(strspn(visitor.private_room + 1, "0123456789abcdef"),
	                 SESSION_MARK_BYTES - 2);
	struct visitor other = visitor_of(STAGE_OTHER_COOKIE, NULL);
	assert_string_not_equal(other.private_room, visitor.private_room);
	assert_string_not_equal(other.author, visitor.author);
}

static void
where_nothing_is_stored_there_are_no_visitors(void **state)
{
	struct stage empty;

	(void)state;
	stage_init(&empty);
	struct request *request = request_of(STAGE_COOKIE "\nREMOTE_USER=ann");
	struct visitor visitor;
	visitor_read(&empty.api, request, &visitor);
	assert_false(visitor.is_known);
	request_free(request);
}

/* --- users --- */

static void
a_user_has_a_conversation_of_his_own_whatever_the_browser(void **state)
{
	(void)state;
	struct visitor here = visitor_of("REMOTE_USER=ann\n" STAGE_COOKIE, NULL);
	struct visitor there = visitor_of("REMOTE_USER=ann", NULL);
	struct visitor bob = visitor_of("REMOTE_USER=bob\n" STAGE_COOKIE, NULL);
	struct visitor session = visitor_of(STAGE_COOKIE, NULL);
	assert_true(here.is_known && there.is_known);
	assert_string_equal(here.private_room, there.private_room);
	assert_string_equal(here.author, there.author);
	assert_string_not_equal(here.private_room, bob.private_room);
	assert_string_not_equal(here.author, bob.author);
	assert_string_not_equal(here.private_room, session.private_room);
	assert_string_not_equal(bob.private_room, session.private_room);
	/* Nobody can log in under a name that is a session's mark. */
	assert_int_not_equal(session.author[0], here.author[0]);
}

static void
a_user_is_the_author_of_what_he_has_said_in_earlier_versions(void **state)
{
	(void)state;
	assert_string_equal(visitor_of("REMOTE_USER=ann", NULL).author,
	                    "=d8963d899008cf8c05369be7b9042715");
}

/* --- cookies of earlier versions --- */

static void
an_old_cookie_with_a_conversation_is_taken_over(void **state)
{
	char headers[2048];

	(void)state;
	store_memory_post(OLD_MARK, "from before");
	struct visitor visitor = visitor_of("SCRIPT_NAME=/chat/api\nPATH_INFO=/events\n"
	                                    "HTTP_COOKIE=plainchat=; plainchat=" OLD_TOKEN,
	                                    headers);
	assert_true(visitor.is_known);
	assert_string_equal(visitor.private_room, OLD_MARK);
	assert_string_equal(visitor.author, OLD_MARK);
	assert_string_equal(
		headers,
		"Set-Cookie: " NAME "=AgEjRWeJq83vASNFZ4mrze-dIqAc7rmkBZN64OkUM4Sf; "
		"Max-Age=31536000; HttpOnly; SameSite=Lax\r\n"
		"Set-Cookie: plainchat=; Path=/chat/api; Max-Age=0; HttpOnly; SameSite=Lax\r\n");
	struct visitor later = visitor_of(
		"HTTP_COOKIE=" NAME "=AgEjRWeJq83vASNFZ4mrze-dIqAc7rmkBZN64OkUM4Sf", headers);
	assert_string_equal(later.private_room, OLD_MARK);
	assert_string_equal(headers, "");
}

static void
an_old_cookie_works_over_https_once(void **state)
{
	char headers[2048];

	(void)state;
	store_memory_post(OLD_MARK, "from before");
	struct visitor visitor = visitor_of("HTTPS=on\nHTTP_COOKIE=plainchat=" OLD_TOKEN, headers);
	assert_string_equal(visitor.private_room, OLD_MARK);
	assert_non_null(strstr(headers, "Set-Cookie: __Host-" NAME "=Ag"));
}

static void
an_old_cookie_without_a_conversation_is_none(void **state)
{
	char headers[2048];

	(void)state;
	assert_false(visitor_of("HTTP_COOKIE=plainchat=" OLD_TOKEN, headers).is_known);
	assert_string_equal(headers, "");
	store_memory_post(OLD_MARK, "from before");
	assert_false(visitor_of("HTTP_COOKIE=plainchat=" OLD_TOKEN "0", NULL).is_known);
	assert_false(visitor_of("HTTP_COOKIE=plainchat=0123456789ABCDEF0123456789ABCDEF", NULL)
	                     .is_known);
	assert_false(
		visitor_of("HTTP_COOKIE=" NAME "=" OLD_TOKEN "; __Host-plainchat=" OLD_TOKEN, NULL)
			.is_known);
}

static void
a_good_old_cookie_is_found_behind_others(void **state)
{
	char lines[8192] = "HTTP_COOKIE=";

	(void)state;
	store_memory_post(OLD_MARK, "from before");
	for (unsigned i = 1; i < BOUND_OLD_COOKIES; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "plainchat=%032u; ",
		         i);
	strcat(lines, "plainchat=" OLD_TOKEN);
	assert_true(visitor_of(lines, NULL).is_known);
}

static void
where_the_store_fails_nobody_is_taken_for_a_newcomer(void **state)
{
	(void)state;
	store_memory_post(OLD_MARK, "from before");
	store_memory_fail(MEMORY_READ, 1);
	struct visitor visitor = visitor_of("HTTP_COOKIE=plainchat=" OLD_TOKEN, NULL);
	assert_true(visitor.is_unclear);
	assert_false(visitor.is_known);
}

/* --- new sessions --- */

/* Starts a session and leaves the headers in `cookie`. */
static struct visitor
start(const char *lines, char cookie[2048])
{
	struct request *request = request_of(lines);
	struct visitor visitor;

	visitor_read(&stage.api, request, &visitor);
	assert_int_equal(visitor_start_session(&stage.api, request, &visitor), ERR_NONE);
	snprintf(cookie, 2048, "%s", buf_text(&request->answer_headers));
	request_free(request);
	return visitor;
}

static void
a_new_session_is_what_its_cookie_says(void **state)
{
	static const char head[] = "Set-Cookie: " NAME "=";
	char cookie[2048];
	char back[128] = "HTTP_COOKIE=" NAME "=";

	(void)state;
	struct visitor visitor = start("SCRIPT_NAME=/my-site/chat/api", cookie);
	assert_true(visitor.is_known);
	assert_int_equal(strncmp(cookie, head, strlen(head)), 0);
	assert_string_equal(cookie + strlen(head) + SESSION_TOKEN_BYTES - 1,
	                    "; Max-Age=31536000; HttpOnly; "
	                    "SameSite=Lax\r\n");
	snprintf(back + strlen(back), sizeof(back) - strlen(back), "%.*s", SESSION_TOKEN_BYTES - 1,
	         cookie + strlen(head));
	struct visitor returned = visitor_of(back, NULL);
	assert_string_equal(returned.private_room, visitor.private_room);
	assert_string_equal(returned.author, visitor.author);
}

static void
every_session_is_another(void **state)
{
	char cookie[2048];

	(void)state;
	struct visitor one = start("SCRIPT_NAME=/", cookie);
	struct visitor other = start("SCRIPT_NAME=/", cookie);
	assert_string_not_equal(one.private_room, other.private_room);
}

static void
under_https_the_cookie_is_the_hosts_and_secure(void **state)
{
	static const char *const secure[] = { "HTTPS=on", "HTTPS=ON", "HTTPS=1",
		                              "REQUEST_SCHEME=https",
		                              "HTTPS=off\nREQUEST_SCHEME=https" };
	static const char *const plain[] = { "HTTPS=off", "HTTPS=", "HTTPS=0",
		                             "REQUEST_SCHEME=http",
		                             "HTTP_X_FORWARDED_PROTO=https" };
	char lines[256];
	char cookie[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(secure); i++) {
		snprintf(lines, sizeof(lines), "SCRIPT_NAME=/chat/api\n%s", secure[i]);
		start(lines, cookie);
		assert_non_null(strstr(cookie, "Set-Cookie: __Host-" NAME "="));
		assert_non_null(strstr(cookie, "; Path=/; Max-Age=31536000; HttpOnly; "
		                               "SameSite=Lax; Secure\r\n"));
	}
	for (size_t i = 0; i < COUNT(plain); i++) {
		snprintf(lines, sizeof(lines), "SCRIPT_NAME=/chat/api\n%s", plain[i]);
		start(lines, cookie);
		assert_non_null(strstr(cookie, "Set-Cookie: " NAME "="));
		assert_null(strstr(cookie, "Secure"));
	}
}

static void
the_browser_itself_tells_under_which_path_the_cookie_is_sent(void **state)
{
	static const char *const lines[] = {
		"SCRIPT_NAME=/chat/api\nPATH_INFO=/events\nREQUEST_URI=/chat/api/events?after=1",
		"SCRIPT_NAME=/cgi-bin/chat.cgi\nPATH_INFO=/events\nREQUEST_URI=/talk/api/events",
		"PATH_INFO=/events",
		"SCRIPT_NAME=/a; Domain=x\nPATH_INFO=/events",
	};
	char cookie[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		start(lines[i], cookie);
		assert_null(strstr(cookie, "Path="));
		assert_null(strstr(cookie, "Domain="));
		assert_string_equal(strchr(cookie, '\r'), "\r\n");
	}
}

static void
an_old_cookie_is_replaced_only_where_the_new_one_comes_back(void **state)
{
	static const char *const paths[] = { "", "PATH_INFO=/events/5", "PATH_INFO=/" };
	char lines[256];
	char headers[2048];

	(void)state;
	store_memory_post(OLD_MARK, "from before");
	for (size_t i = 0; i < COUNT(paths); i++) {
		snprintf(lines, sizeof(lines), "%s\nHTTP_COOKIE=plainchat=" OLD_TOKEN, paths[i]);
		assert_string_equal(visitor_of(lines, headers).private_room, OLD_MARK);
		assert_string_equal(headers, "");
	}
}

static void
behind_a_proxy_that_ends_tls_the_page_tells_that_it_is_secure(void **state)
{
	static const struct {
		const char *lines;
		bool is_secure;
	} cases[] = {
		{ "HTTP_REFERER=https://example.org/talk/", true },
		{ "HTTP_REFERER=HTTPS://example.org/talk/\nHTTP_SEC_FETCH_SITE=same-origin", true },
		{ "HTTP_REFERER=https://elsewhere.org/\nHTTP_SEC_FETCH_SITE=cross-site", false },
		{ "HTTP_REFERER=https://elsewhere.org/\nHTTP_SEC_FETCH_SITE=none", false },
		{ "HTTP_REFERER=http://example.org/\nREQUEST_SCHEME=http", false },
		/* Only between the proxy and the web server is it https. */
		{ "HTTP_REFERER=http://example.org/\nHTTPS=on\nREQUEST_SCHEME=https", false },
		{ "HTTP_REFERER=about:client\nHTTPS=on", true },
		{ "HTTP_REFERER=http://elsewhere.org/\nHTTP_SEC_FETCH_SITE=cross-site\nHTTPS=on",
		  true },
		{ "HTTP_ORIGIN=https://example.org", false },
	};
	char cookie[2048];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		start(cases[i].lines, cookie);
		assert_int_equal(strstr(cookie, "; Secure\r\n") != NULL, cases[i].is_secure);
		assert_int_equal(strstr(cookie, "__Host-") != NULL, cases[i].is_secure);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(the_session_is_found_among_other_cookies),
		WITH_STORE(a_cookie_that_was_never_issued_is_none),
		WITH_STORE(over_https_only_a_cookie_that_this_host_has_set_counts),
		WITH_STORE(what_is_stored_does_not_tell_the_token),
		WITH_STORE(where_nothing_is_stored_there_are_no_visitors),
		WITH_STORE(a_user_has_a_conversation_of_his_own_whatever_the_browser),
		WITH_STORE(a_user_is_the_author_of_what_he_has_said_in_earlier_versions),
		WITH_STORE(an_old_cookie_with_a_conversation_is_taken_over),
		WITH_STORE(an_old_cookie_works_over_https_once),
		WITH_STORE(an_old_cookie_without_a_conversation_is_none),
		WITH_STORE(a_good_old_cookie_is_found_behind_others),
		WITH_STORE(where_the_store_fails_nobody_is_taken_for_a_newcomer),
		WITH_STORE(a_new_session_is_what_its_cookie_says),
		WITH_STORE(every_session_is_another),
		WITH_STORE(under_https_the_cookie_is_the_hosts_and_secure),
		WITH_STORE(the_browser_itself_tells_under_which_path_the_cookie_is_sent),
		WITH_STORE(an_old_cookie_is_replaced_only_where_the_new_one_comes_back),
		WITH_STORE(behind_a_proxy_that_ends_tls_the_page_tells_that_it_is_secure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
