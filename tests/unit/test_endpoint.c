/*
 * llm/endpoint: which addresses are taken, and what is made of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "llm/endpoint.h"

static void
a_base_and_a_whole_address_are_taken(void **state)
{
	static const struct {
		const char *text;
		const char *url;
		const char *name; /* NULL: the same */
		bool is_secure;
		bool is_loopback;
	} rows[] = {
		{ "http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat/completions", NULL,
		  false, true },
		{ "https://api.example/v1/", "https://api.example/v1/chat/completions", NULL, true,
		  false },
		{ "https://api.example", "https://api.example/chat/completions", NULL, true,
		  false },
		{ "HTTPS://api.example/x/chat/completions/",
		  "https://api.example/x/chat/completions", NULL, true, false },
		{ "https://api.example/v1?version=2&key=s#top",
		  "https://api.example/v1/chat/completions?version=2&key=s",
		  "https://api.example/v1/chat/completions", true, false },
		{ "http://[::1]:8080/v1", "http://[::1]:8080/v1/chat/completions", NULL, false,
		  true },
		{ "http://localhost/v1", "http://localhost/v1/chat/completions", NULL, false,
		  true },
		{ "http://127.9.9.9/", "http://127.9.9.9/chat/completions", NULL, false, true },
		{ "http://127.0.0.1.example/", "http://127.0.0.1.example/chat/completions", NULL,
		  false, false },
		{ "http://notlocalhost/", "http://notlocalhost/chat/completions", NULL, false,
		  false },
		{ "http://128.0.0.1/", "http://128.0.0.1/chat/completions", NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint endpoint;
		struct failure failure;
		failure_init(&failure);
		assert_int_equal(endpoint_init(&endpoint, rows[i].text, &failure), FAILURE_NONE);
		assert_string_equal(endpoint.url, rows[i].url);
		assert_string_equal(endpoint.name,
		                    rows[i].name == NULL ? rows[i].url : rows[i].name);
		assert_int_equal(endpoint.is_secure, rows[i].is_secure);
		assert_int_equal(endpoint.is_loopback, rows[i].is_loopback);
		endpoint_fini(&endpoint);
		failure_fini(&failure);
	}
}

static void
other_addresses_are_refused_and_not_repeated(void **state)
{
	static const char *const rows[] = {
		"",
		"ftp://secret.example/",
		"file:///secret",
		"secret",
		"//secret/v1",
		"http://",
		"http://secret.example:99999999/",
		"http://name:secret@127.0.0.1/v1",
		"http://secret@127.0.0.1/v1",
		"http://127.0.0.1/secret\r\nX: y",
	};
	static char long_text[2 * BOUND_LLM_URL_BYTES];

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	memcpy(long_text, "http://", 7);
	for (size_t i = 0; i <= COUNT(rows); i++) {
		struct endpoint endpoint;
		struct failure failure;
		failure_init(&failure);
		assert_int_equal(
			endpoint_init(&endpoint, i == COUNT(rows) ? long_text : rows[i], &failure),
			FAILURE_OPTIONS);
		assert_null(strstr(failure.text.data, "secret"));
		endpoint_fini(&endpoint);
		failure_fini(&failure);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_base_and_a_whole_address_are_taken),
		cmocka_unit_test(other_addresses_are_refused_and_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
