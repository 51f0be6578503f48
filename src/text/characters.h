/*
 * What a character is, as far as names and blank texts depend on it. Where the page has to decide
 * the same (htdocs/chat/state/names.js) the tables are ours, whatever version of Unicode the
 * browser knows; tests/names/ compares the two. Pure functions, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_CHARACTERS_H
#define PLAINCHAT_TEXT_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at *at of a text that is valid UTF-8; moves *at behind it. */
int32_t
characters_next(const char *text, size_t size, size_t *at);

/* White_Space, Default_Ignorable_Code_Point, and what fonts leave blank: a text of these alone
 * shows nothing. Other controls browsers have to show (CSS Text 3, section 1.4.1). */
bool
character_is_invisible(int32_t character);

/* Cc: also those that are white space. */
bool
character_is_control(int32_t character);

/* A space of any width within a line (general category Zs). */
bool
character_is_space(int32_t character);

/* A letter, mark or digit (L, M, Nd). */
bool
character_is_word(int32_t character);

bool
character_is_letter(int32_t character);

/* Any mark (M), which belongs to the character before. */
bool
character_is_mark(int32_t character);

/* A mark that takes no room of its own (Mn, Me): many pile up. */
bool
character_is_stacking(int32_t character);

/* A sign that mutes or joins consonants of Indic scripts (Canonical_Combining_Class Virama). */
bool
character_is_virama(int32_t character);

/* Of a script whose letters join their neighbours, as Arabic does. */
bool
character_is_joining(int32_t character);

bool
character_is_mongolian(int32_t character);

bool
character_is_ideograph(int32_t character);

/* What emoji are made of; the skin tones are. */
bool
character_is_pictograph(int32_t character);

#endif
