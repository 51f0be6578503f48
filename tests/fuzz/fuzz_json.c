/*
 * The JSON gate: whatever it passes json-c parses, and what json_append writes of that the gate
 * passes again, with an equal value. So whatever json-c, being strict, rejects the gate rejects.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <json-c/json_tokener.h>
#include <string.h>

#include "base/bounds.h"
#include "text/json.h"
#include "text/utf8.h"

/* What json-c alone says, asked to be strict; the text needs a NUL behind it. */
static int
json_c_takes(const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(BOUND_JSON_DEPTH + 1);

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With the NUL, which ends a bare number. */
	struct json_object *value = json_tokener_parse_ex(tokener, text, (int)size + 1);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	json_object_put(value);
	json_tokener_free(tokener);
	return error == json_tokener_success;
}

/* json-c writes U+FFFD for what it cannot decode, and takes control characters. Neither may come of
 * a text that the gate has passed, unless U+FFFD was written there, raw or escaped. */
static void
check_nothing_is_replaced(const char *text, const struct buf *written)
{
	static const char replacement[] = "\xef\xbf\xbd";

	for (const char *at = text; *at != '\0'; at++)
		MUST((unsigned char)*at >= 0x20 || strchr("\t\n\r", *at) != NULL);
	if (strstr(written->data, replacement) != NULL)
		MUST(strstr(text, replacement) != NULL || strcasestr(text, "\\ufffd") != NULL);
}

static void
check_round_trip(const char *text, size_t size)
{
	/* `text` has a NUL behind it. */
	struct json_object *value;
	struct json_object *again;
	struct buf written;

	MUST(json_parse(text, size, BOUND_JSON_DEPTH, &value).fault == JSON_FINE);
	buf_init(&written, 8 * size + 64);
	MUST(json_append(&written, value) == ERR_NONE);
	MUST(utf8_valid_size(written.data, written.size) == written.size);
	MUST(memchr(written.data, '\n', written.size) == NULL);
	check_nothing_is_replaced(text, &written);
	MUST(json_gate(written.data, written.size, BOUND_JSON_DEPTH).fault == JSON_FINE);
	MUST(json_parse(written.data, written.size, BOUND_JSON_DEPTH, &again).fault == JSON_FINE);
	MUST(json_object_equal(value, again));
	json_object_put(again);
	json_object_put(value);
	buf_fini(&written);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* At the end of an allocation of its own, so that any read beyond is seen. */
	char *exact = calloc(1, size == 0 ? 1 : size);
	char *text = must_copy((const char *)data, size);

	if (size > 0)
		memcpy(exact, data, size);
	struct json_verdict verdict = json_gate(exact, size, BOUND_JSON_DEPTH);
	MUST(verdict.offset <= size);
	if (verdict.fault == JSON_FINE) {
		MUST(utf8_valid_size(text, size) == size);
		MUST(json_c_takes(text, size));
		MUST(json_gate(exact, size, BOUND_JSON_DEPTH + 1).fault == JSON_FINE);
		check_round_trip(text, size);
	} else {
		struct json_object *value;
		MUST(json_parse(exact, size, BOUND_JSON_DEPTH, &value).fault == verdict.fault);
		MUST(value == NULL);
	}
	free(exact);
	free(text);
	return 0;
}
