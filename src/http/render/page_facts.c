/*
 * Members of a page, behind its events.
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/render/page_facts.h"

#include <inttypes.h>

#include "http/render/representation.h"

enum err
page_facts_append_cursor(struct buf *out, struct cursor next)
{
	char cursor[CURSOR_BYTES];

	enum err err = buf_append_format(out, ",\"next\":%" PRId64, next.seq);
	if (err == ERR_NONE && next.epoch != 0)
		err = buf_append_format(out, ",\"cursor\":\"%s\"", cursor_format(next, cursor));
	return err;
}

enum err
page_facts_append(struct buf *out, const struct page_facts *facts)
{
	enum err err = page_facts_append_cursor(out, facts->next);

	if (err == ERR_NONE)
		err = buf_append_format(out, ",\"more\":%s%s%s", facts->more ? "true" : "false",
		                        facts->is_reset ? ",\"reset\":true" : "",
		                        facts->is_newcomer ? ",\"newcomer\":true" : "");
	if (err == ERR_NONE && facts->session != NULL)
		err = facts->session[0] == '\0'
		              ? buf_append_text(out, ",\"session\":false")
		              : buf_append_format(out, ",\"session\":\"%s\"", facts->session);
	return err;
}
