/*
 * The readers of JSON. What the strict one takes json-c's takes too, to an equal value but for what
 * json-c changes; the lenient one takes it to an equal value; and what json_append writes of it is
 * read back as the same. What the lenient one takes is, written and repaired, strict again.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <json-c/json_tokener.h>
#include <string.h>

#include "base/bounds.h"
#include "text/json.h"
#include "text/utf8.h"
#include "text/utf8_repair.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* What json-c alone makes of it, asked to be strict; the text needs a NUL behind it. */
static struct json_object *
parse_with_json_c(const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(BOUND_JSON_DEPTH + 1);

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With the NUL, which ends a bare number. */
	struct json_object *value = json_tokener_parse_ex(tokener, text, (int)size + 1);
	MUST(json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
	return value;
}

static void
write_value(struct buf *written, struct json_object *value, size_t size)
{
	/* A byte that is no UTF-8 may become six, and three when it is repaired. */
	buf_init(written, 24 * size + 64);
	MUST(json_append(written, value) == ERR_NONE);
	MUST(memchr(written->data, '\n', written->size) == NULL);
}

static void
check_strict(const char *text, size_t size, struct json_object *value)
{
	/* `text` has a NUL behind it. */
	struct json_object *other = parse_with_json_c(text, size);
	struct buf written;
	struct buf by_json_c;

	write_value(&written, value, size);
	write_value(&by_json_c, other, size);
	/* json-c writes U+FFFD for what it cannot decode, and takes control characters. */
	for (const char *at = text; *at != '\0'; at++)
		MUST((unsigned char)*at >= 0x20 || strchr("\t\n\r", *at) != NULL);
	if (strstr(written.data, REPLACEMENT) != NULL)
		MUST(strstr(text, REPLACEMENT) != NULL || strcasestr(text, "\\ufffd") != NULL);
	if (strstr(by_json_c.data, REPLACEMENT) == NULL)
		MUST(json_object_equal(value, other) && strcmp(written.data, by_json_c.data) == 0);
	json_object_put(other);

	MUST(utf8_valid_size(written.data, written.size) == written.size);
	MUST(json_validate(written.data, written.size, BOUND_JSON_DEPTH).fault == JSON_FINE);
	MUST(json_parse(written.data, written.size, BOUND_JSON_DEPTH, &other).fault == JSON_FINE);
	MUST(json_object_equal(value, other));
	json_object_put(other);
	MUST(json_parse_lenient(text, size, BOUND_JSON_DEPTH, &other).fault == JSON_FINE);
	MUST(json_object_equal(value, other));
	json_object_put(other);
	buf_fini(&written);
	buf_fini(&by_json_c);
}

static void
check_lenient(size_t size, struct json_object *value)
{
	struct utf8_repair repair = { .joins_surrogates = true };
	struct buf written;
	struct buf repaired;

	write_value(&written, value, size);
	buf_init(&repaired, 3 * written.size);
	MUST(utf8_repair_add(&repair, written.data, written.size, &repaired) == ERR_NONE);
	MUST(utf8_repair_end(&repair, &repaired) == ERR_NONE);
	enum json_fault fault = json_validate(repaired.data, repaired.size, BOUND_JSON_DEPTH).fault;
	MUST(fault == JSON_FINE || fault == JSON_TOO_MANY_MEMBERS);
	buf_fini(&written);
	buf_fini(&repaired);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *value;
	/* At the end of an allocation of its own, so that any read beyond is seen. */
	char *exact = calloc(1, size == 0 ? 1 : size);
	char *text = must_copy((const char *)data, size);

	if (size > 0)
		memcpy(exact, data, size);
	struct json_verdict verdict = json_parse(exact, size, BOUND_JSON_DEPTH, &value);
	MUST(verdict.offset <= size);
	MUST(json_validate(exact, size, BOUND_JSON_DEPTH).fault == verdict.fault);
	MUST(verdict.fault == JSON_FINE || value == NULL);
	if (verdict.fault == JSON_FINE) {
		MUST(utf8_valid_size(text, size) == size);
		MUST(json_validate(exact, size, BOUND_JSON_DEPTH + 1).fault == JSON_FINE);
		check_strict(text, size, value);
		json_object_put(value);
	}
	verdict = json_parse_lenient(exact, size, BOUND_JSON_DEPTH, &value);
	MUST(verdict.offset <= size);
	MUST(verdict.fault == JSON_FINE || value == NULL);
	if (verdict.fault == JSON_FINE)
		check_lenient(size, value);
	json_object_put(value);
	free(exact);
	free(text);
	return 0;
}
