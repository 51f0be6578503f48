/*
 * llm/: every Unicode scalar that a server sends is said, and every one that is in the conversation
 * is sent, however it is written, and wherever a server cuts.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include "llm/prompt.h"
#include "llm/reply_body.h"
#include "responder/question.h"
#include "responder/responder.h"
#include "support_scalars.h"
#include "text/json.h"

/* Scalars of one reply, or of one message. */
#define BATCH 4096

static bool
keep(void *context, const char *text, size_t size)
{
	return buf_append(context, text, size) == ERR_NONE;
}

/* A chunk for each scalar. */
static void
write_chunk(struct buf *text, unsigned scalar)
{
	assert_int_equal(buf_append_text(text, "data: {\"choices\":[{\"delta\":{\"content\":\""),
	                 ERR_NONE);
	scalar_write_lower(text, scalar);
	assert_int_equal(buf_append_text(text, "\"}}]}\n\n"), ERR_NONE);
}

/* The same, with a chunk for each half where there are two. */
static void
write_halves(struct buf *text, unsigned scalar)
{
	unsigned rest = scalar - 0x10000;

	if (scalar < 0x10000)
		write_chunk(text, scalar);
	else
		assert_int_equal(
			buf_append_format(
				text,
				"data: {\"choices\":[{\"delta\":{\"content\":\"\\u%04x\"}}]}\n\n"
				"data: {\"choices\":[{\"delta\":{\"content\":\"\\u%04x\"}}]}\n\n",
				0xd800 + rest / 1024, 0xdc00 + rest % 1024),
			ERR_NONE);
}

static void
assert_said(const struct buf *stream, unsigned first)
{
	struct reply_body body;
	struct failure failure;
	struct buf said;
	struct buf expected;

	failure_init(&failure);
	buf_init(&said, BOUND_LLM_REPLY_BYTES);
	buf_init(&expected, BOUND_LLM_REPLY_BYTES);
	reply_body_init(&body, keep, &said, &failure);
	for (size_t at = 0; at < stream->size; at += 1000) {
		size_t rest = stream->size - at;
		assert_int_equal(
			reply_body_feed(&body, stream->data + at, rest < 1000 ? rest : 1000),
			FAILURE_NONE);
	}
	assert_int_equal(reply_body_end(&body, true), FAILURE_NONE);
	(void)scalars_append(&expected, first, BATCH);
	assert_string_equal(said.data, expected.data);
	reply_body_fini(&body);
	failure_fini(&failure);
	buf_fini(&said);
	buf_fini(&expected);
}

static void
assert_all_are_said(const char *before, scalar_write_function write, const char *behind)
{
	struct buf stream;

	/* A letter first, since a reply does not begin with white space. */
	buf_init(&stream, BOUND_LLM_EVENT_BYTES);
	for (unsigned first = '0'; first < SCALARS_END;) {
		unsigned here = first;
		stream.size = 0;
		assert_int_equal(buf_append_text(&stream, before), ERR_NONE);
		first = scalars_write(&stream, first, BATCH, write);
		assert_int_equal(buf_append_text(&stream, behind), ERR_NONE);
		assert_said(&stream, here);
	}
	buf_fini(&stream);
}

static void
every_scalar_that_a_server_sends_is_said(void **state)
{
	static const char before[] = "data: {\"choices\":[{\"delta\":{\"content\":\"";
	static const char behind[] = "\"}}]}\n\ndata: [DONE]\n\n";

	(void)state;
	assert_all_are_said(before, scalar_write_lower, behind);
	assert_all_are_said(before, scalar_write_raw, behind);
	assert_all_are_said("", write_chunk, "data: [DONE]\n\n");
	assert_all_are_said("", write_halves, "data: [DONE]\n\n");
	assert_all_are_said("{\"choices\":[{\"message\":{\"content\":\"", scalar_write_upper,
	                    "\"}}]}");
}

static void
every_scalar_that_somebody_has_said_is_sent(void **state)
{
	const struct prompt_settings settings = { .model = "m" };
	struct buf message;
	struct buf question;
	struct buf request;

	(void)state;
	buf_init(&message, BOUND_MESSAGE_BYTES);
	buf_init(&question, BOUND_QUESTION_BYTES);
	buf_init(&request, BOUND_QUESTION_BYTES);
	for (unsigned first = 1; first < SCALARS_END;) {
		struct prompt_size made;
		struct failure failure;
		struct json_object *value;
		struct json_object *list;
		struct json_object *content;
		message.size = question.size = request.size = 0;
		first = scalars_append(&message, first, BATCH);
		question_append(&question, &(struct question){ .room = "",
		                                               .name = "",
		                                               .message = message.data,
		                                               .message_size = message.size });
		failure_init(&failure);
		assert_int_equal(prompt_append(&request, question.data, question.size, &settings,
		                               &made, &failure),
		                 FAILURE_NONE);
		assert_int_equal(json_parse(request.data, request.size, 3, &value).fault,
		                 JSON_FINE);
		assert_true(json_object_object_get_ex(value, "messages", &list));
		assert_true(json_object_object_get_ex(json_object_array_get_idx(list, 0), "content",
		                                      &content));
		assert_string_equal(json_object_get_string(content), message.data);
		json_object_put(value);
		failure_fini(&failure);
	}
	buf_fini(&message);
	buf_fini(&question);
	buf_fini(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scalar_that_a_server_sends_is_said),
		cmocka_unit_test(every_scalar_that_somebody_has_said_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
