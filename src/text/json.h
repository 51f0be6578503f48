/*
 * JSON in and out. What comes in is read by a reader of our own, since json-c's, asked to be
 * strict, still takes overlong UTF-8, duplicate members and more, and changes characters. Values
 * are json-c's, which writes them too. Pure functions, callable on any thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_TEXT_JSON_H
#define PLAINCHAT_TEXT_JSON_H

#include <json-c/json_object.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Why a text is not taken. */
enum json_fault {
	JSON_FINE = 0,
	JSON_EMPTY,            /* nothing but white space */
	JSON_BYTE_ORDER_MARK,  /* U+FEFF before the value (RFC 8259, 8.1) */
	JSON_SYNTAX,           /* anything else that RFC 8259's grammar does not have */
	JSON_TRAILING,         /* something behind the value */
	JSON_UTF8,             /* bytes that are not UTF-8 (RFC 3629) */
	JSON_CONTROL,          /* a raw control character in a string */
	JSON_SURROGATE,        /* an escaped surrogate without its other half */
	JSON_NUL,              /* an escaped U+0000: C strings and SQL would end there */
	JSON_DUPLICATE,        /* two members of one name: readers disagree which one counts */
	JSON_TOO_DEEP,         /* nested deeper than asked for */
	JSON_TOO_MANY_MEMBERS, /* an object with more than BOUND_JSON_MEMBERS members */
	JSON_NUMBER_RANGE, /* an integer that is no int64, or a fraction that is no finite double */
};

struct json_verdict {
	enum json_fault fault;
	size_t offset; /* of the byte where the fault was seen, from 0 */
};

/* What is wrong, as a sentence for people without the full stop. A constant. */
const char *
json_fault_text(enum json_fault fault);

/* Reads one JSON text (RFC 8259) within our limits: arrays and objects nest at most `depth_max`
 * deep. Every character comes out as it went in, escaped or not. Reads nothing beyond `size`, which
 * is less than INT_MAX / 3; no NUL is needed. Time is linear in size. On JSON_FINE *value is the
 * caller's, to be given to json_object_put(); it is NULL where the text is `null`. On a fault
 * *value is NULL. */
struct json_verdict MUST_CHECK
json_parse(const char *text, size_t size, unsigned depth_max, struct json_object **value);

/* The same for what servers send that are not as strict, and where a fault in what nobody needs
 * must not cost the rest. It takes whatever json_parse takes, to an equal value; and moreover:
 *	two members of one name      the last one counts
 *	any number of members        are taken
 *	a number out of range        becomes null; so do NaN, Infinity and -Infinity
 *	what nests too deeply        becomes null; only its brackets are counted
 *	U+FEFF before the value      is skipped
 *	a raw control character      is taken; U+0000, raw or escaped, becomes U+FFFD
 *	what is no escape            stays, with its backslash
 *	bytes that are not UTF-8     stay as they are
 *	an escaped lone surrogate    becomes three bytes, as UTF-8 would write it (WTF-8)
 * So texts need a utf8_repair with `joins_surrogates`, over all the pieces of one text, which joins
 * the halves of a character that was cut in two. Names of members are repaired already.
 * What is not one whole value otherwise has the faults that it has for json_parse. */
struct json_verdict MUST_CHECK
json_parse_lenient(const char *text, size_t size, unsigned depth_max, struct json_object **value);

/* What json_parse says of the text, where nobody wants the value. */
struct json_verdict MUST_CHECK
json_validate(const char *text, size_t size, unsigned depth_max);

/* Adds a member that the object does not have yet; the value is the object's from now on. NULL,
 * that is no memory, ends the process. */
void
json_add(struct json_object *object, const char *name, struct json_object *value);

/* Appends the value as one line of JSON, UTF-8, without blanks. ERR_TOO_LARGE: see buf_append. */
enum err MUST_CHECK
json_append(struct buf *buf, struct json_object *value);

#endif
