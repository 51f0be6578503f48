/*
 * The query of a URL (RFC 3986, 3.4; the pairs as in HTML forms, where '+' is a space).
 *
 * SPDX-License-Identifier: MIT
 */
#include "http/url_query.h"

#include <stdbool.h>
#include <string.h>

#include "text/utf8.h"

/* Digits of the largest number. */
#define NUMBER_BYTES 16

static int
hex_value(char byte)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *digit = byte == '\0' ? NULL : strchr(digits, byte);

	return digit == NULL ? -1 : (int)(digit - digits) % 16;
}

/* Appends `size` encoded bytes, decoded. */
static bool
decode(const char *text, size_t size, struct buf *value)
{
	for (size_t i = 0; i < size; i++) {
		char byte = text[i] == '+' ? ' ' : text[i];
		if (byte == '%') {
			int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_value(text[i + 2]);
			if (low < 0 || (high == 0 && low == 0))
				return false;
			byte = (char)(high * 16 + low);
			i += 2;
		}
		if (buf_append(value, &byte, 1) != ERR_NONE)
			return false;
	}
	return utf8_valid_size(value->data, value->size) == value->size;
}

enum query_found
url_query_text(const char *query, const char *name, struct buf *value)
{
	enum query_found found = QUERY_ABSENT;
	size_t name_size = strlen(name);

	while (*query != '\0') {
		size_t size = strcspn(query, "&");
		if (size > name_size && strncmp(query, name, name_size) == 0 &&
		    query[name_size] == '=') {
			if (found != QUERY_ABSENT ||
			    !decode(query + name_size + 1, size - name_size - 1, value)) {
				buf_fini(value);
				return QUERY_INVALID;
			}
			found = QUERY_FOUND;
		}
		query += size;
		query += *query == '&';
	}
	return found;
}

enum query_found
url_query_number(const char *query, const char *name, int64_t *value)
{
	struct buf text;
	int64_t number = 0;

	buf_init(&text, NUMBER_BYTES);
	enum query_found found = url_query_text(query, name, &text);
	if (found == QUERY_FOUND && text.size == 0)
		found = QUERY_INVALID;
	for (size_t i = 0; i < text.size && found == QUERY_FOUND; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			found = QUERY_INVALID;
		else
			number = number * 10 + (text.data[i] - '0');
	}
	buf_fini(&text);
	if (number >= INT64_C(1) << 53)
		found = QUERY_INVALID;
	if (found == QUERY_FOUND)
		*value = number;
	return found;
}
