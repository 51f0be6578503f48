/*
 * llm/prompt: from what a responder gets to what the chat API takes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "llm/prompt.h"

/* Fails unless the input becomes this request. */
static void
assert_request(const char *input, const struct prompt_settings *settings, const char *request)
{
	struct failure failure;
	struct buf made;

	failure_init(&failure);
	buf_init(&made, 10000);
	assert_int_equal(prompt_append(&made, input, strlen(input), settings, &failure),
	                 FAILURE_NONE);
	assert_string_equal(made.data, request);
	buf_fini(&made);
	failure_fini(&failure);
}

static void
the_conversation_becomes_messages_as_it_is(void **state)
{
	const struct prompt_settings settings = { .model = NULL };

	(void)state;
	assert_request("{\"message\":\"hi\"}", &settings,
	               "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	assert_request("{\"room\":\"\",\"name\":\"\",\"message\":\" \\u0001\\\"\xec\x95\x88 \","
	               "\"history\":[{\"role\":\"user\",\"text\":\"a\"},"
	               "{\"role\":\"user\",\"text\":\"b\",\"more\":1},"
	               "{\"role\":\"assistant\",\"text\":\"\"}]}",
	               &settings,
	               "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
	               "{\"role\":\"user\",\"content\":\"b\"},"
	               "{\"role\":\"assistant\",\"content\":\"\"},"
	               "{\"role\":\"user\",\"content\":\" \\u0001\\\"\xec\x95\x88 \"}]}");
}

static void
the_settings_are_asked_for(void **state)
{
	const struct prompt_settings settings = {
		.model = "tiny \"1\"",
		.system = "Be\nkind.",
		.temperature = "0.70",
		.max_tokens = 20,
		.max_tokens_name = "max_completion_tokens",
	};

	(void)state;
	assert_request("{\"message\":\"hi\"}", &settings,
	               "{\"model\":\"tiny \\\"1\\\"\",\"stream\":true,\"temperature\":0.70,"
	               "\"max_completion_tokens\":20,\"messages\":["
	               "{\"role\":\"system\",\"content\":\"Be\\nkind.\"},"
	               "{\"role\":\"user\",\"content\":\"hi\"}]}");
}

static void
roles_alternate_where_the_model_insists(void **state)
{
	const struct prompt_settings settings = { .system = "s", .alternate = true };

	(void)state;
	assert_request("{\"message\":\"d\",\"history\":["
	               "{\"role\":\"assistant\",\"text\":\"x\"},"
	               "{\"role\":\"user\",\"text\":\"a\"},{\"role\":\"user\",\"text\":\"b\"},"
	               "{\"role\":\"assistant\",\"text\":\"y\"},"
	               "{\"role\":\"assistant\",\"text\":\"z\"},"
	               "{\"role\":\"user\",\"text\":\"c\"}]}",
	               &settings,
	               "{\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
	               "{\"role\":\"user\",\"content\":\"a\\n\\nb\"},"
	               "{\"role\":\"assistant\",\"content\":\"y\\n\\nz\"},"
	               "{\"role\":\"user\",\"content\":\"c\\n\\nd\"}]}");
	assert_request("{\"message\":\"a\"}", &settings,
	               "{\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":\"s\"},"
	               "{\"role\":\"user\",\"content\":\"a\"}]}");
}

static void
what_the_contract_does_not_say_is_refused(void **state)
{
	static const struct {
		const char *input;
		const char *text;
	} rows[] = {
		{ "", "stdin: there is no JSON text, at byte 0" },
		{ "{\"message\":\"a\"", "stdin: not JSON (RFC 8259), at byte 14" },
		{ "{\"message\":\"\xff\"}", "stdin: not UTF-8, at byte 12" },
		{ "null", "stdin: no object with a \"message\" that is a text" },
		{ "{}", "stdin: no object with a \"message\" that is a text" },
		{ "{\"message\":\"\"}", "stdin: no object with a \"message\" that is a text" },
		{ "{\"message\":null}", "stdin: no object with a \"message\" that is a text" },
		{ "{\"message\":\"a\",\"history\":{}}", "stdin: \"history\" must be an array" },
		{ "{\"message\":\"a\",\"history\":[1]}",
		  "stdin: \"history\" must hold objects with \"role\" and \"text\"" },
		{ "{\"message\":\"a\",\"history\":[{\"role\":\"user\"}]}",
		  "stdin: \"history\" must hold objects with \"role\" and \"text\"" },
		{ "{\"message\":\"a\",\"history\":[{\"role\":\"system\",\"text\":\"b\"}]}",
		  "stdin: a \"role\" that is neither user nor assistant" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct prompt_settings settings = { .alternate = i % 2 == 0 };
		struct failure failure;
		struct buf made;
		failure_init(&failure);
		buf_init(&made, 10000);
		assert_int_equal(prompt_append(&made, rows[i].input, strlen(rows[i].input),
		                               &settings, &failure),
		                 FAILURE_INPUT);
		assert_string_equal(failure.text.data, rows[i].text);
		assert_int_equal(made.size, 0);
		buf_fini(&made);
		failure_fini(&failure);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_conversation_becomes_messages_as_it_is),
		cmocka_unit_test(the_settings_are_asked_for),
		cmocka_unit_test(roles_alternate_where_the_model_insists),
		cmocka_unit_test(what_the_contract_does_not_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
