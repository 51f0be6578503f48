/*
 * http/forwarded: who the visitor is, by the word of proxies that the owner has named.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "http/forwarded.h"
#include "http/session_cookie.h"

#define PROXIES "127.0.0.1, 10.0.0.0/8 fd00::/8"

/* A request with these variables, lines each, as it is afterwards. */
static struct request *
applied(const char *lines)
{
	char copy[1024];
	char *variables[8] = { NULL };
	char *rest = copy;
	struct proxies proxies;

	assert_true(strlen(lines) < sizeof(copy));
	strcpy(copy, lines);
	for (size_t i = 0; i + 1 < COUNT(variables); i++)
		variables[i] = strsep(&rest, "\n");
	struct request *request = request_new(variables, 0, NULL);
	assert_true(proxies_read(PROXIES, &proxies));
	forwarded_apply(&proxies, request);
	return request;
}

static void
assert_visitor(const char *lines, const char *address)
{
	struct request *request = applied(lines);

	assert_string_equal(request->remote_address, address);
	request_free(request);
}

static void
proxies_are_addresses_and_networks(void **state)
{
	static const char *const bad[] = { "x",           "10.0.0.0/33",  "10.0.0.0/",
		                           "10.0.0.0/-1", "::/129",       "10.0.0.0/8/8",
		                           "10.0.0",      "fe80::1%eth0", "127.0.0.1;::1",
		                           "10.0.0.0/+8", "10.0.0.0/0008" };
	struct proxies proxies;
	char many[4096] = "";

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(proxies_read(bad[i], &proxies));
	assert_true(proxies_read("", &proxies));
	assert_false(proxies_has(&proxies, "127.0.0.1"));
	assert_true(proxies_read("0.0.0.0/0", &proxies));
	assert_true(proxies_has(&proxies, "192.0.2.1"));
	assert_false(proxies_has(&proxies, "2001:db8::1"));
	assert_true(proxies_read(PROXIES, &proxies));
	assert_true(proxies_has(&proxies, "127.0.0.1"));
	assert_false(proxies_has(&proxies, "127.0.0.2"));
	assert_true(proxies_has(&proxies, "10.255.0.1"));
	assert_false(proxies_has(&proxies, "11.0.0.1"));
	assert_true(proxies_has(&proxies, "::ffff:10.0.0.1"));
	assert_true(proxies_has(&proxies, "fd12::1"));
	assert_false(proxies_has(&proxies, "fe12::1"));
	assert_false(proxies_has(&proxies, ""));
	assert_false(proxies_has(&proxies, "unix:"));
	assert_true(proxies_read("192.0.2.128/25", &proxies));
	assert_true(proxies_has(&proxies, "192.0.2.200"));
	assert_false(proxies_has(&proxies, "192.0.2.100"));
	for (size_t i = 0; i <= FORWARDED_NETWORKS_MAX; i++)
		strcat(many, "::1 ");
	assert_false(proxies_read(many, &proxies));
}

static void
only_proxies_that_are_named_are_believed(void **state)
{
	(void)state;
	assert_visitor("REMOTE_ADDR=192.0.2.1\nHTTP_X_FORWARDED_FOR=198.51.100.1", "192.0.2.1");
	assert_visitor("REMOTE_ADDR=192.0.2.1\nHTTP_FORWARDED=for=198.51.100.1", "192.0.2.1");
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=198.51.100.1", "198.51.100.1");
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=for=198.51.100.1", "198.51.100.1");
	assert_visitor("REMOTE_ADDR=127.0.0.1", "127.0.0.1");
}

static void
what_a_visitor_has_put_in_front_does_not_count(void **state)
{
	(void)state;
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=10.0.0.9, 6.6.6.6,198.51.100.1",
	               "198.51.100.1");
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=for=6.6.6.6, for=198.51.100.1",
	               "198.51.100.1");
	assert_visitor(
		"REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=6.6.6.6, 198.51.100.1, 10.0.0.1",
		"198.51.100.1");
	/* All of them are ours: whoever is first. */
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=10.0.0.2, 10.0.0.1",
	               "10.0.0.2");
	/* The proxy sets one, and passes on the other as it came. */
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=198.51.100.1\n"
	               "HTTP_FORWARDED=for=6.6.6.6",
	               "127.0.0.1");
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=198.51.100.1\n"
	               "HTTP_FORWARDED=for=198.51.100.1",
	               "198.51.100.1");
}

static void
addresses_are_read_in_every_form_that_proxies_write(void **state)
{
	static const struct {
		const char *node;
		const char *address;
	} cases[] = {
		{ "198.51.100.1:4711", "198.51.100.1" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[2001:db8::1]:4711", "2001:db8::1" },
		{ "unknown", "127.0.0.1" },
		{ "_hidden", "127.0.0.1" },
		{ "", "127.0.0.1" },
		{ "[", "127.0.0.1" },
		{ "[]", "127.0.0.1" },
		{ "198.51.100.1.2", "127.0.0.1" },
		{ "2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0001", "127.0.0.1" },
	};
	char lines[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(lines, sizeof(lines), "REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR= %s ",
		         cases[i].node);
		assert_visitor(lines, cases[i].address);
		snprintf(lines, sizeof(lines),
		         "REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=By=x;For=\"%s\" ; proto=http",
		         cases[i].node);
		assert_visitor(lines, cases[i].address);
	}
}

static void
what_cannot_be_read_is_nobodys_word(void **state)
{
	static const char *const headers[] = { "for=\"6.6.6.6, for=198.51.100.1",
		                               "for",
		                               "=",
		                               "for=a b",
		                               "for=6.6.6.6;=",
		                               "\"",
		                               "for=6.6.6.6,for\"",
		                               "for=\"6.6.6.6\"x",
		                               "for=\"\\" };
	char lines[256];

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		snprintf(lines, sizeof(lines), "REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=%s",
		         headers[i]);
		assert_visitor(lines, "127.0.0.1");
	}
	assert_visitor("REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=,; for=\"198.51.100.\\1\";,",
	               "198.51.100.1");
}

static void
many_proxies_behind_one_another_are_followed_so_far(void **state)
{
	char lines[1024] = "REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_FOR=198.51.100.1";

	(void)state;
	for (size_t i = 0; i < 15; i++)
		strcat(lines, ",10.0.0.1");
	assert_visitor(lines, "198.51.100.1");
	strcat(lines, ",10.0.0.1");
	assert_visitor(lines, "10.0.0.1");
}

static void
a_proxy_tells_that_the_visitor_came_by_https(void **state)
{
	static const struct {
		const char *lines;
		bool is_secure;
	} cases[] = {
		{ "REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_PROTO=https", true },
		{ "REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_PROTO=HTTPS, http", true },
		{ "REMOTE_ADDR=127.0.0.1\nHTTP_X_FORWARDED_PROTO=httpsx", false },
		{ "REMOTE_ADDR=127.0.0.1\nHTTPS=on\nHTTP_X_FORWARDED_PROTO=http", false },
		{ "REMOTE_ADDR=127.0.0.1\nREQUEST_SCHEME=https\nHTTP_X_FORWARDED_PROTO=http",
		  false },
		{ "REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=for=192.0.2.1;proto=https", true },
		{ "REMOTE_ADDR=127.0.0.1\nHTTP_FORWARDED=for=192.0.2.1;proto=https, for=192.0.2.2",
		  false },
		{ "REMOTE_ADDR=127.0.0.1\nHTTPS=on\nHTTP_FORWARDED=for=192.0.2.1", true },
		{ "REMOTE_ADDR=192.0.2.1\nHTTP_X_FORWARDED_PROTO=https", false },
		{ "REMOTE_ADDR=192.0.2.1\nHTTPS=on\nHTTP_X_FORWARDED_PROTO=http", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request *request = applied(cases[i].lines);
		assert_int_equal(session_cookie_is_secure(request), cases[i].is_secure);
		request_free(request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proxies_are_addresses_and_networks),
		cmocka_unit_test(only_proxies_that_are_named_are_believed),
		cmocka_unit_test(what_a_visitor_has_put_in_front_does_not_count),
		cmocka_unit_test(addresses_are_read_in_every_form_that_proxies_write),
		cmocka_unit_test(what_cannot_be_read_is_nobodys_word),
		cmocka_unit_test(many_proxies_behind_one_another_are_followed_so_far),
		cmocka_unit_test(a_proxy_tells_that_the_visitor_came_by_https),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
