/*
 * The bridge: what a server sends, and what stands on stdin. However the bytes are cut, the same is
 * said, in whole UTF-8 sequences, and the verdict is the same; the line about it is printable ASCII
 * without the key; and what becomes of stdin is JSON again.
 *
 * The first byte says how to cut: its lowest bit whether the connection ended well, the others how
 * large the pieces are.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "base/bounds.h"
#include "llm/prompt.h"
#include "llm/reply_body.h"
#include "text/json.h"
#include "text/utf8.h"

#define KEY "sk-fuzz"

/* What came of a body. */
struct outcome {
	struct buf said;
	struct buf thought;
	struct failure failure;
	enum failure_status status;
};

static bool
keep(void *context, const char *text, size_t size)
{
	struct outcome *outcome = context;

	MUST(size > 0);
	MUST(utf8_valid_size(text, size) == size);
	MUST(memchr(text, '\0', size) == NULL);
	MUST(buf_append(&outcome->said, text, size) == ERR_NONE);
	return true;
}

static bool
keep_thought(void *context, const char *text, size_t size)
{
	struct outcome *outcome = context;

	MUST(size > 0);
	MUST(utf8_valid_size(text, size) == size);
	MUST(memchr(text, '\0', size) == NULL);
	MUST(buf_append(&outcome->thought, text, size) == ERR_NONE);
	return true;
}

static void
check_line(const struct failure *failure)
{
	struct buf line;

	buf_init(&line, 2 * BOUND_LLM_REPORT_BYTES);
	failure_append_line(&line, failure->text.data, failure->text.size, KEY);
	MUST(strstr(line.data, KEY) == NULL);
	MUST(line.data[line.size - 1] == '\n');
	for (size_t i = 0; i + 1 < line.size; i++)
		MUST(line.data[i] >= ' ' && line.data[i] <= '~');
	buf_fini(&line);
}

static void
outcome_of(struct outcome *outcome, const char *bytes, size_t size, size_t step, bool is_whole)
{
	struct reply_body body;
	enum failure_status status = FAILURE_NONE;

	buf_init(&outcome->said, BOUND_LLM_REPLY_BYTES);
	buf_init(&outcome->thought, 8 * size + 64);
	failure_init(&outcome->failure);
	reply_body_init(&body, keep, outcome, &outcome->failure);
	body.think = keep_thought;
	for (size_t at = 0; at < size && status == FAILURE_NONE; at += step) {
		size_t piece = size - at < step ? size - at : step;
		/* At the end of an allocation of its own, so that any read beyond is seen. */
		char *exact = malloc(piece);
		memcpy(exact, bytes + at, piece);
		status = reply_body_feed(&body, exact, piece);
		free(exact);
	}
	MUST(status == outcome->failure.status);
	outcome->status = reply_body_end(&body, is_whole);
	MUST(outcome->status == outcome->failure.status);
	MUST(body.said == outcome->said.size);
	MUST(body.thought == outcome->thought.size);
	if (outcome->status != FAILURE_NONE)
		check_line(&outcome->failure);
	reply_body_fini(&body);
}

static void
outcome_fini(struct outcome *outcome)
{
	buf_fini(&outcome->said);
	buf_fini(&outcome->thought);
	failure_fini(&outcome->failure);
}

static void
check_body(const char *bytes, size_t size, size_t step, bool is_whole)
{
	struct outcome at_once;
	struct outcome cut;

	outcome_of(&at_once, bytes, size, size + 1, is_whole);
	outcome_of(&cut, bytes, size, step, is_whole);
	MUST(at_once.status == cut.status);
	MUST(at_once.said.size == cut.said.size);
	if (cut.said.size > 0)
		MUST(memcmp(at_once.said.data, cut.said.data, cut.said.size) == 0);
	MUST(at_once.thought.size == cut.thought.size);
	if (cut.thought.size > 0)
		MUST(memcmp(at_once.thought.data, cut.thought.data, cut.thought.size) == 0);
	outcome_fini(&at_once);
	outcome_fini(&cut);
}

static void
check_refusal(const char *bytes, size_t size)
{
	struct failure failure;

	failure_init(&failure);
	MUST(answer_explain_status(401, bytes, size, "URL", &failure) == FAILURE_KEY);
	check_line(&failure);
	failure_fini(&failure);
	failure_init(&failure);
	enum failure_status status = answer_explain_status(400, bytes, size, "URL", &failure);
	MUST(status == FAILURE_REQUEST || status == FAILURE_CONTEXT);
	MUST(failure.context.limit == 0 || failure.context.asked > failure.context.limit);
	check_line(&failure);
	failure_fini(&failure);
}

/* Whatever stands on stdin, the messages are in an order that every template takes. */
static void
check_order(const struct buf *request, size_t turns)
{
	struct json_object *made;
	struct json_object *list;
	struct json_object *role;

	MUST(json_parse(request->data, request->size, BOUND_LLM_JSON_DEPTH, &made).fault ==
	     JSON_FINE);
	MUST(json_object_object_get_ex(made, "messages", &list));
	MUST(json_object_array_length(list) == turns && turns % 2 == 1);
	for (size_t i = 0; i < turns; i++) {
		MUST(json_object_object_get_ex(json_object_array_get_idx(list, i), "role", &role));
		MUST(strcmp(json_object_get_string(role), i % 2 == 0 ? "user" : "assistant") == 0);
	}
	json_object_put(made);
}

static void
check_prompt(const char *bytes, size_t size, bool is_short)
{
	const struct prompt_settings settings = {
		.model = "m",
		.temperature = "0.5",
		.bytes_max = is_short ? 40 : 0,
	};
	struct failure failure;
	struct prompt_size made;
	struct buf request;

	failure_init(&failure);
	buf_init(&request, 32 * size + 1024);
	enum failure_status status =
		prompt_append(&request, bytes, size, &settings, &made, &failure);
	MUST(status == failure.status);
	if (status == FAILURE_NONE)
		check_order(&request, made.turns);
	else
		check_line(&failure);
	buf_fini(&request);
	failure_fini(&failure);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const char *bytes = (const char *)data + 1;
	bool flag = (data[0] & 1) != 0;

	check_body(bytes, size - 1, (size_t)(data[0] >> 1) + 1, flag);
	check_refusal(bytes, size - 1);
	check_prompt(bytes, size - 1, flag);
	return 0;
}
