/*
 * The FastCGI gate. It never reads beyond its bytes; no beginning of a request that it takes is
 * refused; and what it takes libfcgi reads without waiting or aborting, to the same variables and
 * body as the small decoder here, which follows the specification and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "server/fastcgi/body_decoder.h"
#include "server/fastcgi/connection.h"
#include "server/fastcgi/fcgi_request.h"
#include "server/fastcgi/validation.h"

#define BODY_BYTES_MAX 300

/* The streams of a request, joined. */
struct decoded {
	struct buf params;
	struct buf body;
};

static void
decode(const unsigned char *bytes, size_t size, struct decoded *decoded)
{
	buf_init(&decoded->params, size);
	buf_init(&decoded->body, size);
	/* Behind a body that is too large nobody looks. */
	for (size_t at = 0; at + 8 <= size && decoded->body.size <= BODY_BYTES_MAX;) {
		size_t content = (size_t)bytes[at + 4] << 8 | bytes[at + 5];
		size_t here = content < size - at - 8 ? content : size - at - 8;
		struct buf *stream = bytes[at + 1] == 4   ? &decoded->params
		                     : bytes[at + 1] == 5 ? &decoded->body
		                                          : NULL;
		if (stream != NULL)
			MUST(buf_append(stream, bytes + at + 8, here) == ERR_NONE);
		at += 8 + content + bytes[at + 6];
	}
}

static size_t
take_length(const struct buf *params, size_t *at)
{
	const unsigned char *bytes = (const unsigned char *)params->data + *at;

	*at += bytes[0] < 0x80 ? 1 : 4;
	return bytes[0] < 0x80 ? bytes[0]
	                       : (size_t)(bytes[0] & 0x7f) << 24 | (size_t)bytes[1] << 16 |
	                                 (size_t)bytes[2] << 8 | bytes[3];
}

/* Fails unless the last pair of that name, as a variable, has the value. */
static void
check_variable(const struct buf *params, const char *name, const char *value)
{
	size_t name_size = strlen(name);
	struct buf found;

	buf_init(&found, params->size + 1);
	for (size_t at = 0; at < params->size;) {
		size_t given_size = take_length(params, &at);
		size_t value_size = take_length(params, &at);
		/* A name may hold a '=': what counts is the variable that comes of it. */
		struct buf pair;
		buf_init(&pair, given_size + value_size + 1);
		MUST(buf_append(&pair, params->data + at, given_size) == ERR_NONE);
		MUST(buf_append(&pair, "=", 1) == ERR_NONE);
		MUST(buf_append(&pair, params->data + at + given_size, value_size) == ERR_NONE);
		if (strncmp(pair.data, name, name_size) == 0 && pair.data[name_size] == '=') {
			found.size = 0;
			MUST(buf_append(&found, pair.data + name_size + 1,
			                strlen(pair.data + name_size + 1)) == ERR_NONE);
		}
		buf_fini(&pair);
		at += given_size + value_size;
	}
	MUST(strlen(value) == found.size &&
	     memcmp(value, found.size == 0 ? "" : found.data, found.size) == 0);
	buf_fini(&found);
}

static void
check_request(const struct request *request, const struct decoded *decoded)
{
	size_t body_size = decoded->body.size;

	if (body_size > BODY_BYTES_MAX)
		body_size = BODY_BYTES_MAX + 1;
	MUST(request->body.size == body_size);
	if (body_size > 0)
		MUST(memcmp(request->body.data, decoded->body.data, body_size) == 0);
	check_variable(&decoded->params, "REQUEST_METHOD", request->method_name);
	check_variable(&decoded->params, "PATH_INFO", request->path);
	check_variable(&decoded->params, "CONTENT_TYPE", request->content_type);
}

/* The body's decoder makes the same of the records behind the head, however they are cut, and
 * behind a whole request it takes nothing. */
static void
check_body_in_pieces(const struct validation *validation, const unsigned char *bytes, size_t size,
                     const struct decoded *decoded)
{
	static const size_t steps[] = { 1, 7, 8, 1000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct body_decoder decoder = { .request_id = validation->request_id };
		size_t body_size = 0;
		for (size_t at = validation->head_size; at < size; at += steps[i]) {
			size_t piece_size = size - at < steps[i] ? size - at : steps[i];
			char *piece = malloc(piece_size);
			memcpy(piece, bytes + at, piece_size);
			MUST(!body_decoder_is_over(&decoder));
			MUST(body_decoder_take(&decoder, piece, piece_size, &piece_size) ==
			     ERR_NONE);
			MUST(body_size + piece_size <= decoded->body.size);
			if (piece_size > 0)
				MUST(memcmp(piece, decoded->body.data + body_size, piece_size) ==
				     0);
			body_size += piece_size;
			free(piece);
		}
		MUST(body_size == decoded->body.size);
		MUST(body_decoder_is_over(&decoder));
		char more[] = "x";
		MUST(body_decoder_take(&decoder, more, 1, &body_size) == ERR_SYNTAX);
	}
}

/* Whatever is behind the head, the decoder stays within its bytes, and is no nearer to the end for
 * having gone wrong. */
static void
check_any_body(const struct validation *validation, const unsigned char *bytes, size_t size)
{
	struct body_decoder decoder = { .request_id = validation->request_id };
	size_t rest_size = size - validation->head_size;
	char *rest = malloc(rest_size + 1);
	size_t body_size;

	memcpy(rest, bytes + validation->head_size, rest_size);
	(void)!body_decoder_take(&decoder, rest, rest_size, &body_size);
	MUST(body_size <= rest_size);
	free(rest);
}

/* Gives the bytes to libfcgi. */
static void
check_libfcgi(const struct validation *validation, enum validation_verdict verdict,
              const unsigned char *bytes, size_t size)
{
	static bool is_ready;
	struct connections connections;
	struct decoded decoded;
	struct request *request;

	if (!is_ready)
		MUST(fcgi_request_init() == ERR_NONE);
	is_ready = true;
	decode(bytes, size, &decoded);
	if (verdict == VALIDATION_WHOLE)
		check_body_in_pieces(validation, bytes, size, &decoded);
	connections_init(&connections);
	struct connection *connection = connection_new(&connections, -1, NULL, -1);
	buf_init(&connection->in, size);
	MUST(buf_append(&connection->in, bytes, size) == ERR_NONE);
	/* Reading on where there is no end would hang for ever. */
	alarm(20);
	connection->validation = *validation;
	MUST(fcgi_request_read_head(connection, BODY_BYTES_MAX, &request) == ERR_NONE);
	fcgi_request_read_body(connection, request);
	alarm(0);
	MUST(connection->request_id == (bytes[2] << 8 | bytes[3]));
	MUST(connection->keep == (bytes[10] & 1));
	check_request(request, &decoded);
	request_free(request);
	connection_close(connection);
	connections_fini(&connections);
	buf_fini(&decoded.params);
	buf_fini(&decoded.body);
}

/* The verdict on exactly these bytes, at the end of an allocation of their own. */
static struct validation_report
check(struct validation *validation, const uint8_t *data, size_t size)
{
	unsigned char *exact = calloc(1, size == 0 ? 1 : size);

	if (size > 0)
		memcpy(exact, data, size);
	*validation = (struct validation){ 0 };
	struct validation_report report = validation_check(validation, exact, size, BODY_BYTES_MAX);
	MUST((report.verdict == VALIDATION_REFUSED) == (report.reason != NULL));
	free(exact);
	return report;
}

/* The verdict on bytes that come in pieces of `step`, up to the first that is not "incomplete". */
static enum validation_verdict
check_in_pieces(const uint8_t *data, size_t size, size_t step)
{
	struct validation validation = { 0 };
	enum validation_verdict verdict = VALIDATION_INCOMPLETE;

	for (size_t part = 0; part < size && verdict == VALIDATION_INCOMPLETE; part += step)
		verdict = validation_check(&validation, data, part, BODY_BYTES_MAX).verdict;
	if (verdict == VALIDATION_INCOMPLETE)
		verdict = validation_check(&validation, data, size, BODY_BYTES_MAX).verdict;
	return verdict;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct validation validation;
	struct validation_report report = check(&validation, data, size);
	size_t step = size < 400 ? 1 : size / 400;

	for (size_t part = 0; part < size; part += step) {
		struct validation part_gate;
		enum validation_verdict verdict = check(&part_gate, data, part).verdict;
		if (report.verdict == VALIDATION_WHOLE || report.verdict == VALIDATION_INCOMPLETE)
			MUST(verdict == VALIDATION_INCOMPLETE);
		else if (report.verdict == VALIDATION_TOO_LARGE)
			MUST(verdict == VALIDATION_INCOMPLETE || verdict == VALIDATION_TOO_LARGE);
	}
	/* A piece may end where the request does, before what must not follow has come. */
	enum validation_verdict in_pieces = check_in_pieces(data, size, step);
	MUST(in_pieces == report.verdict ||
	     (in_pieces == VALIDATION_WHOLE && strcmp(report.reason, "bytes_behind_request") == 0));
	if (report.verdict == VALIDATION_WHOLE || report.verdict == VALIDATION_TOO_LARGE)
		check_libfcgi(&validation, report.verdict, data, size);
	if (validation.head_size > 0)
		check_any_body(&validation, data, size);
	return 0;
}
