/*
 * http/cross_site, http/public_address: what a page of another site can send is refused, and
 * nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "http/cross_site.h"
#include "http/public_address.h"

/* Whether it is refused. `lines` are variables; `public_origin` as the owner has told it. */
static bool
is_refused(const char *method, const char *lines, const char *public_origin)
{
	char copy[512];
	char *variables[8] = { NULL };
	char *rest = copy;

	assert_true(snprintf(copy, sizeof(copy), "REQUEST_METHOD=%s\n%s", method, lines) <
	            (int)sizeof(copy));
	for (size_t i = 0; i + 1 < COUNT(variables); i++)
		variables[i] = strsep(&rest, "\n");
	struct request *request = request_new(variables, 0, NULL);
	bool result = cross_site_reason(request, public_origin) != NULL;

	request_free(request);
	return result;
}

static void
browsers_say_which_site_a_request_is_from(void **state)
{
	static const char json[] = "CONTENT_TYPE=application/json";
	static const char *const other[] = { "cross-site", "same-site", "Same-Origin", "anything",
		                             "same-origin, cross-site" };
	char lines[256];

	(void)state;
	assert_false(is_refused("POST", "HTTP_SEC_FETCH_SITE=same-origin\nHTTP_ORIGIN=null", ""));
	assert_false(is_refused("POST", "HTTP_SEC_FETCH_SITE=none", ""));
	for (size_t i = 0; i < COUNT(other); i++) {
		snprintf(lines, sizeof(lines), "HTTP_SEC_FETCH_SITE=%s\n%s", other[i], json);
		assert_true(is_refused("POST", lines, ""));
		assert_true(is_refused("DELETE", lines, ""));
	}
}

static void
what_needs_a_preflight_cannot_come_from_another_site(void **state)
{
	static const char *const types[] = {
		"application/json",         "application/json; charset=utf-8", "APPLICATION/JSON",
		"application/octet-stream", "text/plain, application/json",    "image/png"
	};
	char lines[256];

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		snprintf(lines, sizeof(lines),
		         "HTTP_ORIGIN=http://example.org:8080\nHTTP_HOST=backend\nCONTENT_TYPE=%s",
		         types[i]);
		assert_false(is_refused("POST", lines, ""));
	}
	assert_false(is_refused("DELETE", "HTTP_ORIGIN=http://example.org:8080", ""));
	assert_false(is_refused("PATCH", "HTTP_ORIGIN=null", ""));
}

static void
what_a_form_can_send_is_refused(void **state)
{
	static const char *const types[] = { "text/plain",
		                             "Text/Plain;charset=UTF-8",
		                             "text/plain; application/json",
		                             " text/plain",
		                             "application/x-www-form-urlencoded",
		                             "multipart/form-data; boundary=x",
		                             "",
		                             "; charset=utf-8" };
	char lines[256];

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		snprintf(lines, sizeof(lines), "HTTP_ORIGIN=http://example.org\nCONTENT_TYPE=%s",
		         types[i]);
		assert_true(is_refused("POST", lines, ""));
		assert_true(is_refused("POST", lines, "http://example.org"));
	}
}

static void
a_program_that_is_no_browser_is_not_refused(void **state)
{
	(void)state;
	assert_false(is_refused("POST", "CONTENT_TYPE=text/plain", ""));
	assert_false(is_refused("POST", "CONTENT_TYPE=application/json", "https://example.org"));
}

static void
where_the_public_address_is_told_pages_elsewhere_are_refused(void **state)
{
	static const char json[] = "CONTENT_TYPE=application/json\nHTTP_ORIGIN=";
	static const struct {
		const char *origin;
		bool is_refused;
	} cases[] = {
		{ "http://example.org", false },
		{ "http://example.org:8080", true },
		{ "https://example.org", true },
		{ "http://example.org.evil.org", true },
		{ "null", true },
	};
	char lines[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(lines, sizeof(lines), "%s%s", json, cases[i].origin);
		assert_int_equal(is_refused("POST", lines, "http://example.org"),
		                 cases[i].is_refused);
	}
	/* Over https, and on this machine, the browser's own word is better. */
	assert_false(is_refused("POST",
	                        "HTTP_SEC_FETCH_SITE=same-origin\nHTTP_ORIGIN=http://localhost",
	                        "http://example.org"));
}

static void
the_public_address_is_read_as_browsers_write_its_origin(void **state)
{
	static const struct {
		const char *text;
		const char *origin; /* NULL: it is none */
	} cases[] = {
		{ "", "" },
		{ "https://example.org/talk/", "https://example.org" },
		{ "https://example.org", "https://example.org" },
		{ "HTTPS://Example.ORG:443/", "https://example.org" },
		{ "http://example.org:80/a", "http://example.org" },
		{ "http://example.org:443", "http://example.org:443" },
		{ "http://127.0.0.1:8000/chat/", "http://127.0.0.1:8000" },
		{ "https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443" },
		{ "example.org", NULL },
		{ "ftp://example.org/", NULL },
		{ "https://", NULL },
		{ "https:///talk/", NULL },
		{ "https://example.org:/", NULL },
		{ "https://example.org:123456/", NULL },
		{ "https://me@example.org/", NULL },
		{ "https://example.org/?a", NULL },
		{ "https://example.org/#a", NULL },
		{ "https://example.org/a b", NULL },
		{ "https://exampl\xc3\xa9.org/", NULL },
		{ "https://[2001:db8::1/", NULL },
		{ "https://[]/", NULL },
	};
	struct public_address address;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(public_address_read(cases[i].text, &address),
		                 cases[i].origin != NULL);
		if (cases[i].origin != NULL)
			assert_string_equal(address.origin, cases[i].origin);
	}
	assert_true(public_address_read("https://example.org/", &address) && address.is_secure);
	assert_true(public_address_read("http://example.org/", &address) && !address.is_secure);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(browsers_say_which_site_a_request_is_from),
		cmocka_unit_test(what_needs_a_preflight_cannot_come_from_another_site),
		cmocka_unit_test(what_a_form_can_send_is_refused),
		cmocka_unit_test(a_program_that_is_no_browser_is_not_refused),
		cmocka_unit_test(where_the_public_address_is_told_pages_elsewhere_are_refused),
		cmocka_unit_test(the_public_address_is_read_as_browsers_write_its_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
