/*
 * What a character is: general categories are utf8proc's, the rest are tables.
 *
 * SPDX-License-Identifier: MIT
 */
#include "text/characters.h"

#include <utf8proc.h>

/* Canonical_Combining_Class */
#define CLASS_VIRAMA 9

struct range {
	int32_t first;
	int32_t last;
};

#define IS_IN(table, character) is_in(table, sizeof(table) / sizeof((table)[0]), character)

/* The ranges are in order. */
static bool
is_in(const struct range *ranges, size_t count, int32_t character)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = (low + count) / 2;
		if (character > ranges[middle].last)
			low = middle + 1;
		else if (character < ranges[middle].first)
			count = middle;
		else
			return true;
	}
	return false;
}

int32_t
characters_next(const char *text, size_t size, size_t *at)
{
	utf8proc_int32_t character;
	utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text + *at,
	                                         (utf8proc_ssize_t)(size - *at), &character);

	*at += used > 0 ? (size_t)used : 1;
	return character;
}

bool
character_is_invisible(int32_t character)
{
	static const struct range ranges[] = {
		{ 0x0009, 0x000d },   /* tab to carriage return */
		{ 0x0020, 0x0020 },   /* space */
		{ 0x0085, 0x0085 },   /* next line */
		{ 0x00a0, 0x00a0 },   /* no-break space */
		{ 0x00ad, 0x00ad },   /* soft hyphen */
		{ 0x034f, 0x034f },   /* combining grapheme joiner */
		{ 0x061c, 0x061c },   /* Arabic letter mark */
		{ 0x115f, 0x1160 },   /* Hangul fillers */
		{ 0x1680, 0x1680 },   /* Ogham space */
		{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
		{ 0x180b, 0x180f },   /* Mongolian selectors and vowel separator */
		{ 0x2000, 0x200f },   /* spaces, joiners, direction marks */
		{ 0x2028, 0x202f },   /* separators, embeddings, narrow space */
		{ 0x205f, 0x206f },   /* mathematical space, invisible operators, isolates */
		{ 0x2800, 0x2800 },   /* Braille without a dot */
		{ 0x3000, 0x3000 },   /* ideographic space */
		{ 0x3164, 0x3164 },   /* Hangul filler */
		{ 0xfe00, 0xfe0f },   /* variation selectors */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
		{ 0xfff0, 0xfffc },   /* reserved, annotation, object replacement */
		{ 0x13430, 0x13442 }, /* Egyptian format controls and blanks */
		{ 0x16fe4, 0x16fe4 }, /* Khitan filler */
		{ 0x1bca0, 0x1bca3 }, /* shorthand controls */
		{ 0x1d159, 0x1d159 }, /* null notehead */
		{ 0x1d173, 0x1d17a }, /* musical beams and phrases */
		{ 0xe0000, 0xe0fff }, /* tags and variation selectors */
	};

	return IS_IN(ranges, character);
}

bool
character_is_control(int32_t character)
{
	return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

bool
character_is_space(int32_t character)
{
	return utf8proc_category(character) == UTF8PROC_CATEGORY_ZS;
}

bool
character_is_word(int32_t character)
{
	return character_is_letter(character) || character_is_mark(character) ||
	       utf8proc_category(character) == UTF8PROC_CATEGORY_ND;
}

bool
character_is_letter(int32_t character)
{
	switch (utf8proc_category(character)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: return true;
	default: return false;
	}
}

bool
character_is_mark(int32_t character)
{
	return character_is_stacking(character) ||
	       utf8proc_category(character) == UTF8PROC_CATEGORY_MC;
}

bool
character_is_stacking(int32_t character)
{
	utf8proc_category_t category = utf8proc_category(character);

	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

bool
character_is_virama(int32_t character)
{
	return utf8proc_get_property(character)->combining_class == CLASS_VIRAMA;
}

bool
character_is_joining(int32_t character)
{
	static const struct range ranges[] = {
		{ 0x0620, 0x06ff },   /* Arabic */
		{ 0x0710, 0x07ff },   /* Syriac, Arabic, Thaana's neighbours, N'Ko */
		{ 0x0840, 0x08ff },   /* Mandaic, Syriac, Arabic */
		{ 0x1800, 0x18af },   /* Mongolian */
		{ 0xa840, 0xa87f },   /* Phags-pa */
		{ 0xfb50, 0xfdff },   /* Arabic presentation forms */
		{ 0xfe70, 0xfefc },   /* more of them */
		{ 0x10d00, 0x10d3f }, /* Hanifi Rohingya */
		{ 0x1e900, 0x1e95f }, /* Adlam */
	};

	return IS_IN(ranges, character);
}

bool
character_is_mongolian(int32_t character)
{
	return character >= 0x1820 && character <= 0x18af;
}

bool
character_is_ideograph(int32_t character)
{
	static const struct range ranges[] = {
		{ 0x3400, 0x9fff },
		{ 0xf900, 0xfaff },
		{ 0x20000, 0x3ffff },
	};

	return IS_IN(ranges, character);
}

bool
character_is_pictograph(int32_t character)
{
	return (character >= 0x2190 && character <= 0x2bff) ||
	       (character >= 0x1f000 && character <= 0x1faff);
}
