/*
 * responder/echo: the responder that repeats what it hears.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "responder/echo.h"

/* A sink that gathers parts up to a limit. */
struct gathered {
	struct buf text;
	unsigned part_count;
	unsigned end_count;
	enum reply_state state;
};

static enum err
gather_part(void *context, const char *text, size_t size)
{
	struct gathered *gathered = context;

	assert_int_equal(gathered->end_count, 0);
	gathered->part_count++;
	return buf_append(&gathered->text, text, size);
}

static void
gather_end(void *context, enum reply_state state)
{
	struct gathered *gathered = context;

	gathered->end_count++;
	gathered->state = state;
}

static void
ask(struct gathered *gathered, const char *wording, const char *message, size_t cap)
{
	struct echo echo;
	const struct question question = {
		.room = "", .name = "", .message = message, .message_size = strlen(message)
	};
	const struct reply_sink sink = { .part = gather_part,
		                         .end = gather_end,
		                         .context = gathered };

	*gathered = (struct gathered){ .part_count = 0 };
	buf_init(&gathered->text, cap);
	echo_init(&echo, wording);
	echo.responder.answer(&echo.responder, &question, &sink);
	assert_int_equal(gathered->end_count, 1);
}

static void
the_message_stands_where_the_placeholder_stood(void **state)
{
	static const struct {
		const char *wording;
		const char *message;
		const char *reply;
	} rows[] = {
		{ "received {message}", "django", "received django" },
		{ "{message}", "django", "django" },
		{ "{message}!", "django", "django!" },
		{ "<{message}>", "{message}", "<{message}>" },
		{ "no placeholder", "django", "no placeholder" },
		{ "{Message} {message", "django", "{Message} {message" },
		{ "a {message} b {message} c", "x", "a x b {message} c" },
		{ "%s {message} %n", "%d", "%s %d %n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gathered gathered;
		ask(&gathered, rows[i].wording, rows[i].message, 100);
		assert_int_equal(gathered.state, REPLY_DONE);
		assert_string_equal(gathered.text.data, rows[i].reply);
		buf_fini(&gathered.text);
	}
}

static void
a_reply_that_becomes_too_large_fails_and_stops(void **state)
{
	/* Caps at which the first, the second and the third part are refused. */
	static const size_t caps[] = { 8, 14, 15 };

	(void)state;
	for (size_t i = 0; i < COUNT(caps); i++) {
		struct gathered gathered;
		ask(&gathered, "received {message}!", "django", caps[i]);
		assert_int_equal(gathered.state, REPLY_FAILED);
		assert_int_equal(gathered.part_count, i + 1);
		buf_fini(&gathered.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_message_stands_where_the_placeholder_stood),
		cmocka_unit_test(a_reply_that_becomes_too_large_fails_and_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
