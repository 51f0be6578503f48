/*
 * http/accept and http/render/representation: which format a client gets for what it says.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "http/accept.h"
#include "http/render/representation.h"

#define LONG "a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, a/b, "

static void
the_closest_range_says_how_much_a_type_is_wanted(void **state)
{
	static const struct {
		const char *accept;
		unsigned weight;
		int closeness;
	} cases[] = {
		{ "", 0, -1 },
		{ "text/plain", 1000, 2 },
		{ "TEXT/Plain", 1000, 2 },
		{ "text/plain2", 0, -1 },
		{ "text/plai", 0, -1 },
		{ "xtext/plain", 0, -1 },
		{ "text/*", 1000, 1 },
		{ "*/*", 1000, 0 },
		{ "*", 1000, 0 },
		{ "*/plain", 0, -1 },
		{ "text", 0, -1 },
		{ "text/", 0, -1 },
		{ "/plain", 0, -1 },
		{ "text/plain;q=0.5", 500, 2 },
		{ "text/plain ; Q = 0.25", 250, 2 },
		{ "text/plain;q=0.123", 123, 2 },
		{ "text/plain;q=0.1239", 123, 2 },
		{ "text/plain;q=.2", 200, 2 },
		{ "text/plain;q=1.000", 1000, 2 },
		{ "text/plain;q=0", 0, 2 },
		{ "text/plain;q=0.000", 0, 2 },
		{ "text/plain;q=7", 1000, 2 },
		{ "text/plain;q=99999999999999999999", 1000, 2 },
		{ "text/plain;q=-1", 1000, 2 },
		{ "text/plain;q=x", 1000, 2 },
		{ "text/plain;q=", 1000, 2 },
		{ "text/plain;q", 1000, 2 },
		{ "text/plain;", 1000, 2 },
		{ "text/plain;charset=utf-8;q=0.4", 400, 2 },
		{ "text/plain;charset=utf-8", 1000, 2 },
		{ "text/plain;x=\"q=0.1, text/plain;q=0.2\";q=0.4", 400, 2 },
		{ "text/plain;x=\"\\\";q=0.3\"", 1000, 2 },
		{ "text/plain;x=\"without end, text/plain;q=0.2", 1000, 2 },
		{ "a/b;x=\"text/plain\"", 0, -1 },
		{ "*/*;q=0.9, text/*;q=0.8, text/plain;q=0.1", 100, 2 },
		{ "text/plain;q=0.1, text/*;q=0.8, */*", 100, 2 },
		{ "text/*;q=0.8, */*", 800, 1 },
		{ "text/plain;q=0, */*", 0, 2 },
		{ "text/plain;q=0.2, text/plain;q=0.7", 700, 2 },
		{ ",, ,text/plain,,", 1000, 2 },
		{ "image/png,text/plain", 1000, 2 },
		{ LONG "text/plain;q=0.9", 900, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct preference preference = accept_preference(cases[i].accept, "text/plain");
		if (preference.weight != cases[i].weight ||
		    preference.closeness != cases[i].closeness)
			fail_msg("%s: %u %d", cases[i].accept, preference.weight,
			         preference.closeness);
	}
}

static void
clients_get_the_format_that_they_name(void **state)
{
	static const struct {
		const char *accept;
		const char *events;
		const char *reply;
	} cases[] = {
#define JSON "application/json"
#define SSE "text/event-stream"
#define LINES "text/plain"
#define NDJSON "application/x-ndjson"
		/* as before there was anything but JSON and events */
		{ "", JSON, JSON },
		{ "*/*", JSON, JSON },
		{ JSON, JSON, JSON },
		{ SSE, SSE, SSE },
		{ "text/event-stream, */*;q=0.1", SSE, SSE },
		{ "text/event-stream, */*", SSE, SSE },
		{ "application/json, text/event-stream", SSE, SSE },
		{ "application/json, text/plain, */*", JSON, JSON },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON, JSON },
		{ "image/png", JSON, JSON },
		{ "text/*", JSON, JSON },
		{ "application/*", JSON, JSON },
		{ "nonsense", JSON, JSON },
		/* by name */
		{ LINES, LINES, JSON },
		{ NDJSON, NDJSON, JSON },
		{ "text/plain, */*;q=0.01", LINES, JSON },
		{ "text/plain, */*", LINES, JSON },
		/* by weight */
		{ "text/event-stream;q=0.5, application/json", JSON, JSON },
		{ "application/json;q=0.5, text/event-stream;q=0.6", SSE, SSE },
		{ "text/plain;q=0.5, */*", JSON, JSON },
		{ "text/plain;q=0.2, application/x-ndjson;q=0.3", NDJSON, JSON },
		{ "application/json;q=0.1, text/plain;q=0.2", LINES, JSON },
		/* Nothing that we have is better than JSON all the same. */
		{ "text/plain;q=0", JSON, JSON },
		{ "text/event-stream;q=0", JSON, JSON },
		{ "application/json;q=0, */*", JSON, JSON },
		{ "application/json;q=0, text/plain;q=0.1", LINES, JSON },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *events = representation_of_events(cases[i].accept)->media_type;
		const char *reply = representation_of_reply(cases[i].accept)->media_type;
		if (strcmp(events, cases[i].events) != 0 || strcmp(reply, cases[i].reply) != 0)
			fail_msg("%s: %s, %s", cases[i].accept, events, reply);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_closest_range_says_how_much_a_type_is_wanted),
		cmocka_unit_test(clients_get_the_format_that_they_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
