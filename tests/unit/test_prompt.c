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
	struct prompt_size size;
	struct buf made;

	failure_init(&failure);
	buf_init(&made, 10000);
	assert_int_equal(prompt_append(&made, input, strlen(input), settings, &size, &failure),
	                 FAILURE_NONE);
	assert_string_equal(made.data, request);
	buf_fini(&made);
	failure_fini(&failure);
}

static void
the_conversation_becomes_messages(void **state)
{
	const struct prompt_settings settings = { .model = NULL };

	(void)state;
	assert_request("{\"message\":\"hi\"}", &settings,
	               "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
	assert_request("{\"room\":\"\",\"name\":\"\",\"message\":\" \\u0001\\\"\xec\x95\x88 \","
	               "\"history\":[{\"role\":\"user\",\"text\":\"a\",\"more\":1},"
	               "{\"role\":\"assistant\",\"text\":\" b\"}]}",
	               &settings,
	               "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
	               "{\"role\":\"assistant\",\"content\":\" b\"},"
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

#define SAYS(role, text) "{\"role\":\"" role "\",\"text\":\"" text "\"}"
#define MADE(role, text) "{\"role\":\"" role "\",\"content\":\"" text "\"}"
#define BEGIN "{\"stream\":true,\"messages\":["

static void
whatever_the_history_is_roles_take_turns_and_the_message_is_last(void **state)
{
	const struct prompt_settings settings = { .system = "s" };

	(void)state;
	assert_request(
		"{\"message\":\"d\",\"history\":[" SAYS("assistant", "x") "," SAYS(
			"user", "a") "," SAYS("user",
	                                      "b") "," SAYS("assistant",
	                                                    "y") "," SAYS("assistant",
	                                                                  "z") "," SAYS("user",
	                                                                                "c") "]}",
		&settings,
		BEGIN MADE("system", "s") "," MADE("user", "a\\n\\nb") "," MADE(
			"assistant", "y\\n\\nz") "," MADE("user", "c\\n\\nd") "]}");
	assert_request(
		"{\"message\":\"c\",\"history\":[" SAYS("user", "") "," SAYS(
			"assistant",
			"") "," SAYS("user", "a") "," SAYS("assistant",
	                                                   "") "],\"unanswered\":[" SAYS("user",
	                                                                                 "b") "]}",
		&settings, BEGIN MADE("system", "s") "," MADE("user", "a\\n\\nb\\n\\nc") "]}");
	assert_request("{\"message\":\"a\",\"history\":null}", &settings,
	               BEGIN MADE("system", "s") "," MADE("user", "a") "]}");
}

static void
names_tell_people_apart_where_there_are_several(void **state)
{
	const struct prompt_settings settings = { .model = NULL };

	(void)state;
	assert_request("{\"name\":\"~Ada\",\"message\":\"b\",\"history\":["
	               "{\"role\":\"user\",\"name\":\"~Ada\",\"text\":\"a\"}]}",
	               &settings, BEGIN MADE("user", "a\\n\\nb") "]}");
	assert_request("{\"name\":\"Bob\",\"message\":\"b\",\"history\":["
	               "{\"role\":\"user\",\"name\":\"~Ada\",\"text\":\"a\"},"
	               "{\"role\":\"assistant\",\"text\":\"hm\"}],\"unanswered\":["
	               "{\"role\":\"user\",\"name\":\"\",\"text\":\"c\"}]}",
	               &settings,
	               BEGIN MADE("user", "Ada: a") "," MADE("assistant", "hm") "," MADE(
			       "user", "c\\n\\nBob: b") "]}");
}

static void
thoughts_never_go_back_to_the_model(void **state)
{
	const struct prompt_settings settings = { .model = NULL };

	(void)state;
	assert_request(
		"{\"message\":\"b\",\"history\":[" SAYS("user", "a") "," SAYS(
			"assistant", "<think>well\\n</think>\\n\\nhm") "]}",
		&settings,
		BEGIN MADE("user", "a") "," MADE("assistant", "hm") "," MADE("user", "b") "]}");
	assert_request("{\"message\":\"b\",\"history\":[" SAYS("user", "a") "," SAYS(
			       "assistant", "<think>without an end") "]}",
	               &settings, BEGIN MADE("user", "a\\n\\nb") "]}");
}

static void
what_there_is_no_room_for_is_left_out_the_oldest_first(void **state)
{
	struct prompt_settings settings = { .system = "sss", .bytes_max = 12 };
	static const char input[] =
		"{\"message\":\"eeeee\",\"history\":[" SAYS("user", "a") "," SAYS(
			"assistant", "b") "," SAYS("user", "c") "," SAYS("assistant", "d") "]}";
	static const char long_input[] =
		"{\"message\":\"b\",\"history\":[" SAYS("user", "a") "," SAYS(
			"assistant",
			"0123456789012345678901234567890123456789012345678901234567890123456789"
			"01234567890123456789012345678901234567890123456789") "]}";

	(void)state;
	assert_request(
		input, &settings,
		BEGIN MADE("system", "sss") "," MADE("user", "a") "," MADE(
			"assistant",
			"b") "," MADE("user", "c") "," MADE("assistant",
	                                                    "d") "," MADE("user", "eeeee") "]}");
	settings.bytes_max = 11;
	assert_request(input, &settings,
	               BEGIN MADE("system", "sss") "," MADE("user", "c") "," MADE(
			       "assistant", "d") "," MADE("user", "eeeee") "]}");
	settings.bytes_max = 2;
	assert_request(input, &settings,
	               BEGIN MADE("system", "sss") "," MADE("user", "eeeee") "]}");
	/* A long one loses its middle before another goes. */
	settings.system = NULL;
	settings.bytes_max = 119;
	assert_request(long_input, &settings,
	               BEGIN MADE("user", "a") "," MADE(
			       "assistant",
			       "01234567890123\\n[...]\\n23456789") "," MADE("user", "b") "]}");
}

static void
the_systems_words_go_to_the_user_where_a_template_has_no_role_for_them(void **state)
{
	const struct prompt_settings settings = { .system = "s", .system_as_user = true };

	(void)state;
	assert_request("{\"message\":\"b\"}", &settings, BEGIN MADE("user", "s\\n\\nb") "]}");
}

static void
further_members_are_json_or_else_texts(void **state)
{
	static const char *const fields[] = { "top_p=0.9", "stop=[\"a\"]", "user=Ada & Bob",
		                              "model=other", "seed=null" };
	const struct prompt_settings settings = { .model = "tiny",
		                                  .fields = fields,
		                                  .field_count = COUNT(fields) };

	(void)state;
	assert_request(
		"{\"message\":\"b\"}", &settings,
		"{\"model\":\"other\",\"stream\":true,\"top_p\":0.9,\"stop\":[\"a\"],"
		"\"user\":\"Ada & Bob\",\"seed\":null,\"messages\":[" MADE("user", "b") "]}");
	assert_false(prompt_field_is_fine("messages=[]"));
	assert_false(prompt_field_is_fine("stream=false"));
	assert_false(prompt_field_is_fine("top_p"));
	assert_false(prompt_field_is_fine("=1"));
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
		const struct prompt_settings settings = { .bytes_max = i };
		struct prompt_size size;
		struct failure failure;
		struct buf made;
		failure_init(&failure);
		buf_init(&made, 10000);
		assert_int_equal(prompt_append(&made, rows[i].input, strlen(rows[i].input),
		                               &settings, &size, &failure),
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
		cmocka_unit_test(the_conversation_becomes_messages),
		cmocka_unit_test(the_settings_are_asked_for),
		cmocka_unit_test(whatever_the_history_is_roles_take_turns_and_the_message_is_last),
		cmocka_unit_test(names_tell_people_apart_where_there_are_several),
		cmocka_unit_test(thoughts_never_go_back_to_the_model),
		cmocka_unit_test(what_there_is_no_room_for_is_left_out_the_oldest_first),
		cmocka_unit_test(
			the_systems_words_go_to_the_user_where_a_template_has_no_role_for_them),
		cmocka_unit_test(further_members_are_json_or_else_texts),
		cmocka_unit_test(what_the_contract_does_not_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
