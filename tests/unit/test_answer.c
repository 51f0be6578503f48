/*
 * llm/answer: what the JSON of chat endpoints says.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "llm/answer.h"

#define CHOICE(text) "{\"choices\":[{\"index\":0," text "}]}"

static void
text_and_the_end_are_read_from_what_servers_send(void **state)
{
	static const struct {
		const char *json;
		const char *text;
		enum answer_finish finish;
		const char *thought;
	} rows[] = {
		{ CHOICE("\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null"), "Hi",
		  ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}"), "",
		  ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{\"role\":\"assistant\",\"content\":null}"), "",
		  ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{},\"finish_reason\":\"stop\""), "", ANSWER_FINISHED, NULL },
		{ CHOICE("\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"eos\""), "Hi",
		  ANSWER_FINISHED, NULL },
		{ CHOICE("\"finish_reason\":\"length\""), "", ANSWER_LENGTH, NULL },
		{ CHOICE("\"delta\":null,\"finish_reason\":\"content_filter\""), "",
		  ANSWER_FILTERED, NULL },
		{ CHOICE("\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"\""), "Hi",
		  ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{\"reasoning_content\":\"Hm\",\"reasoning\":\"Hm\"}"), "",
		  ANSWER_UNFINISHED, "Hm" },
		{ CHOICE("\"delta\":{\"content\":\"\",\"reasoning\":\"Hm\"}"), "",
		  ANSWER_UNFINISHED, "Hm" },
		{ CHOICE("\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":["
		         "{\"type\":\"text\",\"text\":\"H\"},{\"text\":\"m\"}]}]}"),
		  "", ANSWER_UNFINISHED, "Hm" },
		{ CHOICE("\"delta\":{\"content\":\"a\",\"content\":\"b\"}"), "b", ANSWER_UNFINISHED,
		  NULL },
		{ CHOICE("\"delta\":{\"content\":\"\\ud83d\"}"), "\xed\xa0\xbd", ANSWER_UNFINISHED,
		  NULL },
		{ CHOICE("\"finish_reason\":\"abort\""), "", ANSWER_ABORTED, NULL },
		{ CHOICE("\"finish_reason\":\"error\""), "", ANSWER_ABORTED, NULL },
		{ CHOICE("\"finish_reason\":\"MAX_TOKENS\""), "", ANSWER_LENGTH, NULL },
		{ "{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}],\"error\":\"\"}", "Hi",
		  ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{\"content\":null,\"refusal\":\"No.\"}"), "No.",
		  ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[]},"
		         "{\"type\":\"text\",\"text\":\"H\"},{\"text\":\"i\"}]}"),
		  "Hi", ANSWER_UNFINISHED, NULL },
		{ CHOICE("\"delta\":{\"tool_calls\":[{\"index\":0}]}"), "", ANSWER_UNFINISHED,
		  NULL },
		{ CHOICE("\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\""), "Hi",
		  ANSWER_FINISHED, NULL },
		{ "{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}],\"error\":null}", "Hi",
		  ANSWER_UNFINISHED, NULL },
		{ "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}},"
		  "{\"index\":0,\"delta\":{\"content\":\"yes\"}}]}",
		  "yes", ANSWER_UNFINISHED, NULL },
		{ "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"},"
		  "\"finish_reason\":\"stop\"}]}",
		  "", ANSWER_UNFINISHED, NULL },
		{ "{\"choices\":[],\"usage\":{\"total_tokens\":3}}", "", ANSWER_UNFINISHED, NULL },
		{ "{\"choices\":[null,7]}", "", ANSWER_UNFINISHED, NULL },
		{ "{\"usage\":{\"total_tokens\":3}}", "", ANSWER_UNFINISHED, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct failure failure;
		struct answer answer;
		failure_init(&failure);
		answer_init(&answer, 100);
		assert_int_equal(answer_read(rows[i].json, strlen(rows[i].json), &answer, &failure),
		                 FAILURE_NONE);
		assert_string_equal(buf_text(&answer.text), rows[i].text);
		assert_string_equal(buf_text(&answer.thought),
		                    rows[i].thought == NULL ? "" : rows[i].thought);
		assert_int_equal(answer.finish, rows[i].finish);
		answer_fini(&answer);
		failure_fini(&failure);
	}
}

static void
what_is_no_text_is_told(void **state)
{
	static const struct {
		const char *json;
		enum failure_status status;
		const char *text;
	} rows[] = {
		{ "{\"error\":{\"message\":\"full\",\"code\":503}}", FAILURE_REPORTED,
		  "the server reports an error: full" },
		{ "{\"error\":\"full\"}", FAILURE_REPORTED, "the server reports an error: full" },
		{ "{\"error\":{\"code\":7}}", FAILURE_REPORTED,
		  "the server reports an error: {\"error\":{\"code\":7}}" },
		{ "{\"object\":\"error\",\"message\":\"full\",\"code\":400}", FAILURE_REPORTED,
		  "the server reports an error: full" },
		{ "{\"choices\":[{\"delta\":{\"content\":\"\"}}],\"error\":{\"message\":\"full\"}}",
		  FAILURE_REPORTED, "the server reports an error: full" },
		{ "{\"choices\":[{]}", FAILURE_PROTOCOL,
		  "malformed JSON from the server (not JSON (RFC 8259)): {\"choices\":[{]}" },
		{ "{\"choices\":{}}", FAILURE_PROTOCOL,
		  "not a chat completion from the server: {\"choices\":{}}" },
		{ "\"Hi\"", FAILURE_PROTOCOL, "not a chat completion from the server: \"Hi\"" },
		{ "null", FAILURE_PROTOCOL, "not a chat completion from the server: null" },
		{ CHOICE("\"delta\":{\"content\":7}"), FAILURE_PROTOCOL,
		  "content that is no text from the server: " CHOICE("\"delta\":{\"content\":7}") },
		{ CHOICE("\"delta\":{\"content\":\"longer than ten\"}"), FAILURE_TOO_LONG,
		  "the reply is over 1048576 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct failure failure;
		struct answer answer;
		failure_init(&failure);
		answer_init(&answer, 10);
		assert_int_equal(answer_read(rows[i].json, strlen(rows[i].json), &answer, &failure),
		                 rows[i].status);
		assert_int_equal(failure.status, rows[i].status);
		assert_string_equal(failure.text.data, rows[i].text);
		answer_fini(&answer);
		failure_fini(&failure);
	}
}

static void
an_error_is_quoted_from_any_of_its_shapes(void **state)
{
	static const struct {
		const char *body;
		const char *words;
	} rows[] = {
		{ "{\"error\":{\"message\":\"a\"},\"message\":\"b\"}", "a" },
		{ "{\"error\":\"a\"}", "a" },
		{ "{\"message\":\"a\"}", "a" },
		{ "{\"detail\":\"Not Found\"}", "Not Found" },
		{ "{\"detail\":[{\"msg\":\"x\"}]}", "{\"detail\":[{\"msg\":\"x\"}]}" },
		{ "{\"error\":[]}", "{\"error\":[]}" },
		{ "404 page not found", "404 page not found" },
		{ "[]", "[]" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf words;
		buf_init(&words, 100);
		answer_append_error(&words, rows[i].body, strlen(rows[i].body));
		assert_string_equal(words.size > 0 ? words.data : "", rows[i].words);
		buf_fini(&words);
	}
}

static void
a_full_context_is_known_in_the_words_of_every_server(void **state)
{
	static const struct {
		const char *body;
		double asked;
		double limit;
	} rows[] = {
		/* llama.cpp, and before */
		{ "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available "
		  "context "
		  "size, try increasing it\",\"type\":\"exceed_context_size_error\","
		  "\"n_prompt_tokens\":9000,\"n_ctx\":4096}}",
		  9000, 4096 },
		{ "{\"error\":{\"message\":\"the request exceeds the available context size. try "
		  "increasing the context size or enable context shift\"}}",
		  0, 0 },
		/* OpenAI */
		{ "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens. "
		  "However, your messages resulted in 10000 tokens. Please reduce the length.\","
		  "\"code\":\"context_length_exceeded\"}}",
		  10000, 8192 },
		/* vLLM */
		{ "{\"object\":\"error\",\"message\":\"This model's maximum context length is 2048 "
		  "tokens. However, you requested 3000 tokens (2500 in the messages, 500 in the "
		  "completion).\",\"code\":400}",
		  3000, 2048 },
		/* Ollama */
		{ "{\"error\":\"input length exceeds maximum context length\"}", 0, 0 },
		/* Mistral */
		{ "{\"object\":\"error\",\"message\":\"Prompt contains 40000 tokens and 0 draft "
		  "tokens, too large for model with 32768 maximum context length\"}",
		  40000, 32768 },
		/* Anthropic, Google */
		{ "{\"error\":{\"message\":\"prompt is too long: 210000 tokens > 200000 "
		  "maximum\"}}",
		  210000, 200000 },
		{ "{\"error\":{\"message\":\"The input token count (1,100,000) exceeds the maximum "
		  "number of tokens allowed (1,048,576).\"}}",
		  1100000, 1048576 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct failure failure;
		failure_init(&failure);
		assert_int_equal(answer_explain_status(400, rows[i].body, strlen(rows[i].body),
		                                       "URL", &failure),
		                 FAILURE_CONTEXT);
		assert_int_equal(failure.context.asked, rows[i].asked);
		assert_int_equal(failure.context.limit, rows[i].limit);
		assert_string_equal(failure_reason(&failure), "too_long");
		failure_fini(&failure);
	}
}

static void
every_status_of_http_has_its_meaning(void **state)
{
	static const struct {
		long http_status;
		enum failure_status status;
	} rows[] = {
		{ 204, FAILURE_PROTOCOL }, { 301, FAILURE_REDIRECT },  { 308, FAILURE_REDIRECT },
		{ 400, FAILURE_REQUEST },  { 401, FAILURE_KEY },       { 402, FAILURE_REQUEST },
		{ 403, FAILURE_KEY },      { 404, FAILURE_NOT_FOUND }, { 422, FAILURE_REQUEST },
		{ 429, FAILURE_RATE },     { 500, FAILURE_SERVER },    { 503, FAILURE_SERVER },
		{ 529, FAILURE_SERVER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct failure failure;
		failure_init(&failure);
		assert_int_equal(
			answer_explain_status(rows[i].http_status, TEXT_OF("why"), "URL", &failure),
			rows[i].status);
		assert_int_equal(failure.status, rows[i].status);
		assert_non_null(strstr(failure.text.data, ": why (URL)"));
		failure_fini(&failure);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_the_end_are_read_from_what_servers_send),
		cmocka_unit_test(what_is_no_text_is_told),
		cmocka_unit_test(an_error_is_quoted_from_any_of_its_shapes),
		cmocka_unit_test(a_full_context_is_known_in_the_words_of_every_server),
		cmocka_unit_test(every_status_of_http_has_its_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
