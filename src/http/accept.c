/*
 * Media ranges and their weights, read one after the other.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/accept.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define WEIGHT_MAX 1000

/* A range as it stands in the header: its words point into that. */
struct media_range {
	const char *type;
	size_t type_size;
	const char *subtype;
	size_t subtype_size;
	unsigned weight;
};

static const char *
skip_space(const char *at)
{
	return at + strspn(at, " \t");
}

/* A word up to white space or a separator. */
static size_t
word_size(const char *at)
{
	return strcspn(at, " \t,;=/\"");
}

/* Behind a quoted string that begins here (RFC 9110, 5.6.4), or at the end of the text. */
static const char *
skip_quoted(const char *at)
{
	for (at++; *at != '\0' && *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
	}
	return *at == '"' ? at + 1 : at;
}

/* Behind the value of a parameter. */
static const char *
skip_value(const char *at)
{
	while (*at != '\0' && *at != ',' && *at != ';')
		at = *at == '"' ? skip_quoted(at) : at + 1;
	return at;
}

/* "0.75" in thousandths; 1 where it is no weight. */
static unsigned
read_weight(const char *at, const char *end)
{
	unsigned weight = 0;
	unsigned place = WEIGHT_MAX;

	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (at == end)
		return WEIGHT_MAX;
	for (bool has_point = false; at < end; at++) {
		if (*at == '.' && !has_point) {
			has_point = true;
			continue;
		}
		if (*at < '0' || *at > '9')
			return WEIGHT_MAX;
		if (has_point)
			place /= 10;
		if (weight > WEIGHT_MAX)
			return WEIGHT_MAX;
		weight = has_point ? weight + (unsigned)(*at - '0') * place
		                   : weight * 10 + (unsigned)(*at - '0') * WEIGHT_MAX;
	}
	return weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
}

/* Reads the parameters behind a range, of which q alone counts. Returns where the next range may
 * begin. */
static const char *
read_parameters(const char *at, struct media_range *range)
{
	while (*at != '\0' && *at != ',') {
		if (*at != ';') {
			at = skip_value(at);
			continue;
		}
		at = skip_space(at + 1);
		const char *name = at;
		size_t name_size = word_size(at);
		at = skip_space(at + name_size);
		if (*at != '=')
			continue;
		const char *value = skip_space(at + 1);
		at = skip_value(value);
		if (name_size == 1 && (*name == 'q' || *name == 'Q'))
			range->weight = read_weight(value, at);
	}
	return at;
}

/* Reads what stands between two commas. False: it is no range. */
static bool
read_range(const char **at, struct media_range *range)
{
	const char *text = skip_space(*at);

	range->weight = WEIGHT_MAX;
	range->type = text;
	range->type_size = word_size(text);
	text += range->type_size;
	bool is_range = range->type_size > 0;
	if (*text == '/') {
		range->subtype = text + 1;
		range->subtype_size = word_size(text + 1);
		text += 1 + range->subtype_size;
		is_range &= range->subtype_size > 0;
	} else {
		/* Some clients say that of everything. */
		range->subtype = range->type;
		range->subtype_size = range->type_size;
		is_range &= range->type_size == 1 && *range->type == '*';
	}
	*at = read_parameters(text, range);
	return is_range;
}

static bool
is_word(const char *text, size_t size, const char *word, size_t word_bytes)
{
	return size == word_bytes && strncasecmp(text, word, size) == 0;
}

static int
closeness_of(const struct media_range *range, const char *media_type)
{
	size_t type_size = strcspn(media_type, "/");
	const char *subtype = media_type + type_size + 1;
	bool is_any = is_word(range->subtype, range->subtype_size, "*", 1);

	if (is_any && is_word(range->type, range->type_size, "*", 1))
		return 0;
	if (!is_word(range->type, range->type_size, media_type, type_size))
		return -1;
	if (is_any)
		return 1;
	return is_word(range->subtype, range->subtype_size, subtype, strlen(subtype)) ? 2 : -1;
}

struct preference
accept_preference(const char *accept, const char *media_type)
{
	struct preference preference = { .weight = 0, .closeness = -1 };

	while (*accept != '\0') {
		struct media_range range;
		bool is_range = read_range(&accept, &range);
		if (*accept == ',')
			accept++;
		int closeness = is_range ? closeness_of(&range, media_type) : -1;
		if (closeness < 0 || closeness < preference.closeness)
			continue;
		if (closeness > preference.closeness || range.weight > preference.weight)
			preference = (struct preference){ range.weight, closeness };
	}
	return preference;
}
