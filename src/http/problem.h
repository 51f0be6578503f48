/*
 * Problem documents (RFC 9457): what a client gets instead of an answer. A problem's code is
 * stable and listed in doc/api.md; its detail is for people.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_HTTP_PROBLEM_H
#define PLAINCHAT_HTTP_PROBLEM_H

#include <stddef.h>

enum problem {
	PROBLEM_METHOD_MISSING,
	PROBLEM_PATH_UNKNOWN,
	PROBLEM_METHOD_NOT_ALLOWED,
	PROBLEM_LENGTH_REQUIRED,
	PROBLEM_LENGTH_INVALID,
	PROBLEM_BODY_TOO_LARGE,
	PROBLEM_BODY_TRUNCATED,
	PROBLEM_BODY_TOO_LONG,
	PROBLEM_MEDIA_TYPE,
	PROBLEM_CONTENT_ENCODING,
	PROBLEM_JSON_EMPTY,
	PROBLEM_JSON_BYTE_ORDER_MARK,
	PROBLEM_JSON_SYNTAX,
	PROBLEM_JSON_TRAILING,
	PROBLEM_JSON_UTF8,
	PROBLEM_JSON_CONTROL,
	PROBLEM_JSON_SURROGATE,
	PROBLEM_JSON_NUL,
	PROBLEM_JSON_DUPLICATE,
	PROBLEM_JSON_TOO_DEEP,
	PROBLEM_JSON_TOO_MANY_MEMBERS,
	PROBLEM_JSON_NUMBER_RANGE,
	PROBLEM_NOT_AN_OBJECT,
	PROBLEM_MESSAGE_MISSING,
	PROBLEM_MESSAGE_NOT_A_STRING,
	PROBLEM_MESSAGE_BLANK,
	PROBLEM_MESSAGE_TOO_LARGE,
	PROBLEM_NAME_INVALID,
	PROBLEM_ROOM_INVALID,
	PROBLEM_ROOM_UNKNOWN,
	PROBLEM_CROSS_SITE,
	PROBLEM_KEY_INVALID,
	PROBLEM_KEY_REUSED,
	PROBLEM_QUERY_INVALID,
	PROBLEM_EVENT_UNKNOWN,
	PROBLEM_NOT_THE_AUTHOR,
	PROBLEM_STORE_UNAVAILABLE,
	PROBLEM_TOO_MANY_STREAMS,
	PROBLEM_TOO_MANY_POSTS,
	PROBLEM_STREAMS_UNAVAILABLE,
	PROBLEM_REPLY_FAILED,
	PROBLEM_CONFIGURATION,
	PROBLEM_COUNT
};

struct response;

/* The problem's stable code, such as "message_blank". A constant. */
const char *
problem_code(enum problem problem);

/* A response with the problem's status and document, the detail printed by printf. The caller's,
 * to be answered or freed. The detail must be valid UTF-8. */
struct response *
problem_response(enum problem problem, const char *detail_format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
