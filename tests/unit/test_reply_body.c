/*
 * llm/reply_body: text leaves as it comes, and the verdict at the end.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <string.h>

#include "llm/reply_body.h"

#define SAYS(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define FINISHED(reason) "data: {\"choices\":[{\"finish_reason\":\"" reason "\"}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define DOCUMENT(text) "{\"choices\":[{\"message\":{\"content\":\"" text "\"}}]}"

/* A body, and what it says: its pieces, each with a bar behind it. */
struct scene {
	struct reply_body body;
	struct failure failure;
	struct buf said;
	bool is_deaf; /* nobody takes what is said */
};

static bool
keep(void *context, const char *text, size_t size)
{
	struct scene *scene = context;

	assert_true(size > 0);
	return !scene->is_deaf && buf_append(&scene->said, text, size) == ERR_NONE &&
	       buf_append_text(&scene->said, "|") == ERR_NONE;
}

static bool
keep_thought(void *context, const char *text, size_t size)
{
	struct scene *scene = context;

	return buf_append_format(&scene->said, "(%.*s)", (int)size, text) == ERR_NONE;
}

static void
scene_init(struct scene *scene)
{
	scene->is_deaf = false;
	failure_init(&scene->failure);
	buf_init(&scene->said, (size_t)4 * BOUND_LLM_REPLY_BYTES);
	reply_body_init(&scene->body, keep, scene, &scene->failure);
	scene->body.think = keep_thought;
}

static void
scene_fini(struct scene *scene)
{
	reply_body_fini(&scene->body);
	buf_fini(&scene->said);
	failure_fini(&scene->failure);
}

static void
assert_said(const struct scene *scene, const char *text)
{
	assert_string_equal(scene->said.size > 0 ? scene->said.data : "", text);
}

static void
what_came_decides_whether_the_reply_is_whole(void **state)
{
	static const struct {
		const char *bytes;
		bool is_whole; /* says the connection */
		const char *said;
		enum failure_status status;
	} rows[] = {
		{ SAYS("a") SAYS("b") FINISHED("stop") DONE, true, "a|b|", FAILURE_NONE },
		{ SAYS("a") DONE, false, "a|", FAILURE_NONE },
		{ SAYS("a") FINISHED("stop"), false, "a|", FAILURE_NONE },
		{ SAYS("a") FINISHED("length"), true, "a|", FAILURE_NONE },
		{ SAYS("a"), true, "a|", FAILURE_NONE },
		{ SAYS("a"), false, "a|", FAILURE_TRUNCATED },
		{ SAYS("a") "data: {\"cho", false, "a|", FAILURE_TRUNCATED },
		{ SAYS("a") "data: {\"cho", true, "a|", FAILURE_PROTOCOL },
		{ SAYS("a") FINISHED("content_filter") DONE, true, "a|", FAILURE_FILTERED },
		{ SAYS("a") DONE SAYS("b"), true, "a|", FAILURE_NONE },
		{ SAYS("a") "data: {\"error\":\"x\"}\n\n" SAYS("b"), true, "a|", FAILURE_REPORTED },
		{ SAYS("a") "error: {\"message\":\"x\"}\n\n", true, "a|", FAILURE_REPORTED },
		{ SAYS("a") "event: error\ndata: {}\n\n", true, "a|", FAILURE_REPORTED },
		/* What is odd and harmless does not lose the reply. */
		{ SAYS("a") "data: ping\n\ndata: null\n\ndata: [1]\n\n" SAYS("b") DONE, true,
		  "a|b|", FAILURE_NONE },
		{ "data: "
		  "{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"a\"}}]}\n\n" DONE,
		  true, "a|", FAILURE_NONE },
		{ SAYS("a") FINISHED("stop") "data: [DONE] \n\n", false, "a|", FAILURE_NONE },
		{ SAYS("a") "data:  [DONE]\t\n\n", false, "a|", FAILURE_NONE },
		{ SAYS("a") FINISHED("stop") "data: {\"cho\n\ndata: {\"error\":\"x\"}\n\n", true,
		  "a|", FAILURE_NONE },
		{ SAYS("a") FINISHED("stop") "event: error\ndata: {}\n\n", true, "a|",
		  FAILURE_NONE },
		{ SAYS("a") FINISHED("stop") SAYS("b"), true, "a|", FAILURE_NONE },
		{ SAYS("a") FINISHED("abort") DONE, true, "a|", FAILURE_REPORTED },
		{ SAYS("a") FINISHED("error"), true, "a|", FAILURE_REPORTED },
		/* Surrogates, cut in two and alone. */
		{ SAYS("a\\ud83d") SAYS("\\ude00b") DONE, true, "a|😀b|", FAILURE_NONE },
		{ SAYS("a\\ud83d") SAYS("b\\ude00") DONE, true,
		  "a|\xef\xbf\xbd"
		  "b\xef\xbf\xbd|",
		  FAILURE_NONE },
		{ SAYS("a\\ud83d") DONE, true, "a|\xef\xbf\xbd|", FAILURE_NONE },
		{ SAYS("\xec\x95") SAYS("\x88") DONE, true, "안|", FAILURE_NONE },
		/* The whole message once more at the end. */
		{ SAYS("Hello, ") SAYS(
			  "how are you?") "data: {\"choices\":[{\"message\":{\"content\":\"Hello, "
		                          "how are you?\"},"
		                          "\"finish_reason\":\"stop\"}]}\n\n" DONE,
		  true, "Hello, |how are you?|", FAILURE_NONE },
		{ SAYS("Hello, ") SAYS(
			  "how are you?") "data: {\"choices\":[{\"delta\":{\"content\":\"Hello, "
		                          "how are you?\"},"
		                          "\"finish_reason\":\"stop\"}]}\n\n" DONE,
		  true, "Hello, |how are you?|", FAILURE_NONE },
		{ SAYS("ha") "data: "
		             "{\"choices\":[{\"delta\":{\"content\":\"ha\"},\"finish_reason\":"
		             "\"stop\"}]}"
		             "\n\n" DONE,
		  true, "ha|ha|", FAILURE_NONE },
		/* Thoughts, however they come. */
		{ SAYS("<thi") SAYS("nk>well") SAYS("</think>\\n") SAYS("\\na") DONE, true,
		  "(well)a|", FAILURE_NONE },
		{ "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"we\\ud83d\"}}]}\n\n"
		  "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"\\ude00\"}}]}\n\n" SAYS(
			  "a") DONE,
		  true, "(we)(😀)a|", FAILURE_NONE },
		{ SAYS("<think>well") FINISHED("stop") DONE, true, "(well)", FAILURE_EMPTY },
		{ "{\"choices\":[{\"message\":{\"content\":\"a\",\"reasoning\":\"well\"}}]}", true,
		  "(well)a|", FAILURE_NONE },
		{ FINISHED("stop") DONE, true, "", FAILURE_EMPTY },
		{ "", true, "", FAILURE_EMPTY },
		{ " \n", true, "", FAILURE_EMPTY },
		{ "", false, "", FAILURE_TRUNCATED },
		{ "<html>", true, "", FAILURE_PROTOCOL },
		{ ": ping\n\n", true, "", FAILURE_PROTOCOL },
		{ DOCUMENT("a"), true, "a|", FAILURE_NONE },
		{ "\r\n " DOCUMENT("a") "\n", false, "a|", FAILURE_NONE },
		{ "{\"choices\":[", false, "", FAILURE_TRUNCATED },
		{ "{\"choices\":[", true, "", FAILURE_PROTOCOL },
		{ "[1]", true, "", FAILURE_PROTOCOL },
		{ DOCUMENT("") "\n", true, "", FAILURE_EMPTY },
		{ DOCUMENT("a") "\n" DOCUMENT("b"), true, "", FAILURE_PROTOCOL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t step = 1; step <= 1000; step *= 10) {
			struct scene scene;
			size_t size = strlen(rows[i].bytes);
			enum failure_status status = FAILURE_NONE;
			scene_init(&scene);
			for (size_t at = 0; at < size && status == FAILURE_NONE; at += step)
				status = reply_body_feed(&scene.body, rows[i].bytes + at,
				                         size - at < step ? size - at : step);
			assert_int_equal(reply_body_end(&scene.body, rows[i].is_whole),
			                 rows[i].status);
			assert_int_equal(scene.failure.status, rows[i].status);
			assert_said(&scene, rows[i].said);
			scene_fini(&scene);
		}
	}
}

static void
counts_are_read_also_behind_the_end(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	assert_int_equal(
		reply_body_feed(
			&scene.body,
			TEXT_OF(SAYS("a") FINISHED(
				"length") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
	                                  "\"completion_tokens\":3},\"timings\":{\"predicted_per_"
	                                  "second\":7.5}}\n\n" DONE)),
		FAILURE_NONE);
	assert_int_equal(reply_body_end(&scene.body, true), FAILURE_NONE);
	assert_int_equal(scene.body.answer.prompt_tokens, 9);
	assert_int_equal(scene.body.answer.reply_tokens, 3);
	assert_true(scene.body.answer.tokens_per_second == 7.5);
	assert_int_equal(scene.body.answer.finish, ANSWER_LENGTH);
	scene_fini(&scene);
}

static void
text_leaves_as_soon_as_its_event_is_there(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	assert_int_equal(reply_body_feed(&scene.body, TEXT_OF(SAYS("a"))), FAILURE_NONE);
	assert_said(&scene, "a|");
	assert_false(scene.body.is_over);
	assert_int_equal(reply_body_feed(&scene.body, TEXT_OF(DONE)), FAILURE_NONE);
	assert_true(scene.body.is_over);
	scene_fini(&scene);
}

static void
it_ends_where_nobody_listens(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.is_deaf = true;
	assert_int_equal(reply_body_feed(&scene.body, TEXT_OF(SAYS("a"))), FAILURE_OUTPUT);
	assert_int_equal(reply_body_end(&scene.body, true), FAILURE_OUTPUT);
	scene_fini(&scene);
}

static void
a_reply_without_end_is_refused(void **state)
{
	enum failure_status status = FAILURE_NONE;
	struct scene scene;

	(void)state;
	scene_init(&scene);
	while (status == FAILURE_NONE)
		status = reply_body_feed(
			&scene.body,
			TEXT_OF(SAYS("0123456789abcdef0123456789abcdef0123456789abcdef")));
	assert_int_equal(status, FAILURE_TOO_LONG);
	assert_true(scene.body.said <= BOUND_LLM_REPLY_BYTES);
	assert_true(scene.body.said > BOUND_LLM_REPLY_BYTES - 48);
	scene_fini(&scene);
}

static void
a_document_without_end_is_refused(void **state)
{
	enum failure_status status = FAILURE_NONE;
	struct scene scene;
	size_t fed = 0;

	(void)state;
	scene_init(&scene);
	while (status == FAILURE_NONE) {
		status = reply_body_feed(&scene.body, TEXT_OF("[[[[[[[[[[[[[[[["));
		fed += 16;
	}
	assert_int_equal(status, FAILURE_PROTOCOL);
	assert_true(fed <= BOUND_LLM_EVENT_BYTES + 16);
	scene_fini(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_decides_whether_the_reply_is_whole),
		cmocka_unit_test(counts_are_read_also_behind_the_end),
		cmocka_unit_test(text_leaves_as_soon_as_its_event_is_there),
		cmocka_unit_test(it_ends_where_nobody_listens),
		cmocka_unit_test(a_reply_without_end_is_refused),
		cmocka_unit_test(a_document_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
