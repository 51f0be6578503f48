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

static void
scene_init(struct scene *scene)
{
	scene->is_deaf = false;
	failure_init(&scene->failure);
	buf_init(&scene->said, (size_t)4 * BOUND_LLM_REPLY_BYTES);
	reply_body_init(&scene->body, keep, scene, &scene->failure);
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
		cmocka_unit_test(text_leaves_as_soon_as_its_event_is_there),
		cmocka_unit_test(it_ends_where_nobody_listens),
		cmocka_unit_test(a_reply_without_end_is_refused),
		cmocka_unit_test(a_document_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
