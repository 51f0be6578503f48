/*
 * The check before libfcgi. Records are judged once, when they have come whole, so a request that
 * comes byte by byte costs no more than one that comes at once.
 *
 * SPDX-License-Identifier: MIT
 */
#include "server/fastcgi/validation.h"

#include <fastcgi.h>
#include <string.h>

#include "base/bounds.h"

struct record {
	unsigned type;
	unsigned request_id;
	const unsigned char *content;
	size_t content_size; /* as announced */
	size_t padding_size;
	size_t present_size; /* of the content, what has come */
	bool is_whole;       /* with its padding */
};

/* Bytes of the pair's head that the bytes known so far ask for. */
static size_t
lengths_needed(const struct validation_params *params)
{
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
params_take(struct validation_params *params, const unsigned char *bytes, size_t size)
{
	params->size += size;
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
		.padding_size = header.paddingLength,
		.present_size = rest < content_size ? rest : content_size,
		.is_whole = rest >= content_size + header.paddingLength,
	};
	return true;
}

/* FCGI_BEGIN_REQUEST (section 5.1); nothing else may come first. */
static const char *
check_begin(const struct record *record)
{
	if (record->type != FCGI_BEGIN_REQUEST || record->request_id == 0 ||
	    record->content_size != sizeof(FCGI_BeginRequestBody))
		return "no_begin_request";
	if (record->padding_size > 0)
		return "padded_begin_request";
	if (record->is_whole && (record->content[0] << 8 | record->content[1]) != FCGI_RESPONDER)
		return "not_a_responder_request";
	return NULL;
}

/* What the header alone of a record of FCGI_PARAMS or FCGI_STDIN tells; an empty one is the end of
 * its stream. */
static const char *
check_stream(const struct validation *validation, const struct record *record)
{
	const struct validation_params *params = &validation->params;

	if (record->request_id != validation->request_id)
		return "multiplexed";
	if (record->type != (params->is_ended ? FCGI_STDIN : FCGI_PARAMS))
		return "unexpected_record";
	if (params->is_ended)
		return NULL;
	if (params->size + record->content_size > BOUND_PARAMS_BYTES)
		return "params_too_large";
	if (record->content_size > 0)
		return NULL;
	if (params->lengths_size > 0 || params->text_left > 0)
		return "params_cut_off";
	return record->padding_size > 0 ? "padded_params_end" : NULL;
}

/* Takes a whole record; returns why it is refused, or NULL. */
static const char *
take_record(struct validation *validation, const struct record *record)
{
	const char *refusal = NULL;

	if (record->type == FCGI_BEGIN_REQUEST) {
		validation->request_id = record->request_id;
	} else if (record->type == FCGI_STDIN) {
		validation->body_size += record->content_size;
	} else {
		validation->params.is_ended = record->content_size == 0;
		refusal = params_take(&validation->params, record->content, record->content_size);
	}
	validation->at += FCGI_HEADER_LEN + record->content_size + record->padding_size;
	if (validation->params.is_ended && validation->head_size == 0)
		validation->head_size = validation->at;
	return refusal;
}

static struct validation_report
report(enum validation_verdict verdict, const char *reason)
{
	return (struct validation_report){ verdict, reason };
}

struct validation_report
validation_check(struct validation *validation, const unsigned char *bytes, size_t size,
                 size_t body_bytes_max)
{
	struct record record;

	while (read_record(bytes, size, validation->at, &record)) {
		bool is_body = validation->params.is_ended;
		const char *refusal = validation->at == 0 ? check_begin(&record)
		                                          : check_stream(validation, &record);
		if (refusal == NULL && is_body &&
		    validation->body_size + record.present_size > body_bytes_max)
			return report(VALIDATION_TOO_LARGE, NULL);
		if (refusal == NULL && !record.is_whole)
			break;
		if (refusal == NULL)
			refusal = take_record(validation, &record);
		if (refusal != NULL)
			return report(VALIDATION_REFUSED, refusal);
		if (is_body && record.content_size == 0)
			return validation->at < size
			               ? report(VALIDATION_REFUSED, "bytes_behind_request")
			               : report(VALIDATION_WHOLE, NULL);
	}
	return report(VALIDATION_INCOMPLETE, NULL);
}
