/*
 * A context that is full; see context.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/context.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "text/json.h"

/* Smaller numbers in such words are no counts of tokens. */
#define TOKENS_LEAST 64

bool
context_has_words(const char *body, size_t size, const char *words)
{
	size_t words_size = strlen(words);

	for (size_t at = 0; at + words_size <= size; at++) {
		if (strncasecmp(body + at, words, words_size) == 0)
			return true;
	}
	return false;
}

bool
context_is_loading(const char *body, size_t size)
{
	return context_has_words(body, size, "loading");
}

/* A digit behind a letter, a point or a hyphen belongs to a name, as in gpt-4-0613. */
static bool
begins_number(const char *body, size_t at)
{
	return isdigit((unsigned char)body[at]) &&
	       (at == 0 ||
	        (!isalnum((unsigned char)body[at - 1]) && strchr("-._", body[at - 1]) == NULL));
}

/* What is asked for is the largest number, and the room the next that is smaller: the others are
 * parts of what is asked for, or, in vLLM's words, come behind. */
static void
read_numbers(const char *body, size_t size, struct context_limit *limit)
{
	double first = 0;

	for (size_t at = 0; at < size; at++) {
		double number = 0;
		if (!begins_number(body, at))
			continue;
		/* 8,192 is one number. */
		for (; at < size &&
		       (isdigit((unsigned char)body[at]) ||
		        (body[at] == ',' && at + 1 < size && isdigit((unsigned char)body[at + 1])));
		     at++) {
			if (body[at] != ',')
				number = number * 10 + (body[at] - '0');
		}
		if (number < TOKENS_LEAST)
			continue;
		if (first == 0)
			first = number;
		if (number > limit->asked) {
			limit->limit = limit->asked;
			limit->asked = number;
		} else if (number > limit->limit && number < limit->asked) {
			limit->limit = number;
		}
	}
	/* "maximum context length is 2048 ..., you requested 3000 (2500 ..., 500 ...)" */
	if (first > 0 && first < limit->asked)
		limit->limit = first;
}

static double
member_number(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, name, &value))
		return 0;
	return json_object_get_double(value);
}

/* As llama.cpp has it since 2025. */
static bool
read_members(const char *body, size_t size, struct context_limit *limit)
{
	struct json_object *value;
	struct json_object *error = NULL;

	struct json_verdict verdict = json_parse_lenient(body, size, BOUND_LLM_JSON_DEPTH, &value);
	if (verdict.fault == JSON_FINE && json_object_is_type(value, json_type_object)) {
		if (!json_object_object_get_ex(value, "error", &error))
			error = value;
		limit->asked = member_number(error, "n_prompt_tokens");
		limit->limit = member_number(error, "n_ctx");
	}
	json_object_put(value);
	return limit->asked > 0 && limit->limit > 0;
}

bool
context_is_full(const char *body, size_t size, struct context_limit *limit)
{
	static const char *const words[] = {
		"exceed_context_size",     /* llama.cpp */
		"context size",            /* the same, before */
		"context_length_exceeded", /* OpenAI */
		"context length",          /* OpenAI, vLLM, Ollama */
		"context window",          /* Groq, Anthropic, LM Studio */
		"maximum model length",    /* vLLM */
		"too large for model",     /* Mistral */
		"prompt is too long",      /* Anthropic */
		"input token count",       /* Google */
		"`inputs` tokens",         /* TGI */
	};

	*limit = (struct context_limit){ 0 };
	size_t i = 0;
	while (i < sizeof(words) / sizeof(words[0]) && !context_has_words(body, size, words[i]))
		i++;
	if (i == sizeof(words) / sizeof(words[0]))
		return false;
	if (!read_members(body, size, limit)) {
		*limit = (struct context_limit){ 0 };
		read_numbers(body, size, limit);
	}
	if (limit->asked <= limit->limit || limit->limit < TOKENS_LEAST)
		*limit = (struct context_limit){ 0 };
	return true;
}
