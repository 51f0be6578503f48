/*
 * Takes a stream of server-sent events apart; see event_stream.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "llm/event_stream.h"

#include <string.h>

#include "base/bounds.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

void
event_stream_init(struct event_stream *stream, event_stream_function on_event, void *context)
{
	*stream = (struct event_stream){ .on_event = on_event, .context = context };
	buf_init(&stream->line, BOUND_LLM_EVENT_BYTES);
	buf_init(&stream->data, BOUND_LLM_EVENT_BYTES);
}

void
event_stream_fini(struct event_stream *stream)
{
	buf_fini(&stream->line);
	buf_fini(&stream->data);
}

static enum failure_status
dispatch(struct event_stream *stream)
{
	enum failure_status status = FAILURE_NONE;

	if (stream->data.size > 0)
		status = stream->on_event(stream->context, stream->form, stream->data.data,
		                          stream->data.size);
	stream->data.size = 0;
	stream->form = EVENT_DATA;
	return status;
}

/* Whether the line has this field; then *value is what follows the colon and a blank. */
static bool
field_is(const char *line, size_t size, const char *name, const char **value, size_t *value_size)
{
	size_t name_size = strlen(name);

	if (size < name_size || memcmp(line, name, name_size) != 0)
		return false;
	if (size > name_size && line[name_size] != ':')
		return false;
	size_t start = size > name_size ? name_size + 1 : size;
	if (start < size && line[start] == ' ')
		start++;
	*value = line + start;
	*value_size = size - start;
	return true;
}

static enum failure_status
add_data(struct event_stream *stream, const char *value, size_t size)
{
	if ((stream->data.size > 0 && buf_append(&stream->data, "\n", 1) != ERR_NONE) ||
	    buf_append(&stream->data, value, size) != ERR_NONE)
		return FAILURE_PROTOCOL;
	return FAILURE_NONE;
}

static enum failure_status
take_line(struct event_stream *stream)
{
	const char *line = stream->line.size > 0 ? stream->line.data : "";
	size_t size = stream->line.size;
	const char *value;
	size_t value_size;

	if (!stream->has_begun && size >= 3 && memcmp(line, byte_order_mark, 3) == 0) {
		line += 3;
		size -= 3;
	}
	stream->has_begun = true;
	stream->line.size = 0;
	if (size == 0)
		return dispatch(stream);
	if (field_is(line, size, "data", &value, &value_size))
		return add_data(stream, value, value_size);
	if (field_is(line, size, "error", &value, &value_size)) {
		stream->form = EVENT_ERROR;
		return add_data(stream, value, value_size);
	}
	if (field_is(line, size, "event", &value, &value_size) && value_size == strlen("error") &&
	    memcmp(value, "error", value_size) == 0)
		stream->form = EVENT_ERROR;
	return FAILURE_NONE;
}

enum failure_status
event_stream_feed(struct event_stream *stream, const char *bytes, size_t size)
{
	enum failure_status status = FAILURE_NONE;

	for (size_t at = 0; at < size && status == FAILURE_NONE;) {
		if (stream->after_cr && bytes[at] == '\n') {
			stream->after_cr = false;
			at++;
			continue;
		}
		size_t end = at;
		while (end < size && bytes[end] != '\r' && bytes[end] != '\n')
			end++;
		if (buf_append(&stream->line, bytes + at, end - at) != ERR_NONE)
			return FAILURE_PROTOCOL;
		stream->after_cr = end < size && bytes[end] == '\r';
		if (end < size)
			status = take_line(stream);
		at = end + 1;
	}
	return status;
}

enum failure_status
event_stream_end(struct event_stream *stream)
{
	enum failure_status status = FAILURE_NONE;

	if (stream->line.size > 0)
		status = take_line(stream);
	return status == FAILURE_NONE ? dispatch(stream) : status;
}
