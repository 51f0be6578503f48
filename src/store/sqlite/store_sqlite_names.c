/*
 * Rooms of before their names were composed (text/names.h): what the migration that composes them
 * needs of C. Two rooms that have one name now cannot become one, since their numbers would not be
 * what they were: the later one gets its id behind the name, and the log tells.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/bounds.h"
#include "base/log.h"
#include "store/sqlite/store_sqlite.h"
#include "text/names.h"
#include "text/utf8.h"

/* composed(NAME): as a room is named now; as it is where it is none, or a private conversation. */
static void
compose(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	size_t size = text == NULL ? 0 : strlen(text);
	struct buf name;

	(void)count;
	buf_init(&name, BOUND_NAME_BYTES);
	if (utf8_valid_size(text, size) == size && names_read_room(text, size, &name))
		sqlite3_result_text(context, name.data, (int)name.size, SQLITE_TRANSIENT);
	else
		sqlite3_result_value(context, values[0]);
	buf_fini(&name);
}

/* renamed(NAME): the same, and says so in the log. */
static void
tell(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	log_event(LOG_WARN, "room_renamed",
	          LOG_FIELDS(log_text("room", (const char *)sqlite3_value_text(values[0])),
	                     log_text("reason", "another room's name differs in encoding only")));
	sqlite3_result_value(context, values[0]);
}

enum err
store_add_name_functions(struct store *store)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;

	int code = sqlite3_create_function_v2(store->database, "composed", 1,
	                                      flags | SQLITE_DETERMINISTIC, NULL, compose, NULL,
	                                      NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(store->database, "renamed", 1, flags, NULL, tell,
		                                  NULL, NULL, NULL);
	return code == SQLITE_OK ? ERR_NONE : store_fail(store, "migrate", code);
}
