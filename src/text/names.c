/*
 * The names of people and of rooms.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/bounds.h"
#include "text/characters.h"

#define JOIN_NOT 0x200c
#define JOIN 0x200d
#define TAG_FIRST 0xe0020
#define TAG_END 0xe007f
#define SKIN_TONE_FIRST 0x1f3fb
#define SKIN_TONE_LAST 0x1f3ff

/* A name's characters, in NFC. */
struct name {
	int32_t characters[BOUND_NAME_CODE_POINTS];
	size_t count;
};

/* --- characters that nobody sees, where they make a difference --- */

/* The character there, 0 beyond either end; SIZE_MAX is before the start. */
static int32_t
at(const struct name *name, size_t position)
{
	return position < name->count ? name->characters[position] : 0;
}

/* A variation selector for symbols, and some others. */
static bool
is_selector(int32_t character)
{
	return character >= 0xfe00 && character <= 0xfe0f;
}

/* A variation selector for ideographs. */
static bool
is_ideographic_selector(int32_t character)
{
	return character >= 0xe0100 && character <= 0xe01ef;
}

static bool
is_tag(int32_t character)
{
	return character >= TAG_FIRST && character <= TAG_END;
}

/* Between the letters of a script that joins them, whatever marks the first one has: Persian. */
static bool
parts_letters(const struct name *name, size_t position)
{
	size_t before = position - 1;
	int32_t behind = at(name, position + 1);

	while (character_is_stacking(at(name, before)))
		before--;
	return character_is_joining(at(name, before)) && character_is_word(at(name, before)) &&
	       character_is_joining(behind) && character_is_letter(behind);
}

/* Where an Indic consonant loses its vowel: behind the virama, or, if it joins, before it. */
static bool
shapes_consonant(const struct name *name, size_t position)
{
	return character_is_virama(at(name, position - 1)) ||
	       (at(name, position) == JOIN && character_is_letter(at(name, position - 1)) &&
	        character_is_virama(at(name, position + 1)));
}

/* Between two pictographs, whatever form and skin the first one has. */
static bool
joins_pictographs(const struct name *name, size_t position)
{
	size_t before = position - 1;

	while (is_selector(at(name, before)) ||
	       (at(name, before) >= SKIN_TONE_FIRST && at(name, before) <= SKIN_TONE_LAST))
		before--;
	return character_is_pictograph(at(name, before)) &&
	       character_is_pictograph(at(name, position + 1));
}

/* In a flag of a country's part: a pictograph, tags, and the one that ends them. */
static bool
belongs_to_flag(const struct name *name, size_t position)
{
	int32_t tag = at(name, position);
	int32_t before = at(name, position - 1);

	return (character_is_pictograph(before) || (is_tag(before) && before != TAG_END)) &&
	       (tag == TAG_END || is_tag(at(name, position + 1)));
}

/* Whether an invisible character is one that changes how its neighbours look. */
static bool
has_effect(const struct name *name, size_t position)
{
	int32_t character = at(name, position);
	int32_t before = at(name, position - 1);

	if (character == ' ')
		return true;
	if (character == JOIN_NOT)
		return parts_letters(name, position) || shapes_consonant(name, position);
	if (character == JOIN)
		return joins_pictographs(name, position) || shapes_consonant(name, position);
	if (is_selector(character))
		return !character_is_invisible(before) && !character_is_letter(before) &&
		       !character_is_mark(before);
	if (is_ideographic_selector(character))
		return character_is_ideograph(before);
	if (is_tag(character))
		return belongs_to_flag(name, position);
	if (character >= 0x180b && character <= 0x180f && character != 0x180e)
		return character_is_mongolian(before);
	/* Braille has no other space. */
	return character == 0x2800;
}

/* --- names --- */

/* Decodes what is in NFC, with single spaces, and none at the ends. False: there is too much. */
static bool
take_characters(struct name *name, const char *text, size_t size)
{
	bool is_space_due = false;

	for (size_t position = 0; position < size;) {
		int32_t character = characters_next(text, size, &position);
		if (character_is_space(character)) {
			is_space_due = name->count > 0;
			continue;
		}
		if (name->count + is_space_due >= BOUND_NAME_CODE_POINTS)
			return false;
		if (is_space_due)
			name->characters[name->count++] = ' ';
		is_space_due = false;
		name->characters[name->count++] = character;
	}
	return true;
}

static bool
has_space(const char *text, size_t size)
{
	for (size_t position = 0; position < size;) {
		if (character_is_space(characters_next(text, size, &position)))
			return true;
	}
	return false;
}

static bool
is_noncharacter(int32_t character)
{
	return (character >= 0xfdd0 && character <= 0xfdef) || (character & 0xfffe) == 0xfffe;
}

static bool
is_person(const struct name *name)
{
	size_t marks = 0;
	bool is_seen = false;

	for (size_t i = 0; i < name->count; i++) {
		int32_t character = name->characters[i];
		if (character_is_control(character) || is_noncharacter(character) ||
		    (i == 0 && character_is_mark(character)))
			return false;
		if (character_is_invisible(character)) {
			if (!has_effect(name, i))
				return false;
			continue;
		}
		is_seen = true;
		marks = character_is_stacking(character) ? marks + 1 : 0;
		if (marks > BOUND_NAME_MARKS)
			return false;
	}
	return is_seen;
}

static bool
is_room(const struct name *name)
{
	for (size_t i = 0; i < name->count; i++) {
		int32_t character = name->characters[i];
		bool is_allowed = (character_is_word(character) && !is_selector(character) &&
		                   !is_ideographic_selector(character) &&
		                   utf8proc_category(character) != UTF8PROC_CATEGORY_ME) ||
		                  character == '-' || character == '_' || character == '.' ||
		                  character == JOIN || character == JOIN_NOT;
		if (!is_allowed)
			return false;
	}
	return is_person(name);
}

static void
append_characters(struct buf *out, const struct name *name)
{
	for (size_t i = 0; i < name->count; i++) {
		utf8proc_uint8_t bytes[4];
		utf8proc_ssize_t size = utf8proc_encode_char(name->characters[i], bytes);
		if (size <= 0 || buf_append(out, bytes, (size_t)size) != ERR_NONE)
			abort();
	}
}

static bool
read_name(const char *text, size_t size, bool (*is_name)(const struct name *name), struct buf *out)
{
	struct name name = { .count = 0 };
	utf8proc_uint8_t *composed;

	/* Putting marks in order takes the square of their number. */
	if (size > BOUND_NAME_TEXT_BYTES)
		return false;
	utf8proc_ssize_t composed_size =
		utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &composed,
	                     UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (composed_size < 0)
		abort();
	bool is_fine = take_characters(&name, (const char *)composed, (size_t)composed_size) &&
	               is_name(&name);
	free(composed);
	if (is_fine)
		append_characters(out, &name);
	return is_fine;
}

bool
names_read_person(const char *text, size_t size, struct buf *name)
{
	return read_name(text, size, is_person, name);
}

bool
names_read_room(const char *text, size_t size, struct buf *name)
{
	/* They would not be missed. */
	return !has_space(text, size) && read_name(text, size, is_room, name);
}
