/*
 * Thoughts in front of a reply; see thought.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/thought.h"

#include <string.h>

/* DeepSeek, Qwen and most others; some of Anthropic's manner; Mistral's Magistral. No tag has its
 * first character twice, so that a match that breaks off can only begin anew with that character.
 */
static const struct {
	const char *open;
	const char *close;
} tags[] = {
	{ "<think>", "</think>" },
	{ "<thinking>", "</thinking>" },
	{ "[THINK]", "[/THINK]" },
};

#define TAG_COUNT (sizeof(tags) / sizeof(tags[0]))

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum err
let_go(struct thought_splitter *splitter, struct buf *out)
{
	enum err err = buf_append(out, splitter->held, splitter->held_size);

	splitter->held_size = splitter->held_space = 0;
	return err;
}

static void
hold(struct thought_splitter *splitter, char c)
{
	splitter->held[splitter->held_size++] = c;
}

/* Whether what is held behind the white space begins that tag; *is_whole: it is the tag. */
static bool
begins(const struct thought_splitter *splitter, const char *tag, bool *is_whole)
{
	size_t size = splitter->held_size - splitter->held_space;
	size_t tag_size = strlen(tag);

	*is_whole = size == tag_size;
	return size <= tag_size && memcmp(splitter->held + splitter->held_space, tag, size) == 0;
}

static enum err
take_before(struct thought_splitter *splitter, char c, struct buf *said)
{
	bool is_at_space = splitter->held_size == splitter->held_space;
	bool is_whole;

	if (is_at_space && is_space(c) && splitter->has_thought)
		return ERR_NONE;
	hold(splitter, c);
	if (is_at_space && is_space(c)) {
		splitter->held_space++;
		if (splitter->held_size < sizeof(splitter->held) / 2)
			return ERR_NONE;
		splitter->place = THOUGHT_BEHIND;
		return let_go(splitter, said);
	}
	for (unsigned i = 0; i < TAG_COUNT; i++) {
		if (!begins(splitter, tags[i].open, &is_whole))
			continue;
		if (is_whole) {
			splitter->place = THOUGHT_INSIDE;
			splitter->tag = i;
			splitter->held_size = splitter->held_space = 0;
		}
		return ERR_NONE;
	}
	splitter->place = THOUGHT_BEHIND;
	return let_go(splitter, said);
}

static enum err
take_inside(struct thought_splitter *splitter, char c, struct buf *thought)
{
	const char *close = tags[splitter->tag].close;
	enum err err = ERR_NONE;
	bool is_whole;

	if (splitter->held_size > 0 && c != close[splitter->held_size])
		err = let_go(splitter, thought);
	hold(splitter, c);
	if (!begins(splitter, close, &is_whole))
		return err == ERR_NONE ? let_go(splitter, thought) : err;
	if (is_whole) {
		splitter->place = THOUGHT_BEFORE;
		splitter->has_thought = true;
		splitter->held_size = 0;
	}
	return err;
}

enum err
thought_splitter_add(struct thought_splitter *splitter, const char *text, size_t size,
                     struct buf *thought, struct buf *said)
{
	enum err err = ERR_NONE;

	for (size_t at = 0; at < size && err == ERR_NONE; at++) {
		switch (splitter->place) {
		case THOUGHT_BEFORE: err = take_before(splitter, text[at], said); break;
		case THOUGHT_INSIDE: err = take_inside(splitter, text[at], thought); break;
		case THOUGHT_BEHIND: return buf_append(said, text + at, size - at);
		}
	}
	return err;
}

enum err
thought_splitter_end(struct thought_splitter *splitter, struct buf *thought, struct buf *said)
{
	return let_go(splitter, splitter->place == THOUGHT_INSIDE ? thought : said);
}

enum err
thought_leave_out(const char *text, size_t size, struct buf *said)
{
	struct thought_splitter splitter = { .place = THOUGHT_BEFORE };
	struct buf thought;

	buf_init(&thought, size + 2 * sizeof(splitter.held));
	enum err err = thought_splitter_add(&splitter, text, size, &thought, said);
	if (err == ERR_NONE)
		err = thought_splitter_end(&splitter, &thought, said);
	buf_fini(&thought);
	return err;
}
