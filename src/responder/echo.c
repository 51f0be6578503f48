/*
 * The responder that repeats what it hears. It never waits and keeps nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "responder/echo.h"

#include <string.h>

static enum err
echo_parts(const struct echo *echo, const struct question *question, const struct reply_sink *sink)
{
	enum err err = sink->part(sink->context, echo->before, echo->before_size);
	if (err != ERR_NONE || echo->after == NULL)
		return err;
	err = sink->part(sink->context, question->message, question->message_size);
	if (err != ERR_NONE)
		return err;
	return sink->part(sink->context, echo->after, echo->after_size);
}

static void
echo_answer(const struct responder *self, const struct question *question,
            const struct reply_sink *sink)
{
	const struct echo *echo = (const struct echo *)self;

	enum err err = echo_parts(echo, question, sink);
	sink->end(sink->context, err == ERR_NONE ? REPLY_DONE : REPLY_FAILED);
}

void
echo_init(struct echo *echo, const char *wording)
{
	const char *placeholder = strstr(wording, ECHO_PLACEHOLDER);

	*echo = (struct echo){ .responder = { .answer = echo_answer }, .before = wording };
	if (placeholder == NULL) {
		echo->before_size = strlen(wording);
		return;
	}
	echo->before_size = (size_t)(placeholder - wording);
	echo->after = placeholder + strlen(ECHO_PLACEHOLDER);
	echo->after_size = strlen(echo->after);
}
