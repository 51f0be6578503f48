/*
 * The gate before libfcgi. Records are walked from the first byte on each time that more has come:
 * requests come in one or two pieces, and the number of bytes is bounded.
 *
 * SPDX-License-Identifier: MIT
 */
#include "front/gate.h"

#include <fastcgi.h>
#include <stdbool.h>
#include <string.h>

#include "base/bounds.h"

struct record {
	unsigned type;
	unsigned request_id;
	const unsigned char *content;
	size_t content_size; /* as announced */
	size_t present_size; /* of it, what has come */
	bool is_whole;       /* with its padding */
};

/* The stream of name-value pairs (section 3.4), fed in slices as the records come. */
struct params {
	unsigned char lengths[8]; /* the pair's head so far */
	size_t lengths_size;
	size_t text_left; /* bytes of name and value still to come */
	size_t size;      /* of the stream */
	bool is_ended;
};

struct scan {
	size_t at;
	unsigned request_id;
	struct params params;
	size_t body_size;
	const char *refusal;
};

/* Bytes of the pair's head that the bytes known so far ask for. */
static size_t
lengths_needed(const struct params *params)
{
	if (params->lengths_size == 0)
		return 1;
	size_t name_length = (params->lengths[0] & 0x80) != 0 ? 4 : 1;
	if (params->lengths_size <= name_length)
		return name_length + 1;
	return name_length + ((params->lengths[name_length] & 0x80) != 0 ? 4 : 1);
}

static size_t
read_length(const unsigned char **at)
{
	const unsigned char *bytes = *at;

	if ((bytes[0] & 0x80) == 0) {
		*at += 1;
		return bytes[0];
	}
	*at += 4;
	return ((size_t)(bytes[0] & 0x7f) << 24) + ((size_t)bytes[1] << 16) +
	       ((size_t)bytes[2] << 8) + bytes[3];
}

/* Takes bytes of the stream; returns why they are refused, or NULL. */
static const char *
params_take(struct params *params, const unsigned char *bytes, size_t size)
{
	params->size += size;
	if (params->size > BOUND_PARAMS_BYTES)
		return "params_too_large";
	while (size > 0) {
		if (params->text_left > 0) {
			size_t taken = size < params->text_left ? size : params->text_left;
			if (memchr(bytes, '\0', taken) != NULL)
				return "params_hold_nul";
			params->text_left -= taken;
			bytes += taken;
			size -= taken;
			continue;
		}
		params->lengths[params->lengths_size++] = *bytes++;
		size--;
		if (params->lengths_size < lengths_needed(params))
			continue;
		const unsigned char *at = params->lengths;
		size_t name_size = read_length(&at);
		size_t value_size = read_length(&at);
		if (name_size > BOUND_PARAMS_BYTES || value_size > BOUND_PARAMS_BYTES)
			return "params_too_large";
		params->text_left = name_size + value_size;
		params->lengths_size = 0;
	}
	return NULL;
}

/* The record at `at`; false where not even its header has come. */
static bool
read_record(const unsigned char *bytes, size_t size, size_t at, struct record *record)
{
	FCGI_Header header;

	if (size - at < sizeof(header))
		return false;
	memcpy(&header, bytes + at, sizeof(header));
	size_t rest = size - at - sizeof(header);
	size_t content_size = (size_t)header.contentLengthB1 << 8 | header.contentLengthB0;
	*record = (struct record){
		.type = header.version == FCGI_VERSION_1 ? header.type : 0,
		.request_id = (unsigned)header.requestIdB1 << 8 | header.requestIdB0,
		.content = bytes + at + sizeof(header),
		.content_size = content_size,
		.present_size = rest < content_size ? rest : content_size,
		.is_whole = rest >= content_size + header.paddingLength,
	};
	return true;
}

/* FCGI_BEGIN_REQUEST (section 5.1); nothing else may come first. */
static const char *
check_begin(struct scan *scan, const struct record *record)
{
	if (record->type != FCGI_BEGIN_REQUEST || record->request_id == 0 ||
	    record->content_size != sizeof(FCGI_BeginRequestBody))
		return "no_begin_request";
	if (record->is_whole && (record->content[0] << 8 | record->content[1]) != FCGI_RESPONDER)
		return "not_a_responder_request";
	scan->request_id = record->request_id;
	return NULL;
}

/* A record of FCGI_PARAMS or FCGI_STDIN, an empty one being the end of its stream. */
static const char *
check_stream(struct scan *scan, const struct record *record)
{
	struct params *params = &scan->params;

	if (record->request_id != scan->request_id)
		return "multiplexed";
	if (record->type != (params->is_ended ? FCGI_STDIN : FCGI_PARAMS))
		return "unexpected_record";
	if (params->is_ended) {
		scan->body_size += record->present_size;
		return NULL;
	}
	if (record->content_size == 0 && (params->lengths_size > 0 || params->text_left > 0))
		return "params_cut_off";
	params->is_ended = record->content_size == 0;
	return params_take(params, record->content, record->present_size);
}

static struct gate_report
report(enum gate_verdict verdict)
{
	return (struct gate_report){ .verdict = verdict };
}

struct gate_report
gate_check(const unsigned char *bytes, size_t size, size_t body_bytes_max)
{
	struct scan scan = { 0 };
	struct record record;

	while (read_record(bytes, size, scan.at, &record)) {
		bool is_body = scan.params.is_ended;
		const char *refusal =
			scan.at == 0 ? check_begin(&scan, &record) : check_stream(&scan, &record);
		if (refusal != NULL)
			return (struct gate_report){ .verdict = GATE_REFUSED, .reason = refusal };
		if (scan.body_size > body_bytes_max)
			return report(GATE_TOO_LARGE);
		if (!record.is_whole)
			break;
		scan.at = (size_t)(record.content - bytes) + record.content_size +
		          bytes[scan.at + offsetof(FCGI_Header, paddingLength)];
		if (is_body && record.content_size == 0) {
			if (scan.at < size)
				return (struct gate_report){ .verdict = GATE_REFUSED,
					                     .reason = "bytes_behind_request" };
			return report(GATE_WHOLE);
		}
	}
	return report(GATE_INCOMPLETE);
}
