/*
 * What the fake endpoint can play: a scenario is a list of steps.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TESTS_LLM_FAKE_SCENARIOS_H
#define PLAINCHAT_TESTS_LLM_FAKE_SCENARIOS_H

#include <stddef.h>

enum step_kind {
	STEP_NONE,  /* ends the list; the connection is closed */
	STEP_SEND,  /* the text as it is */
	STEP_CHUNK, /* the text as one chunk of HTTP's chunked coding */
	STEP_BYTES, /* each byte of it as a chunk of its own */
	STEP_FILL,  /* the text again and again, `size` bytes in all */
	STEP_KEY,   /* the key that the client has sent */
	STEP_HANG,  /* nothing, until the client goes */
	STEP_RESET, /* the connection will be reset, not closed */
};

struct step {
	enum step_kind kind;
	const char *text;
	size_t size;
};

/* The steps of that name; of "unknown" if there is none. */
const struct step *
scenario_find(const char *name);

#endif
