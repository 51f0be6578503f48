/*
 * Events as lines of text, for a person at a terminal: "12:03 ~Ada: hi". Whatever a message holds,
 * it is one line, and nothing in it is a command to the terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "http/render/representation.h"
#include "text/characters.h"
#include "text/utf8.h"

/* Bytes of a time, with the date, and the NUL. */
#define TIME_BYTES 64

/* --- what a terminal may be shown --- */

#define REPLACEMENT "\357\277\275" /* U+FFFD */

static bool
is_line_break(int32_t character)
{
	return (character >= '\n' && character <= '\r') || character == 0x85 ||
	       character == 0x2028 || character == 0x2029;
}

/* Embeddings, overrides and isolates: what follows would be shown in another order than it has. */
static bool
turns_direction(int32_t character)
{
	return (character >= 0x202a && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x206f);
}

/* Appends what is shown in place of the character, or the bytes as they are. */
static enum err
append_character(struct buf *out, int32_t character, const char *bytes, size_t size)
{
	if (is_line_break(character))
		return buf_append_text(out,
		                       " \342\206\265 "); /* U+21B5, an arrow to the next line */
	if (character == '\t')
		return buf_append_text(out, " ");
	if (character < 0x20) { /* U+2400 and on: "ESC" as one small character */
		const char picture[] = { '\342', '\220', (char)(0x80 + character) };
		return buf_append(out, picture, sizeof(picture));
	}
	if (character == 0x7f)
		return buf_append_text(out, "\342\220\241"); /* U+2421 */
	if (character_is_control(character))
		return buf_append_text(out, REPLACEMENT);
	if (turns_direction(character))
		return ERR_NONE;
	return buf_append(out, bytes, size);
}

/* Appends the text; of a carriage return with a line feed one line break is left, and none at the
 * end. */
static enum err
append_shown(struct buf *out, const char *text, size_t size)
{
	enum err err = ERR_NONE;

	while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
		size--;
	for (size_t at = 0; err == ERR_NONE && at < size;) {
		enum utf8_subpart kind;
		size_t next = at + utf8_subpart_size(text + at, size - at, &kind);
		if (kind != UTF8_WHOLE) {
			err = buf_append_text(out, REPLACEMENT);
		} else if (text[at] != '\r' || next == size || text[next] != '\n') {
			size_t end = at;
			err = append_character(out, characters_next(text, size, &end), text + at,
			                       next - at);
		}
		at = next;
	}
	return err;
}

/* --- lines --- */

/* "12:03 ", in the time zone of this host, and in front of it the day where that is another one. */
static enum err
append_time(struct buf *out, int64_t time_ms)
{
	time_t then = (time_t)(time_ms / 1000);
	time_t now = (time_t)(clock_unix_ms() / 1000);
	struct tm then_parts;
	struct tm now_parts;
	char text[TIME_BYTES];

	if (time_ms == 0)
		return ERR_NONE;
	if (localtime_r(&then, &then_parts) == NULL || localtime_r(&now, &now_parts) == NULL)
		return ERR_NONE;
	bool is_today =
		then_parts.tm_yday == now_parts.tm_yday && then_parts.tm_year == now_parts.tm_year;
	size_t size =
		strftime(text, sizeof(text), is_today ? "%H:%M " : "%Y-%m-%d %H:%M ", &then_parts);
	return buf_append(out, text, size);
}

/* How a message has ended, where it did not end well; "" else. A constant. */
static const char *
remark_of(const struct event *event)
{
	if (event->state == STATE_STOPPED)
		return " [stopped]";
	if (event->state == STATE_DONE && event->cause == CAUSE_LENGTH)
		return " [cut]";
	if (event->state != STATE_FAILED)
		return "";
	switch (event->cause) {
	case CAUSE_UNREACHABLE: return " [failed: unreachable]";
	case CAUSE_BUSY: return " [failed: busy]";
	case CAUSE_TOO_LONG: return " [failed: too long]";
	case CAUSE_NONE:
	case CAUSE_LENGTH: break;
	}
	return " [failed]";
}

static enum err
append_message(struct buf *out, const struct event *event, bool is_reply)
{
	bool has_name = !is_reply && event->name != NULL && event->name[0] != '\0';
	const char *name = has_name ? event->name : is_reply ? "assistant" : "guest";
	const char *text = event->text == NULL ? "" : event->text;
	enum err err = append_time(out, event->time_ms);

	if (err == ERR_NONE)
		err = append_shown(out, name, strlen(name));
	if (err == ERR_NONE)
		err = buf_append_text(out, event->text_size > 0 ? ": " : ":");
	if (err == ERR_NONE)
		err = append_shown(out, text, event->text_size);
	if (err == ERR_NONE)
		err = buf_append_text(out, remark_of(event));
	return err == ERR_NONE ? buf_append_text(out, "\n") : err;
}

static enum err
append_deletion(struct buf *out, const struct event *event)
{
	enum err err = append_time(out, event->time_ms);

	return err == ERR_NONE
	               ? buf_append_format(out, "* message %" PRId64 " was deleted\n", event->ref)
	               : err;
}

static bool
was_told(const struct render_memory *memory, int64_t seq)
{
	size_t count = memory->count < RENDER_MEMORY_EVENTS ? memory->count : RENDER_MEMORY_EVENTS;

	for (size_t i = 0; i < count; i++) {
		if (memory->told[i] == seq)
			return true;
	}
	return false;
}

/* A reply is told when it is done. Where it was so when its message was read, that has told it. */
static enum err
append_event(struct render_memory *memory, struct buf *out, const struct event *event)
{
	switch (event->kind) {
	case EVENT_MESSAGE:
		if (event->state == STATE_STREAMING || event->state == STATE_DELETED)
			return ERR_NONE;
		if (event->role == ROLE_ASSISTANT)
			memory->told[memory->count++ % RENDER_MEMORY_EVENTS] = event->seq;
		return append_message(out, event, event->role == ROLE_ASSISTANT);
	case EVENT_DONE:
		/* The text is gone where the reply was deleted since. */
		if (was_told(memory, event->ref) || event->state == STATE_DELETED ||
		    (event->state == STATE_DONE && event->text_size == 0))
			return ERR_NONE;
		return append_message(out, event, true);
	case EVENT_DELETE: return append_deletion(out, event);
	case EVENT_PART: break;
	}
	return ERR_NONE;
}

static enum err
append_hello(struct buf *out, struct cursor next)
{
	(void)out;
	(void)next;
	return ERR_NONE;
}

static enum err
append_reset(struct buf *out, struct cursor next)
{
	(void)next;
	return buf_append_text(out, "* what was written before is not all here\n");
}

/* A terminal does not show it, and whatever is on the way sees that the stream lives. */
static enum err
append_beat(struct buf *out)
{
	return buf_append_text(out, "\r");
}

static enum err
append_page(struct buf *out, const struct page_facts *facts, const char *events, size_t size)
{
	enum err err = facts->is_reset ? append_reset(out, facts->next) : ERR_NONE;

	return err == ERR_NONE ? buf_append(out, events, size) : err;
}

static const struct renderer renderer = {
	.hello = append_hello,
	.event = append_event,
	.reset = append_reset,
	.beat = append_beat,
};

const struct representation representation_lines = {
	.media_type = "text/plain",
	.content_type = "text/plain; charset=utf-8",
	.renderer = &renderer,
	.has_pages = true,
	.event = append_event,
	.page = append_page,
};
