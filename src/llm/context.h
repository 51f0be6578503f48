/*
 * Whether a server refuses since the conversation is longer than the model has room for, and how
 * much room that is: each server says it in words of its own. Pure. For the bridge's one thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_LLM_CONTEXT_H
#define PLAINCHAT_LLM_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct context_limit {
	double asked; /* tokens that the request needs; 0: not told */
	double limit; /* tokens that there is room for; 0: not told */
};

/* Whether what a server says of an error is about that; *limit is what it says of numbers. Knows
 * llama.cpp, OpenAI, vLLM, Ollama, Mistral, Anthropic, Google and whoever has it in their words. */
bool
context_is_full(const char *body, size_t size, struct context_limit *limit);

/* Whether it only says that it is still loading the model. */
bool
context_is_loading(const char *body, size_t size);

/* Whether the words are in what the server says, in upper or lower case. */
bool
context_has_words(const char *body, size_t size, const char *words);

#endif
