/*
 * The header Accept: what a client prefers is within its bounds whatever it sends, and a range in
 * front of anything counts.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "http/accept.h"
#include "http/render/representation.h"

static void
check_preference(const char *accept, const char *media_type)
{
	struct preference preference = accept_preference(accept, media_type);

	MUST(preference.weight <= 1000);
	MUST(preference.closeness >= -1 && preference.closeness <= 2);
	MUST(preference.closeness >= 0 || preference.weight == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char first[] = "text/plain;q=0.3,";
	struct buf text;

	buf_init(&text, sizeof(first) + size);
	MUST(buf_append_text(&text, first) == ERR_NONE);
	MUST(buf_append(&text, data, size) == ERR_NONE);
	const char *accept = text.data + strlen(first);
	check_preference(accept, "text/plain");
	check_preference(accept, "application/x-ndjson");
	MUST(representation_of_events(accept) != NULL);
	MUST(representation_of_reply(accept) == &representation_json ||
	     representation_of_reply(accept) == &representation_sse);
	struct preference preference = accept_preference(text.data, "text/plain");
	MUST(preference.closeness == 2 && preference.weight >= 300);
	buf_fini(&text);
	return 0;
}
