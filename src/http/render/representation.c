/*
 * Which representation a client gets.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/representation.h"

#include "http/accept.h"

/* Between formats that are wanted equally the first one wins. A client that names both JSON and
 * events has always got events. */
static const struct {
	const struct representation *representation;
	bool is_of_replies;
} table[] = {
	{ &representation_sse, true },
	{ &representation_json, true },
	{ &representation_lines, false },
	{ &representation_ndjson, false },
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

/* A stream does not end by itself: only who names it can know that. */
static struct preference
preference_for(const char *accept, const struct representation *representation)
{
	struct preference preference = accept_preference(accept, representation->media_type);

	if (!representation->is_default && preference.closeness < 2)
		preference.weight = 0;
	return preference;
}

static const struct representation *
choose(const char *accept, bool is_reply)
{
	const struct representation *chosen = &representation_json;
	struct preference best = { .weight = 0, .closeness = -1 };

	for (size_t i = 0; i < TABLE_COUNT; i++) {
		if (is_reply && !table[i].is_of_replies)
			continue;
		struct preference preference = preference_for(accept, table[i].representation);
		if (preference.weight < best.weight || preference.weight == 0 ||
		    (preference.weight == best.weight && preference.closeness <= best.closeness))
			continue;
		best = preference;
		chosen = table[i].representation;
	}
	return chosen;
}

const struct representation *
representation_of_events(const char *accept)
{
	return choose(accept, false);
}

const struct representation *
representation_of_reply(const char *accept)
{
	return choose(accept, true);
}
